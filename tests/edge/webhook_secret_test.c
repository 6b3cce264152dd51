//  webhook_secret: opened for its endpoint, by its keyring, whole, or not at all.

#include "edge/webhook_secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>
#include "tests/lib/keys_fixture.h"

static const oid_t endpoint = { OID_WEBHOOK_ENDPOINT, "one" };
static const oid_t other = { OID_WEBHOOK_ENDPOINT, "other" };

static void
what_is_shown_once_is_what_signs (void **state)
{
    keys_fixture_t keys;
    webhook_secret_t sealed;
    char text [WEBHOOK_SECRET_TEXT_SIZE], shown [64];
    uint8_t secret [WEBHOOK_SECRET_BYTES];
    (void) state;

    keys_fixture_open (&keys);
    webhook_secret_make (keys.keyring, endpoint, &sealed, text);
    assert_int_equal (strncmp (text, "whsec_", 6), 0);
    assert_int_equal (strlen (text), WEBHOOK_SECRET_TEXT_SIZE - 1);
    assert_true (webhook_secret_open (keys.keyring, endpoint, &sealed, secret));
    sodium_bin2base64 (shown, sizeof shown, secret, sizeof secret, sodium_base64_VARIANT_ORIGINAL);
    assert_string_equal (text + 6, shown);
    assert_null (memmem (sealed.bytes, sizeof sealed.bytes, secret, sizeof secret));
    keys_fixture_close (&keys);
}

static void
no_two_are_the_same (void **state)
{
    keys_fixture_t keys;
    webhook_secret_t sealed;
    char one [WEBHOOK_SECRET_TEXT_SIZE], two [WEBHOOK_SECRET_TEXT_SIZE];
    (void) state;

    keys_fixture_open (&keys);
    webhook_secret_make (keys.keyring, endpoint, &sealed, one);
    webhook_secret_make (keys.keyring, endpoint, &sealed, two);
    assert_string_not_equal (one, two);
    keys_fixture_close (&keys);
}

static void
another_endpoints_keyrings_or_changed_secret_does_not_open (void **state)
{
    static const uint8_t zero [WEBHOOK_SECRET_BYTES];
    keys_fixture_t keys, strange;
    webhook_secret_t sealed;
    char text [WEBHOOK_SECRET_TEXT_SIZE];
    uint8_t secret [WEBHOOK_SECRET_BYTES];
    (void) state;

    keys_fixture_open (&keys);
    keys_fixture_open (&strange);
    webhook_secret_make (keys.keyring, endpoint, &sealed, text);
    assert_false (webhook_secret_open (keys.keyring, other, &sealed, secret));
    assert_memory_equal (secret, zero, sizeof zero);
    assert_false (webhook_secret_open (strange.keyring, endpoint, &sealed, secret));
    for (size_t index = 0; index < sizeof sealed.bytes; index++) {
        sealed.bytes [index] ^= 1;
        assert_false (webhook_secret_open (keys.keyring, endpoint, &sealed, secret));
        sealed.bytes [index] ^= 1;
    }
    sealed.size--;
    assert_false (webhook_secret_open (keys.keyring, endpoint, &sealed, secret));
    sealed.size++;
    assert_true (webhook_secret_open (keys.keyring, endpoint, &sealed, secret));
    keys_fixture_close (&keys);
    keys_fixture_close (&strange);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (what_is_shown_once_is_what_signs),
        cmocka_unit_test (no_two_are_the_same),
        cmocka_unit_test (another_endpoints_keyrings_or_changed_secret_does_not_open),
    };
    return sodium_init () < 0 ? 1 : cmocka_run_group_tests (tests, NULL, NULL);
}
