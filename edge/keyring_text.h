//  keyring_text - what a keyring holds, and its one written form (edge/keyring.h).
//
//  A value, to be wiped by who has one (keyring_text_wipe): it lives for as long
//  as a keyring is read, made or changed. No state; any thread.

#ifndef EDGE_KEYRING_TEXT_H
#define EDGE_KEYRING_TEXT_H

#include <stddef.h>
#include "edge/keyring.h"

enum { KEYRING_TEXT_MAX = 64 * 1024 };

typedef struct {
    size_t count;
    size_t active;                  //  Which of them
    keyring_key_t keys [KEYRING_KEYS_MAX];
} keyring_list_t;

typedef struct {
    uint8_t derive_key [KEYRING_KEY_SIZE];
    uint8_t index_key [KEYRING_KEY_SIZE];
    keyring_list_t lists [KEYRING_KINDS];
} keyring_text_t;

//  New keys, number 1 of each list active.
void keyring_text_make (keyring_text_t *ret_self);

//  Strict: DAMAGED, UNSUPPORTED (another format). `where` names it in the reason.
status_t keyring_text_read (keyring_text_t *ret_self, const char *where, const char *text,
                            size_t size, char ret_reason [256]) must_check;

//  The text, owned by the caller (keyring_text_free); NULL: no memory.
char *keyring_text_write (const keyring_text_t *self) must_check;
void keyring_text_free (char **text_p);

//  A new key under the next number, active from now on. LIMIT: the list is full.
status_t keyring_text_rotate (keyring_text_t *self, keyring_kind_t kind,
                              uint32_t *ret_id) must_check;

//  NOT_FOUND: there is none. IN_USE: it is the active one.
status_t keyring_text_retire (keyring_text_t *self, keyring_kind_t kind, uint32_t id) must_check;

void keyring_text_wipe (keyring_text_t *self);

#endif
