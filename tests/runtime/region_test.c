//  region: money is where its member lives, day by day, whatever happens in between.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "actors/member.h"
#include "actors/wallet.h"
#include "runtime/region.h"
#include "runtime/snapshot.h"
#include "tests/lib/chance.h"

enum { PEOPLE = 6, REGIONS = 3, DAYS = 5, STEPS = 600, ROOM = 8192 };

static const int64_t DAY_MS = 24 * 3600 * INT64_C (1000);

static uint64_t s_seed;

//  The states as of all records so far.
typedef struct {
    member_t members [PEOPLE];
    wallet_t wallets [PEOPLE];
    bool registered [PEOPLE];
    uint8_t packed [ROOM];
} people_t;

static size_t
s_pack (people_t *people, const aggregate_type_t *type, const void *state)
{
    snapshot_write (people->packed, &(snapshot_head_t) { .version = 1 });
    size_t size = shape_pack (type->state, state, people->packed + SNAPSHOT_HEAD_SIZE,
                              ROOM - SNAPSHOT_HEAD_SIZE);
    assert_true (size > 0);
    return SNAPSHOT_HEAD_SIZE + size;
}

static const uint8_t *
s_snapshot (void *context, oid_t oid, size_t *ret_size)
{
    people_t *people = context;
    size_t person = oid.bytes [0];
    *ret_size = 0;
    if (oid.kind == OID_WALLET) {
        *ret_size = s_pack (people, registry_find (OID_WALLET), &people->wallets [person]);
    }
    else if (people->registered [person]) {
        *ret_size = s_pack (people, registry_find (OID_MEMBER), &people->members [person]);
    }
    return people->packed;
}

static oid_t
s_oid (oid_kind_t kind, size_t person)
{
    return (oid_t) { .kind = (uint8_t) kind, .bytes = { (uint8_t) person } };
}

static void
s_becomes (region_t *region, people_t *people, size_t person, member_t member, int64_t at_ms)
{
    uint8_t bytes [ROOM];
    size_t size = s_pack (people, registry_find (OID_MEMBER), &member);
    memcpy (bytes, people->packed, size);
    region_member (region, s_oid (OID_MEMBER, person), at_ms, bytes, size);
    people->members [person] = member;
    people->registered [person] = true;
}

static void
s_moves (region_t *region, people_t *people, size_t person, int64_t change_minor, int64_t at_ms)
{
    region_moved (region, s_oid (OID_WALLET, person), at_ms, change_minor);
    people->wallets [person].available_minor += change_minor;
}

static member_t
s_member_at (uint8_t status, size_t address)
{
    member_t member = { .status = status };
    member.address_hash.size = address < REGIONS ? ADDRESS_HASH_SIZE : 0;
    member.address_hash.bytes [5] = (uint8_t) address;
    return member;
}

//  What the rows say of an address up to the end of a day.
static region_change_t
s_total (const region_t *region, size_t address, uint32_t day)
{
    region_change_t total = { 0 }, change;
    size_t cursor = 0;
    while (region_next (region, &cursor, &change)) {
        uint32_t of = change.key [18] * 256u + change.key [19];
        if (change.key [5] == address && of <= day) {
            total.change_minor += change.change_minor;
            total.members += change.members;
        }
    }
    return total;
}

static void
a_move_takes_the_money_along (void **unused)
{
    static people_t people;
    scoped (region_destroy) region_t *region = region_new (s_snapshot, &people);
    (void) unused;
    s_becomes (region, &people, 0, s_member_at (MEMBER_ACTIVE, 1), 0);
    s_moves (region, &people, 0, 1000, 0);
    s_moves (region, &people, 0, 300, DAY_MS);
    s_becomes (region, &people, 0, s_member_at (MEMBER_ACTIVE, 2), 2 * DAY_MS);
    s_moves (region, &people, 0, -100, 2 * DAY_MS);
    region_settle (region);
    assert_int_equal (s_total (region, 1, 0).change_minor, 1000);
    assert_int_equal (s_total (region, 1, 1).change_minor, 1300);
    assert_int_equal (s_total (region, 1, 1).members, 1);
    assert_int_equal (s_total (region, 1, 2).change_minor, 0);
    assert_int_equal (s_total (region, 1, 2).members, 0);
    assert_int_equal (s_total (region, 2, 1).change_minor, 0);
    assert_int_equal (s_total (region, 2, 2).change_minor, 1200);
    assert_int_equal (s_total (region, 2, 2).members, 1);
}

static void
who_is_closed_is_nowhere (void **unused)
{
    static people_t people;
    scoped (region_destroy) region_t *region = region_new (s_snapshot, &people);
    (void) unused;
    s_becomes (region, &people, 0, s_member_at (MEMBER_ACTIVE, 1), 0);
    s_becomes (region, &people, 0, s_member_at (MEMBER_SUSPENDED, 1), 0);
    assert_int_equal (s_total (region, 1, 0).members, 1);
    s_becomes (region, &people, 0, s_member_at (MEMBER_CLOSED, 1), DAY_MS);
    s_moves (region, &people, 0, 5, DAY_MS);
    region_settle (region);
    assert_int_equal (s_total (region, 1, 1).members, 0);
    assert_int_equal (s_total (region, 1, 1).change_minor, 0);
}

static void
a_day_is_seouls (void **unused)
{
    static people_t people;
    scoped (region_destroy) region_t *region = region_new (s_snapshot, &people);
    (void) unused;
    s_becomes (region, &people, 0, s_member_at (MEMBER_ACTIVE, 1), 0);
    s_moves (region, &people, 0, 7, 15 * 3600 * INT64_C (1000) - 1);
    s_moves (region, &people, 0, 70, 15 * 3600 * INT64_C (1000));  //  Midnight there
    region_settle (region);
    assert_int_equal (s_total (region, 1, 0).change_minor, 7);
    assert_int_equal (s_total (region, 1, 1).change_minor, 77);
}

//  Against sums over all people at the end of each day, wherever flushes fall.
static void
any_history_sums_to_what_its_people_have (void **unused)
{
    static people_t people;
    chance_t chance = chance_new (s_seed);
    scoped (region_destroy) region_t *region = region_new (s_snapshot, &people);
    int64_t expected [DAYS][REGIONS] = { 0 }, members [DAYS][REGIONS] = { 0 };
    (void) unused;
    for (int step = 0; step < STEPS; step++) {
        uint32_t day = (uint32_t) (step * DAYS / STEPS);
        size_t person = chance_below (&chance, PEOPLE);
        if (!people.registered [person] || chance_below (&chance, 8) == 0) {
            uint8_t status = (uint8_t) (MEMBER_ACTIVE + chance_below (&chance, 3));
            s_becomes (region, &people, person,
                       s_member_at (status, chance_below (&chance, REGIONS + 1)), day * DAY_MS);
        }
        else {
            s_moves (region, &people, person, (int64_t) chance_below (&chance, 2000) - 900,
                     day * DAY_MS);
        }
        if (chance_below (&chance, 20) == 0) {
            region_settle (region);
        }
        for (size_t address = 0; address < REGIONS; address++) {
            expected [day][address] = members [day][address] = 0;
            for (size_t index = 0; index < PEOPLE; index++) {
                const member_t *member = &people.members [index];
                if (people.registered [index] && member->status != MEMBER_CLOSED
                    && member->address_hash.size && member->address_hash.bytes [5] == address) {
                    expected [day][address] += people.wallets [index].available_minor;
                    members [day][address]++;
                }
            }
        }
    }
    region_settle (region);
    for (uint32_t day = 0; day < DAYS; day++) {
        for (size_t address = 0; address < REGIONS; address++) {
            region_change_t total = s_total (region, address, day);
            assert_int_equal (total.change_minor, expected [day][address]);
            assert_int_equal (total.members, members [day][address]);
        }
    }
}

int
main (int argc, char **argv)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_move_takes_the_money_along),
        cmocka_unit_test (who_is_closed_is_nowhere),
        cmocka_unit_test (a_day_is_seouls),
        cmocka_unit_test (any_history_sums_to_what_its_people_have),
    };
    s_seed = chance_seed (argc, argv);
    return cmocka_run_group_tests_name ("region", tests, NULL, NULL);
}
