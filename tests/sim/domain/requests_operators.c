//  requests_operators - what operators do about processes that wait for them.

#include "actors/bank_transfer.h"
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

static verdict_t
s_give_up (world_t *world)
{
    actor_t *saga = s_some_saga (world);
    saga_resolve_t resolve = {
        .decision = SAGA_GIVE_UP,
        .approval = oid_as (saga ? saga->self : (oid_t) { 0 }, OID_APPROVAL),
        .operator= "opr_1",
        .reason = "to see what happens",
    };
    return saga ? city_command (world, saga->self, saga->type->resolve_command, &resolve)
                : VERDICT_NOT_FOUND;
}

static verdict_t
s_inquire (world_t *world)
{
    uint64_t from = world_random (world, world->actor_count);
    for (size_t index = 0; index < world->actor_count; index++) {
        const actor_t *actor = &world->actors [(from + index) % world->actor_count];
        if (actor->self.kind == OID_BANK_TRANSFER) {
            return city_command (world, actor->self, BANK_TRANSFER_INQUIRE, "");
        }
    }
    return VERDICT_NOT_FOUND;
}

static request_t requests [] = {
    { "saga.retry", 6, s_retry },
    { "saga.give_up", 1, s_give_up },
    { "bank_transfer.inquire", 2, s_inquire },
};
const requests_t requests_of_operators = { requests, COUNT (requests) };
