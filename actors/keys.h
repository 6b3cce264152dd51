//  keys - the port to the members' keys: what may be asked, and what is answered.
//
//  Not an aggregate: a gateway at the edge (edge/keys_gateway.h) answers for it. A
//  member's personal data is sealed with a key of its own, here, in the journal and in
//  every copy of both; without the key all of them are noise.
//
//      destroy    overwrites the member's key, durably; then the asking member hears
//                 its answer_command, without fields. Asked twice, it is destroyed once.

#ifndef ACTORS_KEYS_H
#define ACTORS_KEYS_H

#include "runtime/aggregate.h"

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    KEYS_DESTROY                    //  No fields: the asker's key
} keys_command_t;

static inline oid_t
keys_oid (void)
{
    return (oid_t) { .kind = OID_KEYS };
}

extern const aggregate_type_t keys_port;

#endif
