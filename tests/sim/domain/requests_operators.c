//  requests_operators - what operators do about processes that wait for them.

#include "actors/approval.h"
#include "actors/bank_transfer.h"
#include "actors/settlement_run.h"
#include "tests/sim/domain/city.h"

//  One that waits for an operator, or else any that may once; NULL: there is none yet.
static actor_t *
s_some_saga (world_t *world)
{
    uint64_t from = world_random (world, world->actor_count);
    actor_t *found = NULL;
    for (size_t index = 0; index < world->actor_count; index++) {
        actor_t *actor = &world->actors [(from + index) % world->actor_count];
        if (actor->type->retry_command && actor->type->resolve_command) {
            found = actor;
            if (actor->type->parked (actor->state)) {
                break;
            }
        }
    }
    return found;
}

static verdict_t
s_retry (world_t *world)
{
    actor_t *saga = s_some_saga (world);
    return saga ? city_command (world, saga->self, saga->type->retry_command, "")
                : VERDICT_NOT_FOUND;
}

//  Another one each time, as each request has a key of its own.
static oid_t
s_new_approval (world_t *world, oid_t saga)
{
    oid_t approval = oid_as (saga, OID_APPROVAL);
    approval.bytes [0] = (uint8_t) world->steps;
    approval.bytes [1] = (uint8_t) (world->steps >> 8);
    return approval;
}

static verdict_t
s_give_up (world_t *world)
{
    actor_t *saga = s_some_saga (world);
    saga_resolve_t resolve = {
        .decision = SAGA_GIVE_UP,
        .approval = s_new_approval (world, saga ? saga->self : (oid_t) { 0 }),
        .operator= "opr_1",
        .reason = "to see what happens",
    };
    return saga ? city_command (world, saga->self, saga->type->resolve_command, &resolve)
                : VERDICT_NOT_FOUND;
}

//  Any actor of the kind; NULL: there is none yet.
static actor_t *
s_some_actor (world_t *world, oid_kind_t kind)
{
    uint64_t from = world_random (world, world->actor_count);
    for (size_t index = 0; index < world->actor_count; index++) {
        actor_t *actor = &world->actors [(from + index) % world->actor_count];
        if (actor->self.kind == kind) {
            return actor;
        }
    }
    return NULL;
}

//  One that is parked, if there is any; else any.
static actor_t *
s_some_transfer (world_t *world)
{
    actor_t *transfer = s_some_actor (world, OID_BANK_TRANSFER);
    for (size_t index = 0; index < world->actor_count; index++) {
        actor_t *actor = &world->actors [index];
        const bank_transfer_t *state = actor->state;
        if (actor->self.kind == OID_BANK_TRANSFER && state->status == BANK_TRANSFER_PARKED
            && world_random (world, 2) == 0) {
            transfer = actor;
        }
    }
    return transfer;
}

static verdict_t
s_inquire (world_t *world)
{
    actor_t *transfer = s_some_transfer (world);
    return transfer ? city_command (world, transfer->self, BANK_TRANSFER_INQUIRE, "")
                    : VERDICT_NOT_FOUND;
}

//  Who resolves a transfer has read the bank's statement.
static verdict_t
s_resolve_as_booked (world_t *world, const actor_t *transfer)
{
    bool moved = false;
    for (size_t index = 0; index < world->booked_count; index++) {
        const booked_t *booked = &world->booked [index];
        moved =
            moved
            || (oid_equal (booked->transfer, transfer->self) && booked->result == BANK_SUCCEEDED);
    }
    saga_resolve_t resolve = {
        .decision = moved ? SAGA_SUCCEEDED : SAGA_FAILED,
        .approval = s_new_approval (world, transfer->self),
        .operator= "opr_1",
        .reason = "as the statement says",
    };
    return city_command (world, transfer->self, BANK_TRANSFER_RESOLVE, &resolve);
}

static verdict_t
s_resolve (world_t *world)
{
    actor_t *transfer = s_some_transfer (world);
    return transfer ? s_resolve_as_booked (world, transfer) : VERDICT_NOT_FOUND;
}

static bool
s_has_decided (const world_t *world, oid_t transfer)
{
    for (size_t index = 0; index < world->booked_count; index++) {
        if (oid_equal (world->booked [index].transfer, transfer)) {
            return true;
        }
    }
    return false;
}

//  What was resolved as failed is done after all, and the bank calls nobody: it says so
//  if it is asked while it knows the id.
static verdict_t
s_decide_late (world_t *world)
{
    int64_t known_ms = (world->limits.bank_horizon_s - 2 * 86400) * 1000;
    for (size_t index = 0; index < world->actor_count; index++) {
        const actor_t *actor = &world->actors [index];
        const bank_transfer_t *transfer = actor->state;
        if (actor->self.kind != OID_BANK_TRANSFER || transfer->resolved != SAGA_FAILED
            || world->now_ms - transfer->requested_at_ms > known_ms
            || s_has_decided (world, actor->self) || world_random (world, 4) > 0) {
            continue;
        }
        bool in = transfer->request.direction == BANK_TRANSFER_IN;
        int64_t amount_minor = transfer->request.amount_minor;
        world->booked [world->booked_count++] =
            (booked_t) { actor->self, BANK_SUCCEEDED, in, amount_minor, true };
        world->statement_minor += in ? amount_minor : -amount_minor;
        return VERDICT_ACCEPTED;
    }
    return VERDICT_NOT_FOUND;
}

//  The bank calls back: it was otherwise than it had said, and so its statement reads.
static verdict_t
s_contradict (world_t *world)
{
    for (size_t index = 0; index < world->booked_count; index++) {
        booked_t *booked = &world->booked [index];
        actor_t *actor = world_actor (world, booked->transfer);
        const bank_transfer_t *transfer = actor->state;
        bool succeeded = booked->result == BANK_SUCCEEDED;
        uint8_t same = succeeded ? BANK_TRANSFER_SUCCEEDED : BANK_TRANSFER_FAILED;
        if (transfer->status == same && !transfer->contradicted && world_random (world, 8) == 0) {
            bank_answered_t answer = { .result = succeeded ? BANK_FAILED : BANK_SUCCEEDED };
            booked->result = (bank_result_t) answer.result;
            booked->changed = true;
            world->statement_minor +=
                booked->in == succeeded ? -booked->amount_minor : booked->amount_minor;
            return city_command (world, actor->self, BANK_TRANSFER_ANSWERED, &answer);
        }
    }
    return VERDICT_NOT_FOUND;
}

static verdict_t
s_instruct (world_t *world)
{
    oid_t transfer = city_object (OID_BANK_TRANSFER, world->steps % 100);
    bank_transfer_instruction_t instruction = {
        .request = {
            .direction = world_random (world, 2) ? BANK_TRANSFER_IN : BANK_TRANSFER_OUT,
            .party = city_party (city_some_member (world)),
            .amount_minor = city_some_amount (world),
            .currency = "KRW",
        },
        .operator = "opr_1",
        .reason = "to see what happens",
    };
    return city_command (world, transfer, BANK_TRANSFER_INSTRUCT, &instruction);
}

//  One that waits for a second operator, if there is any; else any.
static actor_t *
s_some_approval (world_t *world)
{
    actor_t *approval = s_some_actor (world, OID_APPROVAL);
    for (size_t index = 0; index < world->actor_count; index++) {
        actor_t *actor = &world->actors [index];
        if (actor->self.kind == OID_APPROVAL
            && ((const approval_t *) actor->state)->status == APPROVAL_PROPOSED) {
            approval = actor;
        }
    }
    return approval;
}

//  By the one who proposed it too, who may not.
static verdict_t
s_decide_approval (world_t *world, approval_command_t command)
{
    actor_t *approval = s_some_approval (world);
    approval_decide_t decide = { .reason = "to see what happens" };
    strcpy (decide.operator, world_random (world, 4) ? "opr_2" : "opr_1");
    return approval ? city_command (world, approval->self, command, &decide) : VERDICT_NOT_FOUND;
}

static verdict_t
s_confirm (world_t *world)
{
    return s_decide_approval (world, APPROVAL_CONFIRM);
}

//  Asks the bank, and resolves without having heard it: what was asked may move the money
//  that the statement does not show yet.
static verdict_t
s_inquire_and_resolve (world_t *world)
{
    actor_t *transfer = s_some_transfer (world);
    if (!transfer) {
        return VERDICT_NOT_FOUND;
    }
    verdict_t verdict = city_command (world, transfer->self, BANK_TRANSFER_INQUIRE, "");
    (void) s_resolve_as_booked (world, transfer);
    return verdict;
}

//  The other way round: by the time that the second operator confirms, the bank may have
//  moved the money and not said so.
static verdict_t
s_resolve_and_inquire (world_t *world)
{
    actor_t *transfer = s_some_transfer (world);
    if (!transfer) {
        return VERDICT_NOT_FOUND;
    }
    verdict_t verdict = s_resolve_as_booked (world, transfer);
    (void) city_command (world, transfer->self, BANK_TRANSFER_INQUIRE, "");
    world_run (world, world_random (world, 24));
    (void) s_confirm (world);
    return verdict;
}

static verdict_t
s_reject (world_t *world)
{
    return s_decide_approval (world, APPROVAL_REJECT);
}

static verdict_t
s_settle (world_t *world)
{
    bool all = world_random (world, 2) == 0;
    settlement_run_start_t start = {
        .merchant = all ? (oid_t) { 0 } : city_some_merchant (world),
    };
    return city_command (world, city_object (OID_SETTLEMENT_RUN, world->steps % 250),
                         SETTLEMENT_RUN_START, &start);
}

static request_t requests [] = {
    { "saga.retry", 6, s_retry },
    { "saga.give_up", 1, s_give_up },
    { "bank_transfer.inquire", 2, s_inquire },
    { "bank_transfer.resolve", 4, s_resolve },
    { "bank_transfer.hasty", 2, s_inquire_and_resolve },
    { "bank_transfer.late", 8, s_resolve_and_inquire },
    { "bank.contradicts", 1, s_contradict },
    { "bank.decides_late", 2, s_decide_late },
    { "bank_transfer.instruct", 3, s_instruct },
    { "approval.confirm", 4, s_confirm },
    { "approval.reject", 1, s_reject },
    { "settlement_run.start", 6, s_settle },
};
const requests_t requests_of_operators = { requests, COUNT (requests) };
