//  bench_load - one thread, an array of idle connections, and the next due time.

#include "deploy/bench_load.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "deploy/bench_client.h"
#include "deploy/bench_people.h"
#include "runtime/scoped.h"

#define SECOND_NS INT64_C (1000000000)

enum {
    SAMPLE_EVERY = 64,     //  One answer of so many is read, not only its status line
    UNANSWERED_MAX = 1000  //  In a row, before a node is given up
};

typedef struct {
    const bench_config_t *config;
    const bench_people_t *people;
    bench_client_t *client;
    bench_result_t *result;
    char run [17];                        //  Nobody else's requests begin with this
    uint64_t random, numbered;            //  Requests so far
    int64_t start_ns, window_ns, end_ns;  //  Warm-up from start, then the window
    uint64_t offered, achieved, answers, unanswered;
    uint32_t *idle, idle_count;  //  Connections
    int64_t *due_ns;             //  Of each connection's request
} load_t;

uint64_t
bench_random (uint64_t *state)
{
    uint64_t value = *state += UINT64_C (0x9e3779b97f4a7c15);
    value = (value ^ (value >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C (0x94d049bb133111eb);
    return value ^ (value >> 31);
}

//  ---------------------------------------------------------------------------
//  Scenarios. Amounts are 1 .. 100 KRW, so that a wallet of 1,000,000 lasts for some
//  20,000 payments and meets no daily cap of 5,000,000 before.

static unsigned
s_amount (uint64_t *random)
{
    return (unsigned) (bench_random (random) % 100) + 1;
}

static void
s_write_payment (const bench_people_t *people, uint64_t *random, const char *name,
                 bench_request_t *request)
{
    uint32_t payer = (uint32_t) (bench_random (random) % bench_people_accounts (people));
    uint32_t shop = (uint32_t) (bench_random (random) % bench_people_merchants (people));
    snprintf (request->path, sizeof request->path, "/v1/payments");
    snprintf (request->body, sizeof request->body,
              "{\"member_id\":\"%s\",\"merchant_id\":\"%s\",\"order_id\":\"%s\",\"amount\":%u,"
              "\"currency\":\"KRW\",\"capture\":true}",
              bench_people_member (people, payer), bench_people_merchant (people, shop), name,
              s_amount (random));
}

static void
s_write_recharge (const bench_people_t *people, uint64_t *random, const char *name,
                  bench_request_t *request)
{
    (void) name;
    uint32_t payer = (uint32_t) (bench_random (random) % bench_people_accounts (people));
    snprintf (request->path, sizeof request->path, "/v1/wallets/%s/recharges",
              bench_people_wallet (people, payer));
    snprintf (request->body, sizeof request->body,
              "{\"amount\":%u,\"currency\":\"KRW\",\"bank_account_id\":\"%s\"}", s_amount (random),
              bench_people_bank_account (people, payer));
}

//  To anybody but oneself.
static void
s_write_remittance (const bench_people_t *people, uint64_t *random, const char *name,
                    bench_request_t *request)
{
    (void) name;
    uint32_t count = bench_people_accounts (people);
    uint32_t sender = (uint32_t) (bench_random (random) % count);
    uint32_t receiver = (uint32_t) ((sender + 1 + bench_random (random) % (count - 1)) % count);
    snprintf (request->path, sizeof request->path, "/v1/remittances");
    snprintf (request->body, sizeof request->body,
              "{\"from_member_id\":\"%s\",\"to\":{\"member_id\":\"%s\"},\"amount\":%u,"
              "\"currency\":\"KRW\"}",
              bench_people_member (people, sender), bench_people_member (people, receiver),
              s_amount (random));
}

//  Of ten requests seven are payments, two remittances, one a recharge.
static void
s_write_mixed (const bench_people_t *people, uint64_t *random, const char *name,
               bench_request_t *request)
{
    uint64_t draw = bench_random (random) % 10;
    (draw == 0  ? s_write_recharge
     : draw < 3 ? s_write_remittance
                : s_write_payment) (people, random, name, request);
}

static const bench_scenario_t scenarios [] = {
    { "recharge", .finished = { "succeeded" }, .write = s_write_recharge },
    { "payment", .shops = true, .funds = true, .finished = { "captured" },
      .write = s_write_payment },
    { "hot-merchant", .shops = true, .one_shop = true, .funds = true, .finished = { "captured" },
      .write = s_write_payment },
    { "remittance", .funds = true, .pairs = true, .finished = { "succeeded" },
      .write = s_write_remittance },
    { "mixed", .shops = true, .funds = true, .pairs = true, .finished = { "succeeded", "captured" },
      .write = s_write_mixed },
};

const bench_scenario_t *
bench_scenario_find (const char *name)
{
    for (size_t index = 0; index < COUNT (scenarios); index++) {
        if (strcmp (scenarios [index].name, name) == 0) {
            return &scenarios [index];
        }
    }
    return NULL;
}

//  ---------------------------------------------------------------------------
//  Asking

//  When the number-th request of an open loop is due.
static int64_t
s_due_ns (const load_t *load, uint64_t number)
{
    return load->start_ns
           + (int64_t) ((unsigned __int128) number * SECOND_NS / (uint64_t) load->config->rate);
}

static bool
s_in_window (const load_t *load, int64_t ns)
{
    return ns >= load->window_ns && ns < load->end_ns;
}

//  Gives idle connections what is due. Returns when there is more to give: the next
//  due time, or the end.
static int64_t
s_dispatch (load_t *load)
{
    while (load->idle_count > 0 && !load->result->gave_up) {
        int64_t now_ns = bench_now_ns ();
        int64_t due_ns = load->config->rate ? s_due_ns (load, load->numbered) : now_ns;
        if (due_ns >= load->end_ns || due_ns > now_ns) {
            return due_ns < load->end_ns ? due_ns : load->end_ns;
        }
        bench_request_t request;
        uint32_t connection = load->idle [--load->idle_count];
        snprintf (request.key, sizeof request.key, "%s-%" PRIu64, load->run, load->numbered++);
        load->config->scenario->write (load->people, &load->random, request.key, &request);
        load->due_ns [connection] = due_ns;
        load->offered += s_in_window (load, due_ns);
        bench_client_post (load->client, connection, request.path, request.key, request.body);
    }
    return load->end_ns;
}

//  ---------------------------------------------------------------------------
//  Counting

//  A text field of a JSON answer, copied; empty if there is none.
static void
s_read_field (const bench_answer_t *answer, const char *name, char *ret_text, size_t size)
{
    json_t *object = json_loadb (answer->body, answer->body_size, 0, NULL);
    const char *text = json_string_value (json_object_get (object, name));
    snprintf (ret_text, size, "%s", text ? text : "");
    json_decref (object);
}

//  Is it the object that was asked for? Every 64th is looked at.
static bool
s_is_finished (load_t *load, const bench_answer_t *answer)
{
    char status [32];
    if (load->answers++ % SAMPLE_EVERY != 0) {
        return true;
    }
    s_read_field (answer, "status", status, sizeof status);
    const char *const *finished = load->config->scenario->finished;
    return strcmp (status, finished [0]) == 0
           || (finished [1] && strcmp (status, finished [1]) == 0);
}

static void
s_count_failure (load_t *load, const bench_answer_t *answer)
{
    bench_result_t *result = load->result;
    if (result->failed++ == 0) {
        if (answer->failure) {
            snprintf (result->first_failure, sizeof result->first_failure, "%s", answer->failure);
        }
        else {
            snprintf (result->first_failure, sizeof result->first_failure, "answered %u %.*s",
                      answer->status, answer->body_size > 100 ? 100 : (int) answer->body_size,
                      answer->body);
        }
    }
}

static void
s_count (void *context, uint32_t connection, const bench_answer_t *answer)
{
    load_t *load = context;
    bench_result_t *result = load->result;
    int64_t now_ns = bench_now_ns (), due_ns = load->due_ns [connection];
    load->idle [load->idle_count++] = connection;
    load->unanswered = answer->status ? 0 : load->unanswered + 1;
    result->gave_up |= load->unanswered >= UNANSWERED_MAX;
    switch (answer->status) {
    case 200:
    case 201:
        if (!s_is_finished (load, answer)) {
            s_count_failure (load, answer);
            break;
        }
        load->achieved += s_in_window (load, now_ns);
        if (s_in_window (load, due_ns)) {
            bench_histogram_record (&result->latencies, now_ns - due_ns);
        }
        break;
    case 202: result->pending += s_in_window (load, due_ns); break;
    case 503:
    case 400 ... 499:
        if (s_in_window (load, due_ns) && result->refused++ == 0) {
            s_read_field (answer, "code", result->first_refusal, sizeof result->first_refusal);
        }
        break;
    default: s_count_failure (load, answer);
    }
}

//  Requests that were due and never got a connection.
static void
s_count_unsent (load_t *load)
{
    int64_t now_ns = bench_now_ns (), due_ns;
    while (load->config->rate && (due_ns = s_due_ns (load, load->numbered)) < load->end_ns
           && due_ns <= now_ns) {
        load->numbered++;
        if (s_in_window (load, due_ns)) {
            load->offered++;
            bench_histogram_record (&load->result->latencies, now_ns - due_ns);
        }
    }
}

//  ---------------------------------------------------------------------------

static void
s_run (load_t *load)
{
    const bench_config_t *config = load->config;
    load->start_ns = bench_now_ns ();
    load->window_ns = load->start_ns + config->warmup_seconds * SECOND_NS;
    load->end_ns = load->window_ns + config->seconds * SECOND_NS;
    while (bench_now_ns () < load->end_ns && !load->result->gave_up) {
        int64_t until_ns = s_dispatch (load);
        bench_client_wait (load->client, until_ns);
    }
    s_count_unsent (load);
    //  What is under way is let finish; the client's own time-out bounds this
    while (bench_client_busy (load->client) > 0) {
        bench_client_wait (load->client, bench_now_ns () + SECOND_NS);
    }
    load->result->offered = (double) load->offered / (double) config->seconds;
    load->result->achieved = (double) load->achieved / (double) config->seconds;
}

bool
bench_load_run (const bench_config_t *config, const bench_people_t *people,
                bench_result_t *ret_result, char ret_reason [256])
{
    load_t load = {
        .config = config, .people = people, .result = ret_result, .random = config->seed
    };
    uint8_t run [8];
    randombytes_buf (run, sizeof run);
    sodium_bin2hex (load.run, sizeof load.run, run, sizeof run);
    *ret_result = (bench_result_t) { 0 };
    load.client = bench_client_new (config->http, config->token, config->connections, s_count,
                                    &load, ret_reason);
    if (!load.client) {
        return false;
    }
    load.idle = calloc (config->connections, sizeof *load.idle);
    load.due_ns = calloc (config->connections, sizeof *load.due_ns);
    assert (load.idle && load.due_ns);
    while (load.idle_count < config->connections) {
        load.idle [load.idle_count] = load.idle_count;
        load.idle_count++;
    }
    s_run (&load);
    bench_client_destroy (&load.client);
    free (load.idle);
    free (load.due_ns);
    return true;
}
