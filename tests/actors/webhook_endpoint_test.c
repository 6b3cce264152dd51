//  webhook_endpoint: every command in every state.

#include "actors/merchant.h"
#include "actors/webhook_endpoint.h"
#include "tests/lib/scenario.h"

static const webhook_pattern_t CAPTURES = { "payment.captured" };

static webhook_secret_t
s_secret (uint8_t mark)
{
    webhook_secret_t secret = { .size = WEBHOOK_SEALED_BYTES };
    memset (secret.bytes, mark, sizeof secret.bytes);
    return secret;
}

static webhook_endpoint_created_t
s_created (void)
{
    return (webhook_endpoint_created_t) {
        .owner = scenario_oid (OID_MERCHANT, 1),
        .url = "https://shop.example/hooks",
        .pattern_count = 1,
        .patterns = { CAPTURES },
        .secret = s_secret (1),
    };
}

static webhook_endpoint_changed_t
s_changed (bool enabled)
{
    return (webhook_endpoint_changed_t) {
        .url = "https://shop.example/hooks",
        .pattern_count = 1,
        .patterns = { CAPTURES },
        .enabled = enabled,
    };
}

//  In this status.
static scenario_t *
s_new (webhook_endpoint_status_t status)
{
    scenario_t *s = scenario_new (scenario_oid (OID_WEBHOOK_ENDPOINT, 7));
    webhook_endpoint_created_t created = s_created ();
    webhook_endpoint_changed_t changed = s_changed (false);
    if (status != WEBHOOK_ENDPOINT_ABSENT) {
        given (s, WEBHOOK_ENDPOINT_WAS_CREATED, &created);
    }
    if (status == WEBHOOK_ENDPOINT_DISABLED) {
        given (s, WEBHOOK_ENDPOINT_WAS_CHANGED, &changed);
    }
    if (status == WEBHOOK_ENDPOINT_DELETED) {
        given (s, WEBHOOK_ENDPOINT_WAS_DELETED, NULL);
    }
    return s;
}

static const webhook_endpoint_t *
s_state (const scenario_t *s)
{
    return s->state;
}

static void
one_is_created_once_for_a_merchant_that_exists (void **unused)
{
    webhook_endpoint_created_t created = s_created ();
    webhook_endpoint_create_t create = {
        .owner = created.owner,
        .owner_status = MERCHANT_SUSPENDED,
        .pattern_count = 1,
        .patterns = { CAPTURES },
        .secret = created.secret,
    };
    (void) unused;
    memcpy (create.url, created.url, sizeof create.url);

    scoped (scenario_destroy) scenario_t *s = s_new (WEBHOOK_ENDPOINT_ABSENT);
    when (s, WEBHOOK_ENDPOINT_CREATE, &create);
    then_event (s, 0, 1, WEBHOOK_ENDPOINT_WAS_CREATED, &created);
    then_silent (s);
    carry_on (s);
    assert_int_equal (s_state (s)->status, WEBHOOK_ENDPOINT_ENABLED);
    for (webhook_endpoint_status_t status = WEBHOOK_ENDPOINT_ENABLED;
         status <= WEBHOOK_ENDPOINT_DELETED; status++) {
        scoped (scenario_destroy) scenario_t *there = s_new (status);
        when (there, WEBHOOK_ENDPOINT_CREATE, &create);
        then_refused (there, VERDICT_ALREADY_EXISTS);
    }

    scoped (scenario_destroy) scenario_t *other = s_new (WEBHOOK_ENDPOINT_ABSENT);
    create.owner_status = MERCHANT_ABSENT;
    when (other, WEBHOOK_ENDPOINT_CREATE, &create);
    then_refused (other, VERDICT_MERCHANT_NOT_FOUND);
    create.owner = (oid_t) { 0 };  //  The operators' own
    when (other, WEBHOOK_ENDPOINT_CREATE, &create);
    then_event (other, 0, 1, WEBHOOK_ENDPOINT_WAS_CREATED, NULL);
}

static void
what_a_change_does_not_name_stays (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_new (WEBHOOK_ENDPOINT_ENABLED);
    webhook_endpoint_changed_t changed = s_changed (true);
    (void) unused;

    strcpy (changed.url, "https://shop.example/other");
    webhook_endpoint_change_t url = { .has_url = true, .url = "https://shop.example/other" };
    when (s, WEBHOOK_ENDPOINT_CHANGE, &url);
    then_event (s, 0, 1, WEBHOOK_ENDPOINT_WAS_CHANGED, &changed);
    carry_on (s);
    when (s, WEBHOOK_ENDPOINT_CHANGE, &url);
    then_nothing (s);

    webhook_endpoint_change_t patterns = { .has_patterns = true,
                                           .pattern_count = 2,
                                           .patterns = { { "refund.*" }, { "*" } } };
    changed.pattern_count = 2;
    memcpy (changed.patterns, patterns.patterns, sizeof changed.patterns);
    when (s, WEBHOOK_ENDPOINT_CHANGE, &patterns);
    then_event (s, 0, 1, WEBHOOK_ENDPOINT_WAS_CHANGED, &changed);
    carry_on (s);
    assert_int_equal (s_state (s)->pattern_count, 2);
    assert_int_equal (s_state (s)->status, WEBHOOK_ENDPOINT_ENABLED);
}

static void
it_is_disabled_and_enabled_on_request (void **unused)
{
    webhook_endpoint_change_t off = { .has_enabled = true };
    scoped (scenario_destroy) scenario_t *s = s_new (WEBHOOK_ENDPOINT_ENABLED);
    webhook_endpoint_changed_t disabled = s_changed (false), enabled = s_changed (true);
    (void) unused;

    when (s, WEBHOOK_ENDPOINT_CHANGE, &off);
    then_event (s, 0, 1, WEBHOOK_ENDPOINT_WAS_CHANGED, &disabled);
    carry_on (s);
    assert_int_equal (s_state (s)->disabled, WEBHOOK_DISABLED_ON_REQUEST);
    assert_false (webhook_endpoint_wants (s->state, "payment.captured"));
    when (s, WEBHOOK_ENDPOINT_CHANGE, &off);
    then_nothing (s);

    webhook_endpoint_change_t on = { .has_enabled = true, .enabled = true };
    when (s, WEBHOOK_ENDPOINT_CHANGE, &on);
    then_event (s, 0, 1, WEBHOOK_ENDPOINT_WAS_CHANGED, &enabled);
    carry_on (s);
    assert_int_equal (s_state (s)->status, WEBHOOK_ENDPOINT_ENABLED);
    assert_int_equal (s_state (s)->disabled, WEBHOOK_NOT_DISABLED);
    assert_true (webhook_endpoint_wants (s->state, "payment.captured"));
    assert_false (webhook_endpoint_wants (s->state, "payment.canceled"));
}

static void
a_change_of_an_older_version_is_refused (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_new (WEBHOOK_ENDPOINT_ENABLED);
    webhook_endpoint_change_t off = { .has_enabled = true, .if_version = 2 };
    (void) unused;
    when (s, WEBHOOK_ENDPOINT_CHANGE, &off);
    then_refused (s, VERDICT_PRECONDITION_FAILED);
    off.if_version = 1;
    when (s, WEBHOOK_ENDPOINT_CHANGE, &off);
    then_event (s, 0, 1, WEBHOOK_ENDPOINT_WAS_CHANGED, NULL);
}

static void
what_is_not_there_or_deleted_is_not_found (void **unused)
{
    static const webhook_endpoint_status_t missing [] = { WEBHOOK_ENDPOINT_ABSENT,
                                                          WEBHOOK_ENDPOINT_DELETED };
    webhook_endpoint_change_t change = { .has_enabled = true };
    webhook_endpoint_rotate_t rotate = { .secret = s_secret (2) };
    (void) unused;
    for (size_t index = 0; index < COUNT (missing); index++) {
        scoped (scenario_destroy) scenario_t *s = s_new (missing [index]);
        when (s, WEBHOOK_ENDPOINT_CHANGE, &change);
        then_refused (s, VERDICT_NOT_FOUND);
        when (s, WEBHOOK_ENDPOINT_ROTATE, &rotate);
        then_refused (s, VERDICT_NOT_FOUND);
        when (s, WEBHOOK_ENDPOINT_DELETE, NULL);
        then_refused (s, VERDICT_NOT_FOUND);
        when (s, WEBHOOK_ENDPOINT_GONE, NULL);
        then_nothing (s);
    }
}

static void
the_old_secret_signs_beside_the_new_for_a_day (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_new (WEBHOOK_ENDPOINT_ENABLED);
    webhook_endpoint_rotate_t rotate = { .secret = s_secret (2) };
    webhook_endpoint_rotated_t rotated = { s_secret (2), s->now_ms + SCENARIO_DAY_MS };
    const webhook_secret_t *secrets [2];
    (void) unused;

    assert_int_equal (webhook_endpoint_secrets (s->state, s->now_ms, secrets), 1);
    assert_int_equal (secrets [0]->bytes [0], 1);
    when (s, WEBHOOK_ENDPOINT_ROTATE, &rotate);
    then_event (s, 0, 1, WEBHOOK_ENDPOINT_WAS_ROTATED, &rotated);
    carry_on (s);
    assert_int_equal (webhook_endpoint_secrets (s->state, rotated.old_until_ms - 1, secrets), 2);
    assert_int_equal (secrets [0]->bytes [0], 2);
    assert_int_equal (secrets [1]->bytes [0], 1);
    assert_int_equal (webhook_endpoint_secrets (s->state, rotated.old_until_ms, secrets), 1);
    assert_int_equal (secrets [0]->bytes [0], 2);

    rotate.secret = s_secret (3);  //  Within the day: the first is forgotten
    when (s, WEBHOOK_ENDPOINT_ROTATE, &rotate);
    carry_on (s);
    assert_int_equal (webhook_endpoint_secrets (s->state, s->now_ms, secrets), 2);
    assert_int_equal (secrets [0]->bytes [0], 3);
    assert_int_equal (secrets [1]->bytes [0], 2);
}

static void
a_disabled_one_can_be_rotated_and_deleted (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_new (WEBHOOK_ENDPOINT_DISABLED);
    webhook_endpoint_rotate_t rotate = { .secret = s_secret (2) };
    (void) unused;
    when (s, WEBHOOK_ENDPOINT_ROTATE, &rotate);
    then_event (s, 0, 1, WEBHOOK_ENDPOINT_WAS_ROTATED, NULL);
    carry_on (s);
    when (s, WEBHOOK_ENDPOINT_DELETE, NULL);
    then_event (s, 0, 1, WEBHOOK_ENDPOINT_WAS_DELETED, NULL);
}

static void
a_receiver_that_wants_no_more_disables_it_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_new (WEBHOOK_ENDPOINT_ENABLED);
    webhook_endpoint_change_t on = { .has_enabled = true, .enabled = true };
    (void) unused;
    when (s, WEBHOOK_ENDPOINT_GONE, NULL);
    then_event (s, 0, 1, WEBHOOK_ENDPOINT_WAS_GONE, NULL);
    carry_on (s);
    assert_int_equal (s_state (s)->status, WEBHOOK_ENDPOINT_DISABLED);
    assert_int_equal (s_state (s)->disabled, WEBHOOK_DISABLED_AS_GONE);
    when (s, WEBHOOK_ENDPOINT_GONE, NULL);
    then_nothing (s);

    //  Another url, still disabled: as gone, not on request.
    when (s, WEBHOOK_ENDPOINT_CHANGE,
          &(webhook_endpoint_change_t) { .has_url = true, .url = "https://new.example/" });
    carry_on (s);
    assert_int_equal (s_state (s)->disabled, WEBHOOK_DISABLED_AS_GONE);
    when (s, WEBHOOK_ENDPOINT_CHANGE, &on);
    carry_on (s);
    assert_int_equal (s_state (s)->status, WEBHOOK_ENDPOINT_ENABLED);
}

static void
a_deleted_one_keeps_its_owner_and_no_secret (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_new (WEBHOOK_ENDPOINT_ENABLED);
    webhook_endpoint_rotate_t rotate = { .secret = s_secret (2) };
    const webhook_secret_t *secrets [2];
    (void) unused;
    when (s, WEBHOOK_ENDPOINT_ROTATE, &rotate);
    carry_on (s);
    when (s, WEBHOOK_ENDPOINT_DELETE, NULL);
    then_event (s, 0, 1, WEBHOOK_ENDPOINT_WAS_DELETED, NULL);
    then_silent (s);
    carry_on (s);
    assert_int_equal (webhook_endpoint_secrets (s->state, s->now_ms, secrets), 0);
    assert_true (oid_equal (s_state (s)->owner, scenario_oid (OID_MERCHANT, 1)));
    assert_false (webhook_endpoint_wants (s->state, "payment.captured"));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (one_is_created_once_for_a_merchant_that_exists),
        cmocka_unit_test (what_a_change_does_not_name_stays),
        cmocka_unit_test (it_is_disabled_and_enabled_on_request),
        cmocka_unit_test (a_change_of_an_older_version_is_refused),
        cmocka_unit_test (what_is_not_there_or_deleted_is_not_found),
        cmocka_unit_test (the_old_secret_signs_beside_the_new_for_a_day),
        cmocka_unit_test (a_disabled_one_can_be_rotated_and_deleted),
        cmocka_unit_test (a_receiver_that_wants_no_more_disables_it_once),
        cmocka_unit_test (a_deleted_one_keeps_its_owner_and_no_secret),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
