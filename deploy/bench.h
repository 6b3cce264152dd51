//  bench - what `happypay bench` was asked for, shared by its parts:
//
//      bench.c            options in, report out
//      bench_people.c     members, wallets and merchants, made over HTTP
//      bench_load.c       the measured run
//      bench_client.c     HTTP connections          bench_answer.c   their answers
//      bench_histogram.c  latencies

#ifndef DEPLOY_BENCH_H
#define DEPLOY_BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include "runtime/oid.h"

typedef struct bench_people bench_people_t;

//  One request, written by its scenario or setup step.
typedef struct {
    char path [128], key [128], body [1024];
} bench_request_t;

typedef struct {
    const char *name;
    bool shops;                     //  Needs merchants
    bool one_shop;                  //  One of them, whatever was asked
    bool funds;                     //  Needs money in the wallets
    bool pairs;                     //  Needs two members: one sends, another receives
    const char *finished [2];       //  `status` of the object when it is done: one of them
    //  Writes path and body.
    void (*write) (const bench_people_t *people, uint64_t *random, const char *name,
                   bench_request_t *request);
} bench_scenario_t;

typedef struct {
    const char *http, *bank;        //  URLs
    const char *token;              //  An operator's
    const bench_scenario_t *scenario;
    uint32_t connections;
    int64_t rate;                   //  Per second; 0: closed loop
    int64_t seconds, warmup_seconds;
    uint32_t accounts, merchants;   //  merchants: as the scenario needs them
    uint32_t seed;
} bench_config_t;

//  splitmix64 (Steele, Lea, Flood 2014): the next of a stream of random numbers.
uint64_t bench_random (uint64_t *state);

#endif
