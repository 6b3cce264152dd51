//  flow of operators: a bank that hardly ever answers, and people who put it right, from
//  a seed. At the end nothing is in between, and our account is as the bank has it;
//  what nobody could place is in suspense.
//
//      actors_operators_flow_test [SEED]

#include <inttypes.h>
#include "actors/approval.h"
#include "actors/bank_account.h"
#include "actors/bank_transfer.h"
#include "actors/member.h"
#include "actors/recharge.h"
#include "actors/wallet.h"
#include "tests/lib/world.h"

enum { PEOPLE = 8, STORIES = 24, ROUNDS = 200, DAYS = 12 };

static const oid_t edge = { 0 };
static uint64_t seed_given;

//  What happened, so that the stories cannot quietly grow dull.
typedef struct {
    uint32_t resolved, contradicted, rejected, given_up;
    uint32_t approvals [APPROVAL_EXPIRED + 1];
} ends_t;

static void
s_instruct (world_t *self, uint8_t number)
{
    bank_transfer_instruction_t instruction = {
        .request = {
            .direction = world_random (self, 2) ? BANK_TRANSFER_IN : BANK_TRANSFER_OUT,
            .party = { scenario_oid (OID_OPERATOR, 1), "apple", { 3, { 1, 2, 3 } } },
            .amount_minor = (int64_t) (1 + world_random (self, 400000)),
            .currency = "KRW",
        },
        .operator = "kim",
        .reason = "by hand",
    };
    world_command (self, scenario_oid (OID_BANK_TRANSFER, number), edge, BANK_TRANSFER_INSTRUCT,
                   &instruction);
}

//  A wallet that closes makes a recharge on its way turn round.
static void
s_story (world_t *self, uint8_t number)
{
    uint8_t person = (uint8_t) (1 + world_random (self, PEOPLE));
    if (world_random (self, 3) == 0) {
        s_instruct (self, number);
        return;
    }
    world_recharge (self, number, scenario_oid (OID_MEMBER, person),
                    (int64_t) (1 + world_random (self, 400000)));
    world_run (self, world_random (self, 12));
    if (world_random (self, 3) == 0) {
        wallet_close_t close = { "to see what happens", true };
        oid_t wallet = oid_as (scenario_oid (OID_MEMBER, person), OID_WALLET);
        world_command (self, wallet, edge, WALLET_CLOSE, &close);
    }
}

//  What the bank's statement says of a transfer.
static saga_decision_t
s_truth (const world_t *self, oid_t transfer)
{
    for (size_t index = 0; index < self->booked_count; index++) {
        if (oid_equal (self->booked [index].transfer, transfer)
            && self->booked [index].result == BANK_SUCCEEDED) {
            return SAGA_SUCCEEDED;
        }
    }
    return SAGA_FAILED;
}

static void
s_resolve (world_t *self, oid_t oid, uint8_t command, saga_decision_t decision)
{
    saga_resolve_t resolve = {
        .decision = (uint8_t) decision,
        .approval = oid,
        .operator= "kim",
        .reason = "as the statement says",
    };
    resolve.approval.kind = OID_APPROVAL;
    resolve.approval.bytes [0] = (uint8_t) world_random (self, 256);
    world_command (self, oid, edge, command, &resolve);
}

//  Some ask the bank, some read its statement, and some are careless: a few ask and say
//  at once what they believe, which is refused, or resolve without having looked at all.
static void
s_see_to_transfer (world_t *self, oid_t oid)
{
    bool careless = world_random (self, 4) == 0;
    if (world_random (self, 2)) {
        world_command (self, oid, edge, BANK_TRANSFER_INQUIRE, NULL);
        if (careless) {
            saga_resolve_t hasty = { .decision = SAGA_FAILED, .operator= "kim" };
            assert_int_equal (world_command (self, oid, edge, BANK_TRANSFER_RESOLVE, &hasty),
                              VERDICT_INQUIRY_OPEN);
        }
        return;
    }
    s_resolve (self, oid, BANK_TRANSFER_RESOLVE, careless ? SAGA_FAILED : s_truth (self, oid));
}

//  The bank comes back to what was resolved otherwise than it booked.
static void
s_call_back (world_t *self)
{
    for (size_t index = 0; index < self->booked_count; index++) {
        oid_t oid = self->booked [index].transfer;
        const bank_transfer_t *transfer = world_actor (self, oid)->state;
        if (transfer->resolved && !transfer->contradicted) {
            bank_answered_t answer = { .result = (uint8_t) self->booked [index].result };
            world_command (self, oid, edge, BANK_TRANSFER_ANSWERED, &answer);
        }
    }
}

//  One look at all that waits for operators.
static void
s_work (world_t *self)
{
    size_t count = self->actor_count;
    for (size_t index = 0; index < count; index++) {
        const actor_t *actor = &self->actors [index];
        oid_t oid = actor->self;
        if (!actor->type->parked || !actor->type->parked (actor->state)) {
            continue;
        }
        if (oid.kind == OID_BANK_TRANSFER) {
            s_see_to_transfer (self, oid);
        }
        else if (world_random (self, 2)) {
            world_command (self, oid, edge, actor->type->retry_command, NULL);
        }
        else {
            s_resolve (self, oid, actor->type->resolve_command, SAGA_GIVE_UP);
        }
    }
}

static void
s_decide (world_t *self)
{
    approval_decide_t by = { .reason = "seen" };
    size_t count = self->actor_count;
    for (size_t index = 0; index < count; index++) {
        const actor_t *actor = &self->actors [index];
        if (actor->self.kind == OID_APPROVAL) {
            memcpy (by.operator, world_random (self, 4) ? "lee" : "kim", 4);
            world_command (self, actor->self, edge,
                           world_random (self, 3) ? APPROVAL_CONFIRM : APPROVAL_REJECT, &by);
        }
    }
}

static void
s_check_end (const world_t *self)
{
    int64_t sum_minor = 0;
    for (size_t index = 0; index < self->balance_count; index++) {
        const balance_t *balance = &self->balances [index];
        uint8_t class = balance->account.class;
        sum_minor += balance->net_minor;
        if (class == ACCOUNT_TRANSIT || class == ACCOUNT_BANK_TRANSIT || class == ACCOUNT_HOLD) {
            assert_int_equal (balance->net_minor, 0);
        }
    }
    assert_int_equal (sum_minor, 0);
    assert_int_equal (world_net_minor (self, account_single (ACCOUNT_BANK)), self->statement_minor);
    for (size_t index = 0; index < self->actor_count; index++) {
        const actor_t *actor = &self->actors [index];
        assert_false (actor->type->parked && actor->type->parked (actor->state));
        assert_true (!actor->type->finished || actor->type->finished (actor->state));
    }
}

static void
s_count_ends (const world_t *self, ends_t *ends)
{
    for (size_t index = 0; index < self->actor_count; index++) {
        const actor_t *actor = &self->actors [index];
        if (actor->self.kind == OID_BANK_TRANSFER) {
            const bank_transfer_t *transfer = actor->state;
            ends->resolved += transfer->resolved != 0;
            ends->contradicted += transfer->contradicted;
            ends->rejected += transfer->status == BANK_TRANSFER_REJECTED;
        }
        else if (actor->self.kind == OID_RECHARGE) {
            ends->given_up +=
                ((const recharge_t *) actor->state)->verdict == VERDICT_KEPT_IN_SUSPENSE;
        }
        else if (actor->self.kind == OID_APPROVAL) {
            ends->approvals [((const approval_t *) actor->state)->status]++;
        }
    }
}

//  All that goes on by itself does; then people see to the rest, and to each other.
static void
s_day (world_t *self)
{
    world_run (self, SIZE_MAX);
    s_work (self);
    s_call_back (self);
    world_run (self, world_random (self, 8));
    s_decide (self);
}

static void
s_play (world_t *self)
{
    self->limits.bank_inquiry_give_up_s = 60;
    self->limits.approval_amount_minor = 200000;
    world_open_wallets (self, PEOPLE);
    for (uint8_t number = 1; number <= STORIES; number++) {
        self->forgets = number < STORIES / 2 ? 80 : 0;
        self->declines = 60;
        s_story (self, number);
        world_run (self, world_random (self, 8));
        s_decide (self);
        if (number % 3 == 0) {
            s_day (self);
        }
    }
    self->declines = 0;
    self->limits.approval_amount_minor = INT32_MAX;  //  What lapsed is decided by one
    for (unsigned day = 0; day < DAYS; day++) {
        s_day (self);
    }
    s_call_back (self);
    world_run (self, SIZE_MAX);
}

static void
whatever_the_bank_forgets_operators_put_right (void **unused)
{
    ends_t ends = { 0 };
    (void) unused;

    for (uint64_t round = 0; round < ROUNDS; round++) {
        scoped (world_destroy) world_t *world = world_new (seed_given + round);
        print_message ("seed %" PRIu64 "\n", seed_given + round);
        s_play (world);
        s_check_end (world);
        s_count_ends (world, &ends);
    }
    print_message (
        "%u resolved, %u contradicted, %u rejected, %u given up; approvals: %u confirmed, "
        "%u rejected, %u lapsed\n",
        ends.resolved, ends.contradicted, ends.rejected, ends.given_up,
        ends.approvals [APPROVAL_CONFIRMED], ends.approvals [APPROVAL_REJECTED],
        ends.approvals [APPROVAL_EXPIRED]);
    assert_true (ends.resolved && ends.contradicted && ends.rejected && ends.given_up);
    assert_true (ends.approvals [APPROVAL_CONFIRMED] && ends.approvals [APPROVAL_REJECTED]
                 && ends.approvals [APPROVAL_EXPIRED]);
}

int
main (int argc, char **argv)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (whatever_the_bank_forgets_operators_put_right),
    };
    seed_given = argc > 1 ? strtoull (argv [1], NULL, 10) : 20260101;
    return cmocka_run_group_tests (tests, NULL, NULL);
}
