//  bench_histogram - latencies, counted in buckets whose width grows with the value.
//
//  Log-linear, as HdrHistogram's: 128 buckets for every power of two, so that a
//  quantile is at most 1/128 (0.8 %) above the true value, from 1 ns to 18 minutes,
//  in 34 KiB and without remembering a single value. The maximum is exact.
//
//  Plain memory, no ownership; belongs to one thread. All zeros is an empty one.

#ifndef DEPLOY_BENCH_HISTOGRAM_H
#define DEPLOY_BENCH_HISTOGRAM_H

#include <stdint.h>

enum {
    BENCH_HISTOGRAM_BITS = 7,       //  128 buckets per power of two
    BENCH_HISTOGRAM_TOP = 40,       //  2^40 ns and more share the last bucket
    BENCH_HISTOGRAM_BUCKETS = (BENCH_HISTOGRAM_TOP - BENCH_HISTOGRAM_BITS + 1)
                              << BENCH_HISTOGRAM_BITS
};

typedef struct {
    uint64_t count;
    int64_t max_ns;
    uint64_t buckets [BENCH_HISTOGRAM_BUCKETS];
} bench_histogram_t;

//  A negative value counts as 0.
void bench_histogram_record (bench_histogram_t *self, int64_t value_ns);

//  The value that `parts_per_million` of all recorded ones do not exceed (500000:
//  the median), rounded up to its bucket's end and never above the maximum. 0 if
//  nothing was recorded.
int64_t bench_histogram_quantile (const bench_histogram_t *self, uint32_t parts_per_million);

#endif
