//  tap - everything that happens, for whoever subscribes: ZeroMQ, CloudEvents.
//
//  An XPUB at the endpoint; two frames a message: topic, then one JSON object
//
//      { "specversion":"1.0", "id", "source", "type", "subject", "time",
//        "sequence":"partition.sequence", "count", "data":{…} }
//
//  Topics: event.<aggregate>.<event>, the happypay.… names of the seed. Encoded
//  only while somebody subscribes; then the node hands its committed records to
//  this actor and never waits for it. `count` rises by one per topic in a run of
//  the node, so a jump is a loss. A slow reader loses messages, nobody else does.
//
//  A ROUTER at the endpoint's port + 1 serves what was missed:
//
//      ["REPLAY", from, topic-prefix] -> event frames [topic, JSON], ["LIVE", next]
//      what cannot be served          -> ["ERROR", text]
//
//  from and next are "partition.sequence" joined by commas; a partition that is
//  not named starts at its first record; the position is the next one wanted
//  minus one, that is the last one seen.
//
//  Personal data never goes out: bytes (sealed texts, hashes) and texts that
//  people wrote are left out by rule (tap_event.h); of account numbers the last four
//  digits are shown.

#ifndef EDGE_TAP_H
#define EDGE_TAP_H

#include "edge/member_keys.h"
#include "runtime/node.h"

typedef struct tap tap_t;

typedef struct {
    node_t *node;
    const char *node_name;          //  The `source` is happypay/NAME/RUN
    const char *endpoint;           //  "tcp://127.0.0.1:5560"
    member_keys_t *member_keys;     //  To mask account numbers; NULL: they are left out
} tap_config_t;

//  Binds both endpoints. IN_USE, INVALID; one line in ret_reason.
status_t tap_new (const tap_config_t *config, tap_t **ret_tap, char ret_reason [256]) must_check;

//  Before node_destroy.
void tap_destroy (tap_t **self_p);

//  The line of one request, for happypay.logging.out.stdout. Any thread, never
//  blocks; costs an atomic load while nobody subscribes.
void tap_log_line (tap_t *self, const char *line);

//  Messages published and dropped (records not encoded in time); for metrics.
void tap_counts (const tap_t *self, uint64_t *ret_published, uint64_t *ret_dropped);

#endif
