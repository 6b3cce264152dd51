//  serve_options: every limit can be told, and what is not here is refused.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "deploy/serve_options.h"
#include "runtime/scoped.h"

//  The option's name of a limit, with its dashes.
static void
s_option_name (const limit_rule_t *rule, char ret_name [64])
{
    snprintf (ret_name, 64, "%s", rule->name);
    for (char *letter = ret_name; *letter; letter++) {
        *letter = *letter == '_' ? '-' : *letter;
    }
}

static void
untold_limits_are_the_start_values (void **state)
{
    (void) state;
    scoped (options_destroy) options_t *options = serve_options_new ();
    assert_int_equal (options_read (options, 1, (char *[]) { "serve" }), OPTIONS_READ);
    assert_int_equal (serve_options_check (options), OPTIONS_READ);
    limits_t limits = serve_options_limits (options);
    assert_memory_equal (&limits, &limits_default, sizeof limits);
}

static void
each_limit_is_an_option_with_its_own_range (void **state)
{
    (void) state;
    for (uint32_t index = 0; index < limit_rule_count; index++) {
        const limit_rule_t *rule = &limit_rules [index];
        char word [80] = "--", number [32];
        s_option_name (rule, word + 2);
        snprintf (number, sizeof number, "%jd", (intmax_t) rule->to);
        scoped (options_destroy) options_t *options = serve_options_new ();
        assert_int_equal (options_read (options, 3, (char *[]) { "serve", word, number }),
                          OPTIONS_READ);
        limits_t limits = serve_options_limits (options);
        int64_t told;
        memcpy (&told, (char *) &limits + rule->offset, sizeof told);
        assert_int_equal (told, rule->to);

        snprintf (number, sizeof number, "%jd", (intmax_t) rule->to + 1);
        scoped (options_destroy) options_t *beyond = serve_options_new ();
        assert_int_equal (options_read (beyond, 3, (char *[]) { "serve", word, number }), 2);
    }
}

static void
pool_is_the_short_name_of_pool_actors (void **state)
{
    (void) state;
    scoped (options_destroy) options_t *options = serve_options_new ();
    assert_int_equal (options_read (options, 3, (char *[]) { "serve", "--pool", "64" }),
                      OPTIONS_READ);
    assert_int_equal (serve_options_limits (options).pool_actors, 64);
}

static void
what_this_version_cannot_do_is_refused (void **state)
{
    (void) state;
    static char *const absent [] = { "--cluster", "--peer", "--replicas",
                                     "--bank-callback-secret" };
    for (size_t index = 0; index < COUNT (absent); index++) {
        scoped (options_destroy) options_t *options = serve_options_new ();
        assert_int_equal (options_read (options, 3, (char *[]) { "serve", absent [index], "x" }),
                          OPTIONS_READ);
        assert_int_equal (serve_options_check (options), 2);
    }
}

static void
all_that_the_contract_names_is_understood (void **state)
{
    (void) state;
    scoped (options_destroy) options_t *options = serve_options_new ();
    char *argv [] = {
        "serve",  "--data",   "/tmp/x", "--http",    "127.0.0.1:9000", "--tap", "tcp://*:9001",
        "--bank", "http://b", "--node", "n1",        "--partitions",   "8",     "--pool",
        "32",     "--grace",  "5",      "--keyring", "/tmp/k"
    };
    assert_int_equal (options_read (options, COUNT (argv), argv), OPTIONS_READ);
    assert_int_equal (options_duration_ms (options, "grace"), 5000);
    assert_int_equal (options_integer (options, "partitions"), 8);
    assert_string_equal (options_text (options, "node"), "n1");
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (untold_limits_are_the_start_values),
        cmocka_unit_test (each_limit_is_an_option_with_its_own_range),
        cmocka_unit_test (pool_is_the_short_name_of_pool_actors),
        cmocka_unit_test (what_this_version_cannot_do_is_refused),
        cmocka_unit_test (all_that_the_contract_names_is_understood),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
