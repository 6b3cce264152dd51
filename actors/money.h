//  money - what all amounts have in common, and the day they count for.
//
//  Amounts are int64_t minor units of an ISO 4217 currency (KRW has exponent 0),
//  from 1 to 2^53 - 1, so that every JSON reader keeps them whole. Days are
//  Asia/Seoul's everywhere: UTC+9 without daylight saving, so plain arithmetic.

#ifndef ACTORS_MONEY_H
#define ACTORS_MONEY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    CURRENCY_SIZE = 4               //  "KRW" and the final zero
};

static const int64_t MONEY_MAX_MINOR = ((int64_t) 1 << 53) - 1;

static inline bool
money_valid (int64_t amount_minor)
{
    return amount_minor > 0 && amount_minor <= MONEY_MAX_MINOR;
}

//  Days since 1970-01-01 in Seoul; at_ms is Unix time, not before 1970.
static inline int64_t
money_seoul_day (int64_t at_ms)
{
    const int64_t hour_ms = 3600 * (int64_t) 1000;
    const int64_t day_ms = 24 * hour_ms;
    return at_ms / day_ms + (at_ms % day_ms + 9 * hour_ms) / day_ms;
}

//  When that day begins, as Unix time.
static inline int64_t
money_seoul_midnight_ms (int64_t day)
{
    const int64_t hour_ms = 3600 * (int64_t) 1000;
    return (24 * day - 9) * hour_ms;
}

//  What a recharge takes from the bank to cover a shortfall (KRW, > 0): rounded up to
//  10,000 KRW, so that one recharge serves a few payments.
static inline int64_t
money_recharge_minor (int64_t shortfall_minor)
{
    const int64_t step_minor = 10000;
    return (shortfall_minor + step_minor - 1) / step_minor * step_minor;
}

#endif
