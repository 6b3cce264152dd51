//  bank - the command: options, start, signals, stop.

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "deploy/bank.h"
#include "deploy/bank_api.h"
#include "deploy/options.h"
#include "runtime/scoped.h"
#include "store/folder.h"

enum { DESCRIPTORS_OWN = 64, REASON_MAX = 256 };

static const option_rule_t rules [] = {
    { "data", "DIR", "./bank-data", "the bank's books", OPTION_TEXT },
    { "http", "HOST:PORT", "127.0.0.1:8090", "where it answers", OPTION_ADDRESS },
    { "callback", "URL", NULL, "is told what became of every transfer", OPTION_URL },
    { "callback-secret", "FILE", NULL, "the secret that signs callbacks", OPTION_TEXT },
};

//  All that runs. Made and unmade in one order.
typedef struct {
    folder_t *folder;
    bank_t bank;
    bank_http_t *http;
} running_t;

//  As many descriptors as connections, if the machine allows.
static void
s_raise_descriptors (void)
{
    struct rlimit limit;
    if (getrlimit (RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        rlim_t wanted = BANK_HTTP_CONNECTIONS + DESCRIPTORS_OWN;
        limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
        setrlimit (RLIMIT_NOFILE, &limit);
    }
}

//  Blocks the signals that stop it; they come through the returned descriptor.
static int
s_catch_signals (void)
{
    sigset_t stops;
    sigemptyset (&stops);
    sigaddset (&stops, SIGTERM);
    sigaddset (&stops, SIGINT);
    signal (SIGPIPE, SIG_IGN);
    int blocked = pthread_sigmask (SIG_BLOCK, &stops, NULL);
    int descriptor = signalfd (-1, &stops, SFD_CLOEXEC);
    assert (blocked == 0 && descriptor >= 0);
    return descriptor;
}

static void
s_await_signal (int signals)
{
    struct signalfd_siginfo signal_info;
    while (read (signals, &signal_info, sizeof signal_info) != sizeof signal_info) {
    }
}

//  The corporate account, with 0 won; nothing if it is there.
static bool
s_open_corporate_account (bank_store_t *store)
{
    bank_place_t place = { BANK_CORPORATE_CODE, BANK_CORPORATE_NUMBER };
    bank_account_t account;
    if (bank_store_find_account (store, &place, &account)) {
        return true;
    }
    bank_work_t work = {
        .kind = BANK_WORK_OPEN_ACCOUNT,
        .account = { .place = place, .holder_name = BANK_CORPORATE_HOLDER },
    };
    bank_store_perform (store, &work);
    return work.answer != BANK_ANSWER_NO_SPACE;
}

static bool
s_start_books (running_t *self, const char *dir, char reason [REASON_MAX])
{
    if (folder_open (dir, /* create= */ true, &self->folder, reason) != STATUS_OK) {
        return false;
    }
    bank_store_config_t config = { .dir = dir };
    if (bank_store_open (&config, &self->bank.store, reason) != STATUS_OK) {
        return false;
    }
    if (!s_open_corporate_account (self->bank.store)) {
        snprintf (reason, REASON_MAX, "no space left in %.200s", dir);
        return false;
    }
    return true;
}

static bool
s_start (running_t *self, const options_t *options, char reason [REASON_MAX])
{
    bank_t *bank = &self->bank;
    if (!s_start_books (self, options_text (options, "data"), reason)) {
        return false;
    }
    const char *url = options_text (options, "callback");
    if (url) {
        bank->callback = bank_callback_new (url, options_text (options, "callback-secret"), reason);
        if (!bank->callback) {
            return false;
        }
    }
    bank->faults = bank_faults_new ();
    bank->timer = bank_timer_new ();
    if (!bank->timer) {
        snprintf (reason, REASON_MAX, "cannot start the timer's thread");
        return false;
    }
    bank_http_config_t config = {
        .address = options_text (options, "http"),
        .routes = bank_routes,
        .route_count = bank_route_count,
        .before = bank_api_before,
        .bank = bank,
    };
    return bank_http_open (&config, &self->http, reason);
}

static void
s_stop (running_t *self)
{
    bank_t *bank = &self->bank;
    if (self->http) {
        bank_timer_hurry (bank->timer);  //  Calls that hang would keep us
        bank_http_drain (self->http, BANK_GRACE_S);
    }
    bank_http_destroy (&self->http);
    bank_timer_destroy (&bank->timer);
    bank_store_destroy (&bank->store);
    bank_callback_destroy (&bank->callback, BANK_GRACE_S);
    bank_faults_destroy (&bank->faults);
    folder_destroy (&self->folder);
}

static void *
s_leave_at_second_signal (void *argument)
{
    s_await_signal (*(int *) argument);
    _exit (EXIT_BAD);
}

int
bank_main (int argc, char **argv)
{
    int signals = s_catch_signals ();
    scoped (options_destroy) options_t *options =
        options_new ("bank", "a stand-in bank, to build and test against", rules, COUNT (rules));
    int status = options_read (options, argc, argv);
    if (status != OPTIONS_READ) {
        return status;
    }
    if (options_text (options, "callback") && !options_text (options, "callback-secret")) {
        return options_refuse (options, "callback-secret", "is missing", "a FILE, with --callback");
    }
    s_raise_descriptors ();
    running_t running = { .bank = { .faults_lock = PTHREAD_MUTEX_INITIALIZER } };
    char reason [REASON_MAX] = "";
    if (!s_start (&running, options, reason)) {
        s_stop (&running);
        fprintf (stderr, "happypay bank: %s\n", reason);
        return EXIT_UNUSABLE;
    }
    printf ("ready http://%s\n", bank_http_address (running.http));
    fflush (stdout);

    s_await_signal (signals);
    pthread_t impatient;
    bool watched = pthread_create (&impatient, NULL, s_leave_at_second_signal, &signals) == 0;
    s_stop (&running);
    if (watched) {
        pthread_cancel (impatient);
        pthread_join (impatient, NULL);
    }
    close (signals);
    return EXIT_DONE;
}
