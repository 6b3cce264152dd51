//  tap_wanted - what the readers of the tap subscribed to: prefixes of topics.
//
//  Subscriptions come from anybody who reaches the endpoint, so the table is bounded:
//  TAP_WANTED_MAX prefixes are told apart; with more of them everything counts as wanted
//  (the socket still sends each reader its own), until enough are gone. A prefix that no
//  topic can have is not kept.
//
//  Belongs to the tap's thread.

#ifndef EDGE_TAP_WANTED_H
#define EDGE_TAP_WANTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TAP_WANTED_MAX = 1024 };

typedef struct tap_wanted tap_wanted_t;

tap_wanted_t *tap_wanted_new (void);
void tap_wanted_destroy (tap_wanted_t **self_p);

//  A frame of an XPUB: 1 or 0, and the prefix that is subscribed to or no longer. The
//  socket tells of each prefix once, whatever the number of its readers. Others are ignored.
void tap_wanted_take (tap_wanted_t *self, const uint8_t *frame, size_t size);

//  True if a reader wants this topic.
bool tap_wanted_has (const tap_wanted_t *self, const char *topic);

//  True if a reader wants any topic of which `beginning` is not the beginning.
bool tap_wanted_others (const tap_wanted_t *self, const char *beginning);

//  Prefixes that are kept.
size_t tap_wanted_count (const tap_wanted_t *self);

#endif
