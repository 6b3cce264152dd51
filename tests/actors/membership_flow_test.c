//  membership: people who change addresses, close and are erased, all at once, from a
//  seed. Whatever the order, an address belongs to one member at most, a member has
//  exactly its own, and who has left has none.
//
//      actors_membership_flow_test [SEED]

#include <inttypes.h>
#include <stdio.h>
#include "actors/closing.h"
#include "actors/email_change.h"
#include "actors/registration.h"
#include "actors/wallet.h"
#include "tests/lib/world.h"

enum { PEOPLE = 6, ADDRESSES = 9, STORIES = 30, ROUNDS = 120 };

static const member_t *
s_member (world_t *self, uint8_t person)
{
    return world_actor (self, scenario_oid (OID_MEMBER, person))->state;
}

static oid_t
s_any_login (world_t *self)
{
    return scenario_oid (OID_LOGIN, (uint8_t) (1 + world_random (self, ADDRESSES)));
}

static void
s_join (world_t *self, uint8_t person)
{
    registration_start_t start = {
        .member = scenario_oid (OID_MEMBER, person),
        .login = scenario_oid (OID_LOGIN, person),
        .wallet = world_random (self, 2),
        .currency = "KRW",
        .name = { 1, { person } },
        .email = { 1, { person } },
        .address = { 1, { person } },
        .address_hash = { ADDRESS_HASH_SIZE, { person } },
    };
    world_command (self, scenario_oid (OID_REGISTRATION, person), (oid_t) { 0 }, REGISTRATION_START,
                   &start);
}

//  As the edge makes it: of what it read a moment ago.
static void
s_change_email (world_t *self, uint8_t number, uint8_t person)
{
    const member_t *member = s_member (self, person);
    email_change_start_t start = {
        .member = scenario_oid (OID_MEMBER, person),
        .change = { .has_email = true,
                    .email = { 1, { number } },
                    .old_login = member->login,
                    .login = s_any_login (self) },
    };
    if (world_random (self, 3) == 0) {
        start.change.if_version = (int64_t) world_actor (self, start.member)->version;
    }
    if (member->status != MEMBER_ABSENT
        && !oid_equal (start.change.old_login, start.change.login)) {
        world_command (self, scenario_oid (OID_EMAIL_CHANGE, number), (oid_t) { 0 },
                       EMAIL_CHANGE_START, &start);
    }
}

static void
s_close (world_t *self, uint8_t number, uint8_t person)
{
    closing_start_t start = {
        .member = scenario_oid (OID_MEMBER, person),
        .reason = { 1, { 1 } },
        .member_status = s_member (self, person)->status,
    };
    world_command (self, scenario_oid (OID_CLOSING, number), (oid_t) { 0 }, CLOSING_START, &start);
}

static void
s_story (world_t *self, uint8_t number)
{
    uint8_t person = (uint8_t) (1 + world_random (self, PEOPLE));
    oid_t member = scenario_oid (OID_MEMBER, person);
    reason_t reason = { "to see what happens" };
    member_erase_t erase = { "to see what happens", false };

    switch (world_random (self, 8)) {
    case 0: s_close (self, number, person); break;
    case 1: world_command (self, member, (oid_t) { 0 }, MEMBER_ERASE, &erase); break;
    case 2:
        world_command (self, member, (oid_t) { 0 },
                       world_random (self, 2) ? MEMBER_SUSPEND : MEMBER_ACTIVATE, &reason);
        break;
    default: s_change_email (self, number, person);
    }
}

static size_t
s_logins_of (world_t *self, oid_t member)
{
    size_t count = 0;
    for (uint8_t number = 1; number <= ADDRESSES; number++) {
        const login_t *login = world_actor (self, scenario_oid (OID_LOGIN, number))->state;
        count += login->status == LOGIN_CLAIMED && oid_equal (login->member, member);
    }
    return count;
}

static void
s_check_end (world_t *self)
{
    for (uint8_t person = 1; person <= PEOPLE; person++) {
        oid_t id = scenario_oid (OID_MEMBER, person);
        const member_t *member = s_member (self, person);
        bool here = member->status == MEMBER_ACTIVE || member->status == MEMBER_SUSPENDED;
        assert_int_equal (s_logins_of (self, id), here ? 1 : 0);
        if (here) {
            const login_t *login = world_actor (self, member->login)->state;
            assert_true (oid_equal (login->member, id));
        }
        if (member->status == MEMBER_ERASED) {
            assert_true (member->key_destroyed);
        }
        const wallet_t *wallet = world_actor (self, oid_as (id, OID_WALLET))->state;
        assert_true (here || wallet->status != WALLET_ACTIVE);
    }
    for (size_t index = 0; index < self->actor_count; index++) {
        const actor_t *actor = &self->actors [index];
        assert_true (!actor->type->finished || !actor->version
                     || actor->type->finished (actor->state));
        assert_true (!actor->type->parked || !actor->type->parked (actor->state));
    }
}

static uint64_t seed;

static void
an_address_belongs_to_one_member_whatever_the_order (void **unused)
{
    size_t left = 0, erased = 0;
    (void) unused;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        world_t *world = world_new (seed + round);
        world->limits.step_deadline_ms = INT64_C (1) << 40;  //  Nobody is late here
        for (uint8_t person = 1; person <= PEOPLE; person++) {
            s_join (world, person);
        }
        world_run (world, 100000);
        for (uint8_t number = 1; number <= STORIES; number++) {
            s_story (world, number);
            world_run (world, world_random (world, 12));
        }
        world_run (world, 100000);
        s_check_end (world);
        for (uint8_t person = 1; person <= PEOPLE; person++) {
            left += s_member (world, person)->status == MEMBER_CLOSED;
            erased += s_member (world, person)->status == MEMBER_ERASED;
        }
        world_destroy (&world);
    }
    assert_true (left > 0 && erased > 0);
}

//  The edge read the password's hash before it was changed.
static void
a_password_that_changes_meanwhile_goes_along (void **unused)
{
    (void) unused;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        world_t *world = world_new (seed + round);
        oid_t member = scenario_oid (OID_MEMBER, 1), login = scenario_oid (OID_LOGIN, 2);
        s_join (world, 1);
        world_run (world, 1000);
        const login_t *old = world_actor (world, scenario_oid (OID_LOGIN, 1))->state;
        email_change_start_t start = {
            .member = member,
            .change = { .has_email = true,
                        .email = { 1, { 2 } },
                        .old_login = scenario_oid (OID_LOGIN, 1),
                        .login = login },
            .password_hash = "before",
            .password_version = old->password_version,
        };
        login_change_password_t change = { .by_operator = true, .password_hash = "meanwhile" };
        world_command (world, scenario_oid (OID_EMAIL_CHANGE, 1), (oid_t) { 0 }, EMAIL_CHANGE_START,
                       &start);
        world_run (world, world_random (world, 5));
        //  As the edge does: at the login that is the member's now
        world_command (world, s_member (world, 1)->login, (oid_t) { 0 }, LOGIN_CHANGE_PASSWORD,
                       &change);
        world_run (world, 1000);
        const login_t *new = world_actor (world, login)->state;
        assert_int_equal (new->status, LOGIN_CLAIMED);
        assert_string_equal (new->password_hash, "meanwhile");
        world_destroy (&world);
    }
}

int
main (int argc, char **argv)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (an_address_belongs_to_one_member_whatever_the_order),
        cmocka_unit_test (a_password_that_changes_meanwhile_goes_along),
    };
    seed = argc > 1 ? strtoull (argv [1], NULL, 0) : 1;
    printf ("seed %" PRIu64 "\n", seed);
    return cmocka_run_group_tests (tests, NULL, NULL);
}
