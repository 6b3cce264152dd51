//  key_slot - one slot of a member key file, byte by byte (edge/member_keys.h).

#ifndef EDGE_KEY_SLOT_H
#define EDGE_KEY_SLOT_H

#include "edge/keyring.h"

enum { KEY_SLOT_SIZE = 128 };

typedef enum {
    KEY_SLOT_FREE,
    KEY_SLOT_KEY,
    KEY_SLOT_DESTROYED,
    KEY_SLOT_TORN                   //  Neither free nor verified
} key_slot_state_t;

//  Checks the slot's hash too.
key_slot_state_t key_slot_state (const uint8_t slot [KEY_SLOT_SIZE]);

//  Of a slot that is neither free nor torn.
oid_t key_slot_member (const uint8_t slot [KEY_SLOT_SIZE]);

//  The number of the master key that wraps it; 0 when destroyed.
uint32_t key_slot_master (const uint8_t slot [KEY_SLOT_SIZE]);

//  Wraps the key with the active master key.
void key_slot_seal (uint8_t ret_slot [KEY_SLOT_SIZE], const keyring_t *keyring, oid_t member,
                    const uint8_t key [KEYRING_KEY_SIZE]);

//  NOT_FOUND: it is destroyed. DAMAGED: the master key is not in this keyring, or
//  is not the one that wrapped it.
status_t key_slot_open (const uint8_t slot [KEY_SLOT_SIZE], const keyring_t *keyring,
                        uint8_t ret_key [KEYRING_KEY_SIZE]) must_check;

void key_slot_destroy (uint8_t ret_slot [KEY_SLOT_SIZE], oid_t member);

#endif
