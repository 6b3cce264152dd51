//  serve - a node from its first system call to its last.
//
//      signals blocked, SIGPIPE ignored -> czmq told -> descriptors raised ->
//      keyring -> node -> member keys and their keeper -> gateways -> tap -> edge -> daily
//      reconciliation woken -> "ready" -> signalfd -> /readyz 503 -> edge stops accepting
//      and drains -> all of it down, in reverse
//
//  HTTP is bound last, so whoever can connect meets a node that is whole.
//
//  Signals are blocked before any library makes a thread, so that none but this
//  one ever sees them. What was started is one struct; taking it down accepts it
//  half built, so every failure is one line and one return.

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <czmq.h>
#include "actors/reconciliation_daily.h"
#include "deploy/commands.h"
#include "deploy/keyring_options.h"
#include "deploy/serve_http.h"
#include "deploy/serve_options.h"
#include "edge/bank_gateway.h"
#include "edge/edge.h"
#include "edge/keyring_keeper.h"
#include "edge/keys_gateway.h"
#include "edge/member_keys.h"
#include "edge/tap.h"
#include "edge/webhook_gateway.h"
#include "edge/webhook_reader.h"
#include "runtime/channel.h"
#include "runtime/scoped.h"

enum {
    REASON_SIZE = 256,
    ARENAS_MAX = 4  //  malloc's; one per thread would keep gigabytes
};

typedef struct {
    options_t *options;
    limits_t limits;
    serve_http_t http;
    int signals;  //  signalfd of SIGTERM and SIGINT; with TLS of SIGHUP too
    keyring_place_t *keyring_place;
    keyring_t *keyring;
    node_t *node;
    member_keys_t *member_keys;
    keyring_keeper_t *keeper;
    bank_gateway_t *gateway;
    keys_gateway_t *keys;
    tap_t *tap;
    webhook_gateway_t *webhooks;
    webhook_reader_t *webhook_reader;
    edge_t *edge;
    node_port_t *waker;  //  A port of this thread
    int64_t grace_ms;    //  What is left of it once it is told to stop
} serve_t;

//  ---------------------------------------------------------------------------
//  The process, before anything else runs in it

static void
s_calm_process (serve_t *self)
{
    sigset_t stopping;
    sigemptyset (&stopping);
    sigaddset (&stopping, SIGTERM);
    sigaddset (&stopping, SIGINT);
    sigaddset (&stopping, SIGHUP);
    sigprocmask (SIG_BLOCK, &stopping, NULL);
    signal (SIGPIPE, SIG_IGN);
    self->signals = signalfd (-1, &stopping, SFD_CLOEXEC);
    assert (self->signals >= 0);
    mallopt (M_ARENA_MAX, ARENAS_MAX);

    //  A thread that is woken does not push away the one that woke it: the exchange hands
    //  out a whole batch before actors run, and commits are larger. Every thread to come
    //  inherits it. Refused only by unusual sandboxes, and then it is a little slower.
    (void) sched_setscheduler (0, SCHED_BATCH, &(struct sched_param) { 0 });
}

//  The usual 1,024 descriptors are too few for the pool; node_start says if the
//  hard limit is too.
static void
s_raise_descriptors (void)
{
    struct rlimit limit;
    if (getrlimit (RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit (RLIMIT_NOFILE, &limit);
    }
}

//  ---------------------------------------------------------------------------
//  Up. Each returns false with one line in reason.

//  Without a certificate there is nothing to read again: the end of its terminal ends a node
//  as it ends other programs.
static void
s_leave_hangups (const serve_t *self)
{
    sigset_t hangup;
    sigemptyset (&hangup);
    sigaddset (&hangup, SIGHUP);
    if (!self->http.tls) {
        sigprocmask (SIG_UNBLOCK, &hangup, NULL);
    }
}

//  The keys come first of all, but only into a folder that holds no data yet: new
//  keys over old data would make every id and every name unreadable.
static bool
s_open_keyring (serve_t *self, const char *data, char reason [REASON_SIZE])
{
    char journal [PATH_MAX];
    if (mkdir (data, 0700) && errno != EEXIST) {
        snprintf (reason, REASON_SIZE, "--data: %.150s cannot be made: %s", data, strerror (errno));
        return false;
    }
    if (access (data, R_OK | W_OK | X_OK)) {
        snprintf (reason, REASON_SIZE, "--data: %.150s cannot be used: %s", data, strerror (errno));
        return false;
    }
    snprintf (journal, sizeof journal, "%.3800s/journal/data.mdb", data);
    return keyring_options_place (self->options, &self->keyring_place, reason) == STATUS_OK
           && keyring_open_at (self->keyring_place, access (journal, F_OK) != 0, &self->keyring,
                               reason)
                  == STATUS_OK;
}

static bool
s_start_node (serve_t *self, const char *data, char reason [REASON_SIZE])
{
    node_config_t config = {
        .data_dir = data,
        .name = options_text (self->options, "node"),
        .partitions = (uint16_t) options_integer (self->options, "partitions"),
        .limits = self->limits,
    };
    memcpy (config.derive_key, keyring_derive_key (self->keyring), sizeof config.derive_key);
#ifdef BENCH_SWITCHES
    config.no_fsync = options_flag (self->options, "no-fsync");
#endif
    return node_start (&config, &self->node, reason) == STATUS_OK;
}

static bool
s_start_gateways (serve_t *self, const char *data, char reason [REASON_SIZE])
{
    char keys [PATH_MAX];
    snprintf (keys, sizeof keys, "%.3800s/keys", data);
    if (member_keys_open (keys, self->keyring, &self->member_keys, reason) != STATUS_OK) {
        return false;
    }
    keyring_keeper_config_t keeper = {
        .place = self->keyring_place,
        .keyring = self->keyring,
        .member_keys = self->member_keys,
        .poll_ms = self->limits.keyring_poll_ms,
    };
    bank_gateway_config_t bank = {
        .node = self->node,
        .keys = self->member_keys,
        .url = options_text (self->options, "bank"),
        .limits = self->limits,
    };
    tap_config_t tap = {
        .node = self->node,
        .node_name = options_text (self->options, "node"),
        .endpoint = options_text (self->options, "tap"),
        .member_keys = self->member_keys,
    };
    return keyring_keeper_new (&keeper, &self->keeper, reason) == STATUS_OK
           && bank_gateway_new (&bank, &self->gateway, reason) == STATUS_OK
           && keys_gateway_new (self->node, self->member_keys, &self->keys, reason) == STATUS_OK
           && tap_new (&tap, &self->tap, reason) == STATUS_OK;
}

//  The reader before the edge: an endpoint that is made is met as an event.
static bool
s_start_webhooks (serve_t *self, char reason [REASON_SIZE])
{
    webhook_gateway_config_t config = {
        .node = self->node,
        .node_name = options_text (self->options, "node"),
        .keyring = self->keyring,
        .allowed = serve_options_webhook_allowed (self->options),
        .limits = self->limits,
    };
    return webhook_gateway_new (&config, &self->webhooks, reason) == STATUS_OK
           && webhook_reader_new (self->node, &self->webhook_reader, reason) == STATUS_OK;
}

static bool
s_start_edge (serve_t *self, char reason [REASON_SIZE])
{
    edge_config_t config = {
        .http_host = self->http.host,
        .http_port = self->http.port,
        .tls = self->http.tls,
        .node = self->node,
        .limits = &self->limits,
        .keyring = self->keyring,
        .member_keys = self->member_keys,
        .bank = self->gateway,
        .bank_url = options_text (self->options, "bank"),
        .tap = self->tap,
        .webhook_allowed = serve_options_webhook_allowed (self->options),
        .webhooks = self->webhooks,
        .webhook_reader = self->webhook_reader,
        .access_log = strcmp (options_text (self->options, "access-log"), "on") == 0,
    };
    return edge_start (&config, &self->edge, reason) == STATUS_OK;
}

//  Refused only by a node that came back full of work: then it has been woken before,
//  and has a timer of its own.
static void
s_wake_daily (serve_t *self)
{
    node_request_t wake = {
        .to = reconciliation_daily_oid (),
        .command = RECONCILIATION_DAILY_WAKE,
    };
    self->waker = node_port_new (self->node);
    if (node_port_command (self->waker, &wake) != ADMITTED) {
        fprintf (stderr, "happypay serve: the daily reconciliation was not woken: no room; "
                         "a changed --reconciliation-after-s counts from the next one on\n");
    }
}

static bool
s_start (serve_t *self, char reason [REASON_SIZE])
{
    const char *data = options_text (self->options, "data");
    return serve_http_open (self->options, &self->http, reason)
           && s_open_keyring (self, data, reason) && s_start_node (self, data, reason)
           && s_start_gateways (self, data, reason) && s_start_webhooks (self, reason)
           && s_start_edge (self, reason);
}

//  ---------------------------------------------------------------------------
//  Down

//  From here on a second signal ends the process where it stands: nothing that was
//  acknowledged is lost by that.
static void
s_let_signals_kill (serve_t *self)
{
    sigset_t stopping;
    sigemptyset (&stopping);
    sigaddset (&stopping, SIGTERM);
    sigaddset (&stopping, SIGINT);
    close (self->signals);
    signal (SIGTERM, SIG_DFL);
    signal (SIGINT, SIG_DFL);
    sigprocmask (SIG_UNBLOCK, &stopping, NULL);
}

static void
s_drain (serve_t *self)
{
    edge_announce_stop (self->edge);
    poll (NULL, 0, (int) options_duration_ms (self->options, "stop-delay"));
    int64_t end_ms = zclock_mono () + self->grace_ms;
    edge_stop_accepting (self->edge);
    if (!edge_drain (self->edge, self->grace_ms)) {
        fprintf (stderr, "happypay serve: --grace is over and requests are unanswered\n");
    }
    int64_t left_ms = end_ms - zclock_mono ();
    self->grace_ms = left_ms > 0 ? left_ms : 0;
    node_stop (self->node, self->grace_ms);
}

static void
s_take_down (serve_t *self)
{
    node_port_destroy (&self->waker);
    edge_destroy (&self->edge);
    webhook_reader_destroy (&self->webhook_reader);
    webhook_gateway_destroy (&self->webhooks);
    tap_destroy (&self->tap);
    keys_gateway_destroy (&self->keys);
    bank_gateway_destroy (&self->gateway);
    node_destroy (&self->node, self->grace_ms);
    keyring_keeper_destroy (&self->keeper);
    member_keys_destroy (&self->member_keys);
    keyring_destroy (&self->keyring);
    keyring_place_destroy (&self->keyring_place);
    serve_http_close (&self->http);
    options_destroy (&self->options);
}

//  Until it is told to stop. SIGHUP, which comes here only with TLS: the certificate again.
static void
s_serve (serve_t *self)
{
    struct signalfd_siginfo info;
    do {
        while (read (self->signals, &info, sizeof info) != sizeof info) {
            assert (errno == EINTR);
        }
        if (info.ssi_signo == SIGHUP) {
            serve_http_reload (&self->http);
        }
    } while (info.ssi_signo == SIGHUP);
}

int
serve_main (int argc, char **argv)
{
    serve_t self = { .options = serve_options_new () };
    char reason [REASON_SIZE] = "";
    s_calm_process (&self);
    int status = options_read (self.options, argc, argv);
    if (status == OPTIONS_READ) {
        status = serve_options_check (self.options);
    }
    if (status != OPTIONS_READ) {
        options_destroy (&self.options);
        return status;
    }
    self.limits = serve_options_limits (self.options);
    self.grace_ms = options_duration_ms (self.options, "grace");
    s_raise_descriptors ();
    channel_setup ();
    if (!s_start (&self, reason)) {
        fprintf (stderr, "happypay serve: %s\n", reason);
        s_take_down (&self);
        return EXIT_UNUSABLE;
    }
    s_leave_hangups (&self);
    s_wake_daily (&self);
    serve_http_say_ready (&self.http, edge_port (self.edge));
    s_serve (&self);
    s_let_signals_kill (&self);
    s_drain (&self);
    s_take_down (&self);
    return EXIT_DONE;
}
