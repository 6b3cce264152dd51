//  routes_play - who stands around a request while it is fuzzed: libmicrohttpd, the node,
//  the pool of passwords and the bank's holders, played (CMakeLists.txt, --wrap).

#ifndef TESTS_FUZZ_ROUTES_PLAY_H
#define TESTS_FUZZ_ROUTES_PLAY_H

#include "edge/edge_self.h"
#include "tests/fuzz/fuzz.h"

enum { FIELDS_MAX = 110, PARTITIONS = 32 };

//  Bytes that choose what the node and the pool answer; the others are replies.
enum { NO_ROOM = 12, OVERLOADED, STORAGE_FULL };

typedef struct {
    char *text;                     //  Owned, or NULL
    const char *name, *value;
} header_field_t;

typedef struct {
    edge_t edge;
    request_t request;
    fuzz_input_t input;
    header_field_t fields [FIELDS_MAX];
    size_t field_count;
    uint8_t answer, exists;         //  exists: a bit for each of the next objects asked for
    unsigned asked;
    bool commanded, responded;
} play_t;

extern play_t g_play;

#endif
