//  saga_scenario - see saga_scenario.h.

#include "tests/lib/saga_scenario.h"

scenario_t *
saga_started (const saga_commands_t *saga, oid_t self, const void *start)
{
    scenario_t *s = scenario_new (self);
    when (s, saga->start, start);
    carry_on (s);
    return s;
}

void
when_answered (scenario_t *s, const saga_commands_t *saga, unsigned step, verdict_t verdict)
{
    saga_answer_t answer = { .step = step, .verdict = verdict };
    when (s, saga->answered, &answer);
    carry_on (s);
}

void
when_late (scenario_t *s, const saga_commands_t *saga)
{
    when (s, saga->deadline, "");
    then_silent (s);
    carry_on (s);
    assert_true (s->type->parked (s->state));
    assert_true (s->type->finished (s->state));
    when (s, saga->deadline, "");
    then_nothing (s);
}

void
then_no_operator (scenario_t *s, const saga_commands_t *saga, verdict_t verdict)
{
    saga_resolve_t resolve = { .decision = SAGA_GIVE_UP, .operator= "ann", .reason = "seen" };

    when (s, saga->retry, NULL);
    then_refused (s, verdict);
    when (s, saga->resolve, &resolve);
    then_refused (s, verdict);
}

void
then_given_up (scenario_t *s, const saga_commands_t *saga, unsigned event)
{
    saga_resolve_t resolve = { .decision = SAGA_FAILED, .operator= "ann", .reason = "seen" };

    when (s, saga->resolve, &resolve);
    then_refused (s, VERDICT_STATE_CONFLICT);
    resolve.decision = SAGA_GIVE_UP;
    when (s, saga->resolve, &resolve);
    then_event (s, 0, 1, event, NULL);
    then_silent (s);
    carry_on (s);
    assert_true (s->type->finished (s->state) && !s->type->parked (s->state));
    assert_true (s->type->invariant (s->state));
    then_no_operator (s, saga, VERDICT_STATE_CONFLICT);
}
