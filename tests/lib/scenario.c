//  scenario - the harness of all tests of aggregates and sagas.

#include "tests/lib/scenario.h"

enum { PACKED_MAX = 64 * 1024 };

static const uint8_t derive_key [DERIVE_KEY_SIZE] = "a key that only the tests know";

scenario_t *
scenario_new (oid_t self)
{
    scenario_t *scenario = calloc (1, sizeof *scenario);
    assert_non_null (scenario);
    scenario->type = registry_find (self.kind);
    assert_non_null (scenario->type);
    scenario->self = self;
    scenario->now_ms = SCENARIO_START_MS;
    scenario->limits = limits_default;
    scenario->state = calloc (1, scenario->type->state->size);
    assert_non_null (scenario->state);
    return scenario;
}

void
scenario_destroy (scenario_t **self_p)
{
    if (*self_p) {
        free ((*self_p)->state);
        free (*self_p);
        *self_p = NULL;
    }
}

oid_t
scenario_oid (oid_kind_t kind, uint8_t number)
{
    oid_t oid = { .kind = (uint8_t) kind };
    memset (oid.bytes, number, sizeof oid.bytes);
    return oid;
}

//  What was packed, unpacked and packed again must be the same bytes.
static void
s_check_packing (const shape_t *shape, const void *value)
{
    static uint8_t once [PACKED_MAX], twice [PACKED_MAX];
    void *copy = calloc (1, shape->size + 1);
    size_t size = shape_pack (shape, value, once, sizeof once);

    assert_true (size > 0);
    assert_true (shape_unpack (shape, once, size, copy));
    assert_int_equal (shape_pack (shape, copy, twice, sizeof twice), size);
    assert_memory_equal (once, twice, size);
    free (copy);
}

static void
s_assert_same (const shape_t *shape, const void *got, const void *wanted)
{
    static uint8_t got_bytes [PACKED_MAX], wanted_bytes [PACKED_MAX];
    size_t got_size = shape_pack (shape, got, got_bytes, sizeof got_bytes);
    size_t wanted_size = shape_pack (shape, wanted, wanted_bytes, sizeof wanted_bytes);

    assert_int_equal (got_size, wanted_size);
    assert_memory_equal (got_bytes, wanted_bytes, got_size);
}

void
given (scenario_t *self, unsigned event, const void *payload)
{
    assert_true (event < self->type->event_count);
    self->type->events [event].evolve (self->state, payload, self->now_ms);
    assert_true (self->type->invariant (self->state));
    self->version++;
}

static postings_t
s_postings (const scenario_t *self, size_t index)
{
    const decided_event_t *event = &self->decision.events [index];
    const event_rule_t *rule = &self->type->events [event->number];
    postings_t postings = { 0 };
    if (rule->postings) {
        rule->postings (self->self, event->payload, &postings);
    }
    return postings;
}

//  Folds the decided events into `state` and checks each step.
static void
s_fold (const scenario_t *self, void *state)
{
    for (size_t index = 0; index < self->decision.event_count; index++) {
        const decided_event_t *event = &self->decision.events [index];
        const event_rule_t *rule = &self->type->events [event->number];
        postings_t postings = s_postings (self, index);
        assert_true (postings_balance (&postings));
        s_check_packing (rule->shape, event->payload);
        rule->evolve (state, event->payload, self->now_ms);
        assert_true (self->type->invariant (state));
    }
    s_check_packing (self->type->state, state);
}

void
when (scenario_t *self, unsigned command, const void *payload)
{
    size_t size = self->type->state->size;
    void *before = malloc (size);

    assert_non_null (before);
    assert_true (command < self->type->command_count);
    memcpy (before, self->state, size);
    decision_start (&self->decision, self->type, self->self, self->asker, self->now_ms, derive_key,
                    &self->limits);
    self->decision.version = self->version;
    self->verdict = self->type->commands [command].decide (self->state, payload, &self->decision);
    assert_memory_equal (before, self->state, size);
    if (self->verdict != VERDICT_ACCEPTED) {
        assert_int_equal (self->decision.event_count, 0);
        assert_int_equal (self->decision.message_count, 0);
        assert_int_equal (self->decision.timer_count, 0);
    }
    for (size_t index = 0; index < self->decision.message_count; index++) {
        const decided_message_t *message = &self->decision.messages [index];
        s_check_packing (registry_find (message->to.kind)->commands [message->command].shape,
                         message->payload);
    }
    s_fold (self, before);
    free (before);
}

void
carry_on (scenario_t *self)
{
    s_fold (self, self->state);
    self->version += self->decision.event_count;
}

void
then_event (const scenario_t *self, size_t index, size_t count, unsigned event, const void *payload)
{
    assert_int_equal (self->verdict, VERDICT_ACCEPTED);
    assert_int_equal (self->decision.event_count, count);
    assert_int_equal (self->decision.events [index].number, event);
    if (payload) {
        s_assert_same (self->type->events [event].shape, self->decision.events [index].payload,
                       payload);
    }
}

void
then_refused (const scenario_t *self, verdict_t verdict)
{
    assert_string_equal (verdict_code (self->verdict), verdict_code (verdict));
}

void
then_nothing (const scenario_t *self)
{
    assert_string_equal (verdict_code (self->verdict), verdict_code (VERDICT_ACCEPTED));
    assert_int_equal (self->decision.event_count, 0);
    then_silent (self);
}

void
then_silent (const scenario_t *self)
{
    assert_int_equal (self->decision.message_count, 0);
}

void
then_asked (const scenario_t *self, oid_t to, unsigned command, answer_t answer, unsigned step,
            const void *payload)
{
    for (size_t index = 0; index < self->decision.message_count; index++) {
        const decided_message_t *message = &self->decision.messages [index];
        if (oid_equal (message->to, to) && message->command == command) {
            assert_int_equal (message->answer, answer);
            assert_int_equal (message->step, step);
            if (payload) {
                s_assert_same (registry_find (to.kind)->commands [command].shape, message->payload,
                               payload);
            }
            return;
        }
    }
    fail_msg ("no message to %s, command %u", oid_prefix (to.kind), command);
}

void
then_told (const scenario_t *self, oid_t to, unsigned command, const void *payload)
{
    then_asked (self, to, command, ANSWER_NEVER, 0, payload);
}

void
then_timer (const scenario_t *self, unsigned command, int64_t due_ms)
{
    for (size_t index = 0; index < self->decision.timer_count; index++) {
        if (self->decision.timers [index].command == command) {
            assert_true (self->decision.timers [index].due_ms == due_ms);
            return;
        }
    }
    fail_msg ("no timer for command %u", command);
}

void
then_posted (const scenario_t *self, size_t index, account_t debit, account_t credit,
             int64_t amount_minor)
{
    postings_t got = s_postings (self, index);
    assert_int_equal (got.count, 2);
    assert_int_equal (got.items [0].account.class, debit.class);
    assert_true (oid_equal (got.items [0].account.owner, debit.owner));
    assert_int_equal (got.items [0].amount_minor, amount_minor);
    assert_int_equal (got.items [1].account.class, credit.class);
    assert_true (oid_equal (got.items [1].account.owner, credit.owner));
}

void
then_not_posted (const scenario_t *self, size_t index)
{
    assert_int_equal (s_postings (self, index).count, 0);
}
