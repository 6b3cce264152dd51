//  tap_wanted: prefixes as readers bring and take them, and no more than there is room for.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "edge/tap_event.h"
#include "edge/tap_wanted.h"
#include "runtime/scoped.h"

static void
take (tap_wanted_t *self, uint8_t what, const char *prefix)
{
    uint8_t frame [256] = { what };
    size_t size = strlen (prefix);
    memcpy (frame + 1, prefix, size);
    tap_wanted_take (self, frame, size + 1);
}

static void
a_topic_is_wanted_while_a_prefix_of_it_is (void **state)
{
    scoped (tap_wanted_destroy) tap_wanted_t *self = tap_wanted_new ();
    (void) state;

    assert_false (tap_wanted_has (self, "event.wallet.credited"));
    take (self, 1, "event.wallet");
    assert_true (tap_wanted_has (self, "event.wallet.credited"));
    assert_false (tap_wanted_has (self, "event.member.registered"));
    take (self, 1, "");
    assert_true (tap_wanted_has (self, "event.member.registered"));
    take (self, 0, "");
    take (self, 0, "event.wallet");
    assert_false (tap_wanted_has (self, "event.wallet.credited"));
}

static void
whoever_reads_the_log_alone_wants_no_others (void **state)
{
    scoped (tap_wanted_destroy) tap_wanted_t *self = tap_wanted_new ();
    (void) state;

    take (self, 1, "happypay.logging");
    assert_false (tap_wanted_others (self, "happypay.l"));
    take (self, 1, "happypay.");
    assert_true (tap_wanted_others (self, "happypay.l"));
}

static void
what_is_no_subscription_or_no_topic_is_ignored (void **state)
{
    scoped (tap_wanted_destroy) tap_wanted_t *self = tap_wanted_new ();
    char longest [TAP_TOPIC_SIZE], longer [TAP_TOPIC_SIZE + 1];
    (void) state;

    memset (longest, 'x', sizeof longest - 1);
    memset (longer, 'x', sizeof longer - 1);
    longest [sizeof longest - 1] = longer [sizeof longer - 1] = 0;
    take (self, 2, "event");
    take (self, 1, longer);
    tap_wanted_take (self, (const uint8_t *) "\1e\0v", 4);
    tap_wanted_take (self, (const uint8_t *) "", 0);
    assert_int_equal (tap_wanted_count (self), 0);
    take (self, 0, "event");
    take (self, 1, longest);
    assert_int_equal (tap_wanted_count (self), 1);
}

static void
beyond_its_room_everything_is_wanted_until_enough_are_gone (void **state)
{
    scoped (tap_wanted_destroy) tap_wanted_t *self = tap_wanted_new ();
    char prefix [32];
    (void) state;

    for (int number = 0; number < TAP_WANTED_MAX + 3; number++) {
        snprintf (prefix, sizeof prefix, "nothing.%d", number);
        take (self, 1, prefix);
    }
    assert_int_equal (tap_wanted_count (self), TAP_WANTED_MAX);
    assert_true (tap_wanted_has (self, "event.wallet.credited"));
    assert_true (tap_wanted_others (self, "nothing"));
    for (int number = TAP_WANTED_MAX; number < TAP_WANTED_MAX + 3; number++) {
        snprintf (prefix, sizeof prefix, "nothing.%d", number);
        take (self, 0, prefix);
    }
    assert_false (tap_wanted_has (self, "event.wallet.credited"));
    assert_false (tap_wanted_others (self, "nothing"));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_topic_is_wanted_while_a_prefix_of_it_is),
        cmocka_unit_test (whoever_reads_the_log_alone_wants_no_others),
        cmocka_unit_test (what_is_no_subscription_or_no_topic_is_ignored),
        cmocka_unit_test (beyond_its_room_everything_is_wanted_until_enough_are_gone),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
