//  webhook_address: the public internet, and nothing beside it that nobody allowed.

#include "edge/webhook_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include "runtime/scoped.h"

static bool
s_may (const webhook_allowed_t *allowed, const char *text)
{
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    if (inet_pton (AF_INET, text, &v4.sin_addr) == 1) {
        return webhook_address_may (allowed, (struct sockaddr *) &v4, sizeof v4);
    }
    assert_int_equal (inet_pton (AF_INET6, text, &v6.sin6_addr), 1);
    return webhook_address_may (allowed, (struct sockaddr *) &v6, sizeof v6);
}

//  First and last of each network that is refused, and their neighbours that are not.
static const struct {
    const char *address;
    bool may;
} addresses [] = {
    { "0.0.0.0", false },
    { "0.255.255.255", false },
    { "1.0.0.0", true },
    { "9.255.255.255", true },
    { "10.0.0.0", false },
    { "10.255.255.255", false },
    { "11.0.0.0", true },
    { "100.63.255.255", true },
    { "100.64.0.0", false },
    { "100.127.255.255", false },
    { "100.128.0.0", true },
    { "126.255.255.255", true },
    { "127.0.0.0", false },
    { "127.0.0.1", false },
    { "127.255.255.255", false },
    { "128.0.0.0", true },
    { "169.253.255.255", true },
    { "169.254.0.0", false },
    { "169.254.169.254", false },
    { "169.254.255.255", false },
    { "169.255.0.0", true },
    { "172.15.255.255", true },
    { "172.16.0.0", false },
    { "172.31.255.255", false },
    { "172.32.0.0", true },
    { "191.255.255.255", true },
    { "192.0.0.0", false },
    { "192.0.0.255", false },
    { "192.0.1.0", true },
    { "192.0.2.0", false },
    { "192.0.2.255", false },
    { "192.0.3.0", true },
    { "192.88.98.255", true },
    { "192.88.99.1", false },
    { "192.88.100.0", true },
    { "192.167.255.255", true },
    { "192.168.0.0", false },
    { "192.168.255.255", false },
    { "192.169.0.0", true },
    { "198.17.255.255", true },
    { "198.18.0.0", false },
    { "198.19.255.255", false },
    { "198.20.0.0", true },
    { "198.51.99.255", true },
    { "198.51.100.0", false },
    { "198.51.100.255", false },
    { "198.51.101.0", true },
    { "203.0.112.255", true },
    { "203.0.113.0", false },
    { "203.0.113.255", false },
    { "203.0.114.0", true },
    { "223.255.255.255", true },
    { "224.0.0.0", false },
    { "239.255.255.255", false },
    { "240.0.0.0", false },
    { "255.255.255.255", false },
    { "::", false },
    { "::1", false },
    { "::127.0.0.1", false },
    { "::8.8.8.8", false },
    { "::ffff:127.0.0.1", false },
    { "::ffff:10.1.2.3", false },
    { "::ffff:8.8.8.8", true },
    { "::ffff:0:8.8.8.8", false },
    { "64:ff9b::7f00:1", false },
    { "64:ff9b:1::1", false },
    { "100::1", false },
    { "1fff:ffff::1", false },
    { "2000::1", true },
    { "2001::1", false },
    { "2001:1ff:ffff::1", false },
    { "2001:200::1", true },
    { "2001:4860:4860::8888", true },
    { "2001:db7:ffff::1", true },
    { "2001:db8::1", false },
    { "2001:db9::1", true },
    { "2002:7f00:1::1", false },
    { "2003::1", true },
    { "2606:4700::1111", true },
    { "3ffe:ffff::1", true },
    { "3fff::1", false },
    { "3fff:fff:ffff::1", false },
    { "3fff:1000::1", true },
    { "4000::1", false },
    { "5f00::1", false },
    { "fc00::1", false },
    { "fd12:3456::1", false },
    { "fe80::1", false },
    { "fec0::1", false },
    { "ff02::1", false },
    { "ffff:ffff::1", false },
};

static void
what_is_not_the_public_internet_is_refused (void **state)
{
    webhook_allowed_t none = { 0 };
    for (size_t index = 0; index < COUNT (addresses); index++) {
        if (s_may (&none, addresses [index].address) != addresses [index].may) {
            fail_msg ("%s", addresses [index].address);
        }
    }
    (void) state;
}

static void
what_is_neither_ipv4_nor_ipv6_is_refused (void **state)
{
    webhook_allowed_t none = { 0 };
    struct sockaddr path = { .sa_family = AF_UNIX };
    assert_false (webhook_address_may (&none, &path, sizeof path));
    struct sockaddr_in cut = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (0x08080808) };
    assert_false (webhook_address_may (&none, (struct sockaddr *) &cut, 4));
    (void) state;
}

static void
what_the_operator_names_is_allowed_and_nothing_beside_it (void **state)
{
    webhook_allowed_t allowed;
    char reason [256];
    assert_true (webhook_allowed_parse ("127.0.0.1,10.128.0.0/9,fd00::/8", &allowed, reason));
    assert_true (s_may (&allowed, "127.0.0.1"));
    assert_true (s_may (&allowed, "::ffff:127.0.0.1"));
    assert_false (s_may (&allowed, "127.0.0.2"));
    assert_true (s_may (&allowed, "10.128.0.0"));
    assert_true (s_may (&allowed, "10.255.255.255"));
    assert_false (s_may (&allowed, "10.127.255.255"));
    assert_true (s_may (&allowed, "fdff::1"));
    assert_false (s_may (&allowed, "fc00::1"));
    assert_true (s_may (&allowed, "8.8.8.8"));
    assert_true (webhook_allowed_parse ("0.0.0.0/0", &allowed, reason));
    assert_true (s_may (&allowed, "192.168.1.1"));
    assert_false (s_may (&allowed, "::1"));
    assert_true (webhook_allowed_parse ("::/0", &allowed, reason));
    assert_true (s_may (&allowed, "::1"));
    assert_true (webhook_allowed_parse (NULL, &allowed, reason));
    assert_int_equal (allowed.count, 0);
    (void) state;
}

static void
a_list_that_is_none_is_refused_in_one_line (void **state)
{
    static const char *const wrong [] = {
        "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/",   "10.0.0.0/8x",
        "10.1.0.0/8",  "10.0.0/8",    "fd00::/129",  "fd00::1/8",
        "localhost",   ",",           "10.0.0.0/8,", "10.0.0.0/ 8",
        "/8",          "10.0.0.0/8 ", "10.0.0.0//8", "example.com/24",
    };
    webhook_allowed_t allowed = { .count = 7 };
    for (size_t index = 0; index < COUNT (wrong); index++) {
        char reason [256] = "";
        if (webhook_allowed_parse (wrong [index], &allowed, reason) || !*reason) {
            fail_msg ("%s", wrong [index]);
        }
        assert_int_equal (allowed.count, 7);
    }
    char many [WEBHOOK_NETWORKS_MAX * 8 + 16] = "", reason [256];
    for (size_t index = 0; index < WEBHOOK_NETWORKS_MAX; index++) {
        strcat (many, index ? ",8.8.8.8" : "8.8.8.8");
    }
    assert_true (webhook_allowed_parse (many, &allowed, reason));
    strcat (many, ",8.8.8.8");
    assert_false (webhook_allowed_parse (many, &allowed, reason));
    (void) state;
}

static const struct {
    const char *url;
    webhook_url_t verdict;
} urls [] = {
    { "https://example.com/hook?x=1", WEBHOOK_URL_FINE },
    { "http://example.com:8080", WEBHOOK_URL_FINE },
    { "https://8.8.8.8/", WEBHOOK_URL_FINE },
    { "https://[2606:4700::1111]/", WEBHOOK_URL_FINE },
    { "HTTPS://EXAMPLE.COM/", WEBHOOK_URL_FINE },
    { "ftp://example.com/", WEBHOOK_URL_MALFORMED },
    { "file:///etc/passwd", WEBHOOK_URL_MALFORMED },
    { "gopher://example.com/", WEBHOOK_URL_MALFORMED },
    { "example.com/hook", WEBHOOK_URL_MALFORMED },
    { "//example.com/hook", WEBHOOK_URL_MALFORMED },
    { "https://", WEBHOOK_URL_MALFORMED },
    { "https://example.com:0x50/", WEBHOOK_URL_MALFORMED },
    { "https://example.com:70000/", WEBHOOK_URL_MALFORMED },
    { "https://exa mple.com/", WEBHOOK_URL_MALFORMED },
    { "https://example.com/\r\nX: y", WEBHOOK_URL_MALFORMED },
    { "https://ex\xc3\xa4mple.com/", WEBHOOK_URL_MALFORMED },
    { "", WEBHOOK_URL_MALFORMED },
    { "https://user@example.com/", WEBHOOK_URL_HAS_USER },
    { "https://user:secret@example.com/", WEBHOOK_URL_HAS_USER },
    { "https://8.8.8.8@127.0.0.1/", WEBHOOK_URL_HAS_USER },
    { "http://127.0.0.1/", WEBHOOK_URL_REFUSED },
    { "http://127.1/", WEBHOOK_URL_REFUSED },
    { "http://0x7f.1/", WEBHOOK_URL_REFUSED },
    { "http://0177.0.0.1/", WEBHOOK_URL_REFUSED },
    { "http://2130706433/", WEBHOOK_URL_REFUSED },
    { "http://169.254.169.254/latest/meta-data", WEBHOOK_URL_REFUSED },
    { "http://[::1]:8080/", WEBHOOK_URL_REFUSED },
    { "http://[::ffff:10.0.0.1]/", WEBHOOK_URL_REFUSED },
    { "http://[fe80::1%25eth0]/", WEBHOOK_URL_REFUSED },
};

static void
urls_are_refused_for_what_they_say_in_any_spelling (void **state)
{
    webhook_allowed_t none = { 0 };
    for (size_t index = 0; index < COUNT (urls); index++) {
        webhook_url_t verdict = webhook_url_check (&none, urls [index].url);
        if (verdict != urls [index].verdict) {
            fail_msg ("%s: %d", urls [index].url, (int) verdict);
        }
    }
    (void) state;
}

static void
a_url_of_an_allowed_address_is_fine (void **state)
{
    webhook_allowed_t allowed;
    char reason [256];
    assert_true (webhook_allowed_parse ("127.0.0.0/8", &allowed, reason));
    assert_int_equal (webhook_url_check (&allowed, "http://127.0.0.1:8000/"), WEBHOOK_URL_FINE);
    assert_int_equal (webhook_url_check (&allowed, "http://10.0.0.1/"), WEBHOOK_URL_REFUSED);
    (void) state;
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (what_is_not_the_public_internet_is_refused),
        cmocka_unit_test (what_is_neither_ipv4_nor_ipv6_is_refused),
        cmocka_unit_test (what_the_operator_names_is_allowed_and_nothing_beside_it),
        cmocka_unit_test (a_list_that_is_none_is_refused_in_one_line),
        cmocka_unit_test (urls_are_refused_for_what_they_say_in_any_spelling),
        cmocka_unit_test (a_url_of_an_allowed_address_is_fine),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
