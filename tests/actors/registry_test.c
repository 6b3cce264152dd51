//  registry: tables that the runtime may trust.

#include "actors/bank.h"
#include "tests/lib/scenario.h"

static void
every_type_is_found_by_its_kind (void **unused)
{
    size_t count;
    const aggregate_type_t *const *types = registry_all (&count);
    (void) unused;

    assert_true (count > 0);
    for (size_t index = 0; index < count; index++) {
        assert_ptr_equal (registry_find (types [index]->kind), types [index]);
        assert_true (index == 0 || types [index - 1]->kind < types [index]->kind);
    }
    assert_null (registry_find (OID_NONE));
    assert_null (registry_find (OID_EVENT));
    assert_null (registry_find (OID_KIND_COUNT));
    assert_null (registry_find (UINT8_MAX));
}

static void
s_check_name (const char *type, const char *name)
{
    assert_non_null (name);
    assert_true (strncmp (name, type, strlen (type)) == 0 && name [strlen (type)] == '.');
}

static void
every_table_is_complete (void **unused)
{
    size_t count;
    const aggregate_type_t *const *types = registry_all (&count);
    (void) unused;

    for (size_t index = 0; index < count; index++) {
        const aggregate_type_t *type = types [index];
        bool port = oid_is_port ((oid_t) { .kind = type->kind });
        assert_true (type->state->size <= STATE_SIZE_MAX);
        assert_true (type->command_count > 0);
        for (uint8_t number = 0; number < type->command_count; number++) {
            s_check_name (type->name, type->commands [number].name);
            assert_non_null (type->commands [number].shape);
            assert_true ((type->commands [number].decide == NULL) == port);
        }
        assert_true (port == (type->event_count == 0));
        assert_true (port == (type->invariant == NULL));
        for (uint8_t number = 0; number < type->event_count; number++) {
            s_check_name (type->name, type->events [number].name);
            assert_non_null (type->events [number].shape);
            assert_non_null (type->events [number].evolve);
            assert_true (type->events [number].schema >= 1);
        }
    }
}

//  The state of what does not exist is all zero bytes, and sound.
static void
nothing_keeps_its_invariant (void **unused)
{
    size_t count;
    const aggregate_type_t *const *types = registry_all (&count);
    (void) unused;

    for (size_t index = 0; index < count; index++) {
        if (types [index]->invariant) {
            void *state = calloc (1, types [index]->state->size);
            assert_non_null (state);
            assert_true (types [index]->invariant (state));
            free (state);
        }
    }
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (every_type_is_found_by_its_kind),
        cmocka_unit_test (every_table_is_complete),
        cmocka_unit_test (nothing_keeps_its_invariant),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
