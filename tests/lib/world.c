//  world - a seed tells all of it.

#include <stdio.h>
#include "tests/lib/world.h"

static const uint8_t derive_key [DERIVE_KEY_SIZE] = "a key that only the tests know";

world_t *
world_new (uint64_t seed)
{
    world_t *self = calloc (1, sizeof *self);
    assert_non_null (self);
    self->random = seed;
    self->now_ms = SCENARIO_START_MS;
    self->limits = limits_default;
    self->declines = 20;
    self->forgets = 33;
    return self;
}

void
world_destroy (world_t **self_p)
{
    world_t *self = *self_p;
    if (self) {
        for (size_t index = 0; index < self->actor_count; index++) {
            free (self->actors [index].state);
            free (self->actors [index].log);
        }
        for (size_t index = 0; index < self->letter_count; index++) {
            free (self->letters [index].payload);
        }
        free (self);
        *self_p = NULL;
    }
}

//  splitmix64: small, and the same everywhere.
uint64_t
world_random (world_t *self, uint64_t below)
{
    uint64_t value = (self->random += 0x9E3779B97F4A7C15u);
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
    return (value ^ (value >> 31)) % below;
}

static const aggregate_type_t *
s_type (const world_t *self, uint8_t kind)
{
    const aggregate_type_t *instead = self->instead ? self->instead [kind] : NULL;
    return instead ? instead : registry_find (kind);
}

actor_t *
world_actor (world_t *self, oid_t oid)
{
    for (size_t index = 0; index < self->actor_count; index++) {
        if (oid_equal (self->actors [index].self, oid)) {
            return &self->actors [index];
        }
    }
    assert_true (self->actor_count < ACTORS_MAX);
    actor_t *actor = &self->actors [self->actor_count++];
    actor->type = s_type (self, oid.kind);
    assert_non_null (actor->type);
    actor->self = oid;
    actor->state = calloc (1, actor->type->state->size);
    assert_non_null (actor->state);
    return actor;
}

static int64_t *
s_balance (world_t *self, account_t account)
{
    for (size_t index = 0; index < self->balance_count; index++) {
        balance_t *balance = &self->balances [index];
        if (balance->account.class == account.class
            && oid_equal (balance->account.owner, account.owner)) {
            return &balance->net_minor;
        }
    }
    assert_true (self->balance_count < ACCOUNTS_MAX);
    self->balances [self->balance_count] = (balance_t) { account, 0 };
    return &self->balances [self->balance_count++].net_minor;
}

int64_t
world_net_minor (const world_t *self, account_t account)
{
    for (size_t index = 0; index < self->balance_count; index++) {
        const balance_t *balance = &self->balances [index];
        if (balance->account.class == account.class
            && oid_equal (balance->account.owner, account.owner)) {
            return balance->net_minor;
        }
    }
    return 0;
}

void
world_post (world_t *self, oid_t to, oid_t from, uint8_t command, uint8_t answer,
            uint8_t answer_command, uint32_t step, const void *payload)
{
    size_t size = s_type (self, to.kind)->commands [command].shape->size;
    assert_true (self->letter_count < MESSAGES_MAX);
    letter_t *letter = &self->letters [self->letter_count++];
    *letter = (letter_t) { to, from, command, answer, answer_command, step, false, NULL };
    letter->payload = calloc (1, size + 1);
    assert_non_null (letter->payload);
    if (payload) {
        memcpy (letter->payload, payload, size);
    }
}

static void
s_set_alarm (world_t *self, oid_t oid, decided_timer_t timer)
{
    size_t index = 0;
    while (index < self->alarm_count
           && !(oid_equal (self->alarms [index].self, oid)
                && self->alarms [index].command == timer.command)) {
        index++;
    }
    if (index < self->alarm_count) {
        self->alarms [index] = self->alarms [--self->alarm_count];
    }
    if (timer.due_ms > 0) {
        assert_true (self->alarm_count < TIMERS_MAX);
        self->alarms [self->alarm_count++] = (alarm_t) { oid, timer.command, timer.due_ms };
    }
}

//  ---------------------------------------------------------------------------
//  The journal of one actor, and coming back from it

typedef struct {
    int64_t at_ms;
    uint32_t size;
    uint8_t number;
} logged_t;

static void
s_log (world_t *self, actor_t *actor, const decided_event_t *event)
{
    uint8_t packed [DECISION_ARENA_SIZE];
    const shape_t *shape = actor->type->events [event->number].shape;
    size_t size = shape_pack (shape, event->payload, packed, sizeof packed);
    assert_true (size > 0);
    logged_t head = { self->now_ms, (uint32_t) size, event->number };
    if (actor->log_size + sizeof head + size > actor->log_capacity) {
        actor->log_capacity = 2 * (actor->log_size + sizeof head + size);
        actor->log = realloc (actor->log, actor->log_capacity);
        assert_non_null (actor->log);
    }
    memcpy (actor->log + actor->log_size, &head, sizeof head);
    memcpy (actor->log + actor->log_size + sizeof head, packed, size);
    actor->log_size += sizeof head + size;
}

static void
s_replay (const actor_t *actor, void *state)
{
    static _Alignas(max_align_t) uint8_t payload [DECISION_ARENA_SIZE];
    size_t at = 0;
    while (at < actor->log_size) {
        logged_t head;
        memcpy (&head, actor->log + at, sizeof head);
        at += sizeof head;
        const event_rule_t *rule = &actor->type->events [head.number];
        assert_true (shape_unpack (rule->shape, actor->log + at, head.size, payload));
        rule->evolve (state, payload, head.at_ms);
        at += head.size;
    }
}

void
world_crash (world_t *self, actor_t *actor)
{
    static uint8_t lived [STATE_SIZE_MAX], replayed [STATE_SIZE_MAX];
    self->steps++;
    void *state = calloc (1, actor->type->state->size);
    assert_non_null (state);
    s_replay (actor, state);
    size_t size = shape_pack (actor->type->state, actor->state, lived, sizeof lived);
    size_t again = shape_pack (actor->type->state, state, replayed, sizeof replayed);
    assert_true (size > 0 && size == again);
    assert_memory_equal (lived, replayed, size);

    //  And from its snapshot: a field that is not packed is lost here
    memset (state, 0, actor->type->state->size);
    assert_true (shape_unpack (actor->type->state, lived, size, state));
    free (actor->state);
    actor->state = state;
}

//  ---------------------------------------------------------------------------
//  One step

static void
s_evolve (world_t *self, actor_t *actor, const decided_event_t *event)
{
    const event_rule_t *rule = &actor->type->events [event->number];
    postings_t postings = { 0 };

    s_log (self, actor, event);
    rule->evolve (actor->state, event->payload, self->now_ms);
    if (!actor->type->invariant (actor->state)) {
        fprintf (stderr, "world: %s broke the invariant of its %s\n", rule->name,
                 actor->type->name);
        fail ();
    }
    if (rule->postings) {
        rule->postings (actor->self, event->payload, &postings);
    }
    assert_true (postings_balance (&postings));
    for (size_t index = 0; index < postings.count; index++) {
        int64_t *net_minor = s_balance (self, postings.items [index].account);
        uint8_t class = postings.items [index].account.class;
        *net_minor += postings.items [index].amount_minor;
        if (class == ACCOUNT_WALLET || class == ACCOUNT_HOLD) {
            assert_true (*net_minor <= 0);  //  A liability: never below zero
        }
    }
}

static bool
s_crashes (world_t *self)
{
    return self->crash_every > 0 && world_random (self, self->crash_every) == 0;
}

verdict_t
world_command (world_t *self, oid_t to, oid_t from, uint8_t command, const void *payload)
{
    actor_t *actor = world_actor (self, to);
    decision_t *decision = &self->decision;

    self->steps++;
    if (s_crashes (self)) {  //  Decided and lost before the commit; it comes again
        decision_start (decision, actor->type, to, from, self->now_ms, derive_key, &self->limits);
        actor->type->commands [command].decide (actor->state, payload, decision);
        world_crash (self, actor);
    }
    decision_start (decision, actor->type, to, from, self->now_ms, derive_key, &self->limits);
    decision->version = actor->version;
    verdict_t verdict = actor->type->commands [command].decide (actor->state, payload, decision);
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    for (size_t index = 0; index < decision->event_count; index++) {
        s_evolve (self, actor, &decision->events [index]);
        actor->version++;
    }
    for (size_t index = 0; index < decision->message_count; index++) {
        const decided_message_t *message = &decision->messages [index];
        world_post (self, message->to, to, message->command, message->answer,
                    message->answer_command, message->step, message->payload);
    }
    for (size_t index = 0; index < decision->timer_count; index++) {
        s_set_alarm (self, to, decision->timers [index]);
    }
    if (s_crashes (self)) {
        world_crash (self, actor);
    }
    return verdict;
}

static void
s_deliver (world_t *self, size_t index)
{
    letter_t letter = self->letters [index];

    if (!letter.landed && world_random (self, 4) == 0) {
        self->letters [index].landed = true;  //  A second copy stays on its way
        letter.payload = NULL;
    }
    else {
        self->letters [index] = self->letters [--self->letter_count];
    }
    if (letter.landed) {
        self->steps++;
        free (letter.payload);
        return;
    }
    const void *payload = letter.payload ? letter.payload : self->letters [index].payload;
    if (letter.to.kind == OID_KEYS) {  //  A key is destroyed; nothing else is asked there
        world_post (self, letter.from, letter.to, letter.answer_command, ANSWER_NEVER, 0, 0, NULL);
    }
    else if (oid_is_port (letter.to)) {
        letter_t asked = letter;
        asked.payload = (void *) (uintptr_t) payload;
        world_port (self, &asked);
    }
    else {
        verdict_t verdict = world_command (self, letter.to, letter.from, letter.command, payload);
        bool wanted = letter.answer == ANSWER_ALWAYS
                      || (letter.answer == ANSWER_REFUSAL && verdict != VERDICT_ACCEPTED);
        if (wanted) {
            saga_answer_t answer = { letter.to, letter.command, letter.step, verdict };
            world_post (self, letter.from, letter.to, letter.answer_command, ANSWER_NEVER, 0, 0,
                        &answer);
        }
    }
    free (letter.payload);
}

//  The next timer is due, and with it the clock.
static void
s_ring (world_t *self)
{
    size_t next = 0;
    for (size_t index = 1; index < self->alarm_count; index++) {
        if (self->alarms [index].due_ms < self->alarms [next].due_ms) {
            next = index;
        }
    }
    alarm_t alarm = self->alarms [next];
    self->alarms [next] = self->alarms [--self->alarm_count];
    if (alarm.due_ms > self->now_ms) {
        self->now_ms = alarm.due_ms;
    }
    world_command (self, alarm.self, alarm.self, alarm.command, "");
}

void
world_run (world_t *self, size_t steps)
{
    while (steps-- > 0 && self->letter_count + self->alarm_count > 0) {
        bool ring =
            self->alarm_count > 0 && (self->letter_count == 0 || world_random (self, 50) == 0);
        if (ring) {
            s_ring (self);
        }
        else {
            s_deliver (self, world_random (self, self->letter_count));
        }
    }
}
