//  bank_faults: given these faults, this is what happens to the next calls.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "deploy/bank_faults.h"
#include "runtime/scoped.h"

#define scoped_faults scoped (bank_faults_destroy) bank_faults_t *

static const int64_t now_ms = 1000000;

static bank_fault_t
s_fault (bank_fault_kind_t kind)
{
    return (bank_fault_t) {
        .kind = kind,
        .probability = 1,
        .count = -1,
        .delay_ms = -1,
        .seed = -1,
        .reason = BANK_REASON_LIMIT_EXCEEDED,
    };
}

static void
s_add (bank_faults_t *faults, bank_fault_t fault)
{
    bank_fault_t added;
    assert_true (bank_faults_add (faults, &fault, now_ms, &added));
}

static void
s_then_nothing_happens (bank_faults_t *faults)
{
    bank_mishap_t mishap = bank_faults_strike (faults);
    assert_int_equal (mishap.ending, BANK_FAULT_NONE);
    assert_int_equal (mishap.slow_ms, 0);
    assert_int_equal (mishap.refuse_for, BANK_REASON_NONE);
    assert_false (mishap.callback_twice);
    assert_int_equal (mishap.callback_delay_ms, 0);
}

static void
without_faults_nothing_happens (void **state)
{
    (void) state;
    scoped_faults faults = bank_faults_new ();
    s_then_nothing_happens (faults);
    assert_false (bank_faults_outage (faults, now_ms));
}

static void
a_fault_without_count_hits_until_it_is_deleted (void **state)
{
    (void) state;
    scoped_faults faults = bank_faults_new ();
    s_add (faults, s_fault (BANK_FAULT_CUT_AFTER));
    for (int call = 0; call < 1000; call++) {
        assert_int_equal (bank_faults_strike (faults).ending, BANK_FAULT_CUT_AFTER);
    }
    bank_faults_clear (faults);
    s_then_nothing_happens (faults);
}

static void
a_count_is_the_number_of_calls_hit (void **state)
{
    (void) state;
    scoped_faults faults = bank_faults_new ();
    bank_fault_t fault = s_fault (BANK_FAULT_ERROR_BEFORE);
    fault.count = 3;
    fault.probability = 0.5;
    s_add (faults, fault);
    int hits = 0;
    for (int call = 0; call < 1000; call++) {
        hits += bank_faults_strike (faults).ending == BANK_FAULT_ERROR_BEFORE;
    }
    assert_int_equal (hits, 3);
}

static void
faults_of_one_group_work_off_one_after_the_other (void **state)
{
    (void) state;
    scoped_faults faults = bank_faults_new ();
    bank_fault_t first = s_fault (BANK_FAULT_ERROR_BEFORE),
                 second = s_fault (BANK_FAULT_HANG_AFTER);
    first.count = 2;
    second.count = 1;
    second.delay_ms = 77;
    s_add (faults, first);
    s_add (faults, second);
    assert_int_equal (bank_faults_strike (faults).ending, BANK_FAULT_ERROR_BEFORE);
    assert_int_equal (bank_faults_strike (faults).ending, BANK_FAULT_ERROR_BEFORE);
    bank_mishap_t third = bank_faults_strike (faults);
    assert_int_equal (third.ending, BANK_FAULT_HANG_AFTER);
    assert_int_equal (third.ending_delay_ms, 77);
    s_then_nothing_happens (faults);
}

static void
faults_of_several_groups_hit_the_same_call (void **state)
{
    (void) state;
    scoped_faults faults = bank_faults_new ();
    bank_fault_t decline = s_fault (BANK_FAULT_DECLINE), slow = s_fault (BANK_FAULT_SLOW);
    bank_fault_t late = s_fault (BANK_FAULT_LATE_CALLBACK);
    decline.reason = BANK_REASON_ACCOUNT_CLOSED;
    slow.delay_ms = 5;
    late.delay_ms = 6;
    s_add (faults, decline);
    s_add (faults, s_fault (BANK_FAULT_DUPLICATE_CALLBACK));
    s_add (faults, slow);
    s_add (faults, late);
    s_add (faults, s_fault (BANK_FAULT_CUT_AFTER));
    bank_mishap_t mishap = bank_faults_strike (faults);
    assert_int_equal (mishap.ending, BANK_FAULT_CUT_AFTER);
    assert_int_equal (mishap.slow_ms, 5);
    assert_int_equal (mishap.refuse_for, BANK_REASON_ACCOUNT_CLOSED);
    assert_true (mishap.callback_twice);
    assert_int_equal (mishap.callback_delay_ms, 6);
}

static void
a_call_that_ends_before_the_outcome_uses_up_no_decline (void **state)
{
    (void) state;
    scoped_faults faults = bank_faults_new ();
    bank_fault_t decline = s_fault (BANK_FAULT_DECLINE), error = s_fault (BANK_FAULT_ERROR_BEFORE);
    decline.count = error.count = 1;
    s_add (faults, decline);
    s_add (faults, error);
    assert_int_equal (bank_faults_strike (faults).refuse_for, BANK_REASON_NONE);
    assert_int_equal (bank_faults_strike (faults).refuse_for, BANK_REASON_LIMIT_EXCEEDED);
    s_then_nothing_happens (faults);
}

static void
a_probability_is_met_about_as_often_as_it_says (void **state)
{
    (void) state;
    for (int64_t seed = 0; seed < 20; seed++) {
        scoped_faults faults = bank_faults_new ();
        bank_fault_t fault = s_fault (BANK_FAULT_ERROR_AFTER);
        fault.probability = 0.3;
        fault.seed = seed;
        s_add (faults, fault);
        int hits = 0;
        for (int call = 0; call < 10000; call++) {
            hits += bank_faults_strike (faults).ending == BANK_FAULT_ERROR_AFTER;
        }
        assert_in_range (hits, 2700, 3300);
    }
}

static void
probability_0_never_hits (void **state)
{
    (void) state;
    scoped_faults faults = bank_faults_new ();
    bank_fault_t fault = s_fault (BANK_FAULT_ERROR_AFTER);
    fault.probability = 0;
    s_add (faults, fault);
    for (int call = 0; call < 1000; call++) {
        s_then_nothing_happens (faults);
    }
}

//  Which of 64 calls a fault hits, as bits.
static uint64_t
s_hits_of_seed (int64_t seed, bool among_others)
{
    scoped_faults faults = bank_faults_new ();
    bank_fault_t fault = s_fault (BANK_FAULT_CUT_BEFORE), other = s_fault (BANK_FAULT_SLOW);
    fault.probability = other.probability = 0.5;
    fault.seed = seed;
    if (among_others) {
        s_add (faults, other);
    }
    s_add (faults, fault);
    uint64_t hits = 0;
    for (int call = 0; call < 64; call++) {
        hits = hits << 1 | (bank_faults_strike (faults).ending == BANK_FAULT_CUT_BEFORE);
    }
    return hits;
}

static void
a_seed_repeats_what_it_did_whatever_else_is_active (void **state)
{
    (void) state;
    assert_true (s_hits_of_seed (42, false) == s_hits_of_seed (42, true));
    assert_true (s_hits_of_seed (42, false) != s_hits_of_seed (43, false));
}

static void
an_outage_ends_by_itself (void **state)
{
    (void) state;
    scoped_faults faults = bank_faults_new ();
    bank_fault_t outage = s_fault (BANK_FAULT_OUTAGE);
    outage.delay_ms = 500;
    s_add (faults, outage);
    assert_true (bank_faults_outage (faults, now_ms));
    s_then_nothing_happens (faults);  //  It is no matter of single transfers
    assert_true (bank_faults_outage (faults, now_ms + 499));
    assert_false (bank_faults_outage (faults, now_ms + 500));
}

static void
more_than_the_limit_are_refused_until_some_are_spent (void **state)
{
    (void) state;
    scoped_faults faults = bank_faults_new ();
    bank_fault_t fault = s_fault (BANK_FAULT_DECLINE), added;
    fault.count = 1;
    for (int count = 0; count < BANK_FAULTS_MAX; count++) {
        s_add (faults, fault);
    }
    assert_false (bank_faults_add (faults, &fault, now_ms, &added));
    bank_faults_strike (faults);
    assert_true (bank_faults_add (faults, &fault, now_ms, &added));
    assert_int_equal (added.ordinal, BANK_FAULTS_MAX + 1);
}

static void
every_kind_has_a_name_that_finds_it (void **state)
{
    (void) state;
    for (int kind = 0; kind < BANK_FAULT_COUNT; kind++) {
        assert_int_equal (bank_fault_named (bank_fault_name ((bank_fault_kind_t) kind)), kind);
    }
    assert_int_equal (bank_fault_named ("cut"), BANK_FAULT_NONE);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (without_faults_nothing_happens),
        cmocka_unit_test (a_fault_without_count_hits_until_it_is_deleted),
        cmocka_unit_test (a_count_is_the_number_of_calls_hit),
        cmocka_unit_test (faults_of_one_group_work_off_one_after_the_other),
        cmocka_unit_test (faults_of_several_groups_hit_the_same_call),
        cmocka_unit_test (a_call_that_ends_before_the_outcome_uses_up_no_decline),
        cmocka_unit_test (a_probability_is_met_about_as_often_as_it_says),
        cmocka_unit_test (probability_0_never_hits),
        cmocka_unit_test (a_seed_repeats_what_it_did_whatever_else_is_active),
        cmocka_unit_test (an_outage_ends_by_itself),
        cmocka_unit_test (more_than_the_limit_are_refused_until_some_are_spent),
        cmocka_unit_test (every_kind_has_a_name_that_finds_it),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
