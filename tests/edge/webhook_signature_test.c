//  webhook_signature: what the libraries of Standard Webhooks verify.

#include "edge/webhook_signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>

//  The example that standard-webhooks/standard-webhooks tests its libraries with.
#define SECRET    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define ID        "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define BODY      "{\"test\": 2432232314}"
#define SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

enum { STAMP = 1614265330 };

static void
s_sign (const char *id, int64_t timestamp_s, const char *body,
        char ret_signature [WEBHOOK_SIGNATURE_SIZE])
{
    uint8_t secret [64];
    size_t size = 0;
    assert_int_equal (sodium_base642bin (secret, sizeof secret, SECRET, strlen (SECRET), NULL,
                                         &size, NULL, sodium_base64_VARIANT_ORIGINAL),
                      0);
    webhook_sign (secret, size, id, timestamp_s, body, strlen (body), ret_signature);
}

static void
the_example_of_the_standard_is_signed_as_there (void **state)
{
    char signature [WEBHOOK_SIGNATURE_SIZE];
    s_sign (ID, STAMP, BODY, signature);
    assert_string_equal (signature, SIGNATURE);
    (void) state;
}

static void
another_id_time_or_body_is_another_signature (void **state)
{
    char signature [WEBHOOK_SIGNATURE_SIZE];
    s_sign ("msg_p5jXN8AQM9LWM0D4loKWxJeK", STAMP, BODY, signature);
    assert_string_not_equal (signature, SIGNATURE);
    s_sign (ID, STAMP + 1, BODY, signature);
    assert_string_not_equal (signature, SIGNATURE);
    s_sign (ID, STAMP, "{\"test\": 2432232315}", signature);
    assert_string_not_equal (signature, SIGNATURE);
    (void) state;
}

static void
the_longest_id_of_an_event_fits_and_has_no_full_stop (void **state)
{
    char id [WEBHOOK_ID_SIZE];
    webhook_id_format (UINT32_MAX, INT64_MAX, UINT32_MAX, id);
    assert_string_equal (id, "evt_4294967295-9223372036854775807-4294967295");
    webhook_id_format (3, 17, 0, id);
    assert_string_equal (id, "evt_3-17-0");
    (void) state;
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (the_example_of_the_standard_is_signed_as_there),
        cmocka_unit_test (another_id_time_or_body_is_another_signature),
        cmocka_unit_test (the_longest_id_of_an_event_fits_and_has_no_full_stop),
    };
    return sodium_init () < 0 ? 1 : cmocka_run_group_tests (tests, NULL, NULL);
}
