//  requests_people - members: who they are, and whether they may.

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

static request_t requests [] = {
    { "member.suspend", 1, s_suspend },
    { "member.activate", 4, s_activate },
};
const requests_t requests_of_people = { requests, COUNT (requests) };
