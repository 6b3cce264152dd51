//  reconciliation: a difference is posted once, by two operators if it is large.

#include "actors/bank_transfer.h"
#include "actors/reconciliation.h"
#include "tests/lib/scenario.h"

enum { SMALL = 1000000, LARGE = 1000001 };  //  At approval_amount_minor, and above

static reconciliation_mark_t
s_mark (const scenario_t *s, uint32_t item)
{
    return ((const reconciliation_t *) s->state)->marks [item - 1];
}

static uint32_t
s_open_count (const scenario_t *s)
{
    return ((const reconciliation_t *) s->state)->open_count;
}

//  A foreign line, one of ours that the bank has not, and one of another amount.
static scenario_t *
s_done (void)
{
    scenario_t *s = scenario_new (scenario_oid (OID_RECONCILIATION, 1));
    bank_stated_t stated = { .step = 1, .result = BANK_SUCCEEDED, .difference_count = 3 };
    stated.item_count = 3;
    stated.items [0] = (bank_difference_t) { "a gift", BANK_MISSING_HERE, SMALL, 0 };
    stated.items [1] = (bank_difference_t) { "", BANK_MISSING_THERE, 0, -LARGE };
    oid_format (scenario_oid (OID_BANK_TRANSFER, 7), stated.items [1].transfer);
    stated.items [2] = (bank_difference_t) { "", BANK_DIFFERENT_AMOUNT, 90, 100 };
    oid_format (scenario_oid (OID_BANK_TRANSFER, 8), stated.items [2].transfer);
    given (s, RECONCILIATION_STARTED, &(reconciliation_start_t) { .day = 20454 });
    given (s, RECONCILIATION_WAS_DONE, &stated);
    return s;
}

static void
s_when_posted (scenario_t *s, uint32_t item)
{
    reconciliation_resolve_t resolve = { item, "kim", "asked the bank", true };
    when (s, RECONCILIATION_RESOLVE, &resolve);
}

static void
s_when_answered (scenario_t *s, uint32_t item, verdict_t verdict)
{
    saga_answer_t answer = { scenario_oid (OID_BANK_TRANSFER, 7), BANK_TRANSFER_CORRECT, item,
                             verdict };
    when (s, RECONCILIATION_CORRECTED, &answer);
}

static void
a_foreign_line_is_posted_by_the_transfer_that_stands_for_it (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_done ();
    bank_transfer_correct_t correct = { "a gift", 20454, SMALL, 0, "kim", "" };
    (void) unused;

    s_when_posted (s, 1);
    then_event (s, 0, 1, RECONCILIATION_POSTING, NULL);
    then_not_posted (s, 0);
    oid_t transfer = decision_derive (&s->decision, OID_BANK_TRANSFER, bank_oid (), "a gift", 1);
    then_asked (s, transfer, BANK_TRANSFER_CORRECT, ANSWER_ALWAYS, 1, &correct);
    carry_on (s);
    assert_false (s->type->finished (s->state));
    s_when_posted (s, 1);
    then_refused (s, VERDICT_STATE_CONFLICT);
    s_when_answered (s, 2, VERDICT_ACCEPTED);  //  Nobody asked that
    then_nothing (s);
    s_when_answered (s, 1, VERDICT_ACCEPTED);
    then_event (s, 0, 1, RECONCILIATION_WAS_POSTED, &(reconciliation_end_t) { 1, 0 });
    carry_on (s);
    assert_true (s_mark (s, 1).resolved && s_open_count (s) == 2 && s->type->finished (s->state));
    s_when_answered (s, 1, VERDICT_ACCEPTED);
    then_nothing (s);
    s_when_posted (s, 1);
    then_refused (s, VERDICT_STATE_CONFLICT);
}

static void
one_of_ours_is_corrected_itself_and_what_it_refuses_is_open_again (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_done ();
    (void) unused;

    s_when_posted (s, 3);
    then_asked (s, scenario_oid (OID_BANK_TRANSFER, 8), BANK_TRANSFER_CORRECT, ANSWER_ALWAYS, 3,
                NULL);
    carry_on (s);
    s_when_answered (s, 3, VERDICT_STATE_CONFLICT);
    then_event (s, 0, 1, RECONCILIATION_REOPENED,
                &(reconciliation_end_t) { 3, VERDICT_STATE_CONFLICT });
    carry_on (s);
    assert_int_equal (s_mark (s, 3).verdict, VERDICT_STATE_CONFLICT);
    assert_int_equal (s_open_count (s), 3);
    s_when_posted (s, 3);
    then_event (s, 0, 1, RECONCILIATION_POSTING, NULL);
}

static void
a_large_one_is_posted_by_two (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_done ();
    (void) unused;

    s_when_posted (s, 2);
    then_event (s, 0, 1, RECONCILIATION_WAS_PROPOSED, NULL);
    carry_on (s);
    oid_t first = s_mark (s, 2).approval;
    then_told (s, first, APPROVAL_PROPOSE, NULL);
    assert_int_equal (s->decision.message_count, 1);
    assert_true (s->type->finished (s->state) && s_open_count (s) == 3);
    s_when_posted (s, 2);
    then_refused (s, VERDICT_STATE_CONFLICT);
    approval_decided_t no = { first, "lee", "not so" }, late = { first, "", "" };
    when (s, RECONCILIATION_REJECT, &no);
    then_event (s, 0, 1, RECONCILIATION_REOPENED,
                &(reconciliation_end_t) { 2, VERDICT_APPROVAL_REJECTED });
    when (s, RECONCILIATION_REJECT, &late);
    then_event (s, 0, 1, RECONCILIATION_REOPENED,
                &(reconciliation_end_t) { 2, VERDICT_APPROVAL_EXPIRED });
    carry_on (s);

    s_when_posted (s, 2);
    carry_on (s);
    oid_t second = s_mark (s, 2).approval;
    assert_false (oid_equal (first, second));
    then_told (s, second, APPROVAL_PROPOSE, NULL);
    const approval_request_t *proposed = s->decision.messages [0].payload;
    assert_int_equal (proposed->amount_minor, LARGE);
    assert_int_equal (proposed->command, RECONCILIATION_APPROVE);
    assert_int_equal (proposed->reject_command, RECONCILIATION_REJECT);
    assert_string_equal (proposed->proposer, "kim");
    assert_string_equal (proposed->reason, "asked the bank");
    when (s, RECONCILIATION_APPROVE, &no);  //  Of the first
    then_nothing (s);
    approval_decided_t yes = { second, "lee", "so it is" };
    bank_transfer_correct_t correct = { "", 20454, 0, -LARGE, "kim", "lee" };
    oid_format (scenario_oid (OID_BANK_TRANSFER, 7), correct.line);
    when (s, RECONCILIATION_APPROVE, &yes);
    then_asked (s, scenario_oid (OID_BANK_TRANSFER, 7), BANK_TRANSFER_CORRECT, ANSWER_ALWAYS, 2,
                &correct);
    carry_on (s);
    when (s, RECONCILIATION_APPROVE, &yes);
    then_nothing (s);
    when (s, RECONCILIATION_REJECT, &yes);
    then_nothing (s);
    assert_string_equal (s_mark (s, 2).confirmed_by, "lee");
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_foreign_line_is_posted_by_the_transfer_that_stands_for_it),
        cmocka_unit_test (one_of_ours_is_corrected_itself_and_what_it_refuses_is_open_again),
        cmocka_unit_test (a_large_one_is_posted_by_two),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
