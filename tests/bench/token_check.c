//  token_check - what a bearer token that was seen before costs: nanoseconds a check.
//
//      bench_token_check [CHECKS]
//
//  A token as operators have them, one thread, a warm cache; the best, the median and the
//  worst of a number of batches, since machines are shared. Exit status: 0 the median is
//  within LIMIT_NS, 1 it is not.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "edge/token.h"
#include "tests/lib/keys_fixture.h"

enum { BATCHES = 101, LIMIT_NS = 5000, NOW_S = 1790000000 };

static int64_t
s_now_ns (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C (1000000000) + now.tv_nsec;
}

static int
s_compare (const void *one, const void *other)
{
    int64_t left = *(const int64_t *) one, right = *(const int64_t *) other;
    return (left > right) - (left < right);
}

//  Nanoseconds of one check, of so many; 0: one was refused.
static int64_t
s_measure (token_check_t *tokens, const char *token, long checks)
{
    size_t size = strlen (token);
    caller_t caller;
    int64_t began_ns = s_now_ns ();
    for (long check = 0; check < checks; check++) {
        if (token_check (tokens, token, size, NOW_S + 1, &caller)) {
            return 0;
        }
    }
    return (s_now_ns () - began_ns) / checks;
}

int
main (int argc, char **argv)
{
    long checks = argc > 1 ? strtol (argv [1], NULL, 10) : 10000;
    if (checks <= 0) {
        fprintf (stderr, "usage: bench_token_check [CHECKS]\n");
        return 2;
    }
    keys_fixture_t keys;
    keys_fixture_open (&keys);
    token_check_t *tokens = token_check_new (keys.keyring, TOKEN_CACHED);
    char *token = token_make (keys.keyring, ROLE_OPERATOR, "bench", NOW_S, 3600, NULL);
    int64_t batches [BATCHES], first_ns = s_measure (tokens, token, 1);
    bool refused = first_ns == 0;
    for (size_t index = 0; index < BATCHES && !refused; index++) {
        batches [index] = s_measure (tokens, token, checks);
        refused = batches [index] == 0;
    }
    free (token);
    token_check_destroy (&tokens);
    keys_fixture_close (&keys);
    if (refused) {
        fprintf (stderr, "the token was refused\n");
        return 2;
    }
    qsort (batches, BATCHES, sizeof batches [0], s_compare);
    bool met = batches [BATCHES / 2] <= LIMIT_NS;
    printf ("token, first  %8" PRId64 " ns\n", first_ns);
    printf ("token, cached %8" PRId64 " ns   best %" PRId64 ", worst %" PRId64
            "   bar %d ns   %s\n",
            batches [BATCHES / 2], batches [0], batches [BATCHES - 1], LIMIT_NS,
            met ? "ok" : "MISS");
    return met ? 0 : 1;
}
