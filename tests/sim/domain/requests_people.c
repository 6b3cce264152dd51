//  requests_people - members: who they are, and whether they may.

#include "actors/closing.h"
#include "tests/sim/domain/city.h"

static verdict_t
s_suspend (world_t *world)
{
    return city_command (world, city_some_member (world), MEMBER_SUSPEND, &city_reason);
}

static verdict_t
s_activate (world_t *world)
{
    return city_command (world, city_some_member (world), MEMBER_ACTIVATE, &city_reason);
}

//  The last two members run no shop: they may leave.
static oid_t
s_some_leaver (world_t *world)
{
    return city_object (OID_MEMBER, CITY_MEMBERS - 1 - world_random (world, 2));
}

static verdict_t
s_close (world_t *world)
{
    oid_t member = s_some_leaver (world);
    closing_start_t start = {
        .member = member,
        .reason = { 3, { 9, 9, 9 } },
        .member_status = city_member_status (world, member),
    };
    oid_t closing = city_object (OID_CLOSING, world->steps % 250);
    return city_command (world, closing, CLOSING_START, &start);
}

static verdict_t
s_erase (world_t *world)
{
    member_erase_t erase = { "to see what happens", world_random (world, 2) == 0 };
    return city_command (world, s_some_leaver (world), MEMBER_ERASE, &erase);
}

static request_t requests [] = {
    { "member.suspend", 1, s_suspend },
    { "member.activate", 4, s_activate },
    { "closing.start", 2, s_close },
    { "member.erase", 1, s_erase },
};
const requests_t requests_of_people = { requests, COUNT (requests) };
