//  bench_histogram - quantiles are within 0.8 % of the truth, never below it.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "deploy/bench_histogram.h"
#include "runtime/scoped.h"

static bench_histogram_t histogram;

static int
s_empty (void **state)
{
    (void) state;
    memset (&histogram, 0, sizeof histogram);
    return 0;
}

static void
an_empty_histogram_says_zero (void **state)
{
    (void) state;
    assert_int_equal (bench_histogram_quantile (&histogram, 500000), 0);
    assert_int_equal (bench_histogram_quantile (&histogram, 1000000), 0);
}

static void
small_values_are_exact (void **state)
{
    (void) state;
    for (int64_t value = 1; value <= 100; value++) {
        bench_histogram_record (&histogram, value);
    }
    assert_int_equal (bench_histogram_quantile (&histogram, 500000), 50);
    assert_int_equal (bench_histogram_quantile (&histogram, 990000), 99);
    assert_int_equal (bench_histogram_quantile (&histogram, 1000000), 100);
    assert_int_equal (histogram.count, 100);
}

//  Every power of two, its neighbours, and values between: one alone is its own
//  quantile, and a larger one recorded with it lets the bucket's end show.
static void
a_quantile_is_never_below_and_at_most_a_128th_above (void **state)
{
    (void) state;
    for (int bit = 0; bit < BENCH_HISTOGRAM_TOP; bit++) {
        for (int64_t offset = -1; offset <= 1; offset++) {
            s_empty (NULL);
            int64_t value = ((int64_t) 1 << bit) + offset * (bit > 20 ? 12345 : 1);
            value = value < 0 ? 0 : value;
            bench_histogram_record (&histogram, value);
            bench_histogram_record (&histogram, INT64_MAX);
            int64_t quantile = bench_histogram_quantile (&histogram, 500000);
            assert_true (quantile >= value);
            assert_true (quantile - value <= value / 128);
        }
    }
}

static void
quantiles_of_random_values_are_those_of_the_sorted_ones (void **state)
{
    (void) state;
    enum { VALUES = 10000 };
    uint64_t random = 42;
    for (int index = 0; index < VALUES; index++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        bench_histogram_record (&histogram, (int64_t) (random >> 40));
    }
    //  Uniform below 2^24: quantiles are near their share of it
    static const uint32_t shares [] = { 100000, 500000, 900000, 990000 };
    for (size_t index = 0; index < COUNT (shares); index++) {
        double expected = (double) (1 << 24) * shares [index] / 1e6;
        double got = (double) bench_histogram_quantile (&histogram, shares [index]);
        assert_true (got > expected - 400000 && got < expected + 400000);
    }
}

static void
a_value_beyond_the_last_bucket_keeps_the_maximum_exact (void **state)
{
    (void) state;
    bench_histogram_record (&histogram, (int64_t) 1 << 50);
    assert_int_equal (bench_histogram_quantile (&histogram, 1000000), (int64_t) 1 << 50);
    assert_int_equal (histogram.max_ns, (int64_t) 1 << 50);
}

static void
a_negative_latency_counts_as_zero (void **state)
{
    (void) state;
    bench_histogram_record (&histogram, -5);
    assert_int_equal (histogram.count, 1);
    assert_int_equal (bench_histogram_quantile (&histogram, 1000000), 0);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test_setup (an_empty_histogram_says_zero, s_empty),
        cmocka_unit_test_setup (small_values_are_exact, s_empty),
        cmocka_unit_test_setup (a_quantile_is_never_below_and_at_most_a_128th_above, s_empty),
        cmocka_unit_test_setup (quantiles_of_random_values_are_those_of_the_sorted_ones, s_empty),
        cmocka_unit_test_setup (a_value_beyond_the_last_bucket_keeps_the_maximum_exact, s_empty),
        cmocka_unit_test_setup (a_negative_latency_counts_as_zero, s_empty),
    };
    return cmocka_run_group_tests_name ("bench_histogram", tests, NULL, NULL);
}
