//  bench_people - five steps, each of them many requests at once. A table says what
//  each asks and what it keeps of the answer.

#include "deploy/bench_people.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "deploy/bench_client.h"
#include "runtime/scoped.h"

typedef struct {
    char member [OID_TEXT_SIZE], wallet [OID_TEXT_SIZE];
    char bank_account [OID_TEXT_SIZE], merchant [OID_TEXT_SIZE];
} person_t;

struct bench_people {
    uint32_t seed, accounts, merchants;
    person_t people [];  //  Payers, then shops
};

typedef enum { EVERYBODY, PAYERS, SHOPS } group_t;

typedef struct {
    const char *what;
    group_t group;
    bool at_bank;
    bool only_funded;  //  Only for scenarios that need money
    void (*write) (const bench_people_t *people, uint32_t index, bench_request_t *request);
    size_t kept;  //  Where in person_t the answer's id goes; NOTHING: nowhere
} step_t;

#define NOTHING SIZE_MAX

//  ---------------------------------------------------------------------------
//  What is asked. A person is "p17" or "s17"; the seed is part of every name.

static bool
s_is_shop (const bench_people_t *self, uint32_t index)
{
    return index >= self->accounts;
}

static uint32_t
s_number (const bench_people_t *self, uint32_t index)
{
    return s_is_shop (self, index) ? index - self->accounts : index;
}

static void
s_key (const bench_people_t *self, uint32_t index, const char *what, bench_request_t *request)
{
    snprintf (request->key, sizeof request->key, "bench-%u-%s-%s%u", self->seed, what,
              s_is_shop (self, index) ? "s" : "p", s_number (self, index));
}

static void
s_account_number (const bench_people_t *self, uint32_t index, char ret_number [24])
{
    snprintf (ret_number, 24, "%05u%d%06u", self->seed, s_is_shop (self, index) ? 2 : 1,
              s_number (self, index));
}

static void
s_name (const bench_people_t *self, uint32_t index, char ret_name [40])
{
    snprintf (ret_name, 40, "Bench %s %u-%u", s_is_shop (self, index) ? "Shop" : "Payer",
              self->seed, s_number (self, index));
}

static void
s_write_at_bank (const bench_people_t *self, uint32_t index, bench_request_t *request)
{
    char number [24], name [40];
    s_account_number (self, index, number);
    s_name (self, index, name);
    s_key (self, index, "at-bank", request);
    snprintf (request->path, sizeof request->path, "/admin/accounts");
    snprintf (request->body, sizeof request->body,
              "{\"bank_code\":\"apple\",\"account_number\":\"%s\",\"holder_name\":\"%s\","
              "\"balance\":%d}",
              number, name, s_is_shop (self, index) ? 0 : 1000 * BENCH_FUND_MINOR);
}

static void
s_write_member (const bench_people_t *self, uint32_t index, bench_request_t *request)
{
    static const char *const addresses [] = { "Seoul Mapo-gu", "Seoul Jung-gu", "Busan Suyeong-gu",
                                              "Incheon Yeonsu-gu", "Daegu Suseong-gu" };
    char name [40];
    s_name (self, index, name);
    s_key (self, index, "member", request);
    snprintf (request->path, sizeof request->path, "/v1/members");
    snprintf (request->body, sizeof request->body,
              "{\"name\":\"%s\",\"email\":\"%s@bench.example\",\"address\":\"%s\","
              "\"corporate\":%s,\"wallet\":%s}",
              name, request->key, addresses [index % COUNT (addresses)],
              s_is_shop (self, index) ? "true" : "false",
              s_is_shop (self, index) ? "false" : "true");
}

static void
s_write_link (const bench_people_t *self, uint32_t index, bench_request_t *request)
{
    char number [24];
    s_account_number (self, index, number);
    s_key (self, index, "link", request);
    snprintf (request->path, sizeof request->path, "/v1/bank-accounts");
    snprintf (request->body, sizeof request->body,
              "{\"member_id\":\"%s\",\"bank_code\":\"apple\",\"account_number\":\"%s\"}",
              self->people [index].member, number);
}

static void
s_write_fund (const bench_people_t *self, uint32_t index, bench_request_t *request)
{
    s_key (self, index, "fund", request);
    snprintf (request->path, sizeof request->path, "/v1/wallets/%s/recharges",
              self->people [index].wallet);
    snprintf (request->body, sizeof request->body,
              "{\"amount\":%d,\"currency\":\"KRW\",\"bank_account_id\":\"%s\"}", BENCH_FUND_MINOR,
              self->people [index].bank_account);
}

static void
s_write_merchant (const bench_people_t *self, uint32_t index, bench_request_t *request)
{
    char name [40];
    s_name (self, index, name);
    s_key (self, index, "merchant", request);
    snprintf (request->path, sizeof request->path, "/v1/merchants");
    snprintf (request->body, sizeof request->body,
              "{\"member_id\":\"%s\",\"name\":\"%s\",\"bank_account_id\":\"%s\",\"fee_bps\":250}",
              self->people [index].member, name, self->people [index].bank_account);
}

static const step_t steps [] = {
    { "accounts at the bank", EVERYBODY, true, false, s_write_at_bank, NOTHING },
    { "members with wallets", EVERYBODY, false, false, s_write_member,
      offsetof (person_t, member) },
    { "bank accounts linked", EVERYBODY, false, false, s_write_link,
      offsetof (person_t, bank_account) },
    { "wallets funded", PAYERS, false, true, s_write_fund, NOTHING },
    { "merchants", SHOPS, false, false, s_write_merchant, offsetof (person_t, merchant) },
};

//  ---------------------------------------------------------------------------
//  One step under way

typedef struct {
    bench_people_t *people;
    const step_t *step;
    bench_client_t *client;
    uint32_t first, count;  //  The people it is for
    uint32_t next, done;    //  Counted from first
    uint32_t person [BENCH_SETUP_CONNECTIONS];
    bool failed;
    char *reason;
} work_t;

static void
s_post (work_t *work, uint32_t connection)
{
    bench_request_t request;
    uint32_t index = work->first + work->next++;
    work->person [connection] = index;
    work->step->write (work->people, index, &request);
    bench_client_post (work->client, connection, request.path, request.key, request.body);
}

//  Keeps the id of the answer's object. The wallet has its member's 26 characters.
static bool
s_keep (work_t *work, person_t *person, const bench_answer_t *answer)
{
    if (work->step->kept == NOTHING) {
        return true;
    }
    json_t *object = json_loadb (answer->body, answer->body_size, 0, NULL);
    const char *id = json_string_value (json_object_get (object, "id"));
    oid_t oid;
    bool kept = id && oid_parse (id, &oid);
    if (kept) {
        oid_format (oid, (char *) person + work->step->kept);
        if (oid.kind == OID_MEMBER) {
            oid_format (oid_as (oid, OID_WALLET), person->wallet);
        }
    }
    json_decref (object);
    return kept;
}

static void
s_explain (work_t *work, const bench_answer_t *answer)
{
    int used = snprintf (work->reason, 256, "setup, %s: ", work->step->what);
    if (answer->failure) {
        snprintf (work->reason + used, 256 - (size_t) used, "%s", answer->failure);
    }
    else {
        int size = answer->body_size > 160 ? 160 : (int) answer->body_size;
        snprintf (work->reason + used, 256 - (size_t) used, "answered %u %.*s", answer->status,
                  size, answer->body);
    }
}

static void
s_take (void *context, uint32_t connection, const bench_answer_t *answer)
{
    work_t *work = context;
    person_t *person = &work->people->people [work->person [connection]];
    //  The bank remembers accounts of an earlier run with this seed
    bool known = work->step->at_bank && answer->status == 409;
    bool made = answer->status == 201 || answer->status == 200 || known;
    if (!made || !s_keep (work, person, answer)) {
        if (!work->failed) {
            s_explain (work, answer);
        }
        work->failed = true;
        return;
    }
    work->done++;
    if (work->next < work->count && !work->failed) {
        s_post (work, connection);
    }
}

//  A bar that moves on a terminal; otherwise one line when the step is done.
static void
s_show (const work_t *work, int64_t since_ns, bool last)
{
    enum { BAR = 30 };
    bool terminal = isatty (STDERR_FILENO);
    if (terminal) {
        uint32_t filled = (uint32_t) ((uint64_t) work->done * BAR / work->count);
        fprintf (stderr, "\r%-22s[%-*.*s] %u / %u", work->step->what, BAR, (int) filled,
                 "##############################", work->done, work->count);
    }
    else if (last) {
        fprintf (stderr, "%-22s%u", work->step->what, work->done);
    }
    if (last) {
        fprintf (stderr, "  %.1f s\n", (double) (bench_now_ns () - since_ns) / 1e9);
    }
}

static bool
s_do_step (bench_people_t *self, const bench_config_t *config, const step_t *step,
           char ret_reason [256])
{
    static const int64_t tick_ns = 100000000;
    uint32_t everybody = self->accounts + self->merchants;
    work_t work = { .people = self, .step = step, .reason = ret_reason };
    work.first = step->group == SHOPS ? self->accounts : 0;
    work.count = (step->group == PAYERS ? self->accounts : everybody) - work.first;
    if (work.count == 0) {
        return true;
    }
    scoped (bench_client_destroy) bench_client_t *client =
        bench_client_new (step->at_bank ? config->bank : config->http,
                          step->at_bank ? NULL : config->token, BENCH_SETUP_CONNECTIONS, s_take,
                          &work, ret_reason);
    if (!client) {
        return false;
    }
    work.client = client;
    int64_t since_ns = bench_now_ns (), shown_ns = since_ns;
    for (uint32_t index = 0; index < BENCH_SETUP_CONNECTIONS && work.next < work.count; index++) {
        s_post (&work, index);
    }
    while (bench_client_busy (client) > 0 && !work.failed) {
        bench_client_wait (client, shown_ns + tick_ns);
        if (bench_now_ns () - shown_ns >= tick_ns) {
            shown_ns = bench_now_ns ();
            s_show (&work, since_ns, false);
        }
    }
    s_show (&work, since_ns, true);
    return !work.failed;
}

//  ---------------------------------------------------------------------------

bench_people_t *
bench_people_new (const bench_config_t *config, char ret_reason [256])
{
    uint32_t everybody = config->accounts + config->merchants;
    bench_people_t *self = calloc (1, sizeof *self + everybody * sizeof (person_t));
    assert (self);
    self->seed = config->seed;
    self->accounts = config->accounts;
    self->merchants = config->merchants;
    for (size_t index = 0; index < COUNT (steps); index++) {
        bool needed = config->scenario->funds || !steps [index].only_funded;
        if (needed && !s_do_step (self, config, &steps [index], ret_reason)) {
            bench_people_destroy (&self);
            return NULL;
        }
    }
    return self;
}

void
bench_people_destroy (bench_people_t **self_p)
{
    if (self_p) {
        free (*self_p);
        *self_p = NULL;
    }
}

const char *
bench_people_member (const bench_people_t *self, uint32_t index)
{
    assert (index < self->accounts);
    return self->people [index].member;
}

const char *
bench_people_wallet (const bench_people_t *self, uint32_t index)
{
    assert (index < self->accounts);
    return self->people [index].wallet;
}

const char *
bench_people_bank_account (const bench_people_t *self, uint32_t index)
{
    assert (index < self->accounts);
    return self->people [index].bank_account;
}

const char *
bench_people_merchant (const bench_people_t *self, uint32_t index)
{
    assert (index < self->merchants);
    return self->people [self->accounts + index].merchant;
}

uint32_t
bench_people_accounts (const bench_people_t *self)
{
    return self->accounts;
}

uint32_t
bench_people_merchants (const bench_people_t *self)
{
    return self->merchants;
}
