//  bank_transfer: what operators instruct, alone and in twos.

#include "tests/actors/bank_transfer_scenario.h"

static bank_transfer_instruction_t
s_instruction (bank_transfer_direction_t direction, int64_t amount_minor)
{
    return (bank_transfer_instruction_t) {
        .request = {
            .direction = (uint8_t) direction,
            .party = { scenario_oid (OID_OPERATOR, 1), "apple", { 3, { 1, 2, 3 } } },
            .amount_minor = amount_minor,
            .currency = "KRW",
        },
        .operator = "kim",
        .reason = "sent to us by mistake",
    };
}

static scenario_t *
s_instructed (bank_transfer_direction_t direction, int64_t amount_minor)
{
    scenario_t *s = scenario_new (s_self ());
    bank_transfer_instruction_t instruction = s_instruction (direction, amount_minor);
    when (s, BANK_TRANSFER_INSTRUCT, &instruction);
    carry_on (s);
    return s;
}

static void
an_instruction_posts_against_suspense (void **unused)
{
    scoped (scenario_destroy) scenario_t *in = s_instructed (BANK_TRANSFER_IN, SMALL);
    scoped (scenario_destroy) scenario_t *out = s_instructed (BANK_TRANSFER_OUT, SMALL);
    (void) unused;

    then_event (in, 0, 2, BANK_TRANSFER_WAS_INSTRUCTED, NULL);
    then_event (in, 1, 2, BANK_TRANSFER_WAS_REQUESTED, NULL);
    then_not_posted (in, 1);
    then_asked (in, bank_oid (), BANK_TRANSFER, ANSWER_ALWAYS, 1, NULL);
    s_when_answered (in, BANK_SUCCEEDED);
    then_event (in, 0, 1, BANK_TRANSFER_WAS_SUCCEEDED, NULL);
    then_posted (in, 0, s_bank (), s_suspense (), SMALL);
    then_silent (in);

    then_posted (out, 1, s_in_transit (), s_bank (), SMALL);
    s_when_answered (out, BANK_SUCCEEDED);
    then_posted (out, 0, s_suspense (), s_in_transit (), SMALL);
    then_silent (out);
    s_when_answered (out, BANK_FAILED);
    then_posted (out, 0, s_bank (), s_in_transit (), SMALL);
    then_silent (out);
}

static void
an_instruction_repeated_is_one_transfer (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_instructed (BANK_TRANSFER_OUT, SMALL);
    bank_transfer_instruction_t instruction = s_instruction (BANK_TRANSFER_OUT, SMALL);
    (void) unused;

    when (s, BANK_TRANSFER_INSTRUCT, &instruction);
    then_nothing (s);
    instruction.request.amount_minor--;
    when (s, BANK_TRANSFER_INSTRUCT, &instruction);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    instruction = s_instruction (BANK_TRANSFER_OUT, SMALL);
    instruction.operator[0] = 'l';
    when (s, BANK_TRANSFER_INSTRUCT, &instruction);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    instruction = s_instruction (BANK_TRANSFER_OUT, 0);
    scoped (scenario_destroy) scenario_t *fresh = scenario_new (s_self ());
    when (fresh, BANK_TRANSFER_INSTRUCT, &instruction);
    then_refused (fresh, VERDICT_AMOUNT_INVALID);
}

static void
a_large_instruction_keeps_still_until_another_operator_confirms (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_instructed (BANK_TRANSFER_OUT, LARGE);
    approval_request_t proposal = {
        .subject = s_self (),
        .command = BANK_TRANSFER_APPROVE,
        .reject_command = BANK_TRANSFER_REJECT,
        .amount_minor = LARGE,
        .proposer = "kim",
        .reason = "sent to us by mistake",
    };
    oid_t approval = s_transfer (s)->approval;
    (void) unused;

    then_event (s, 0, 1, BANK_TRANSFER_WAS_INSTRUCTED, NULL);
    then_not_posted (s, 0);
    assert_int_equal (approval.kind, OID_APPROVAL);
    then_told (s, approval, APPROVAL_PROPOSE, &proposal);
    assert_int_equal (s->decision.message_count, 1);
    assert_int_equal (s_transfer (s)->status, BANK_TRANSFER_AWAITING_APPROVAL);
    assert_true (s->type->finished (s->state));
    when (s, BANK_TRANSFER_INQUIRE, NULL);
    then_refused (s, VERDICT_STATE_CONFLICT);
    s_when_answered (s, BANK_SUCCEEDED);
    then_refused (s, VERDICT_NOT_FOUND);

    approval_decided_t decided = { scenario_oid (OID_APPROVAL, 99), "lee", "seen" };
    when (s, BANK_TRANSFER_APPROVE, &decided);
    then_nothing (s);
    decided.approval = approval;
    when (s, BANK_TRANSFER_APPROVE, &decided);
    then_event (s, 0, 2, BANK_TRANSFER_WAS_APPROVED, &decided);
    then_event (s, 1, 2, BANK_TRANSFER_WAS_REQUESTED, NULL);
    then_posted (s, 1, s_in_transit (), s_bank (), LARGE);
    then_asked (s, bank_oid (), BANK_TRANSFER, ANSWER_ALWAYS, 1, NULL);
    carry_on (s);
    assert_string_equal (s_transfer (s)->operator, "kim");
    assert_string_equal (s_transfer (s)->confirmed_by, "lee");
    when (s, BANK_TRANSFER_APPROVE, &decided);
    then_nothing (s);
    when (s, BANK_TRANSFER_REJECT, &decided);
    then_nothing (s);
}

static void
a_rejected_instruction_never_reaches_the_bank (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_instructed (BANK_TRANSFER_OUT, LARGE);
    approval_decided_t decided = { s_transfer (s)->approval, "lee", "no" };
    (void) unused;

    when (s, BANK_TRANSFER_REJECT, &decided);
    then_event (s, 0, 1, BANK_TRANSFER_WAS_REJECTED, &decided);
    then_silent (s);
    carry_on (s);
    assert_int_equal (s_transfer (s)->status, BANK_TRANSFER_REJECTED);
    assert_true (s->type->finished (s->state));
    when (s, BANK_TRANSFER_APPROVE, &decided);
    then_nothing (s);
    when (s, BANK_TRANSFER_INQUIRE, NULL);
    then_refused (s, VERDICT_STATE_CONFLICT);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (an_instruction_posts_against_suspense),
        cmocka_unit_test (an_instruction_repeated_is_one_transfer),
        cmocka_unit_test (a_large_instruction_keeps_still_until_another_operator_confirms),
        cmocka_unit_test (a_rejected_instruction_never_reaches_the_bank),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
