//  map: after any operations it holds what a plain table holds.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "runtime/map.h"
#include "runtime/scoped.h"
#include "tests/lib/chance.h"

enum { KEYS = 512, OPERATIONS = 40000 };

static uint64_t s_seed;

//  Of KEYS keys, which are there and with what.
typedef struct {
    size_t count;
    bool there [KEYS];
    uint64_t values [KEYS];
} model_t;

//  Keys that differ in their last byte, their first, or all over.
static void
s_key (size_t number, size_t key_size, uint8_t ret_key [MAP_KEY_SIZE_MAX])
{
    memset (ret_key, number % 3 == 0 ? 0 : 0xab, MAP_KEY_SIZE_MAX);
    ret_key [key_size - 1] ^= (uint8_t) number;
    ret_key [0] ^= (uint8_t) (key_size > 1 ? number >> 8 : 0);
}

static void
s_check (const map_t *map, const model_t *model, size_t key_size, size_t keys)
{
    uint8_t key [MAP_KEY_SIZE_MAX];
    assert_int_equal (map_count (map), model->count);
    for (size_t number = 0; number < keys; number++) {
        uint64_t value = 0;
        s_key (number, key_size, key);
        assert_int_equal (map_get (map, key, &value), model->there [number]);
        assert_int_equal (value, model->there [number] ? model->values [number] : 0);
    }
    size_t cursor = 0, visited = 0;
    const uint8_t *found;
    uint64_t value;
    while (map_next (map, &cursor, &found, &value)) {
        uint64_t again = ~value;
        assert_true (map_get (map, found, &again));
        assert_int_equal (again, value);
        visited++;
    }
    assert_int_equal (visited, model->count);
}

static void
s_operate (map_t *map, model_t *model, size_t key_size, size_t keys, chance_t *chance,
           uint64_t put_of_ten)
{
    uint8_t key [MAP_KEY_SIZE_MAX];
    size_t number = chance_below (chance, keys);
    s_key (number, key_size, key);
    if (chance_below (chance, 10) < put_of_ten) {
        model->values [number] = chance_below (chance, UINT64_MAX);
        model->count += !model->there [number];
        model->there [number] = true;
        map_put (map, key, model->values [number]);
    }
    else {
        assert_int_equal (map_remove (map, key), model->there [number]);
        model->count -= model->there [number];
        model->there [number] = false;
    }
}

static void
it_agrees_with_a_plain_table_for_any_key_size (void **unused)
{
    static const size_t key_sizes [] = { 1, 8, 12, 16, 17, 24, MAP_KEY_SIZE_MAX };
    chance_t chance = chance_new (s_seed);
    (void) unused;
    for (size_t index = 0; index < COUNT (key_sizes); index++) {
        size_t key_size = key_sizes [index];
        size_t keys = key_size == 1 ? 84 : KEYS;  //  One byte names only so many apart
        scoped (map_destroy) map_t *map = map_new (key_size);
        model_t model = { 0 };
        for (int operation = 0; operation < OPERATIONS; operation++) {
            uint64_t put_of_ten = operation / 5000 % 2 ? 3 : 8;  //  It fills and empties
            s_operate (map, &model, key_size, keys, &chance, put_of_ten);
            if (operation % 1000 == 0) {
                s_check (map, &model, key_size, keys);
            }
        }
        s_check (map, &model, key_size, keys);
    }
}

static void
removing_all_in_any_order_leaves_nothing (void **unused)
{
    chance_t chance = chance_new (s_seed);
    scoped (map_destroy) map_t *map = map_new (8);
    uint64_t keys [4096];
    (void) unused;
    for (int round = 0; round < 8; round++) {
        for (size_t index = 0; index < COUNT (keys); index++) {
            keys [index] = index << (8 * round);  //  Colliding in ever other ways
            map_put (map, &keys [index], index);
        }
        assert_int_equal (map_count (map), round == 7 ? 256 : COUNT (keys));
        for (size_t left = COUNT (keys); left > 0; left--) {
            size_t pick = chance_below (&chance, left);
            uint64_t value;
            bool there = map_get (map, &keys [pick], &value);
            assert_true (there || round == 7);
            assert_int_equal (map_remove (map, &keys [pick]), there);
            assert_false (map_get (map, &keys [pick], NULL));
            keys [pick] = keys [left - 1];
        }
        assert_int_equal (map_count (map), 0);
    }
}

static void
clearing_forgets_all_and_it_can_be_used_again (void **unused)
{
    scoped (map_destroy) map_t *map = map_new (2);
    size_t cursor = 0;
    const uint8_t *key;
    uint64_t value = 1;
    (void) unused;
    map_put (map, "ab", 1);
    map_put (map, "cd", 0);
    assert_true (map_get (map, "cd", &value));
    assert_int_equal (value, 0);
    map_clear (map);
    assert_int_equal (map_count (map), 0);
    assert_false (map_next (map, &cursor, &key, &value));
    assert_false (map_remove (map, "ab"));
    map_put (map, "ab", 3);
    assert_true (map_get (map, "ab", &value));
    assert_int_equal (value, 3);
}

static void
destroying_nothing_is_harmless (void **unused)
{
    map_t *map = NULL;
    (void) unused;
    map_destroy (&map);
    map = map_new (1);
    map_destroy (&map);
    assert_null (map);
}

int
main (int argc, char **argv)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (it_agrees_with_a_plain_table_for_any_key_size),
        cmocka_unit_test (removing_all_in_any_order_leaves_nothing),
        cmocka_unit_test (clearing_forgets_all_and_it_can_be_used_again),
        cmocka_unit_test (destroying_nothing_is_harmless),
    };
    s_seed = chance_seed (argc, argv);
    return cmocka_run_group_tests (tests, NULL, NULL);
}
