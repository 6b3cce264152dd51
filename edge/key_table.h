//  key_table - one slot file of the members' keys (edge/member_keys.h): fixed
//  size, open addressing, linear probing; never rehashed.
//
//  One thread at a time writes (probe, write); any thread may probe meanwhile and
//  may see a slot half written, which does not verify then.

#ifndef EDGE_KEY_TABLE_H
#define EDGE_KEY_TABLE_H

#include <stdatomic.h>
#include "edge/key_slot.h"

typedef struct {
    int file;
    uint64_t slots;
    uint64_t used;                  //  Not free
    uint64_t keys;
    atomic_bool dirty;              //  Written since it was last flushed
} key_table_t;

//  Where a member's slot is, or could be.
typedef struct {
    key_table_t *table;
    uint64_t number;
    uint8_t bytes [KEY_SLOT_SIZE];
} key_place_t;

//  Opens DIR/members.<number>; NOT_FOUND, NO_ACCESS, IO_ERROR, DAMAGED.
status_t key_table_open (key_table_t *self, const char *dir, size_t number,
                         char ret_reason [256]) must_check;

//  Makes it, whole and durable before it has its name. NO_SPACE, NO_ACCESS, IO_ERROR.
status_t key_table_make (key_table_t *self, const char *dir, size_t number) must_check;

void key_table_close (key_table_t *self);

//  OK: *ret_place is the member's. NOT_FOUND: it is the free one where the probing
//  ended. *ret_torn is set if a slot on the way did not verify. IO_ERROR, DAMAGED.
status_t key_table_probe (key_table_t *self, oid_t member, key_place_t *ret_place,
                          bool *ret_torn) must_check;

//  Writes the place's bytes; counts.
status_t key_table_write (key_place_t *place, bool was_free) must_check;

enum { KEY_TABLE_BLOCK = 256 };     //  Every table is a multiple of it

//  Reads KEY_TABLE_BLOCK slots from `number` on, a multiple of it.
status_t key_table_read (const key_table_t *self, uint64_t number,
                         uint8_t ret_slots [KEY_TABLE_BLOCK * KEY_SLOT_SIZE]) must_check;

//  Writes a key over the slot that has it, wrapped in another way. Counts nothing.
status_t key_table_rewrite (key_table_t *self, uint64_t number,
                            const uint8_t slot [KEY_SLOT_SIZE]) must_check;

//  True if there is nothing written, or it is durable now.
bool key_table_flush (key_table_t *self);

#endif
