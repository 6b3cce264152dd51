//  bank_store: real files, a clock in the test's hand.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "deploy/bank_store.h"

static const bank_place_t kim = { "apple", "1-1" }, lee = { "apple", "2-2" };

//  2026-11-22 14:59:59.999 UTC, the last millisecond of a day in Seoul.
static const int64_t before_midnight_ms = INT64_C (1795359599999);
static int64_t clock_ms;

static int64_t
s_clock (void)
{
    return clock_ms;
}

typedef struct {
    char dir [64];
    bank_store_t *store;
} fixture_t;

static void
s_open (fixture_t *fixture)
{
    bank_store_config_t config = { .dir = fixture->dir, .now_ms = s_clock };
    char reason [256];
    assert_int_equal (bank_store_open (&config, &fixture->store, reason), STATUS_OK);
}

static int
s_setup (void **state)
{
    fixture_t *fixture = calloc (1, sizeof *fixture);
    assert_non_null (fixture);
    strcpy (fixture->dir, "/tmp/bank_store_test-XXXXXX");
    assert_non_null (mkdtemp (fixture->dir));
    clock_ms = before_midnight_ms;
    s_open (fixture);
    *state = fixture;
    return 0;
}

static int
s_teardown (void **state)
{
    fixture_t *fixture = *state;
    char path [128];
    bank_store_destroy (&fixture->store);
    snprintf (path, sizeof path, "%s/bank.mdb", fixture->dir);
    unlink (path);
    snprintf (path, sizeof path, "%s/bank.mdb-lock", fixture->dir);
    unlink (path);
    assert_int_equal (rmdir (fixture->dir), 0);
    free (fixture);
    return 0;
}

static bank_answer_t
s_open_account (fixture_t *fixture, const bank_place_t *place, const char *holder, int64_t won)
{
    bank_work_t work = { .kind = BANK_WORK_OPEN_ACCOUNT };
    work.account.place = *place;
    work.account.opening_minor = won;
    strcpy (work.account.holder_name, holder);
    bank_store_perform (fixture->store, &work);
    return work.answer;
}

static bank_answer_t
s_close_account (fixture_t *fixture, const bank_place_t *place)
{
    bank_work_t work = { .kind = BANK_WORK_CLOSE_ACCOUNT, .account = { .place = *place } };
    bank_store_perform (fixture->store, &work);
    return work.answer;
}

static void
s_given_kim_and_lee (fixture_t *fixture, int64_t kim_won, int64_t lee_won)
{
    assert_int_equal (s_open_account (fixture, &kim, "Kim", kim_won), BANK_ANSWER_NEW);
    assert_int_equal (s_open_account (fixture, &lee, "Lee", lee_won), BANK_ANSWER_NEW);
}

static bank_work_t
s_order (const char *id, bank_place_t from, bank_place_t to, int64_t won)
{
    bank_work_t work = {
        .kind = BANK_WORK_TRANSFER,
        .transfer = { .from = from, .to = to, .amount_minor = won },
    };
    strcpy (work.transfer.transfer_id, id);
    return work;
}

static void
s_then_outcome (fixture_t *fixture, bank_work_t order, bank_reason_t reason)
{
    bank_store_perform (fixture->store, &order);
    assert_int_equal (order.answer, BANK_ANSWER_NEW);
    assert_int_equal (order.transfer.reason, reason);
}

static void
s_then_balance (fixture_t *fixture, const bank_place_t *place, int64_t won)
{
    bank_account_t account;
    assert_true (bank_store_find_account (fixture->store, place, &account));
    assert_int_equal (account.balance_minor, won);
}

static void
a_transfer_moves_all_that_there_is (void **state)
{
    fixture_t *fixture = *state;
    s_given_kim_and_lee (fixture, 1000, 5);
    s_then_outcome (fixture, s_order ("t1", kim, lee, 1000), BANK_REASON_NONE);
    s_then_balance (fixture, &kim, 0);
    s_then_balance (fixture, &lee, 1005);
}

static void
one_won_too_many_is_refused_and_the_refusal_stays (void **state)
{
    fixture_t *fixture = *state;
    s_given_kim_and_lee (fixture, 1000, 1);
    s_then_outcome (fixture, s_order ("t1", kim, lee, 1001), BANK_REASON_INSUFFICIENT_FUNDS);
    s_then_outcome (fixture, s_order ("t2", lee, kim, 1), BANK_REASON_NONE);
    bank_work_t again = s_order ("t1", kim, lee, 1001);  //  Now there would be enough
    bank_store_perform (fixture->store, &again);
    assert_int_equal (again.answer, BANK_ANSWER_AGAIN);
    assert_int_equal (again.transfer.reason, BANK_REASON_INSUFFICIENT_FUNDS);
    s_then_balance (fixture, &kim, 1001);
}

static void
the_same_id_with_another_body_is_a_conflict_and_moves_nothing (void **state)
{
    fixture_t *fixture = *state;
    s_given_kim_and_lee (fixture, 1000, 1000);
    s_then_outcome (fixture, s_order ("t1", kim, lee, 10), BANK_REASON_NONE);
    bank_work_t others [] = { s_order ("t1", kim, lee, 11), s_order ("t1", lee, kim, 10) };
    for (int index = 0; index < 2; index++) {
        bank_store_perform (fixture->store, &others [index]);
        assert_int_equal (others [index].answer, BANK_ANSWER_CONFLICT);
        assert_int_equal (others [index].transfer.amount_minor, 10);
    }
    s_then_balance (fixture, &kim, 990);
}

static void
closed_and_unknown_accounts_are_failures_of_their_own (void **state)
{
    fixture_t *fixture = *state;
    const bank_place_t nobody = { "apple", "9-9" };
    s_given_kim_and_lee (fixture, 1000, 1000);
    s_then_outcome (fixture, s_order ("t1", nobody, kim, 1), BANK_REASON_ACCOUNT_NOT_FOUND);
    s_then_outcome (fixture, s_order ("t2", kim, nobody, 1), BANK_REASON_ACCOUNT_NOT_FOUND);
    assert_int_equal (s_close_account (fixture, &lee), BANK_ANSWER_NEW);
    assert_int_equal (s_close_account (fixture, &lee), BANK_ANSWER_AGAIN);
    assert_int_equal (s_close_account (fixture, &nobody), BANK_ANSWER_NOT_FOUND);
    s_then_outcome (fixture, s_order ("t3", kim, lee, 1), BANK_REASON_ACCOUNT_CLOSED);
    s_then_outcome (fixture, s_order ("t4", lee, kim, 1), BANK_REASON_ACCOUNT_CLOSED);
    s_then_balance (fixture, &kim, 1000);
    s_then_balance (fixture, &lee, 1000);
}

static void
an_account_cannot_pay_itself_nor_hold_more_than_the_most (void **state)
{
    fixture_t *fixture = *state;
    s_given_kim_and_lee (fixture, 1000, BANK_MONEY_MAX - 1);
    s_then_outcome (fixture, s_order ("t1", kim, kim, 1), BANK_REASON_LIMIT_EXCEEDED);
    s_then_outcome (fixture, s_order ("t2", kim, lee, 2), BANK_REASON_LIMIT_EXCEEDED);
    s_then_outcome (fixture, s_order ("t3", kim, lee, 1), BANK_REASON_NONE);
    s_then_balance (fixture, &lee, BANK_MONEY_MAX);
}

static void
a_transfer_told_to_be_refused_is_refused_for_ever (void **state)
{
    fixture_t *fixture = *state;
    s_given_kim_and_lee (fixture, 1000, 0);
    bank_work_t order = s_order ("t1", kim, lee, 1);
    order.refuse_for = BANK_REASON_LIMIT_EXCEEDED;
    s_then_outcome (fixture, order, BANK_REASON_LIMIT_EXCEEDED);
    bank_work_t again = s_order ("t1", kim, lee, 1);
    bank_store_perform (fixture->store, &again);
    assert_int_equal (again.transfer.reason, BANK_REASON_LIMIT_EXCEEDED);
    s_then_balance (fixture, &kim, 1000);
}

static void
a_transfer_that_succeeded_cannot_be_told_to_be_refused (void **state)
{
    fixture_t *fixture = *state;
    s_given_kim_and_lee (fixture, 1000, 0);
    s_then_outcome (fixture, s_order ("t1", kim, lee, 1), BANK_REASON_NONE);
    bank_work_t again = s_order ("t1", kim, lee, 1);
    again.refuse_for = BANK_REASON_LIMIT_EXCEEDED;
    bank_store_perform (fixture->store, &again);
    assert_int_equal (again.transfer.reason, BANK_REASON_NONE);
}

static void
opening_again_is_the_same_account_only_with_the_same_content (void **state)
{
    fixture_t *fixture = *state;
    s_given_kim_and_lee (fixture, 1000, 0);
    s_then_outcome (fixture, s_order ("t1", kim, lee, 1), BANK_REASON_NONE);
    assert_int_equal (s_open_account (fixture, &kim, "Kim", 1000), BANK_ANSWER_AGAIN);
    assert_int_equal (s_open_account (fixture, &kim, "Kim", 999), BANK_ANSWER_CONFLICT);
    assert_int_equal (s_open_account (fixture, &kim, "Kin", 1000), BANK_ANSWER_CONFLICT);
    s_then_balance (fixture, &kim, 999);
}

static void
a_statement_belongs_to_a_day_in_seoul (void **state)
{
    fixture_t *fixture = *state;
    uint32_t day = bank_store_day (before_midnight_ms);
    bank_account_t account;
    bank_line_t lines [4];
    int64_t from = 0;

    s_given_kim_and_lee (fixture, 1000, 1000);
    s_then_outcome (fixture, s_order ("t1", kim, lee, 10), BANK_REASON_NONE);
    s_then_outcome (fixture, s_order ("t2", kim, lee, 5000), BANK_REASON_INSUFFICIENT_FUNDS);
    clock_ms++;
    s_then_outcome (fixture, s_order ("t3", lee, kim, 20), BANK_REASON_NONE);
    assert_true (bank_store_find_account (fixture->store, &kim, &account));

    assert_int_equal (bank_store_read_lines (fixture->store, account.serial, day, &from, lines, 4),
                      1);
    assert_string_equal (lines [0].transfer_id, "t1");
    assert_false (lines [0].incoming);
    assert_int_equal (lines [0].balance_after_minor, 990);
    assert_true (bank_place_equal (&lines [0].counterparty, &lee));
    from = 0;
    assert_int_equal (bank_store_read_lines (fixture->store, account.serial, day + 1, &from, lines,
                                             4),
                      1);
    assert_string_equal (lines [0].transfer_id, "t3");
    assert_true (lines [0].incoming);
    assert_int_equal (lines [0].balance_after_minor, 1010);
    assert_int_equal (bank_store_read_lines (fixture->store, account.serial, day + 1, &from, lines,
                                             4),
                      0);
}

static void
time_never_goes_back (void **state)
{
    fixture_t *fixture = *state;
    s_given_kim_and_lee (fixture, 1000, 0);
    clock_ms -= 60000;
    bank_work_t order = s_order ("t1", kim, lee, 1);
    bank_store_perform (fixture->store, &order);
    assert_int_equal (order.transfer.at_ms, before_midnight_ms);
}

static void
everything_is_there_after_opening_again (void **state)
{
    fixture_t *fixture = *state;
    bank_transfer_t transfer;
    s_given_kim_and_lee (fixture, 1000, 0);
    s_then_outcome (fixture, s_order ("t1", kim, lee, 400), BANK_REASON_NONE);
    bank_store_destroy (&fixture->store);
    assert_null (fixture->store);
    s_open (fixture);
    assert_true (bank_store_find_transfer (fixture->store, "t1", &transfer));
    assert_int_equal (transfer.reference, 1);
    assert_false (bank_store_find_transfer (fixture->store, "t2", &transfer));
    s_then_balance (fixture, &lee, 400);
    bank_work_t order = s_order ("t2", kim, lee, 1);
    bank_store_perform (fixture->store, &order);
    assert_int_equal (order.transfer.reference, 2);
}

static void
a_file_that_is_no_bank_is_told (void **state)
{
    fixture_t *fixture = *state;
    char path [128], reason [256] = "";
    bank_store_destroy (&fixture->store);
    snprintf (path, sizeof path, "%s/bank.mdb", fixture->dir);
    FILE *file = fopen (path, "w");
    assert_non_null (file);
    for (int count = 0; count < 10000; count++) {
        fputs ("no bank", file);
    }
    fclose (file);
    bank_store_config_t config = { .dir = fixture->dir };
    assert_int_equal (bank_store_open (&config, &fixture->store, reason), STATUS_DAMAGED);
    assert_non_null (strstr (reason, path));
    assert_null (fixture->store);
}

static void
a_full_disk_records_nothing_and_stops_nothing (void **state)
{
    fixture_t *fixture = *state;
    char reason [256];
    bank_transfer_t transfer;
    s_given_kim_and_lee (fixture, 1000, 0);
    bank_store_destroy (&fixture->store);
    bank_store_config_t full = { .dir = fixture->dir, .reserve_bytes = UINT64_MAX / 2 };
    assert_int_equal (bank_store_open (&full, &fixture->store, reason), STATUS_OK);
    bank_work_t order = s_order ("t1", kim, lee, 1);
    bank_store_perform (fixture->store, &order);
    assert_int_equal (order.answer, BANK_ANSWER_NO_SPACE);
    assert_false (bank_store_find_transfer (fixture->store, "t1", &transfer));
    s_then_balance (fixture, &kim, 1000);
    bank_store_destroy (&fixture->store);
    s_open (fixture);
    s_then_outcome (fixture, s_order ("t1", kim, lee, 1), BANK_REASON_NONE);
}

enum { CROWD = 4, ORDERS_EACH = 300 };

static void *
s_pay_back_and_forth (void *argument)
{
    fixture_t *fixture = argument;
    char id [64];
    for (int order = 0; order < ORDERS_EACH; order++) {
        snprintf (id, sizeof id, "%lx-%d", (unsigned long) pthread_self (), order);
        bool forth = order % 2 == 0;
        bank_work_t work = s_order (id, forth ? kim : lee, forth ? lee : kim, 7 + order % 3);
        bank_store_perform (fixture->store, &work);
    }
    return NULL;
}

static void
a_crowd_creates_and_loses_no_won (void **state)
{
    fixture_t *fixture = *state;
    pthread_t threads [CROWD];
    bank_account_t accounts [2];
    s_given_kim_and_lee (fixture, 20, 20);
    for (int index = 0; index < CROWD; index++) {
        assert_int_equal (pthread_create (&threads [index], NULL, s_pay_back_and_forth, fixture),
                          0);
    }
    for (int index = 0; index < CROWD; index++) {
        pthread_join (threads [index], NULL);
    }
    assert_true (bank_store_find_account (fixture->store, &kim, &accounts [0]));
    assert_true (bank_store_find_account (fixture->store, &lee, &accounts [1]));
    assert_int_equal (accounts [0].balance_minor + accounts [1].balance_minor, 40);
    assert_int_equal (accounts [0].line_count, accounts [1].line_count);
}

#define test(name) cmocka_unit_test_setup_teardown (name, s_setup, s_teardown)

int
main (void)
{
    const struct CMUnitTest tests [] = {
        test (a_transfer_moves_all_that_there_is),
        test (one_won_too_many_is_refused_and_the_refusal_stays),
        test (the_same_id_with_another_body_is_a_conflict_and_moves_nothing),
        test (closed_and_unknown_accounts_are_failures_of_their_own),
        test (an_account_cannot_pay_itself_nor_hold_more_than_the_most),
        test (a_transfer_told_to_be_refused_is_refused_for_ever),
        test (a_transfer_that_succeeded_cannot_be_told_to_be_refused),
        test (opening_again_is_the_same_account_only_with_the_same_content),
        test (a_statement_belongs_to_a_day_in_seoul),
        test (time_never_goes_back),
        test (everything_is_there_after_opening_again),
        test (a_file_that_is_no_bank_is_told),
        test (a_full_disk_records_nothing_and_stops_nothing),
        test (a_crowd_creates_and_loses_no_won),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
