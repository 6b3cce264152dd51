//  bench_load - the measured run: closed loop, or open loop at a given rate.
//
//  Closed loop: each connection asks again as soon as it was answered. Open loop:
//  requests are due at fixed times, whether or not the node keeps up; one that had to
//  wait for a free connection is counted from when it was due (no "coordinated
//  omission"), and one that never got its turn counts with the time it waited.
//
//      offered     per second, due (open) or sent (closed) within the window
//      achieved    per second, answered 200 or 201 within the window
//      refused     answered 4xx or 503: the node said no, and why
//      pending     answered 202: not finished within the 30 s that it may take
//      failed      no answer, another 5xx, or not the object that was asked for;
//                  those of the warm-up too
//      latencies   of achieved requests that were due within the window
//
//  Refused ones have no latency here: fast refusals would flatter it.

#ifndef DEPLOY_BENCH_LOAD_H
#define DEPLOY_BENCH_LOAD_H

#include "deploy/bench.h"
#include "deploy/bench_histogram.h"

typedef struct {
    double offered, achieved;       //  Per second
    uint64_t refused, pending, failed;
    bench_histogram_t latencies;
    char first_refusal [64];        //  Its code, or empty
    char first_failure [128];       //  What it was, or empty
    bool gave_up;                   //  The node did not answer any more
} bench_result_t;

//  NULL if there is none of that name.
const bench_scenario_t *bench_scenario_find (const char *name);

//  False, with one line, if the run could not begin.
bool bench_load_run (const bench_config_t *config, const bench_people_t *people,
                     bench_result_t *ret_result, char ret_reason [256]);

#endif
