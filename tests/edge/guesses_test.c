//  guesses: what an address and a login may try, how it comes back, and what is forgotten.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <cmocka.h>
#include "edge/guesses.h"

static const oid_t kim = { OID_LOGIN, { 1 } }, lee = { OID_LOGIN, { 2 } };
static const oid_t none = { 0 };

//  At one address, IPv4 or IPv6.
static guess_t
at (const guesses_t *guesses, const char *text, oid_t login)
{
    struct sockaddr_in ip4 = { .sin_family = AF_INET };
    struct sockaddr_in6 ip6 = { .sin6_family = AF_INET6 };
    if (inet_pton (AF_INET, text, &ip4.sin_addr) == 1) {
        return guesses_name (guesses, (const struct sockaddr *) &ip4, login);
    }
    assert_int_equal (inet_pton (AF_INET6, text, &ip6.sin6_addr), 1);
    return guesses_name (guesses, (const struct sockaddr *) &ip6, login);
}

static unsigned
taken (guesses_t *guesses, guess_t guess, int64_t now_ms, unsigned tries)
{
    unsigned count = 0;
    int64_t wait_ms;
    for (unsigned index = 0; index < tries; index++) {
        count += guesses_take (guesses, guess, now_ms, &wait_ms);
    }
    return count;
}

static void
a_login_is_tried_so_often_and_then_as_it_refills (void **state)
{
    guesses_t *guesses = guesses_new (100, 5, 1000);
    int64_t wait_ms = 0;
    (void) state;

    guess_t guess = at (guesses, "10.0.0.1", kim);
    assert_int_equal (taken (guesses, guess, 5000, 9), 5);
    assert_false (guesses_take (guesses, guess, 5400, &wait_ms));
    assert_int_equal (wait_ms, 600);
    assert_true (guesses_take (guesses, guess, 6000, &wait_ms));
    assert_false (guesses_take (guesses, guess, 6000, &wait_ms));
    assert_int_equal (wait_ms, 1000);
    assert_int_equal (taken (guesses, guess, 8500, 9), 2);
    assert_int_equal (taken (guesses, guess, 1000000, 9), 5);
    guesses_destroy (&guesses);
    assert_null (guesses);
}

//  Whichever of the two is empty: nothing is taken from the other.
static void
an_address_is_limited_over_all_logins (void **state)
{
    guesses_t *guesses = guesses_new (4, 3, 1000);
    (void) state;

    assert_int_equal (taken (guesses, at (guesses, "10.0.0.1", kim), 0, 9), 3);
    assert_int_equal (taken (guesses, at (guesses, "10.0.0.1", lee), 0, 9), 1);
    assert_int_equal (taken (guesses, at (guesses, "10.0.0.1", none), 0, 9), 0);
    assert_int_equal (taken (guesses, at (guesses, "10.0.0.2", kim), 0, 9), 0);
    assert_int_equal (taken (guesses, at (guesses, "10.0.0.2", lee), 0, 9), 2);
    assert_int_equal (taken (guesses, at (guesses, "10.0.0.2", none), 0, 9), 2);
    guesses_destroy (&guesses);
}

static void
what_is_given_back_may_be_taken_again (void **state)
{
    guesses_t *guesses = guesses_new (4, 2, 1000);
    (void) state;

    guess_t guess = at (guesses, "10.0.0.1", kim);
    assert_int_equal (taken (guesses, guess, 0, 9), 2);
    guesses_give_back (guesses, guess);
    assert_int_equal (taken (guesses, guess, 0, 9), 1);
    for (unsigned index = 0; index < 9; index++) {
        guesses_give_back (guesses, guess);  //  Never more than there may be
    }
    assert_int_equal (taken (guesses, guess, 0, 9), 2);
    guesses_give_back (guesses, at (guesses, "10.9.9.9", lee));  //  Nothing was taken there
    guesses_destroy (&guesses);
}

//  The owner's wrong tries are forgotten, those of its address at others are not.
static void
a_right_password_fills_its_login_alone (void **state)
{
    guesses_t *guesses = guesses_new (4, 2, 1000);
    (void) state;

    guess_t guess = at (guesses, "10.0.0.1", kim);
    assert_int_equal (taken (guesses, guess, 0, 2), 2);
    guesses_was_right (guesses, guess);
    assert_int_equal (taken (guesses, at (guesses, "10.0.0.2", kim), 0, 9), 2);
    assert_int_equal (taken (guesses, at (guesses, "10.0.0.1", none), 0, 9), 3);
    guesses_destroy (&guesses);
}

static void
an_ipv6_network_is_one_address (void **state)
{
    guesses_t *guesses = guesses_new (2, 2, 1000);
    (void) state;

    assert_int_equal (taken (guesses, at (guesses, "2001:db8:0:1::1", none), 0, 1), 1);
    assert_int_equal (taken (guesses, at (guesses, "2001:db8:0:1::ffff", none), 0, 9), 1);
    assert_int_equal (taken (guesses, at (guesses, "2001:db8:0:2::1", none), 0, 9), 2);
    guesses_destroy (&guesses);
}

static void
an_unknown_address_is_not_counted (void **state)
{
    guesses_t *guesses = guesses_new (1, 2, 1000);
    (void) state;

    assert_int_equal (taken (guesses, guesses_name (guesses, NULL, none), 0, 9), 9);
    assert_int_equal (taken (guesses, guesses_name (guesses, NULL, kim), 0, 9), 2);
    guesses_destroy (&guesses);
}

//  More names than places: memory stays, and who has used up everything is the last to
//  be forgotten.
static void
many_strangers_do_not_wash_out_a_guesser (void **state)
{
    guesses_t *guesses = guesses_new (100, 5, 1000000);
    (void) state;

    guess_t guesser = guesses_name (guesses, NULL, kim);
    assert_int_equal (taken (guesses, guesser, 0, 9), 5);
    for (uint32_t number = 1; number <= 4 * GUESSES_PLACES; number++) {
        oid_t stranger = { OID_LOGIN, { 0 } };
        memcpy (stranger.bytes + 8, &number, sizeof number);
        assert_int_equal (taken (guesses, guesses_name (guesses, NULL, stranger), 0, 1), 1);
    }
    assert_int_equal (taken (guesses, guesser, 0, 9), 0);
    guesses_destroy (&guesses);
}

static void
a_clock_that_stands_or_falls_gives_nothing (void **state)
{
    guesses_t *guesses = guesses_new (100, 2, 1000);
    (void) state;

    guess_t guess = guesses_name (guesses, NULL, kim);
    assert_int_equal (taken (guesses, guess, 10000, 9), 2);
    assert_int_equal (taken (guesses, guess, 0, 9), 0);
    assert_int_equal (taken (guesses, guess, 10999, 9), 0);
    assert_int_equal (taken (guesses, guess, 11000, 9), 1);
    guesses_destroy (&guesses);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_login_is_tried_so_often_and_then_as_it_refills),
        cmocka_unit_test (an_address_is_limited_over_all_logins),
        cmocka_unit_test (what_is_given_back_may_be_taken_again),
        cmocka_unit_test (a_right_password_fills_its_login_alone),
        cmocka_unit_test (an_ipv6_network_is_one_address),
        cmocka_unit_test (an_unknown_address_is_not_counted),
        cmocka_unit_test (many_strangers_do_not_wash_out_a_guesser),
        cmocka_unit_test (a_clock_that_stands_or_falls_gives_nothing),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
