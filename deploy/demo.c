//  demo - a stranger's first five minutes: bank and node, the stories, the books.
//
//      free ports, fresh folder -> bank -> node -> token -> stories -> books ->
//      node stopped -> verify -> node again -> (until Ctrl-C, or --exit) -> all down
//
//  Exit status 0 only if every step was right. A folder whose demo went wrong is
//  left where it is, with the logs of both processes.

#include <assert.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "deploy/commands.h"
#include "deploy/demo_process.h"
#include "deploy/demo_story.h"
#include "deploy/options.h"
#include "runtime/scoped.h"

enum { START_WAITS_MAX = 600, WAIT_MS = 50, FOLDERS_OPEN_MAX = 16, PATH_SIZE = 128 };

typedef struct {
    char folder [PATH_SIZE];  //  "" until it was made
    char data [PATH_SIZE], bank_data [PATH_SIZE];
    char node_log [PATH_SIZE], bank_log [PATH_SIZE];
    char node_address [32], bank_address [32], tap [48];
    demo_process_t node, bank;
    demo_story_t story;
    sigset_t stopping;  //  SIGINT and SIGTERM, blocked
} demo_t;

static const option_rule_t rules [] = {
    { "exit", NULL, NULL, "end when the stories are over, instead of at Ctrl-C", OPTION_FLAG },
};

static bool
s_told_to_stop (void)
{
    sigset_t pending;
    sigpending (&pending);
    return sigismember (&pending, SIGINT) || sigismember (&pending, SIGTERM);
}

//  ---------------------------------------------------------------------------
//  Up

static bool
s_prepare (demo_t *self)
{
    const char *parent = getenv ("TMPDIR");
    snprintf (self->folder, sizeof self->folder, "%.80s/happypay-demo.XXXXXX",
              parent && *parent ? parent : "/tmp");
    uint16_t node = demo_free_ports (), bank = demo_free_ports (), tap = demo_free_ports ();
    if (!mkdtemp (self->folder)) {
        perror ("happypay demo: no folder for the data can be made");
        self->folder [0] = 0;
        return false;
    }
    if (!node || !bank || !tap) {
        fprintf (stderr, "happypay demo: no port from 20000 to 32000 is free\n");
        return false;
    }
    snprintf (self->data, PATH_SIZE, "%.100s/data", self->folder);
    snprintf (self->bank_data, PATH_SIZE, "%.100s/bank", self->folder);
    snprintf (self->node_log, PATH_SIZE, "%.100s/node.log", self->folder);
    snprintf (self->bank_log, PATH_SIZE, "%.100s/bank.log", self->folder);
    snprintf (self->node_address, sizeof self->node_address, "127.0.0.1:%u", (unsigned) node);
    snprintf (self->bank_address, sizeof self->bank_address, "127.0.0.1:%u", (unsigned) bank);
    snprintf (self->tap, sizeof self->tap, "tcp://127.0.0.1:%u", (unsigned) tap);
    snprintf (self->story.node_url, DEMO_URL_SIZE, "http://%s", self->node_address);
    snprintf (self->story.bank_url, DEMO_URL_SIZE, "http://%s", self->bank_address);
    self->story.say.colour = isatty (STDOUT_FILENO) && !getenv ("NO_COLOR");
    return true;
}

//  Asks a path until it answers 200; false if the process ended or was too slow.
static bool
s_answers (demo_t *self, demo_process_t *process, const char *url, const char *path)
{
    char whole [256];
    snprintf (whole, sizeof whole, "%s%s", url, path);
    for (int waits = 0; waits < START_WAITS_MAX && !s_told_to_stop (); waits++) {
        scoped (demo_answer_done) demo_answer_t answer =
            demo_client_call (self->story.client,
                              &(demo_request_t) { .method = "GET", .url = whole });
        if (answer.status == 200) {
            return true;
        }
        if (!demo_process_runs (process)) {
            return false;
        }
        nanosleep (&(struct timespec) { .tv_nsec = WAIT_MS * 1000000L }, NULL);
    }
    return false;
}

static bool
s_start_bank (demo_t *self)
{
    const char *const words [] = { "bank",   "--data",           self->bank_data,
                                   "--http", self->bank_address, NULL };
    return demo_process_start (&self->bank, self->bank_log, words)
           && s_answers (self, &self->bank, self->story.bank_url,
                         "/v1/accounts/happy/1234-1234-111");
}

static bool
s_start_node (demo_t *self)
{
    const char *const words [] = { "serve",   "--data",           self->data,
                                   "--http",  self->node_address, "--tap",
                                   self->tap, "--bank",           self->story.bank_url,
                                   NULL };
    return demo_process_start (&self->node, self->node_log, words)
           && s_answers (self, &self->node, self->story.node_url, "/readyz");
}

static bool
s_get_token (demo_t *self)
{
    const char *const words [] = { "token",    "--data", self->data, "--role",
                                   "operator", "--ttl",  "86400",    NULL };
    return demo_process_run (words, self->story.token, DEMO_TOKEN_SIZE) == 0;
}

//  ---------------------------------------------------------------------------
//  The play

static bool
s_start_all (demo_t *self)
{
    demo_story_t *story = &self->story;
    demo_say_chapter (&story->say, "시작", "Starting");
    return demo_say_step (&story->say, s_start_bank (self), "은행 · bank  %s", story->bank_url)
           && demo_say_step (&story->say, s_start_node (self), "노드 · node  %s", story->node_url)
           && demo_say_step (&story->say, s_get_token (self), "운영자 토큰 · operator's token");
}

//  Stops the node as an operator would, audits what it left, starts it again.
static bool
s_audit (demo_t *self)
{
    demo_story_t *story = &self->story;
    demo_say_chapter (&story->say, "감사", "Audit");
    int status = demo_process_stop (&self->node, SIGTERM);
    demo_say_step (&story->say, status == 0, "노드 정지 · node stopped: exit status %d", status);
    const char *const words [] = { "verify", "--data", self->data, NULL };
    char said [128] = "";
    status = demo_process_run (words, said, sizeof said);
    demo_say_step (&story->say, status == 0, "검증 · verify: exit status %d  %s", status, said);
    return demo_say_step (&story->say, s_start_node (self), "다시 시작 · started again")
           && demo_story_same (story);
}

static void
s_invite (const demo_t *self)
{
    const demo_story_t *story = &self->story;
    printf ("\n해 보세요 · Try it (until Ctrl-C)\n\n"
            "  URL=%s/v1\n  TOKEN=%s\n\n"
            "  curl -s $URL/wallets/%s -H \"Authorization: Bearer $TOKEN\"\n"
            "  curl -s $URL/reports/trial-balance -H \"Authorization: Bearer $TOKEN\"\n"
            "  curl -s $URL/wallets/%s/recharges -H \"Authorization: Bearer $TOKEN\" \\\n"
            "       -H 'Content-Type: application/json' -H \"Idempotency-Key: mine-1\" \\\n"
            "       -d '{\"amount\":1000,\"currency\":\"KRW\",\"bank_account_id\":\"%s\"}'\n"
            "  curl -s $URL/payments -H \"Authorization: Bearer $TOKEN\" \\\n"
            "       -H 'Content-Type: application/json' -H \"Idempotency-Key: mine-2\" \\\n"
            "       -d '{\"member_id\":\"%s\",\"merchant_id\":\"%s\","
            "\"order_id\":\"mine-2\",\"amount\":500,\"currency\":\"KRW\",\"capture\":true}'\n"
            "  build/happypay tap --connect %s\n\n"
            "  data and logs: %s\n",
            story->node_url, story->token, story->hana.wallet, story->hana.wallet,
            story->hana.account, story->hana.member, story->merchant, self->tap, self->folder);
    fflush (stdout);
}

static void
s_play (demo_t *self, bool stay)
{
    bool right = s_start_all (self) && demo_story_play (&self->story)
                 && demo_story_books (&self->story) && s_audit (self);
    printf ("\n%u steps, %u wrong\n", self->story.say.steps, self->story.say.wrong);
    if (right && stay && !s_told_to_stop ()) {
        s_invite (self);
        int signal_number;
        sigwait (&self->stopping, &signal_number);
    }
}

//  ---------------------------------------------------------------------------
//  Down

static int
s_remove (const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void) status;
    (void) kind;
    (void) place;
    return remove (path);
}

static void
s_take_down (demo_t *self)
{
    demo_process_stop (&self->node, SIGTERM);
    demo_process_stop (&self->bank, SIGTERM);
    demo_client_destroy (&self->story.client);
    if (self->folder [0] && self->story.say.wrong) {
        printf ("data and logs are left in %s\n", self->folder);
    }
    else if (self->folder [0]) {
        nftw (self->folder, s_remove, FOLDERS_OPEN_MAX, FTW_DEPTH | FTW_PHYS);
    }
}

int
demo_main (int argc, char **argv)
{
    scoped (options_destroy) options_t *options =
        options_new ("demo", "starts bank and node, plays the stories, shows the books", rules,
                     COUNT (rules));
    int status = options_read (options, argc, argv);
    if (status != OPTIONS_READ) {
        return status;
    }
    demo_t self;
    memset (&self, 0, sizeof self);
    sigemptyset (&self.stopping);
    sigaddset (&self.stopping, SIGINT);
    sigaddset (&self.stopping, SIGTERM);
    sigprocmask (SIG_BLOCK, &self.stopping, NULL);
    self.story.client = demo_client_new ();
    bool prepared = s_prepare (&self);
    if (prepared) {
        s_play (&self, !options_flag (options, "exit"));
    }
    s_take_down (&self);
    return !prepared ? EXIT_UNUSABLE : self.story.say.wrong ? EXIT_BAD : EXIT_DONE;
}
