//  rate: what a caller may do at once, how it comes back, and that nothing resets it.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <cmocka.h>
#include "edge/rate.h"

#define MS INT64_C (1000000)

enum { QUOTA = 100 };

static const oid_t kim = { OID_MEMBER, { 1 } }, lee = { OID_MEMBER, { 2 } };

static int
s_setup (void **state)
{
    *state = rates_new (1);
    return 0;
}

static int
s_teardown (void **state)
{
    rates_t *rates = *state;
    rates_destroy (&rates);
    assert_null (rates);
    return 0;
}

static uint64_t
s_at (const rates_t *rates, const char *text)
{
    struct sockaddr_in ip4 = { .sin_family = AF_INET };
    struct sockaddr_in6 ip6 = { .sin6_family = AF_INET6 };
    if (inet_pton (AF_INET, text, &ip4.sin_addr) == 1) {
        return rates_name_address (rates, (const struct sockaddr *) &ip4);
    }
    assert_int_equal (inet_pton (AF_INET6, text, &ip6.sin6_addr), 1);
    return rates_name_address (rates, (const struct sockaddr *) &ip6);
}

static int
s_passed (rates_t *rates, uint64_t name, int64_t now_ns, int tries)
{
    int passed = 0;
    for (int index = 0; index < tries; index++) {
        passed += rates_take (rates, name, QUOTA, now_ns).retry_s == 0;
    }
    return passed;
}

static void
a_caller_has_its_quota_at_once_and_then_as_it_refills (void **state)
{
    uint64_t name = rates_name_caller (*state, kim);
    assert_int_equal (s_passed (*state, name, 5000 * MS, 150), QUOTA);
    assert_int_equal (s_passed (*state, name, 5009 * MS, 10), 0);
    assert_int_equal (s_passed (*state, name, 5010 * MS, 10), 1);
    assert_int_equal (s_passed (*state, name, 5055 * MS, 10), 4);
    assert_int_equal (s_passed (*state, name, 5060 * MS, 10), 1);  //  Halves are not lost
    assert_int_equal (s_passed (*state, name, 9000 * MS, 150), QUOTA);
}

static void
what_is_left_and_when_it_is_back_is_told (void **state)
{
    uint64_t name = rates_name_caller (*state, kim);
    rate_t first = rates_take (*state, name, QUOTA, 0);
    assert_int_equal (first.quota, QUOTA);
    assert_int_equal (first.window_s, 1);
    assert_int_equal (first.left, QUOTA - 1);
    assert_int_equal (first.full_s, 1);
    assert_int_equal (first.retry_s, 0);
    (void) s_passed (*state, name, 0, QUOTA);
    rate_t refused = rates_take (*state, name, QUOTA, 0);
    assert_int_equal (refused.left, 0);
    assert_int_equal (refused.retry_s, 1);
}

//  Of a long window: the next one is free long before all are.
static void
a_refusal_says_when_to_come_back (void **state)
{
    rates_t *rates = rates_new (60);
    uint64_t name = rates_name_caller (rates, kim);
    (void) state;

    assert_int_equal (rates_take (rates, name, 2, 0).left, 1);
    assert_int_equal (rates_take (rates, name, 2, 0).left, 0);
    rate_t refused = rates_take (rates, name, 2, 500 * MS);
    assert_int_equal (refused.retry_s, 30);
    assert_int_equal (refused.full_s, 60);
    assert_int_equal (rates_take (rates, name, 2, 29999 * MS).retry_s, 1);
    assert_int_equal (rates_take (rates, name, 2, 30000 * MS).retry_s, 0);
    rates_destroy (&rates);
}

static void
a_refused_request_costs_nothing (void **state)
{
    uint64_t name = rates_name_caller (*state, kim);
    assert_int_equal (s_passed (*state, name, 0, 100000), QUOTA);
    assert_int_equal (s_passed (*state, name, 1000 * MS, 150), QUOTA);
}

static void
no_quota_is_no_limit (void **state)
{
    for (int index = 0; index < 1000; index++) {
        rate_t rate = rates_take (*state, rates_name_caller (*state, kim), 0, 0);
        assert_int_equal (rate.quota, 0);
        assert_int_equal (rate.retry_s, 0);
    }
}

static void
each_caller_and_each_address_has_its_own (void **state)
{
    oid_t shop = kim;
    shop.kind = OID_MERCHANT;
    const uint64_t names [] = {
        rates_name_caller (*state, kim),  rates_name_caller (*state, lee),
        rates_name_caller (*state, shop), s_at (*state, "10.0.0.1"),
        s_at (*state, "10.0.0.2"),        s_at (*state, "2001:db8:0:1::1"),
        s_at (*state, "2001:db8:0:2::1"),
    };
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        assert_int_equal (s_passed (*state, names [index], 0, 150), QUOTA);
    }
}

static void
an_ipv6_network_is_one_address_and_a_mapped_one_is_ipv4 (void **state)
{
    assert_true (s_at (*state, "2001:db8:0:1::1") == s_at (*state, "2001:db8:0:1:ffff::9"));
    assert_true (s_at (*state, "2001:db8:0:1::1") != s_at (*state, "2001:db8:0:3::1"));
    assert_true (s_at (*state, "::ffff:10.0.0.1") == s_at (*state, "10.0.0.1"));
    assert_true (s_at (*state, "::ffff:10.0.0.1") != s_at (*state, "::ffff:10.0.0.2"));
}

static void
unknown_addresses_share_one_bucket (void **state)
{
    uint64_t unknown = rates_name_address (*state, NULL);
    assert_int_equal (s_passed (*state, unknown, 0, 150), QUOTA);
    assert_int_equal (s_passed (*state, rates_name_address (*state, NULL), 0, 150), 0);
}

//  More networks than there are places, each as busy as it may be: whoever comes back has
//  not won a token by it.
static void
a_flood_of_addresses_resets_no_bucket (void **state)
{
    uint64_t name = rates_name_caller (*state, kim);
    assert_int_equal (s_passed (*state, name, 0, 150), QUOTA);
    for (uint32_t number = 1; number <= 3 * RATE_PLACES; number++) {
        struct sockaddr_in6 from = { .sin6_family = AF_INET6 };
        memcpy (&from.sin6_addr, &number, sizeof number);
        uint64_t stranger = rates_name_address (*state, (const struct sockaddr *) &from);
        (void) s_passed (*state, stranger, 0, QUOTA);
    }
    assert_int_equal (s_passed (*state, name, 0, 150), 0);
    assert_int_equal (s_passed (*state, name, 1000 * MS, 150), QUOTA);  //  A window later
}

//  Who asks once each leaves a busy one alone: there is always one that is full sooner.
static void
many_quiet_strangers_do_not_put_out_a_busy_one (void **state)
{
    uint64_t name = rates_name_caller (*state, kim);
    assert_int_equal (s_passed (*state, name, 0, 150), QUOTA);
    for (uint32_t number = 1; number <= 3 * RATE_PLACES; number++) {
        struct sockaddr_in6 from = { .sin6_family = AF_INET6 };
        memcpy (&from.sin6_addr, &number, sizeof number);
        uint64_t stranger = rates_name_address (*state, (const struct sockaddr *) &from);
        assert_int_equal (s_passed (*state, stranger, 0, 1), 1);
    }
    assert_int_equal (s_passed (*state, name, 0, 150), 0);
}

static void
a_clock_that_falls_gives_nothing (void **state)
{
    uint64_t name = rates_name_caller (*state, kim);
    assert_int_equal (s_passed (*state, name, 10000 * MS, 150), QUOTA);
    assert_int_equal (s_passed (*state, name, 0, 150), 0);
    assert_int_equal (s_passed (*state, name, 10010 * MS, 150), 1);
}

int
main (void)
{
#define TEST(name) cmocka_unit_test_setup_teardown (name, s_setup, s_teardown)
    const struct CMUnitTest tests [] = {
        TEST (a_caller_has_its_quota_at_once_and_then_as_it_refills),
        TEST (what_is_left_and_when_it_is_back_is_told),
        TEST (a_refusal_says_when_to_come_back),
        TEST (a_refused_request_costs_nothing),
        TEST (no_quota_is_no_limit),
        TEST (each_caller_and_each_address_has_its_own),
        TEST (an_ipv6_network_is_one_address_and_a_mapped_one_is_ipv4),
        TEST (unknown_addresses_share_one_bucket),
        TEST (a_flood_of_addresses_resets_no_bucket),
        TEST (many_quiet_strangers_do_not_put_out_a_busy_one),
        TEST (a_clock_that_falls_gives_nothing),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
