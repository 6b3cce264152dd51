//  target - a request's target: path and query, split and decoded in place.
//
//      "/v1/wallets?member_id=mem_1&member_id=mem_2"
//
//  Paths here never need percent-encoding, so an encoded one simply matches no
//  route. Query names and values are decoded ('+' is a space). Texts are borrowed
//  from the buffer inside.

#ifndef EDGE_TARGET_H
#define EDGE_TARGET_H

#include <stdbool.h>
#include <stddef.h>

enum {
    TARGET_SIZE_MAX = 8192,         //  Bytes of path and query
    TARGET_PATH_MAX = 255,          //  No route is longer
    TARGET_ITEMS_MAX = 128,
    TARGET_SEGMENTS_MAX = 8
};

typedef struct {
    const char *name, *value;
} target_item_t;

typedef struct {
    char path [TARGET_PATH_MAX + 1];    //  Without the query; for people: cut if
                                        //  longer, odd bytes shown as '?'
    size_t segment_count;               //  0: too many, no route
    const char *segments [TARGET_SEGMENTS_MAX];    //  "v1", "wallets", …
    size_t item_count;
    target_item_t items [TARGET_ITEMS_MAX];
    char *text;                         //  What the pointers point into; owned
} target_t;

typedef enum { TARGET_OK, TARGET_TOO_LONG, TARGET_MALFORMED } target_status_t;

//  MALFORMED: a bad percent escape, a NUL, invalid UTF-8 in a name or value, or too many
//  items. self is zeroed first; destroy it in any case.
target_status_t target_read (target_t *self, const char *uri);
void target_destroy (target_t *self);

//  The first value of this name, or NULL.
const char *target_value (const target_t *self, const char *name);

#endif
