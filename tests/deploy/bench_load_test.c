//  bench_load and bench_people - against a node that is only a front: it knows the
//  paths and answers as told, so that what the report says can be checked.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "deploy/bench_load.h"
#include "deploy/bench_people.h"
#include "runtime/scoped.h"

typedef enum { FINE, REFUSES, OVERLOADED, UNFINISHED, WRONG, BREAKS, STALLS_ONCE } mood_t;

typedef struct {
    struct MHD_Daemon *daemon;
    char url [64];
    mood_t mood;
    const char *refuses_path;  //  Setup step that is refused, or NULL
    atomic_uint members, links, funds, merchants, at_bank, payments, unauthorized;
} front_t;

//  Each id is another one: the counter is in its bytes.
static void
s_id (oid_kind_t kind, unsigned number, char ret_id [OID_TEXT_SIZE])
{
    oid_t oid = { .kind = (uint8_t) kind };
    memcpy (oid.bytes, &number, sizeof number);
    oid_format (oid, ret_id);
}

static unsigned
s_answer_setup (front_t *front, const char *path, char *body, size_t size)
{
    char id [OID_TEXT_SIZE] = "";
    if (front->refuses_path && strcmp (path, front->refuses_path) == 0) {
        snprintf (body, size, "{\"code\":\"email_exists\"}");
        return 409;
    }
    if (strcmp (path, "/admin/accounts") == 0) {
        //  Every other account was there before
        return atomic_fetch_add (&front->at_bank, 1) % 2 ? 409 : 201;
    }
    if (strcmp (path, "/v1/members") == 0) {
        s_id (OID_MEMBER, atomic_fetch_add (&front->members, 1), id);
    }
    else if (strcmp (path, "/v1/bank-accounts") == 0) {
        s_id (OID_BANK_ACCOUNT, atomic_fetch_add (&front->links, 1), id);
    }
    else if (strcmp (path, "/v1/merchants") == 0) {
        s_id (OID_MERCHANT, atomic_fetch_add (&front->merchants, 1), id);
    }
    else if (strncmp (path, "/v1/wallets/wal_", 16) == 0) {
        s_id (OID_RECHARGE, atomic_fetch_add (&front->funds, 1), id);
    }
    else {
        return 404;
    }
    snprintf (body, size, "{\"id\":\"%s\",\"status\":\"succeeded\"}", id);
    return 201;
}

static unsigned
s_answer_payment (front_t *front, char *body, size_t size)
{
    unsigned number = atomic_fetch_add (&front->payments, 1);
    snprintf (body, size, "{\"status\":\"%s\",\"code\":\"insufficient_funds\"}",
              front->mood == WRONG ? "authorized" : "captured");
    switch (front->mood) {
    case REFUSES: return 422;
    case OVERLOADED: return 503;
    case UNFINISHED: return 202;
    case BREAKS: return 0;
    case STALLS_ONCE:
        if (number == 20) {
            usleep (400000);  //  The stall that is to be measured
        }
        return 201;
    default: return 201;
    }
}

static enum MHD_Result
s_answer (void *context, struct MHD_Connection *connection, const char *path, const char *method,
          const char *version, const char *upload, size_t *upload_size, void **seen)
{
    front_t *front = context;
    static int once;
    (void) method, (void) version, (void) upload;
    if (!*seen) {
        *seen = &once;
        return MHD_YES;
    }
    if (*upload_size) {
        *upload_size = 0;
        return MHD_YES;
    }
    const char *token = MHD_lookup_connection_value (connection, MHD_HEADER_KIND, "Authorization");
    if (path [1] == 'v' && (!token || strcmp (token, "Bearer secret") != 0)) {
        atomic_fetch_add (&front->unauthorized, 1);
    }
    char body [256] = "{}";
    unsigned status = strcmp (path, "/v1/payments") == 0
                          ? s_answer_payment (front, body, sizeof body)
                          : s_answer_setup (front, path, body, sizeof body);
    if (status == 0) {
        return MHD_NO;
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer (strlen (body), body, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result = MHD_queue_response (connection, status, response);
    MHD_destroy_response (response);
    return result;
}

static void
s_open (front_t *front, mood_t mood)
{
    *front = (front_t) { .mood = mood };
    front->daemon = MHD_start_daemon (MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL,
                                      s_answer, front, MHD_OPTION_END);
    assert_non_null (front->daemon);
    snprintf (front->url, sizeof front->url, "http://127.0.0.1:%u",
              MHD_get_daemon_info (front->daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
}

static bench_config_t
s_config (const front_t *front, const char *scenario)
{
    return (bench_config_t) { .http = front->url,
                              .bank = front->url,
                              .token = "secret",
                              .scenario = bench_scenario_find (scenario),
                              .connections = 4,
                              .seconds = 1,
                              .accounts = 100,
                              .merchants = 3,
                              .seed = 7 };
}

static bench_result_t result;

//  People, then a run against a front of this mood.
static void
s_run (front_t *front, const bench_config_t *config)
{
    char reason [256] = "";
    bench_people_t *people = bench_people_new (config, reason);
    assert_string_equal (reason, "");
    assert_non_null (people);
    assert_true (bench_load_run (config, people, &result, reason));
    bench_people_destroy (&people);
    assert_int_equal (front->unauthorized, 0);
}

static void
s_run_mood (mood_t mood)
{
    front_t front;
    s_open (&front, mood);
    bench_config_t config = s_config (&front, "payment");
    s_run (&front, &config);
    MHD_stop_daemon (front.daemon);
}

static void
everybody_is_made_once (void **state)
{
    (void) state;
    front_t front;
    char reason [256] = "";
    s_open (&front, FINE);
    bench_config_t config = s_config (&front, "payment");
    bench_people_t *people = bench_people_new (&config, reason);
    assert_non_null (people);
    assert_int_equal (front.at_bank, 103);
    assert_int_equal (front.members, 103);
    assert_int_equal (front.links, 103);
    assert_int_equal (front.funds, 100);
    assert_int_equal (front.merchants, 3);
    assert_memory_equal (bench_people_member (people, 99), "mem_", 4);
    //  A wallet has its member's 26 characters
    assert_string_equal (bench_people_wallet (people, 99) + 4,
                         bench_people_member (people, 99) + 4);
    assert_memory_equal (bench_people_merchant (people, 2), "mrc_", 4);
    bench_people_destroy (&people);
    MHD_stop_daemon (front.daemon);
}

static void
recharges_need_neither_funds_nor_merchants (void **state)
{
    (void) state;
    front_t front;
    s_open (&front, FINE);
    bench_config_t config = s_config (&front, "recharge");
    config.merchants = 0;
    s_run (&front, &config);
    assert_int_equal (front.merchants, 0);
    assert_int_equal (front.members, 100);
    assert_true (front.funds > 0);
    assert_true (result.achieved > 0);
    assert_int_equal (result.failed, 0);
    MHD_stop_daemon (front.daemon);
}

static void
a_setup_that_is_refused_says_at_which_step_and_why (void **state)
{
    (void) state;
    front_t front;
    char reason [256] = "";
    s_open (&front, FINE);
    front.refuses_path = "/v1/members";
    bench_config_t config = s_config (&front, "payment");
    assert_null (bench_people_new (&config, reason));
    assert_string_equal (reason, "setup, members with wallets: answered 409 "
                                 "{\"code\":\"email_exists\"}");
    MHD_stop_daemon (front.daemon);
}

static void
a_closed_loop_achieves_what_it_offers (void **state)
{
    (void) state;
    s_run_mood (FINE);
    assert_true (result.achieved > 0);
    assert_true (result.offered >= result.achieved - 4 && result.offered <= result.achieved + 4);
    assert_int_equal (result.refused + result.pending + result.failed, 0);
    assert_true (result.latencies.count > 0 && result.latencies.max_ns > 0);
    assert_false (result.gave_up);
}

static void
refusals_are_no_achievement_and_have_no_latency (void **state)
{
    (void) state;
    s_run_mood (REFUSES);
    assert_true (result.refused > 0);
    assert_true (result.achieved == 0 && result.failed == 0);
    assert_int_equal (result.latencies.count, 0);
    assert_string_equal (result.first_refusal, "insufficient_funds");
    s_run_mood (OVERLOADED);
    assert_true (result.refused > 0);
    assert_true (result.achieved == 0 && result.failed == 0);
}

static void
an_unfinished_answer_is_pending (void **state)
{
    (void) state;
    s_run_mood (UNFINISHED);
    assert_true (result.pending > 0);
    assert_true (result.achieved == 0 && result.failed == 0 && result.refused == 0);
}

static void
an_answer_with_another_status_is_found_by_sample_and_fails (void **state)
{
    (void) state;
    s_run_mood (WRONG);
    assert_true (result.failed > 0);
    assert_non_null (strstr (result.first_failure, "authorized"));
}

static void
a_node_that_does_not_answer_is_given_up (void **state)
{
    (void) state;
    front_t front;
    s_open (&front, BREAKS);
    bench_config_t config = s_config (&front, "payment");
    config.seconds = 60;  //  Not reached: the run ends when it gives up
    s_run (&front, &config);
    MHD_stop_daemon (front.daemon);
    assert_true (result.gave_up);
    assert_true (result.failed >= 1000);
    assert_true (result.achieved == 0);
}

//  One connection, a request every 5 ms, one stall of 400 ms: a closed loop would
//  count one slow request. Some 80 were due meanwhile, and waited.
static void
an_open_loop_counts_what_waited_from_when_it_was_due (void **state)
{
    (void) state;
    front_t front;
    s_open (&front, STALLS_ONCE);
    bench_config_t config = s_config (&front, "payment");
    config.connections = 1;
    config.rate = 200;
    s_run (&front, &config);
    assert_true (result.offered == 200);
    assert_int_equal (result.latencies.count, 200);
    assert_true (result.latencies.max_ns >= 400000000);
    assert_true (bench_histogram_quantile (&result.latencies, 900000) > 200000000);
    MHD_stop_daemon (front.daemon);
}

static void
what_was_due_and_never_sent_counts_with_its_wait (void **state)
{
    (void) state;
    front_t front;
    s_open (&front, FINE);
    bench_config_t config = s_config (&front, "payment");
    config.connections = 1;
    config.rate = 1000000;
    s_run (&front, &config);
    assert_true (result.offered == 1000000);
    assert_int_equal (result.latencies.count, 1000000);
    assert_true (result.achieved < 500000);
    assert_true (bench_histogram_quantile (&result.latencies, 500000) > 100000000);
    MHD_stop_daemon (front.daemon);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (everybody_is_made_once),
        cmocka_unit_test (recharges_need_neither_funds_nor_merchants),
        cmocka_unit_test (a_setup_that_is_refused_says_at_which_step_and_why),
        cmocka_unit_test (a_closed_loop_achieves_what_it_offers),
        cmocka_unit_test (refusals_are_no_achievement_and_have_no_latency),
        cmocka_unit_test (an_unfinished_answer_is_pending),
        cmocka_unit_test (an_answer_with_another_status_is_found_by_sample_and_fails),
        cmocka_unit_test (a_node_that_does_not_answer_is_given_up),
        cmocka_unit_test (an_open_loop_counts_what_waited_from_when_it_was_due),
        cmocka_unit_test (what_was_due_and_never_sent_counts_with_its_wait),
    };
    return cmocka_run_group_tests_name ("bench_load", tests, NULL, NULL);
}
