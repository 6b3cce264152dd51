//  flow_remittance: people send each other money, and to accounts at the bank, from a
//  seed. Some are short and recharged on the way, some wallets are suspended or closed
//  meanwhile. At the end nothing is in between but what was set aside; operators retry
//  that and give it up, and still not a won is lost.
//
//      actors_flow_remittance_test [SEED]

#include <inttypes.h>
#include <stdio.h>
#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/remittance.h"
#include "actors/wallet.h"
#include "tests/lib/world.h"

enum { PEOPLE = 6, STORIES = 60, ROUNDS = 60 };

static bank_party_t
s_party (oid_t member, const char *code)
{
    bank_party_t party = { .member = member, .account_number = { 3, { 1, 2, 3 } } };
    snprintf (party.bank_code, sizeof party.bank_code, "%s", code);
    return party;
}

static const wallet_t *
s_wallet (world_t *self, oid_t member)
{
    return world_actor (self, oid_as (member, OID_WALLET))->state;
}

//  What the edge reads may be old by the time that it is decided on.
static void
s_send (world_t *self, uint8_t number, oid_t sender, int64_t amount_minor)
{
    oid_t receiver = scenario_oid (OID_MEMBER, (uint8_t) (1 + world_random (self, PEOPLE)));
    remittance_start_t start = {
        .request = {
            .sender = sender,
            .receiver = receiver,
            .amount_minor = amount_minor,
            .currency = "KRW",
            .bank_account = oid_as (sender, OID_BANK_ACCOUNT),
            .source = s_party (sender, "apple"),
        },
        .auto_recharge = world_random (self, 3) > 0,
        .available_minor = s_wallet (self, sender)->available_minor,
        .sender_status = MEMBER_ACTIVE,
        .receiver_status = MEMBER_ACTIVE,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = sender,
    };
    if (world_random (self, 3) == 0) {
        start.request.receiver = (oid_t) { 0 };
        start.request.to = s_party (sender, "pear");
    }
    world_run (self, world_random (self, 4));
    world_command (self, scenario_oid (OID_REMITTANCE, number), (oid_t) { 0 }, REMITTANCE_START,
                   &start);
}

static void
s_close (world_t *self, oid_t member)
{
    wallet_close_t close = { "to see what happens", true };
    world_command (self, oid_as (member, OID_WALLET), (oid_t) { 0 }, WALLET_CLOSE, &close);
}

//  Whoever is empty may leave, whatever is on its way.
static void
s_close_the_empty (world_t *self)
{
    for (uint8_t person = 1; person <= PEOPLE; person++) {
        if (world_random (self, 3) == 0) {
            s_close (self, scenario_oid (OID_MEMBER, person));
        }
    }
}

//  All that one has is sent; then the sender leaves, and the receiver right after.
static void
s_send_all_and_leave (world_t *self, uint8_t number, oid_t sender)
{
    oid_t remittance = scenario_oid (OID_REMITTANCE, number);
    s_send (self, number, sender, s_wallet (self, sender)->available_minor);
    for (int step = 0; step < 20; step++) {
        world_run (self, 1);
        s_close (self, sender);
        const remittance_t *sent = world_actor (self, remittance)->state;
        if (s_wallet (self, sender)->status == WALLET_CLOSED
            && sent->request.receiver.kind == OID_MEMBER) {
            s_close (self, sent->request.receiver);
        }
    }
}

static void
s_story (world_t *self, uint8_t number)
{
    oid_t member = scenario_oid (OID_MEMBER, (uint8_t) (1 + world_random (self, PEOPLE)));
    int64_t amount_minor = (int64_t) (1 + world_random (self, 300000));
    int64_t all_minor = s_wallet (self, member)->available_minor;

    switch (world_random (self, 12)) {
    case 0: {
        reason_t reason = { "to see what happens" };
        uint8_t command = world_random (self, 3) ? WALLET_ACTIVATE : WALLET_SUSPEND;
        world_command (self, oid_as (member, OID_WALLET), (oid_t) { 0 }, command, &reason);
        break;
    }
    case 1:
        s_send (self, number, member, amount_minor);
        world_run (self, world_random (self, 12));
        s_close_the_empty (self);
        break;
    case 2:
        if (all_minor > 0) {
            s_send_all_and_leave (self, number, member);
        }
        break;
    default: s_send (self, number, member, amount_minor);
    }
}

//  How they ended, so that the stories cannot quietly grow dull.
typedef struct {
    uint32_t to_member [REMITTANCE_PARKED + 1], to_bank [REMITTANCE_PARKED + 1];
    uint32_t recharged;
    uint32_t set_aside;
    uint32_t retried, given_up;
} ends_t;

static int64_t
s_check_actors (const world_t *self, ends_t *ends)
{
    int64_t set_aside_minor = 0;
    for (size_t index = 0; index < self->actor_count; index++) {
        const actor_t *actor = &self->actors [index];
        const remittance_t *remittance = actor->state;
        if (actor->self.kind != OID_REMITTANCE || remittance->status == REMITTANCE_NONE) {
            continue;  //  To oneself: refused
        }
        bool bank = remittance_to_bank (&remittance->request);
        (bank ? ends->to_bank : ends->to_member) [remittance->status]++;
        ends->recharged +=
            remittance->status == REMITTANCE_SUCCEEDED && !oid_is_none (remittance->recharge);
        bool given_up = remittance->verdict == VERDICT_KEPT_IN_SUSPENSE;
        ends->given_up += given_up;
        ends->retried += remittance->retries > 0;
        if (remittance->step == REMITTANCE_SET_ASIDE || given_up) {
            ends->set_aside += !given_up;
            set_aside_minor += remittance->request.amount_minor;
        }
        else {
            assert_true (remittance->status == REMITTANCE_PARKED
                         || remittance->step == REMITTANCE_ENDED);
        }
    }
    return set_aside_minor;
}

//  Some are retried, some given up, some both; a second operator does not exist.
static void
s_see_to_what_is_set_aside (world_t *self)
{
    saga_resolve_t resolve = { .decision = SAGA_GIVE_UP, .operator= "kim", .reason = "gone" };
    size_t count = self->actor_count;
    for (size_t index = 0; index < count; index++) {
        oid_t oid = self->actors [index].self;
        if (oid.kind != OID_REMITTANCE) {
            continue;
        }
        if (world_random (self, 2)) {
            world_command (self, oid, (oid_t) { 0 }, REMITTANCE_RETRY, NULL);
            world_run (self, world_random (self, 12));
        }
        if (world_random (self, 2)) {
            world_command (self, oid, (oid_t) { 0 }, REMITTANCE_RESOLVE, &resolve);
        }
    }
    world_run (self, SIZE_MAX);
}

static uint64_t seed_given;

static void
no_remittance_creates_loses_or_doubles_a_won (void **unused)
{
    ends_t ends = { 0 };
    (void) unused;

    for (uint64_t round = 0; round < ROUNDS; round++) {
        scoped (world_destroy) world_t *world = world_new (seed_given + round);
        print_message ("seed %" PRIu64 "\n", seed_given + round);
        world->crash_every = 50;
        world_open_wallets (world, PEOPLE);
        world_play (world, s_story, STORIES, 40);
        world_check_end (world, s_check_actors (world, &(ends_t) { 0 }));
        s_see_to_what_is_set_aside (world);
        world_check_end (world, s_check_actors (world, &ends));
    }
    print_message (
        "to members: %u succeeded, %u failed, %u compensated, %u parked, of those %u "
        "set aside; to banks: %u succeeded, %u failed; %u recharged; %u retried, %u given "
        "up\n",
        ends.to_member [REMITTANCE_SUCCEEDED], ends.to_member [REMITTANCE_FAILED],
        ends.to_member [REMITTANCE_COMPENSATED], ends.to_member [REMITTANCE_PARKED], ends.set_aside,
        ends.to_bank [REMITTANCE_SUCCEEDED], ends.to_bank [REMITTANCE_FAILED], ends.recharged,
        ends.retried, ends.given_up);
    assert_true (ends.to_member [REMITTANCE_SUCCEEDED] > 0);
    assert_true (ends.to_member [REMITTANCE_FAILED] > 0);
    assert_true (ends.to_member [REMITTANCE_COMPENSATED] > 0);
    assert_true (ends.set_aside > 0);
    assert_true (ends.to_bank [REMITTANCE_SUCCEEDED] > 0);
    assert_true (ends.to_bank [REMITTANCE_FAILED] > 0);
    assert_true (ends.recharged > 0);
    assert_true (ends.retried > 0 && ends.given_up > 0);
}

int
main (int argc, char **argv)
{
    seed_given = argc > 1 ? strtoull (argv [1], NULL, 10) : 20260101;
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (no_remittance_creates_loses_or_doubles_a_won),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
