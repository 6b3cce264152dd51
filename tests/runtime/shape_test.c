//  shape: structs survive, older bytes read with zeros, and hostile bytes do no harm.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/aggregate.h"
#include "tests/lib/chance.h"

enum { ITEMS_MAX = 4, BUFFER_SIZE = 1024, ROUNDS = 20000 };

static uint64_t s_seed;

typedef struct {
    oid_t owner;
    int64_t amount_minor;
} item_t;

typedef struct {
    uint16_t size;
    uint8_t bytes [20];
} secret_t;

typedef struct {
    int64_t i64;
    uint32_t u32;
    uint8_t u8;
    bool flag;
    oid_t oid;
    char text [12];
    secret_t secret;
    uint32_t item_count;
    item_t items [ITEMS_MAX];
} all_t;

static const field_t item_fields [] = {
    FIELD (OID, item_t, owner),
    FIELD (I64, item_t, amount_minor),
};
static const shape_t item_shape = SHAPE (item_t, item_fields);

static const field_t all_fields [] = {
    FIELD (I64, all_t, i64),      FIELD (U32, all_t, u32),
    FIELD (U8, all_t, u8),        FIELD (BOOL, all_t, flag),
    FIELD (OID, all_t, oid),      FIELD (TEXT, all_t, text),
    FIELD (BYTES, all_t, secret), FIELD_OF (all_t, items, item_count, item_shape),
};
static const shape_t all_shape = SHAPE (all_t, all_fields);

static oid_t
s_oid (chance_t *chance)
{
    oid_t oid = { .kind = (uint8_t) chance_below (chance, OID_KIND_COUNT) };
    if (oid.kind != OID_NONE) {
        chance_fill (chance, oid.bytes, sizeof oid.bytes);
    }
    return oid;
}

static all_t
s_any (chance_t *chance)
{
    static const int64_t edges [] = {
        0, 1, -1, 127, 128, -32, -33, INT32_MAX, INT64_MAX, INT64_MIN
    };
    all_t all;
    memset (&all, 0, sizeof all);
    all.i64 = edges [chance_below (chance, COUNT (edges))];
    all.u32 = (uint32_t) edges [chance_below (chance, COUNT (edges))];
    all.u8 = (uint8_t) chance_below (chance, 256);
    all.flag = chance_below (chance, 2);
    all.oid = s_oid (chance);
    memset (all.text, 'x', chance_below (chance, sizeof all.text));
    all.secret.size = (uint16_t) chance_below (chance, sizeof all.secret.bytes + 1);
    chance_fill (chance, all.secret.bytes, all.secret.size);
    all.item_count = (uint32_t) chance_below (chance, ITEMS_MAX + 1);
    for (uint32_t index = 0; index < all.item_count; index++) {
        all.items [index].owner = s_oid (chance);
        all.items [index].amount_minor = (int64_t) chance_below (chance, 1u << 30);
    }
    return all;
}

//  A copy of exactly these bytes on the heap: reading behind them is seen.
static bool
s_unpack (const shape_t *shape, const uint8_t *bytes, size_t size, void *ret_value)
{
    uint8_t *exact = malloc (size ? size : 1);
    assert_non_null (exact);
    memcpy (exact, bytes, size);
    bool done = shape_unpack (shape, exact, size, ret_value);
    free (exact);
    return done;
}

static void
s_is_zero (const void *value, size_t size)
{
    const uint8_t *bytes = value;
    for (size_t index = 0; index < size; index++) {
        assert_int_equal (bytes [index], 0);
    }
}

static void
s_is_refused (const uint8_t *bytes, size_t size)
{
    all_t all;
    memset (&all, 0xee, sizeof all);
    assert_false (s_unpack (&all_shape, bytes, size, &all));
    s_is_zero (&all, sizeof all);
}

static void
every_kind_of_field_survives (void **unused)
{
    chance_t chance = chance_new (s_seed);
    (void) unused;
    for (int round = 0; round < ROUNDS / 4; round++) {
        uint8_t packed [BUFFER_SIZE], again [BUFFER_SIZE];
        all_t all = s_any (&chance), read;
        memset (&read, 0xee, sizeof read);
        size_t size = shape_pack (&all_shape, &all, packed, sizeof packed);
        assert_int_not_equal (size, 0);
        assert_true (s_unpack (&all_shape, packed, size, &read));
        assert_memory_equal (&all, &read, sizeof all);
        assert_int_equal (shape_pack (&all_shape, &read, again, sizeof again), size);
        assert_memory_equal (packed, again, size);
    }
}

static void
what_does_not_fit_is_not_packed (void **unused)
{
    chance_t chance = chance_new (s_seed);
    all_t all = s_any (&chance);
    uint8_t packed [BUFFER_SIZE];
    size_t size = shape_pack (&all_shape, &all, packed, sizeof packed);
    (void) unused;
    for (size_t capacity = 0; capacity < size; capacity++) {
        uint8_t *exact = malloc (capacity ? capacity : 1);
        assert_int_equal (shape_pack (&all_shape, &all, exact, capacity), 0);
        free (exact);
    }
    assert_int_equal (shape_pack (&all_shape, &all, packed, size), size);
}

static void
bytes_of_an_older_writer_read_with_zeros_at_the_end (void **unused)
{
    chance_t chance = chance_new (s_seed);
    all_t all = s_any (&chance), read;
    (void) unused;
    for (uint32_t fields = 0; fields < COUNT (all_fields); fields++) {
        shape_t older = all_shape;
        uint8_t packed [BUFFER_SIZE];
        older.field_count = fields;
        size_t size = shape_pack (&older, &all, packed, sizeof packed);
        assert_true (s_unpack (&all_shape, packed, size, &read));
        size_t kept = fields ? all_fields [fields - 1].offset + all_fields [fields - 1].size : 0;
        assert_memory_equal (&all, &read, kept);
        if (fields < 7) {
            s_is_zero (&read.secret, sizeof read.secret);
        }
        assert_int_equal (read.item_count, 0);
        s_is_zero (read.items, sizeof read.items);
    }
}

static void
bytes_of_a_newer_writer_are_refused (void **unused)
{
    static const uint8_t newer [] = { 0x99, 1, 1, 1, 0xc2, 0xc0, 0xa0, 0xc4, 0, 0x90, 0xc0 };
    static const uint8_t same [] = { 0x98, 1, 1, 1, 0xc2, 0xc0, 0xa0, 0xc4, 0, 0x90 };
    all_t all;
    (void) unused;
    assert_true (s_unpack (&all_shape, same, sizeof same, &all));
    s_is_refused (newer, sizeof newer);
}

static void
a_struct_without_fields_is_nothing_or_an_empty_array (void **unused)
{
    uint8_t packed [4];
    char nothing = 0;
    (void) unused;
    assert_int_equal (shape_pack (&shape_empty, &nothing, packed, sizeof packed), 1);
    assert_true (s_unpack (&shape_empty, packed, 1, &nothing));
    assert_true (s_unpack (&shape_empty, packed, 0, &nothing));
    assert_false (s_unpack (&shape_empty, (const uint8_t *) "\x91\xc0", 2, &nothing));
    s_is_refused (packed, 0);
}

static void
wrong_types_and_ranges_are_refused (void **unused)
{
    static const struct {
        size_t size;
        const char *bytes;
    } cases [] = {
        { 1, "\xc0" },                             //  Not an array
        { 1, "\x80" },                             //  A map
        { 2, "\x91\xc0" },                         //  nil for an integer
        { 2, "\x91\xc3" },                         //  true for an integer
        { 10, "\x91\xcb\x3f\xf0\0\0\0\0\0\0" },    //  A float
        { 10, "\x91\xcf\x80\0\0\0\0\0\0\0" },      //  2^63 for an I64
        { 3, "\x92\x01\xff" },                     //  -1 for a U32
        { 11, "\x92\x01\xcf\0\0\0\x01\0\0\0\0" },  //  2^32 for a U32
        { 6, "\x93\x01\x01\xcd\x01\0" },           //  256 for a U8
        { 4, "\x93\x01\x01\xff" },                 //  -1 for a U8
        { 5, "\x94\x01\x01\x01\x01" },             //  1 for a BOOL
        { 6, "\x95\1\1\1\xc2\x01" },               //  An integer for an OID
        { 8, "\x95\1\1\1\xc2\xc4\x01\x05" },       //  A short OID
        { 24, "\x95\1\1\1\xc2\xc4\x11\0"
              "0123456789abcdef" },  //  Kind NONE, not nil
        { 24, "\x95\1\1\1\xc2\xc4\x11\x7f"
              "0123456789abcdef" },  //  An unknown kind
        { 19, "\x96\1\1\1\xc2\xc0\xac"
              "0123456789ab" },  //  No room for the final zero
        { 9, "\x96\1\1\1\xc2\xc0\xa2"
             "a\0" },                         //  A zero inside a text
        { 8, "\x96\1\1\1\xc2\xc0\xc4\0" },    //  Bytes for a text
        { 8, "\x97\1\1\1\xc2\xc0\xa0\xa0" },  //  A text for bytes
        { 30, "\x97\1\1\1\xc2\xc0\xa0\xc4\x15"
              "0123456789abcdef01234" },                                 //  Too many bytes
        { 11, "\x98\1\1\1\xc2\xc0\xa0\xc4\0\x91\xc0" },                  //  nil for a struct
        { 11, "\x98\1\1\1\xc2\xc0\xa0\xc4\0\x05\xc0" },                  //  Trailing bytes
        { 15, "\x98\1\1\1\xc2\xc0\xa0\xc4\0\x95\x90\x90\x90\x90\x90" },  //  Five items of four
    };
    (void) unused;
    for (size_t index = 0; index < COUNT (cases); index++) {
        s_is_refused ((const uint8_t *) cases [index].bytes, cases [index].size);
    }
}

static void
a_header_that_announces_more_than_there_is_reserves_nothing (void **unused)
{
    static const char *const bombs [] = {
        "\xdd\xff\xff\xff\xff",  //  An array of 2^32 - 1
        "\xdc\xff\xff\x01\x01",  //  … of 65535
        "\xdb\xff\xff\xff\xff",  //  A text of 4 GiB
        "\xc6\xff\xff\xff\xff",  //  Bytes of 4 GiB
        "\xdf\xff\xff\xff\xff",  //  A map
        "\xc9\xff\xff\xff\xff",  //  An extension
        "\x91\xdd\xff\xff\xff",  //  Cut in its length
    };
    (void) unused;
    for (size_t index = 0; index < COUNT (bombs); index++) {
        s_is_refused ((const uint8_t *) bombs [index], 5);
    }
}

static void
arrays_in_arrays_end_at_the_depth_limit (void **unused)
{
    uint8_t nested [BUFFER_SIZE];
    (void) unused;
    memset (nested, 0x91, sizeof nested);
    for (size_t size = 1; size <= sizeof nested; size++) {
        nested [size - 1] = 0x90;
        s_is_refused (nested, size == 1 ? 0 : size);
        nested [size - 1] = 0x91;
    }
}

static void
bytes_cut_anywhere_are_refused (void **unused)
{
    chance_t chance = chance_new (s_seed);
    (void) unused;
    for (int round = 0; round < 100; round++) {
        uint8_t packed [BUFFER_SIZE];
        all_t all = s_any (&chance);
        size_t size = shape_pack (&all_shape, &all, packed, sizeof packed);
        for (size_t cut = 0; cut < size; cut++) {
            s_is_refused (packed, cut);
        }
    }
}

//  Whatever is accepted must be a value that can be packed and read again.
static void
mutated_bytes_do_no_harm (void **unused)
{
    chance_t chance = chance_new (s_seed);
    (void) unused;
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t packed [BUFFER_SIZE], again [BUFFER_SIZE];
        all_t all = s_any (&chance), read, twice;
        size_t size = shape_pack (&all_shape, &all, packed, sizeof packed);
        for (uint64_t hits = 1 + chance_below (&chance, 4); hits > 0; hits--) {
            packed [chance_below (&chance, size)] = (uint8_t) chance_below (&chance, 256);
        }
        if (s_unpack (&all_shape, packed, size, &read)) {
            size_t again_size = shape_pack (&all_shape, &read, again, sizeof again);
            assert_int_not_equal (again_size, 0);
            assert_true (s_unpack (&all_shape, again, again_size, &twice));
            assert_memory_equal (&read, &twice, sizeof read);
        }
        else {
            s_is_zero (&read, sizeof read);
        }
    }
}

static void
noise_does_no_harm_to_any_command_event_or_state (void **unused)
{
    chance_t chance = chance_new (s_seed);
    static _Alignas(max_align_t) uint8_t value [STATE_SIZE_MAX];
    size_t type_count;
    const aggregate_type_t *const *types = registry_all (&type_count);
    (void) unused;
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t noise [64];
        size_t size = chance_below (&chance, sizeof noise);
        const aggregate_type_t *type = types [chance_below (&chance, type_count)];
        const shape_t *shape = type->state;
        if (type->command_count && round % 2) {
            shape = type->commands [chance_below (&chance, type->command_count)].shape;
        }
        chance_fill (&chance, noise, sizeof noise);
        noise [0] = (uint8_t) (0x90 + chance_below (&chance, 16));
        if (shape && !s_unpack (shape, noise, size, value)) {
            s_is_zero (value, shape->size);
        }
    }
}

int
main (int argc, char **argv)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (every_kind_of_field_survives),
        cmocka_unit_test (what_does_not_fit_is_not_packed),
        cmocka_unit_test (bytes_of_an_older_writer_read_with_zeros_at_the_end),
        cmocka_unit_test (bytes_of_a_newer_writer_are_refused),
        cmocka_unit_test (a_struct_without_fields_is_nothing_or_an_empty_array),
        cmocka_unit_test (wrong_types_and_ranges_are_refused),
        cmocka_unit_test (a_header_that_announces_more_than_there_is_reserves_nothing),
        cmocka_unit_test (arrays_in_arrays_end_at_the_depth_limit),
        cmocka_unit_test (bytes_cut_anywhere_are_refused),
        cmocka_unit_test (mutated_bytes_do_no_harm),
        cmocka_unit_test (noise_does_no_harm_to_any_command_event_or_state),
    };
    s_seed = chance_seed (argc, argv);
    return cmocka_run_group_tests (tests, NULL, NULL);
}
