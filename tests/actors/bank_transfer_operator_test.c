//  bank_transfer: what operators instruct and resolve, alone and in twos.

#include "actors/bank_transfer.h"
#include "actors/recharge.h"
#include "tests/lib/scenario.h"

enum { SMALL = 1000000, LARGE = 1000001 };  //  At approval_amount_minor, and above

static oid_t
s_self (void)
{
    return scenario_oid (OID_BANK_TRANSFER, 1);
}

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

static const bank_transfer_t *
s_transfer (const scenario_t *s)
{
    return s->state;
}

static account_t
s_bank (void)
{
    return account_single (ACCOUNT_BANK);
}

static account_t
s_suspense (void)
{
    return account_single (ACCOUNT_SUSPENSE);
}

static account_t
s_in_transit (void)
{
    return account_of (ACCOUNT_BANK_TRANSIT, s_self ());
}

static void
s_when_answered (scenario_t *s, bank_result_t result)
{
    bank_answered_t answer = { .step = s_transfer (s)->posts, .result = (uint8_t) result };
    when (s, BANK_TRANSFER_ANSWERED, &answer);
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

//  A saga's transfer that the bank has not decided in a day.
static scenario_t *
s_parked (bank_transfer_direction_t direction, int64_t amount_minor)
{
    scenario_t *s = scenario_new (s_self ());
    bank_transfer_request_t request = {
        .direction = (uint8_t) direction,
        .saga = scenario_oid (OID_RECHARGE, 1),
        .notify = RECHARGE_TRANSFERRED,
        .party = { scenario_oid (OID_MEMBER, 1), "apple", { 3, { 1, 2, 3 } } },
        .amount_minor = amount_minor,
        .currency = "KRW",
    };
    given (s, BANK_TRANSFER_WAS_REQUESTED, &request);
    given (s, BANK_TRANSFER_WAS_PARKED, &(bank_transfer_attempt_t) { 1 });
    return s;
}

static saga_resolve_t
s_resolve (saga_decision_t decision)
{
    return (saga_resolve_t) {
        .decision = (uint8_t) decision,
        .approval = scenario_oid (OID_APPROVAL, 4),
        .operator= "kim",
        .reason = "as the statement says",
        .bank_reference = "B-7",
    };
}

static void
s_then_told_the_saga (const scenario_t *s, bank_transfer_status_t status)
{
    bank_transfer_outcome_t outcome = { .transfer = s_self (), .status = (uint8_t) status };
    then_told (s, scenario_oid (OID_RECHARGE, 1), RECHARGE_TRANSFERRED, &outcome);
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

static void
a_parked_transfer_is_resolved_either_way_and_its_saga_goes_on (void **unused)
{
    scoped (scenario_destroy) scenario_t *in = s_parked (BANK_TRANSFER_IN, SMALL);
    scoped (scenario_destroy) scenario_t *out = s_parked (BANK_TRANSFER_OUT, SMALL);
    saga_resolve_t resolve = s_resolve (SAGA_SUCCEEDED);
    (void) unused;

    when (in, BANK_TRANSFER_RESOLVE, &resolve);
    then_event (in, 0, 2, BANK_TRANSFER_WAS_RESOLVED, &resolve);
    then_event (in, 1, 2, BANK_TRANSFER_WAS_SUCCEEDED, NULL);
    then_posted (in, 1, s_bank (), account_of (ACCOUNT_TRANSIT, scenario_oid (OID_RECHARGE, 1)),
                 SMALL);
    s_then_told_the_saga (in, BANK_TRANSFER_SUCCEEDED);
    carry_on (in);
    assert_string_equal (s_transfer (in)->bank_reference, "B-7");

    resolve.decision = SAGA_FAILED;
    when (out, BANK_TRANSFER_RESOLVE, &resolve);
    then_event (out, 1, 2, BANK_TRANSFER_WAS_FAILED, NULL);
    then_posted (out, 1, s_bank (), s_in_transit (), SMALL);
    s_then_told_the_saga (out, BANK_TRANSFER_FAILED);
    carry_on (out);
    assert_int_equal (s_transfer (out)->resolved, SAGA_FAILED);
    when (out, BANK_TRANSFER_RESOLVE, &resolve);
    then_refused (out, VERDICT_STATE_CONFLICT);
}

//  Whoever inquired waits for the answer; the saga is not told again that it is parked.
static void
a_parked_transfer_that_is_inquired_in_vain_stays_parked (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_parked (BANK_TRANSFER_OUT, SMALL);
    bank_answered_t stale = { .step = 1 };
    (void) unused;

    when (s, BANK_TRANSFER_INQUIRE, NULL);
    carry_on (s);
    assert_false (s->type->finished (s->state));
    assert_true (s->type->parked (s->state));
    when (s, BANK_TRANSFER_ANSWERED, &stale);
    then_nothing (s);
    s_when_answered (s, BANK_UNKNOWN);
    then_event (s, 0, 1, BANK_TRANSFER_WAS_PARKED, &(bank_transfer_attempt_t) { 2 });
    then_silent (s);
    carry_on (s);
    assert_true (s->type->finished (s->state));
    s_when_answered (s, BANK_UNKNOWN);
    then_nothing (s);
}

static void
only_a_parked_transfer_can_be_resolved_and_only_as_an_outcome (void **unused)
{
    scoped (scenario_destroy) scenario_t *absent = scenario_new (s_self ());
    scoped (scenario_destroy) scenario_t *running = s_instructed (BANK_TRANSFER_OUT, SMALL);
    scoped (scenario_destroy) scenario_t *parked = s_parked (BANK_TRANSFER_OUT, SMALL);
    saga_resolve_t resolve = s_resolve (SAGA_SUCCEEDED), give_up = s_resolve (SAGA_GIVE_UP);
    (void) unused;

    when (absent, BANK_TRANSFER_RESOLVE, &resolve);
    then_refused (absent, VERDICT_NOT_FOUND);
    when (running, BANK_TRANSFER_RESOLVE, &resolve);
    then_refused (running, VERDICT_STATE_CONFLICT);
    when (parked, BANK_TRANSFER_RESOLVE, &give_up);
    then_refused (parked, VERDICT_STATE_CONFLICT);
}

static void
a_large_resolve_takes_two_operators (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_parked (BANK_TRANSFER_OUT, LARGE);
    saga_resolve_t resolve = s_resolve (SAGA_SUCCEEDED);
    (void) unused;

    when (s, BANK_TRANSFER_RESOLVE, &resolve);
    bank_transfer_proposed_t proposed = { resolve.approval };
    then_event (s, 0, 1, BANK_TRANSFER_RESOLVE_PROPOSED, &proposed);
    then_not_posted (s, 0);
    then_told (s, resolve.approval, APPROVAL_PROPOSE, NULL);
    assert_true (oid_equal (s->decision.object, resolve.approval));
    carry_on (s);
    assert_int_equal (s_transfer (s)->status, BANK_TRANSFER_PARKED);
    assert_true (oid_equal (s_transfer (s)->approval, resolve.approval));
    memcpy (resolve.confirmed_by, "lee", sizeof "lee");
    when (s, BANK_TRANSFER_RESOLVE, &resolve);  //  Not the approval says so
    then_event (s, 0, 1, BANK_TRANSFER_RESOLVE_PROPOSED, &proposed);
    s->asker = resolve.approval;
    when (s, BANK_TRANSFER_RESOLVE, &resolve);
    then_event (s, 0, 2, BANK_TRANSFER_WAS_RESOLVED, &resolve);
    then_posted (s, 1, account_of (ACCOUNT_TRANSIT, scenario_oid (OID_RECHARGE, 1)),
                 s_in_transit (), LARGE);
}

static void
a_bank_that_contradicts_a_resolve_is_booked_to_suspense (void **unused)
{
    scoped (scenario_destroy) scenario_t *out = s_parked (BANK_TRANSFER_OUT, SMALL);
    scoped (scenario_destroy) scenario_t *in = s_parked (BANK_TRANSFER_IN, SMALL);
    saga_resolve_t resolve = s_resolve (SAGA_SUCCEEDED);
    (void) unused;

    when (out, BANK_TRANSFER_RESOLVE, &resolve);
    carry_on (out);
    s_when_answered (out, BANK_FAILED);
    then_event (out, 0, 1, BANK_TRANSFER_CONTRADICTED, NULL);
    then_posted (out, 0, s_bank (), s_suspense (), SMALL);
    then_silent (out);

    resolve.decision = SAGA_FAILED;
    when (in, BANK_TRANSFER_RESOLVE, &resolve);
    carry_on (in);
    s_when_answered (in, BANK_SUCCEEDED);
    then_posted (in, 0, s_bank (), s_suspense (), SMALL);
    carry_on (in);
    assert_true (s_transfer (in)->contradicted);
    assert_int_equal (s_transfer (in)->status, BANK_TRANSFER_FAILED);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (an_instruction_posts_against_suspense),
        cmocka_unit_test (an_instruction_repeated_is_one_transfer),
        cmocka_unit_test (a_large_instruction_keeps_still_until_another_operator_confirms),
        cmocka_unit_test (a_rejected_instruction_never_reaches_the_bank),
        cmocka_unit_test (a_parked_transfer_is_resolved_either_way_and_its_saga_goes_on),
        cmocka_unit_test (a_parked_transfer_that_is_inquired_in_vain_stays_parked),
        cmocka_unit_test (only_a_parked_transfer_can_be_resolved_and_only_as_an_outcome),
        cmocka_unit_test (a_large_resolve_takes_two_operators),
        cmocka_unit_test (a_bank_that_contradicts_a_resolve_is_booked_to_suspense),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
