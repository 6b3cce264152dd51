//  bench_histogram - which bucket a value falls into, and back.
//
//  A value below 128 is its own bucket. Above, a value whose highest bit is e loses
//  its lowest (e - 7) bits; what is left is 128 .. 255 and says the place in row e:
//
//      value       row     width of a bucket
//      0 .. 127    0       1
//      128 .. 255  1       1
//      256 .. 511  2       2
//      …
//      2^39 ..     33      2^32

#include "deploy/bench_histogram.h"

#include <assert.h>
#include <stdbool.h>

enum { ROW = 1 << BENCH_HISTOGRAM_BITS };

static uint32_t
s_bucket (int64_t value_ns)
{
    uint64_t value = (uint64_t) value_ns;
    if (value < ROW) {
        return (uint32_t) value;
    }
    if (value >> BENCH_HISTOGRAM_TOP) {
        return BENCH_HISTOGRAM_BUCKETS - 1;
    }
    uint32_t shift = 63 - (uint32_t) __builtin_clzll (value) - BENCH_HISTOGRAM_BITS;
    return shift * ROW + (uint32_t) (value >> shift);
}

//  The largest value of a bucket.
static int64_t
s_bucket_end (uint32_t bucket)
{
    if (bucket < 2 * ROW) {
        return bucket;
    }
    uint32_t shift = bucket / ROW - 1;
    uint64_t place = bucket - shift * ROW;
    return (int64_t) (((place + 1) << shift) - 1);
}

void
bench_histogram_record (bench_histogram_t *self, int64_t value_ns)
{
    if (value_ns < 0) {
        value_ns = 0;
    }
    self->buckets [s_bucket (value_ns)]++;
    self->count++;
    if (value_ns > self->max_ns) {
        self->max_ns = value_ns;
    }
}

int64_t
bench_histogram_quantile (const bench_histogram_t *self, uint32_t parts_per_million)
{
    assert (parts_per_million <= 1000000);
    //  The rank of the asked one among the sorted values, from 1, rounded up
    uint64_t rank = (self->count * parts_per_million + 999999) / 1000000;
    uint64_t seen = 0;
    for (uint32_t bucket = 0; bucket < BENCH_HISTOGRAM_BUCKETS; bucket++) {
        seen += self->buckets [bucket];
        if (seen >= rank && seen > 0) {
            int64_t end = s_bucket_end (bucket);
            bool last = bucket == BENCH_HISTOGRAM_BUCKETS - 1;
            return last || end > self->max_ns ? self->max_ns : end;
        }
    }
    return 0;
}
