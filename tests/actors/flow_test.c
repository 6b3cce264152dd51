//  flow: whole stories through the pure functions alone, from a seed.
//
//  A tiny exchange in memory delivers messages in any order and some of them twice
//  (dropped where they land, as the runtime does), fires timers early and late, and
//  stands in for the bank, which declines, forgets to answer before or after it moved
//  the money, and calls back twice. After every event the books must balance and no
//  wallet may be below zero; at the end nothing may be in between.
//
//      actors_flow_test [SEED]

#include <inttypes.h>
#include <stdio.h>
#include "actors/bank_account.h"
#include "actors/bank_transfer.h"
#include "actors/member.h"
#include "actors/merchant.h"
#include "actors/payment.h"
#include "actors/recharge.h"
#include "actors/wallet.h"
#include "tests/lib/scenario.h"

enum {
    ACTORS_MAX = 512,
    MESSAGES_MAX = 8192,
    TIMERS_MAX = 512,
    ACCOUNTS_MAX = 1024,
    PEOPLE = 3,
    STORIES = 40,
    ROUNDS = 60
};

typedef struct {
    const aggregate_type_t *type;
    oid_t self;
    void *state;
} actor_t;

typedef struct {
    oid_t to, from;
    uint8_t command, answer, answer_command;
    uint32_t step;
    bool landed;    //  A second copy changes nothing
    void *payload;  //  Owned
} letter_t;

typedef struct {
    oid_t self;
    uint8_t command;
    int64_t due_ms;
} alarm_t;

typedef struct {
    account_t account;
    int64_t net_minor;
} balance_t;

//  What the bank has decided on a transfer; for ever.
typedef struct {
    oid_t transfer;
    bank_result_t result;
} booked_t;

typedef struct {
    uint64_t random;
    int64_t now_ms;
    limits_t limits;
    size_t actor_count, letter_count, alarm_count, balance_count, booked_count;
    actor_t actors [ACTORS_MAX];
    letter_t letters [MESSAGES_MAX];
    alarm_t alarms [TIMERS_MAX];
    balance_t balances [ACCOUNTS_MAX];
    booked_t booked [ACTORS_MAX];
    int64_t statement_minor;  //  Our account, as the bank has it
    decision_t decision;
} world_t;

static const uint8_t derive_key [DERIVE_KEY_SIZE] = "a key that only the tests know";

//  splitmix64: small, and the same everywhere.
static uint64_t
s_random (world_t *self, uint64_t below)
{
    uint64_t value = (self->random += 0x9E3779B97F4A7C15u);
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
    return (value ^ (value >> 31)) % below;
}

static actor_t *
s_actor (world_t *self, oid_t oid)
{
    for (size_t index = 0; index < self->actor_count; index++) {
        if (oid_equal (self->actors [index].self, oid)) {
            return &self->actors [index];
        }
    }
    assert_true (self->actor_count < ACTORS_MAX);
    actor_t *actor = &self->actors [self->actor_count++];
    actor->type = registry_find (oid.kind);
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

static void
s_post (world_t *self, oid_t to, oid_t from, uint8_t command, uint8_t answer,
        uint8_t answer_command, uint32_t step, const void *payload)
{
    size_t size = registry_find (to.kind)->commands [command].shape->size;
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

static void
s_evolve (world_t *self, actor_t *actor, const decided_event_t *event)
{
    const event_rule_t *rule = &actor->type->events [event->number];
    postings_t postings = { 0 };

    rule->evolve (actor->state, event->payload, self->now_ms);
    assert_true (actor->type->invariant (actor->state));
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

static verdict_t
s_command (world_t *self, oid_t to, oid_t from, uint8_t command, const void *payload)
{
    actor_t *actor = s_actor (self, to);
    decision_t *decision = &self->decision;

    decision_start (decision, actor->type, to, from, self->now_ms, derive_key, &self->limits);
    verdict_t verdict = actor->type->commands [command].decide (actor->state, payload, decision);
    for (size_t index = 0; index < decision->event_count; index++) {
        s_evolve (self, actor, &decision->events [index]);
    }
    for (size_t index = 0; index < decision->message_count; index++) {
        const decided_message_t *message = &decision->messages [index];
        s_post (self, message->to, to, message->command, message->answer, message->answer_command,
                message->step, message->payload);
    }
    for (size_t index = 0; index < decision->timer_count; index++) {
        s_set_alarm (self, to, decision->timers [index]);
    }
    return verdict;
}

//  The bank decides a transfer once; what it says of it is another matter.
static bank_result_t
s_book (world_t *self, const bank_order_t *order)
{
    for (size_t index = 0; index < self->booked_count; index++) {
        if (oid_equal (self->booked [index].transfer, order->transfer)) {
            return self->booked [index].result;
        }
    }
    bank_result_t result = s_random (self, 5) == 0 ? BANK_FAILED : BANK_SUCCEEDED;
    assert_true (self->booked_count < ACTORS_MAX);
    self->booked [self->booked_count++] = (booked_t) { order->transfer, result };
    if (result == BANK_SUCCEEDED) {
        bool in = oid_is_none (order->to.member);
        self->statement_minor += in ? order->amount_minor : -order->amount_minor;
    }
    return result;
}

static void
s_bank (world_t *self, const letter_t *letter)
{
    bank_answered_t answer = { .step = letter->step, .result = BANK_UNKNOWN };
    uint64_t mood = s_random (self, 6);

    if (mood > 0) {
        bank_result_t result = s_book (self, letter->payload);
        answer.result = (uint8_t) (mood == 1 ? BANK_UNKNOWN : result);
    }
    s_post (self, letter->from, letter->to, letter->answer_command, ANSWER_NEVER, 0, 0, &answer);
    if (mood == 2) {
        answer.step = 0;
        s_post (self, letter->from, letter->to, letter->answer_command, ANSWER_NEVER, 0, 0,
                &answer);
    }
}

static void
s_deliver (world_t *self, size_t index)
{
    letter_t letter = self->letters [index];

    if (!letter.landed && s_random (self, 4) == 0) {
        self->letters [index].landed = true;  //  A second copy stays on its way
        letter.payload = NULL;
    }
    else {
        self->letters [index] = self->letters [--self->letter_count];
    }
    if (letter.landed) {
        free (letter.payload);
        return;
    }
    const void *payload = letter.payload ? letter.payload : self->letters [index].payload;
    if (letter.to.kind == OID_BANK) {
        letter_t asked = letter;
        asked.payload = (void *) (uintptr_t) payload;
        s_bank (self, &asked);
    }
    else {
        verdict_t verdict = s_command (self, letter.to, letter.from, letter.command, payload);
        bool wanted = letter.answer == ANSWER_ALWAYS
                      || (letter.answer == ANSWER_REFUSAL && verdict != VERDICT_ACCEPTED);
        if (wanted) {
            saga_answer_t answer = { letter.to, letter.command, letter.step, verdict };
            s_post (self, letter.from, letter.to, letter.answer_command, ANSWER_NEVER, 0, 0,
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
    s_command (self, alarm.self, alarm.self, alarm.command, "");
}

static void
s_run (world_t *self, size_t steps)
{
    while (steps-- > 0 && self->letter_count + self->alarm_count > 0) {
        bool ring = self->alarm_count > 0 && (self->letter_count == 0 || s_random (self, 50) == 0);
        if (ring) {
            s_ring (self);
        }
        else {
            s_deliver (self, s_random (self, self->letter_count));
        }
    }
}

static void
s_story (world_t *self, uint8_t number)
{
    uint8_t person = (uint8_t) (1 + s_random (self, PEOPLE));
    oid_t member = scenario_oid (OID_MEMBER, person);
    int64_t amount_minor = (int64_t) (1 + s_random (self, 400000));

    switch (s_random (self, 8)) {
    case 0: {
        wallet_close_t close = { "to see what happens", true };
        s_command (self, oid_as (member, OID_WALLET), (oid_t) { 0 }, WALLET_CLOSE, &close);
        break;
    }
    case 1: {
        reason_t reason = { "to see what happens" };
        uint8_t command = s_random (self, 2) ? WALLET_SUSPEND : WALLET_ACTIVATE;
        s_command (self, oid_as (member, OID_WALLET), (oid_t) { 0 }, command, &reason);
        break;
    }
    case 2:
    case 3:
    case 4: {
        recharge_start_t start = {
            .request = { oid_as (member, OID_WALLET),
                         member,
                         scenario_oid (OID_BANK_ACCOUNT, person),
                         amount_minor,
                         "KRW",
                         { member, "apple", { 3, { 1, 2, 3 } } } },
            .member_status = MEMBER_ACTIVE,
            .account_status = BANK_ACCOUNT_LINKED,
            .account_member = member,
        };
        s_command (self, scenario_oid (OID_RECHARGE, number), (oid_t) { 0 }, RECHARGE_START,
                   &start);
        break;
    }
    default: {
        payment_create_t create = {
            .member = member,
            .merchant = scenario_oid (OID_MERCHANT, 1),
            .order_id = "order",
            .amount_minor = amount_minor / 2 + 1,
            .currency = "KRW",
            .member_status = MEMBER_ACTIVE,
            .merchant_status = MERCHANT_ACTIVE,
        };
        s_command (self, scenario_oid (OID_PAYMENT, (uint8_t) (1 + s_random (self, STORIES))),
                   (oid_t) { 0 }, PAYMENT_CREATE, &create);
    }
    }
}

static void
s_begin (world_t *self)
{
    merchant_register_t shop = {
        .member = scenario_oid (OID_MEMBER, 9),
        .name = "Shop",
        .bank_account = scenario_oid (OID_BANK_ACCOUNT, 9),
        .fee_bps = 250,
        .member_status = MEMBER_ACTIVE,
        .member_corporate = true,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = scenario_oid (OID_MEMBER, 9),
    };
    s_command (self, scenario_oid (OID_MERCHANT, 1), (oid_t) { 0 }, MERCHANT_REGISTER, &shop);
    for (uint8_t person = 1; person <= PEOPLE; person++) {
        oid_t member = scenario_oid (OID_MEMBER, person);
        wallet_open_t open = { member, { 0 }, "KRW", MEMBER_ACTIVE };
        s_command (self, oid_as (member, OID_WALLET), (oid_t) { 0 }, WALLET_OPEN, &open);
    }
}

//  Only a return that the bank refused for good may leave money in between.
static int64_t
s_left_in_transit (world_t *self, oid_t owner)
{
    if (owner.kind == OID_RECHARGE) {
        const recharge_t *recharge = s_actor (self, owner)->state;
        if (recharge->status == RECHARGE_PARKED && recharge->step == RECHARGE_RETURNING) {
            return -recharge->request.amount_minor;
        }
    }
    return 0;
}

static void
s_check_end (world_t *self)
{
    int64_t sum_minor = 0;
    int64_t bank_minor = 0;

    for (size_t index = 0; index < self->balance_count; index++) {
        const balance_t *balance = &self->balances [index];
        sum_minor += balance->net_minor;
        switch (balance->account.class) {
        case ACCOUNT_BANK: bank_minor = balance->net_minor; break;
        case ACCOUNT_HOLD:
        case ACCOUNT_BANK_TRANSIT:
        case ACCOUNT_SUSPENSE: assert_int_equal (balance->net_minor, 0); break;
        case ACCOUNT_TRANSIT:
            assert_true (balance->net_minor == s_left_in_transit (self, balance->account.owner));
            break;
        case ACCOUNT_WALLET: {
            const wallet_t *wallet = s_actor (self, balance->account.owner)->state;
            assert_true (wallet_balance_minor (wallet) == -balance->net_minor);
            break;
        }
        default: break;
        }
    }
    assert_int_equal (sum_minor, 0);
    assert_true (bank_minor == self->statement_minor);
    for (size_t index = 0; index < self->actor_count; index++) {
        const actor_t *actor = &self->actors [index];
        assert_true (!actor->type->finished || actor->type->finished (actor->state));
        if (actor->self.kind == OID_WALLET) {
            const wallet_t *wallet = actor->state;
            assert_int_equal (wallet->expect_count, 0);
            assert_int_equal (wallet->hold_count, 0);
        }
    }
}

static uint64_t seed_given;

static void
no_story_creates_loses_or_doubles_a_won (void **unused)
{
    (void) unused;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        world_t *world = calloc (1, sizeof *world);
        assert_non_null (world);
        world->random = seed_given + round;
        world->now_ms = SCENARIO_START_MS;
        world->limits = limits_default;
        print_message ("seed %" PRIu64 "\n", world->random);
        s_begin (world);
        for (uint8_t number = 1; number <= STORIES; number++) {
            s_story (world, number);
            s_run (world, s_random (world, 30));
        }
        s_run (world, SIZE_MAX);
        s_check_end (world);
        for (size_t index = 0; index < world->actor_count; index++) {
            free (world->actors [index].state);
        }
        free (world);
    }
}

int
main (int argc, char **argv)
{
    seed_given = argc > 1 ? strtoull (argv [1], NULL, 10) : 20260101;
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (no_story_creates_loses_or_doubles_a_won),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
