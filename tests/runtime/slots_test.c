//  slots: an aggregate stays where its messages are; the one unused longest goes.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "runtime/scoped.h"
#include "runtime/slots.h"
#include "tests/lib/chance.h"

enum { SLOTS = 5, MAILBOX = 3, OWNERS = 12, OPERATIONS = 60000 };

static uint64_t s_seed;

static oid_t
s_owner (uint64_t number)
{
    return (oid_t) { .kind = OID_WALLET, .bytes = { (uint8_t) number } };
}

static uint32_t
s_take (slots_t *slots, uint64_t owner, bool bound)
{
    bool bind = !bound;
    uint32_t slot = slots_take (slots, s_owner (owner), &bind);
    assert_int_not_equal (slot, SLOT_NONE);
    assert_int_equal (bind, bound);
    return slot;
}

static void
an_aggregate_is_bound_once_and_keeps_its_slot (void **unused)
{
    scoped (slots_destroy) slots_t *slots = slots_new (SLOTS, MAILBOX);
    (void) unused;
    uint32_t slot = s_take (slots, 1, true);
    assert_int_equal (s_take (slots, 1, false), slot);
    slots_finished (slots, slot);
    slots_finished (slots, slot);
    assert_int_equal (slots_busy (slots), 0);
    assert_int_equal (slots_bound (slots), 1);
    assert_int_equal (s_take (slots, 1, false), slot);  //  Still there
}

static void
a_full_mailbox_takes_no_more (void **unused)
{
    scoped (slots_destroy) slots_t *slots = slots_new (SLOTS, MAILBOX);
    bool bind;
    (void) unused;
    uint32_t slot = s_take (slots, 1, true);
    s_take (slots, 1, false);
    s_take (slots, 1, false);
    assert_int_equal (slots_take (slots, s_owner (1), &bind), SLOT_NONE);
    s_take (slots, 2, true);  //  Others are not stalled
    slots_finished (slots, slot);
    assert_int_equal (s_take (slots, 1, false), slot);
}

static void
without_a_free_slot_a_stranger_is_refused (void **unused)
{
    scoped (slots_destroy) slots_t *slots = slots_new (SLOTS, MAILBOX);
    uint32_t taken [SLOTS];
    bool bind;
    (void) unused;
    for (uint64_t owner = 0; owner < SLOTS; owner++) {
        taken [owner] = s_take (slots, owner, true);
    }
    assert_int_equal (slots_busy (slots), SLOTS);
    assert_int_equal (slots_take (slots, s_owner (9), &bind), SLOT_NONE);
    s_take (slots, 0, false);  //  Who has a slot may use it
    slots_finished (slots, taken [3]);
    assert_int_equal (s_take (slots, 9, true), taken [3]);
    assert_int_equal (slots_take (slots, s_owner (3), &bind), SLOT_NONE);
}

static void
the_least_recently_used_goes_first (void **unused)
{
    scoped (slots_destroy) slots_t *slots = slots_new (3, MAILBOX);
    (void) unused;
    for (uint64_t owner = 0; owner < 3; owner++) {
        slots_finished (slots, s_take (slots, owner, true));
    }
    slots_finished (slots, s_take (slots, 0, false));
    slots_finished (slots, s_take (slots, 3, true));  //  In the place of 1
    slots_finished (slots, s_take (slots, 0, false));
    slots_finished (slots, s_take (slots, 2, false));
    slots_finished (slots, s_take (slots, 1, true));  //  In the place of 3
    slots_finished (slots, s_take (slots, 0, false));
}

static void
after_a_refused_commit_every_state_is_bound_anew_once (void **unused)
{
    scoped (slots_destroy) slots_t *slots = slots_new (SLOTS, MAILBOX);
    (void) unused;
    uint32_t busy = s_take (slots, 1, true);
    uint32_t idle = s_take (slots, 2, true);
    slots_finished (slots, idle);
    slots_spoil (slots);
    assert_int_equal (s_take (slots, 1, true), busy);  //  Behind what is still in its mailbox
    assert_int_equal (s_take (slots, 1, false), busy);
    assert_int_equal (s_take (slots, 2, true), idle);
    assert_int_equal (s_take (slots, 2, false), idle);
    slots_spoil (slots);
    slots_finished (slots, idle);
    slots_finished (slots, idle);
    assert_int_equal (s_take (slots, 2, true), idle);
}

typedef struct {
    uint32_t slot_of [OWNERS];  //  Where its messages are; SLOT_NONE: none unfinished
    uint32_t unfinished [OWNERS];
} model_t;

static uint32_t
s_busy (const model_t *model)
{
    uint32_t busy = 0;
    for (size_t owner = 0; owner < OWNERS; owner++) {
        busy += model->unfinished [owner] > 0;
    }
    return busy;
}

static void
s_model_take (slots_t *slots, model_t *model, uint64_t owner)
{
    bool bind;
    uint32_t slot = slots_take (slots, s_owner (owner), &bind);
    if (model->unfinished [owner] > 0) {
        bool full = model->unfinished [owner] == MAILBOX;
        assert_int_equal (slot, full ? SLOT_NONE : model->slot_of [owner]);
    }
    if (slot == SLOT_NONE) {
        assert_true (model->unfinished [owner] == MAILBOX || s_busy (model) == SLOTS);
        return;
    }
    assert_true (slot < SLOTS);
    for (size_t other = 0; other < OWNERS; other++) {  //  Nobody else works there
        assert_true (other == owner || model->unfinished [other] == 0
                     || model->slot_of [other] != slot);
    }
    model->slot_of [owner] = slot;
    model->unfinished [owner]++;
}

static void
no_two_aggregates_with_work_share_a_slot (void **unused)
{
    chance_t chance = chance_new (s_seed);
    scoped (slots_destroy) slots_t *slots = slots_new (SLOTS, MAILBOX);
    model_t model = { 0 };
    (void) unused;
    for (int operation = 0; operation < OPERATIONS; operation++) {
        uint64_t owner = chance_below (&chance, OWNERS);
        uint64_t lot = chance_below (&chance, 100);
        if (lot == 0) {
            slots_spoil (slots);
        }
        else if (lot < 50) {
            s_model_take (slots, &model, owner);
        }
        else if (model.unfinished [owner] > 0) {
            slots_finished (slots, model.slot_of [owner]);
            model.unfinished [owner]--;
        }
        assert_int_equal (slots_busy (slots), s_busy (&model));
        assert_in_range (slots_bound (slots), s_busy (&model), SLOTS);
    }
}

int
main (int argc, char **argv)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (an_aggregate_is_bound_once_and_keeps_its_slot),
        cmocka_unit_test (a_full_mailbox_takes_no_more),
        cmocka_unit_test (without_a_free_slot_a_stranger_is_refused),
        cmocka_unit_test (the_least_recently_used_goes_first),
        cmocka_unit_test (after_a_refused_commit_every_state_is_bound_anew_once),
        cmocka_unit_test (no_two_aggregates_with_work_share_a_slot),
    };
    s_seed = chance_seed (argc, argv);
    return cmocka_run_group_tests (tests, NULL, NULL);
}
