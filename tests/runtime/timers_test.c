//  timers: what is due fires once, in order, unless it was cleared or moved.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "runtime/scoped.h"
#include "runtime/timers.h"
#include "tests/lib/chance.h"

enum { OWNERS = 12, COMMANDS = 4, OPERATIONS = 60000, LIMIT_MS = 1000 };

static uint64_t s_seed;

static oid_t
s_owner (uint64_t number)
{
    return (oid_t) { .kind = OID_RECHARGE, .bytes = { (uint8_t) number } };
}

//  Per (owner, command): what it is set for, 0 none; when it fires; fired and not yet
//  set again.
typedef struct {
    int64_t due_ms [OWNERS][COMMANDS];
    int64_t fire_ms [OWNERS][COMMANDS];
    bool fired [OWNERS][COMMANDS];
} model_t;

static size_t
s_count (const model_t *model)
{
    size_t count = 0;
    for (size_t owner = 0; owner < OWNERS; owner++) {
        for (size_t command = 0; command < COMMANDS; command++) {
            count += model->due_ms [owner][command] != 0;
        }
    }
    return count;
}

//  The earliest that waits; INT64_MAX if none.
static int64_t
s_next_ms (const model_t *model)
{
    int64_t next_ms = INT64_MAX;
    for (size_t owner = 0; owner < OWNERS; owner++) {
        for (size_t command = 0; command < COMMANDS; command++) {
            int64_t fire_ms = model->fire_ms [owner][command];
            if (model->due_ms [owner][command] && !model->fired [owner][command]
                && fire_ms < next_ms) {
                next_ms = fire_ms;
            }
        }
    }
    return next_ms;
}

static void
s_fire (timers_t *timers, model_t *model, int64_t now_ms)
{
    oid_t oid;
    uint8_t command;
    int64_t due_ms;
    int64_t next_ms = s_next_ms (model);
    bool due = next_ms <= now_ms;
    assert_int_equal (timers_fire (timers, now_ms, &oid, &command, &due_ms), due);
    if (due) {
        assert_int_equal (model->fire_ms [oid.bytes [0]][command], next_ms);
        assert_int_equal (model->due_ms [oid.bytes [0]][command], due_ms);
        assert_false (model->fired [oid.bytes [0]][command]);
        model->fired [oid.bytes [0]][command] = true;
    }
}

static void
s_operate (timers_t *timers, model_t *model, chance_t *chance, int64_t now_ms)
{
    size_t owner = chance_below (chance, OWNERS);
    uint8_t command = (uint8_t) chance_below (chance, COMMANDS);
    int64_t at_ms = now_ms + (int64_t) chance_below (chance, 200) - 50;
    int64_t *due_ms = &model->due_ms [owner][command];
    bool *fired = &model->fired [owner][command];
    int64_t named_ms = *due_ms && chance_below (chance, 2) ? *due_ms : at_ms;
    switch (chance_below (chance, 9)) {
    case 0:
        timers_set (timers, s_owner (owner), command, 0);
        *due_ms = 0;
        *fired = false;
        break;
    case 1:
        timers_again (timers, s_owner (owner), command, named_ms, at_ms);
        if (*fired && *due_ms == named_ms) {
            model->fire_ms [owner][command] = at_ms;
            *fired = false;
        }
        break;
    case 2:
    case 3:
    case 4:
        timers_set (timers, s_owner (owner), command, at_ms);
        *due_ms = model->fire_ms [owner][command] = at_ms;
        *fired = false;
        break;
    case 5:
        timers_set (timers, s_owner (owner), command, -named_ms);
        if (*due_ms == named_ms) {
            *due_ms = 0;
            *fired = false;
        }
        break;
    default: s_fire (timers, model, now_ms); break;
    }
}

static void
it_agrees_with_a_plain_table (void **unused)
{
    chance_t chance = chance_new (s_seed);
    scoped (timers_destroy) timers_t *timers = timers_new ();
    model_t model = { 0 };
    int64_t now_ms = 1000;
    (void) unused;
    for (int operation = 0; operation < OPERATIONS; operation++) {
        s_operate (timers, &model, &chance, now_ms);
        assert_int_equal (timers_count (timers), s_count (&model));
        int64_t wait_ms = timers_wait_ms (timers, now_ms, LIMIT_MS);
        int64_t next_ms = s_next_ms (&model);
        assert_in_range (wait_ms, 0, LIMIT_MS);
        if (next_ms <= now_ms) {
            assert_int_equal (wait_ms, 0);
        }
        else if (next_ms != INT64_MAX) {
            assert_true (wait_ms <= next_ms - now_ms);  //  Never sleeps past the next
        }
        now_ms += (int64_t) chance_below (&chance, 3);
    }
    while (s_next_ms (&model) != INT64_MAX) {
        s_fire (timers, &model, INT64_MAX);
    }
}

static void
they_fire_in_the_order_of_their_time (void **unused)
{
    scoped (timers_destroy) timers_t *timers = timers_new ();
    oid_t oid;
    uint8_t command;
    int64_t due_ms;
    (void) unused;
    for (uint64_t number = 0; number < 100; number++) {
        timers_set (timers, s_owner (number * 37 % 100), 0, (int64_t) (1 + number * 37 % 100));
    }
    assert_int_equal (timers_wait_ms (timers, 0, LIMIT_MS), 1);
    assert_false (timers_fire (timers, 0, &oid, &command, &due_ms));
    for (uint64_t number = 0; number < 100; number++) {
        assert_true (timers_fire (timers, 100, &oid, &command, &due_ms));
        assert_int_equal (oid.bytes [0], number);
    }
    assert_false (timers_fire (timers, 1000, &oid, &command, &due_ms));
    assert_int_equal (timers_count (timers), 100);  //  Known until their records clear them
}

//  Its record was lost with a refused commit.
static void
a_fired_one_may_fall_due_again (void **unused)
{
    scoped (timers_destroy) timers_t *timers = timers_new ();
    oid_t oid;
    uint8_t command;
    int64_t due_ms;
    (void) unused;
    timers_set (timers, s_owner (1), 3, 10);
    assert_true (timers_fire (timers, 10, &oid, &command, &due_ms));
    timers_again (timers, s_owner (1), 3, 10, 20);
    timers_again (timers, s_owner (1), 3, 10, 21);  //  It waits already
    assert_false (timers_fire (timers, 19, &oid, &command, &due_ms));
    assert_true (timers_fire (timers, 20, &oid, &command, &due_ms));
    assert_int_equal (command, 3);
    assert_false (timers_fire (timers, 1000, &oid, &command, &due_ms));
}

static void
one_that_was_cleared_or_moved_does_not_fall_due_again (void **unused)
{
    scoped (timers_destroy) timers_t *timers = timers_new ();
    oid_t oid;
    uint8_t command;
    int64_t due_ms;
    (void) unused;
    timers_set (timers, s_owner (1), 0, 10);
    timers_set (timers, s_owner (2), 0, 10);
    assert_true (timers_fire (timers, 10, &oid, &command, &due_ms));
    assert_true (timers_fire (timers, 10, &oid, &command, &due_ms));
    timers_set (timers, s_owner (1), 0, 0);
    timers_set (timers, s_owner (2), 0, 500);
    timers_again (timers, s_owner (1), 0, 10, 20);
    timers_again (timers, s_owner (2), 0, 10, 20);
    assert_false (timers_fire (timers, 499, &oid, &command, &due_ms));
    assert_true (timers_fire (timers, 500, &oid, &command, &due_ms));
    assert_int_equal (oid.bytes [0], 2);
    timers_again (timers, s_owner (7), 0, 10, 20);  //  Never was there
    assert_false (timers_fire (timers, 1000, &oid, &command, &due_ms));
}

//  It fired, and its message waited behind one that moved it: what the message leads
//  to clears, and if that was lost arms, only what it fired for.
static void
a_stale_one_neither_clears_nor_arms_the_one_that_was_set_since (void **unused)
{
    scoped (timers_destroy) timers_t *timers = timers_new ();
    oid_t oid;
    uint8_t command;
    int64_t due_ms;
    (void) unused;
    timers_set (timers, s_owner (1), 3, 10);
    assert_true (timers_fire (timers, 10, &oid, &command, &due_ms));
    assert_int_equal (due_ms, 10);
    timers_set (timers, s_owner (1), 3, 500);  //  By the record in front of it
    timers_set (timers, s_owner (1), 3, -10);  //  By its own
    assert_int_equal (timers_count (timers), 1);
    assert_false (timers_fire (timers, 499, &oid, &command, &due_ms));
    assert_true (timers_fire (timers, 500, &oid, &command, &due_ms));
    assert_int_equal (due_ms, 500);
    timers_again (timers, s_owner (1), 3, 10, 600);  //  The stale one's record was lost
    assert_false (timers_fire (timers, 1000, &oid, &command, &due_ms));
    timers_again (timers, s_owner (1), 3, 500, 600);
    assert_true (timers_fire (timers, 600, &oid, &command, &due_ms));
    assert_int_equal (due_ms, 500);  //  Fired later, and set for what it was
    timers_set (timers, s_owner (1), 3, -600);
    assert_int_equal (timers_count (timers), 1);
    timers_set (timers, s_owner (1), 3, -500);
    assert_int_equal (timers_count (timers), 0);
    timers_set (timers, s_owner (1), 3, -500);  //  Never was there
    assert_int_equal (timers_count (timers), 0);
}

static void
moving_one_for_ever_needs_no_more_room (void **unused)
{
    scoped (timers_destroy) timers_t *timers = timers_new ();
    oid_t oid;
    uint8_t command;
    int64_t due_ms;
    (void) unused;
    for (int64_t round = 1; round <= 200000; round++) {
        timers_set (timers, s_owner ((uint64_t) round % 5), 0, 1000000 + round);
    }
    assert_int_equal (timers_count (timers), 5);
    for (int64_t left = 4; left >= 0; left--) {
        assert_true (timers_fire (timers, INT64_MAX, &oid, &command, &due_ms));
        assert_int_equal (oid.bytes [0], (200000 - left) % 5);
    }
    assert_false (timers_fire (timers, INT64_MAX, &oid, &command, &due_ms));
}

int
main (int argc, char **argv)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (it_agrees_with_a_plain_table),
        cmocka_unit_test (they_fire_in_the_order_of_their_time),
        cmocka_unit_test (a_fired_one_may_fall_due_again),
        cmocka_unit_test (one_that_was_cleared_or_moved_does_not_fall_due_again),
        cmocka_unit_test (a_stale_one_neither_clears_nor_arms_the_one_that_was_set_since),
        cmocka_unit_test (moving_one_for_ever_needs_no_more_room),
    };
    s_seed = chance_seed (argc, argv);
    return cmocka_run_group_tests (tests, NULL, NULL);
}
