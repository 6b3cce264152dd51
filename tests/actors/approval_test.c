//  approval: two operators, each end of a proposal, what its subject is asked and says.

#include "actors/approval.h"
#include "actors/bank_transfer.h"
#include "actors/recharge.h"
#include "tests/lib/scenario.h"

static const int64_t LAPSE_MS = INT64_C (604800) * 1000;

static oid_t
s_self (void)
{
    return scenario_oid (OID_APPROVAL, 1);
}

static oid_t
s_subject (void)
{
    return scenario_oid (OID_RECHARGE, 1);
}

//  A resolve, which comes back as the command that it was.
static approval_request_t
s_request (saga_decision_t decision)
{
    return (approval_request_t) {
        .subject = s_subject (),
        .command = RECHARGE_RESOLVE,
        .amount_minor = 1500000,
        .proposer = "kim",
        .reason = "the bank's letter",
        .decision = (uint8_t) decision,
        .bank_reference = "B-7",
        .version = 12,
    };
}

static scenario_t *
s_proposed (void)
{
    scenario_t *s = scenario_new (s_self ());
    approval_request_t request = s_request (SAGA_GIVE_UP);
    given (s, APPROVAL_WAS_PROPOSED, &request);
    return s;
}

static void
s_when_decided (scenario_t *s, approval_command_t command, const char *operator)
{
    approval_decide_t by = { .reason = "seen" };
    memcpy (by.operator, operator, strlen (operator));
    when (s, command, &by);
}

//  All that its subject is asked, it answers.
static void
s_then_asked (const scenario_t *s, oid_t subject, unsigned command, const void *payload)
{
    then_asked (s, subject, command, ANSWER_ALWAYS, 1, payload);
}

static void
s_when_answered (scenario_t *s, verdict_t verdict)
{
    saga_answer_t answer = { s_subject (), RECHARGE_RESOLVE, 1, verdict };
    when (s, APPROVAL_ANSWERED, &answer);
}

static void
a_proposal_waits_and_lapses_in_a_week (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    approval_request_t request = s_request (SAGA_GIVE_UP);
    (void) unused;

    when (s, APPROVAL_PROPOSE, &request);
    then_event (s, 0, 1, APPROVAL_WAS_PROPOSED, &request);
    then_not_posted (s, 0);
    then_silent (s);
    then_timer (s, APPROVAL_EXPIRE, s->now_ms + LAPSE_MS);
    carry_on (s);
    when (s, APPROVAL_PROPOSE, &request);
    then_nothing (s);
    request.subject = scenario_oid (OID_RECHARGE, 2);
    when (s, APPROVAL_PROPOSE, &request);
    then_refused (s, VERDICT_ALREADY_EXISTS);
}

static void
nothing_can_be_decided_before_it_is_proposed (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    (void) unused;

    s_when_decided (s, APPROVAL_CONFIRM, "lee");
    then_refused (s, VERDICT_NOT_FOUND);
    s_when_decided (s, APPROVAL_REJECT, "lee");
    then_refused (s, VERDICT_NOT_FOUND);
    when (s, APPROVAL_EXPIRE, NULL);
    then_nothing (s);
}

static void
who_proposed_it_may_not_decide (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_proposed ();
    (void) unused;

    s_when_decided (s, APPROVAL_CONFIRM, "kim");
    then_refused (s, VERDICT_SAME_OPERATOR);
    s_when_decided (s, APPROVAL_REJECT, "kim");
    then_refused (s, VERDICT_SAME_OPERATOR);
}

static void
a_confirmed_resolve_comes_back_as_the_same_command (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_proposed ();
    approval_decide_t by = { "lee", "seen", .asks = true };
    saga_resolve_t resolve = {
        .version = 12,
        .decision = SAGA_GIVE_UP,
        .approval = s_self (),
        .operator= "kim",
        .reason = "the bank's letter",
        .bank_reference = "B-7",
        .confirmed_by = "lee",
    };
    (void) unused;

    s_when_decided (s, APPROVAL_CONFIRM, "lee");
    then_event (s, 0, 1, APPROVAL_WAS_CONFIRMED, &by);
    s_then_asked (s, s_subject (), RECHARGE_RESOLVE, &resolve);
    then_timer (s, APPROVAL_EXPIRE, 0);
}

//  Whoever confirmed it waits until then, and hears a refusal.
static void
a_decision_has_finished_when_its_subject_has_taken_it (void **unused)
{
    const verdict_t verdicts [] = { VERDICT_ACCEPTED, VERDICT_PROPOSAL_STALE };
    (void) unused;

    for (size_t index = 0; index < COUNT (verdicts); index++) {
        scoped (scenario_destroy) scenario_t *s = s_proposed ();
        const approval_t *approval = s->state;
        assert_true (s->type->finished (s->state));
        s_when_answered (s, VERDICT_ACCEPTED);  //  Nothing was asked
        then_nothing (s);
        s_when_decided (s, APPROVAL_CONFIRM, "lee");
        carry_on (s);
        assert_false (s->type->finished (s->state));
        s_when_answered (s, verdicts [index]);
        then_event (s, 0, 1, APPROVAL_WAS_TAKEN, &(approval_taken_t) { verdicts [index] });
        then_silent (s);
        carry_on (s);
        assert_true (s->type->finished (s->state));
        assert_int_equal (approval->status, APPROVAL_CONFIRMED);
        assert_int_equal (approval->verdict, verdicts [index]);
        s_when_answered (s, VERDICT_STATE_CONFLICT);
        then_nothing (s);
    }
}

//  What is no resolve names two commands that take an approval_decided_t.
static void
any_other_subject_is_told_which_way_it_went (void **unused)
{
    approval_request_t request = s_request (SAGA_GIVE_UP);
    approval_decided_t decided = { s_self (), "lee", "seen" };
    oid_t subject = scenario_oid (OID_BANK_TRANSFER, 1);
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    (void) unused;

    request.subject = subject;
    request.decision = 0;
    request.command = BANK_TRANSFER_APPROVE;
    request.reject_command = BANK_TRANSFER_REJECT;
    given (s, APPROVAL_WAS_PROPOSED, &request);
    s_when_decided (s, APPROVAL_CONFIRM, "lee");
    s_then_asked (s, subject, BANK_TRANSFER_APPROVE, &decided);
    s_when_decided (s, APPROVAL_REJECT, "lee");
    s_then_asked (s, subject, BANK_TRANSFER_REJECT, &decided);
    when (s, APPROVAL_EXPIRE, NULL);
    then_told (s, subject, BANK_TRANSFER_REJECT, &(approval_decided_t) { .approval = s_self () });
}

static void
a_decision_is_final (void **unused)
{
    const approval_event_t ends [] = { APPROVAL_WAS_CONFIRMED, APPROVAL_WAS_REJECTED,
                                       APPROVAL_WAS_EXPIRED };
    approval_decide_t by = { "lee", "seen" };
    (void) unused;

    for (size_t index = 0; index < COUNT (ends); index++) {
        scoped (scenario_destroy) scenario_t *s = s_proposed ();
        given (s, ends [index], ends [index] == APPROVAL_WAS_EXPIRED ? NULL : &by);
        s_when_decided (s, APPROVAL_CONFIRM, "park");
        then_refused (s, VERDICT_STATE_CONFLICT);
        s_when_decided (s, APPROVAL_REJECT, "park");
        then_refused (s, VERDICT_STATE_CONFLICT);
        when (s, APPROVAL_EXPIRE, NULL);
        then_nothing (s);
    }
}

static void
a_rejected_or_lapsed_resolve_leaves_its_saga_as_it_is (void **unused)
{
    scoped (scenario_destroy) scenario_t *rejected = s_proposed ();
    scoped (scenario_destroy) scenario_t *lapsed = s_proposed ();
    (void) unused;

    s_when_decided (rejected, APPROVAL_REJECT, "lee");
    then_event (rejected, 0, 1, APPROVAL_WAS_REJECTED, NULL);
    then_silent (rejected);
    then_timer (rejected, APPROVAL_EXPIRE, 0);
    carry_on (rejected);
    assert_true (rejected->type->finished (rejected->state));
    when (lapsed, APPROVAL_EXPIRE, NULL);
    then_event (lapsed, 0, 1, APPROVAL_WAS_EXPIRED, NULL);
    then_silent (lapsed);
}

static void
the_invariant_sees_what_is_wrong (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_proposed ();
    approval_t *approval = s->state;
    approval_t sound = *approval;
    (void) unused;

    approval->effect = APPROVAL_EFFECT_ASKED;  //  Nobody has decided
    assert_false (s->type->invariant (approval));
    *approval = sound;
    approval->verdict = VERDICT_STATE_CONFLICT;  //  Of nobody
    assert_false (s->type->invariant (approval));
    *approval = sound;
    approval->status = APPROVAL_CONFIRMED;
    memcpy (approval->decider, "lee", sizeof "lee");
    assert_true (s->type->invariant (approval));
    approval->effect = 77;
    assert_false (s->type->invariant (approval));
    approval->effect = APPROVAL_EFFECT_NONE;
    memcpy (approval->decider, "kim", sizeof "kim");
    assert_false (s->type->invariant (approval));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_proposal_waits_and_lapses_in_a_week),
        cmocka_unit_test (nothing_can_be_decided_before_it_is_proposed),
        cmocka_unit_test (who_proposed_it_may_not_decide),
        cmocka_unit_test (a_confirmed_resolve_comes_back_as_the_same_command),
        cmocka_unit_test (a_decision_has_finished_when_its_subject_has_taken_it),
        cmocka_unit_test (any_other_subject_is_told_which_way_it_went),
        cmocka_unit_test (a_decision_is_final),
        cmocka_unit_test (a_rejected_or_lapsed_resolve_leaves_its_saga_as_it_is),
        cmocka_unit_test (the_invariant_sees_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
