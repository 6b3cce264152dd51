//  demo_ask - asking node and bank, and saying how it went.

#include "deploy/demo_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "runtime/scoped.h"

enum { WAITS_MAX = 600 };  //  Of 100 ms

//  When a step went wrong: what came instead, whole.
void
demo_show (const demo_answer_t *answer)
{
    char *text = answer->body ? json_dumps (answer->body, JSON_INDENT (2)) : NULL;
    printf ("    %ld %s\n", answer->status, text ? text : "(no body)");
    free (text);
}

//  ---------------------------------------------------------------------------
//  Asking

demo_answer_t
demo_node (demo_story_t *self, const char *method, const char *path, json_t *body, const char *key)
{
    char url [512];
    snprintf (url, sizeof url, "%s/v1/%s", self->node_url, path);
    return demo_client_call (self->client, &(demo_request_t) { .method = method,
                                                               .url = url,
                                                               .body = body,
                                                               .token = self->token,
                                                               .key = key,
                                                               .prefer = "wait=5" });
}

demo_answer_t
demo_bank (demo_story_t *self, const char *method, const char *path, json_t *body)
{
    char url [512];
    snprintf (url, sizeof url, "%s/admin/%s", self->bank_url, path);
    return demo_client_call (self->client,
                             &(demo_request_t) { .method = method, .url = url, .body = body });
}

int64_t
demo_at_bank (demo_story_t *self, const char *account)
{
    char path [128];
    snprintf (path, sizeof path, "accounts/%s", account);
    scoped (demo_answer_done) demo_answer_t answer = demo_bank (self, "GET", path, NULL);
    return answer.status == 200 ? demo_answer_number (&answer, "balance") : -1;
}

//  Says the step; keeps the new object's id.
bool
demo_made (demo_story_t *self, const demo_answer_t *answer, const char *said, char *ret_id)
{
    const char *id = demo_answer_text (answer, "id");
    bool right = demo_say_step (&self->say, answer->status == 201 && *id, "%s  %s", said, id);
    if (!right) {
        demo_show (answer);
    }
    snprintf (ret_id, DEMO_ID_SIZE, "%s", id);
    return right;
}

bool
demo_said (demo_story_t *self, const demo_answer_t *answer, bool right, const char *said)
{
    if (!demo_say_step (&self->say, right, "%s", said)) {
        demo_show (answer);
    }
    return right;
}

bool
demo_check_wallet (demo_story_t *self, const demo_person_t *person)
{
    char path [128];
    snprintf (path, sizeof path, "wallets/%s", person->wallet);
    scoped (demo_answer_done) demo_answer_t answer = demo_node (self, "GET", path, NULL, NULL);
    int64_t balance = demo_answer_number (&answer, "balance");
    return demo_say_step (&self->say, answer.status == 200 && balance == person->balance_minor,
                          "%s 지갑 잔액 · wallet holds %s원", person->name, WON (balance));
}

bool
demo_ends_as (demo_story_t *self, const char *path, const char *wanted)
{
    static const char *const unfinished [] = { "requested", "processing", "recharging", "closed",
                                               "paying" };
    for (int tries = 0; tries < WAITS_MAX; tries++) {
        scoped (demo_answer_done) demo_answer_t answer = demo_node (self, "GET", path, NULL, NULL);
        const char *status = demo_answer_text (&answer, "status");
        bool ended = answer.status != 200;
        if (!ended) {
            ended = true;
            for (size_t index = 0; index < COUNT (unfinished); index++) {
                ended = ended && strcmp (status, unfinished [index]) != 0;
            }
        }
        if (ended) {
            return strcmp (status, wanted) == 0;
        }
        nanosleep (&(struct timespec) { .tv_nsec = 100000000 }, NULL);
    }
    return false;
}

bool
demo_set_fault (demo_story_t *self, const char *kind)
{
    scoped (demo_answer_done) demo_answer_t answer =
        demo_bank (self, "POST", "faults", json_pack ("{s:s, s:i}", "kind", kind, "count", 1));
    return answer.status == 200 || answer.status == 201;
}
