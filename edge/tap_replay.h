//  tap_replay - serves what a reader of the tap missed, from the journal.
//
//      ["REPLAY", from, topic-prefix] -> [topic, JSON] …, ["LIVE", next]
//
//  A few replays at a time, each advanced by a short range a turn, so that neither
//  the live tap nor the journal waits for one. A reader that takes nothing is let
//  go after REPLAY_STALL_MS; beyond REPLAYS_MAX the answer is ["ERROR", "busy"].
//
//  Belongs to the tap's thread.

#ifndef EDGE_TAP_REPLAY_H
#define EDGE_TAP_REPLAY_H

#include <czmq.h>
#include "runtime/node.h"

enum { REPLAYS_MAX = 16, REPLAY_RECORDS = 256, REPLAY_STALL_MS = 30000 };

typedef struct tap_replay tap_replay_t;

//  Borrows all.
tap_replay_t *tap_replay_new (node_t *node, zsock_t *router, const char *source);
void tap_replay_destroy (tap_replay_t **self_p);

//  Reads the requests that wait at the router.
void tap_replay_receive (tap_replay_t *self);

//  Advances each replay; true while any has more to send.
bool tap_replay_turn (tap_replay_t *self);

//  "0.17,3.4" into positions by partition (others 0). False if it is not that.
bool tap_positions_parse (const char *text, uint64_t *ret_positions, size_t partitions);

#endif
