//  keyring - keys in guarded memory, which grow and never move.

#include "edge/keyring.h"

#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include "edge/keyring_place.h"
#include "edge/keyring_text.h"

//  Readers look at `count` and `active` first: a key is whole before they cover it.
typedef struct {
    atomic_size_t count, active;
    keyring_key_t keys [KEYRING_KEYS_MAX];
    atomic_bool gone [KEYRING_KEYS_MAX];
} list_t;

struct keyring {
    uint8_t derive_key [KEYRING_KEY_SIZE];
    uint8_t index_key [KEYRING_KEY_SIZE];
    atomic_uint_fast32_t generation;
    list_t lists [KEYRING_KINDS];
};

//  One line for people, and the status that goes with it.
#define REFUSE(reason, status, ...)                                                                \
    (snprintf (reason, 256, __VA_ARGS__), (status_t) STATUS_##status)

//  ---------------------------------------------------------------------------
//  Finding

//  `count` if there is none.
static size_t
s_index_of (const list_t *list, uint32_t id)
{
    size_t count = atomic_load_explicit (&list->count, memory_order_acquire), index = 0;
    while (index < count && list->keys [index].id != id) {
        index++;
    }
    return index;
}

static const keyring_key_t *
s_find (const list_t *list, uint32_t id)
{
    size_t index = s_index_of (list, id);
    return index < list->count && !list->gone [index] ? &list->keys [index] : NULL;
}

static const keyring_key_t *
s_active (const list_t *list)
{
    return &list->keys [atomic_load_explicit (&list->active, memory_order_acquire)];
}

//  ---------------------------------------------------------------------------
//  Taking what stands there

static bool
s_text_has (const keyring_list_t *text, uint32_t id)
{
    for (size_t index = 0; index < text->count; index++) {
        if (text->keys [index].id == id) {
            return true;
        }
    }
    return false;
}

//  Whether it can be taken at all: looked at before anything is.
static status_t
s_check_list (const list_t *list, const keyring_list_t *text, const char *where, char reason [256])
{
    size_t count = list->count;

    for (size_t index = 0; index < text->count; index++) {
        size_t at = s_index_of (list, text->keys [index].id);
        if (at == list->count) {
            count++;
        }
        else if (sodium_memcmp (list->keys [at].bytes, text->keys [index].bytes, KEYRING_KEY_SIZE)
                     != 0
                 || list->gone [at]) {
            return REFUSE (reason, INVALID,
                           "keyring %.150s has another key under number %u; put the right one back",
                           where, text->keys [index].id);
        }
    }
    if (count > KEYRING_KEYS_MAX) {
        return REFUSE (reason, LIMIT,
                       "keyring %.150s: this process has seen %d keys; restart it to take more",
                       where, KEYRING_KEYS_MAX);
    }
    return STATUS_OK;
}

//  Returns whether anything is new.
static bool
s_take_list (list_t *list, const keyring_list_t *text)
{
    bool changed = false;

    for (size_t index = 0; index < text->count; index++) {
        if (s_index_of (list, text->keys [index].id) == list->count) {
            list->keys [list->count] = text->keys [index];
            atomic_fetch_add_explicit (&list->count, 1, memory_order_release);
            changed = true;
        }
    }
    size_t active = s_index_of (list, text->keys [text->active].id);
    changed = changed || active != list->active;
    atomic_store_explicit (&list->active, active, memory_order_release);
    for (size_t index = 0; index < list->count; index++) {
        bool gone = !s_text_has (text, list->keys [index].id);
        changed = changed || gone != list->gone [index];
        list->gone [index] = gone;
    }
    return changed;
}

static status_t
s_take (keyring_t *self, const keyring_text_t *text, const char *where, bool *ret_changed,
        char reason [256])
{
    if (sodium_memcmp (self->derive_key, text->derive_key, KEYRING_KEY_SIZE) != 0
        || sodium_memcmp (self->index_key, text->index_key, KEYRING_KEY_SIZE) != 0) {
        return REFUSE (reason, INVALID, "keyring %.180s is another one; put the right one back",
                       where);
    }
    for (size_t kind = 0; kind < KEYRING_KINDS; kind++) {
        status_t status = s_check_list (&self->lists [kind], &text->lists [kind], where, reason);
        if (status != STATUS_OK) {
            return status;
        }
    }
    *ret_changed = false;
    sodium_mprotect_readwrite (self);
    for (size_t kind = 0; kind < KEYRING_KINDS; kind++) {
        *ret_changed = s_take_list (&self->lists [kind], &text->lists [kind]) || *ret_changed;
    }
    if (*ret_changed) {
        self->generation++;
    }
    sodium_mprotect_readonly (self);
    return STATUS_OK;
}

status_t
keyring_reload (keyring_t *self, keyring_place_t *place, bool *ret_changed, char ret_reason [256])
{
    keyring_text_t text;
    status_t status = keyring_place_read (place, &text, ret_reason);
    if (status == STATUS_OK) {
        status = s_take (self, &text, keyring_place_name (place), ret_changed, ret_reason);
    }
    keyring_text_wipe (&text);
    return status;
}

//  ---------------------------------------------------------------------------

static status_t
s_load (keyring_place_t *place, keyring_t **ret_keyring, char reason [256])
{
    keyring_text_t text;
    bool changed;

    status_t status = keyring_place_read (place, &text, reason);
    if (status != STATUS_OK) {
        keyring_text_wipe (&text);
        return status;
    }
    keyring_t *self = sodium_malloc (sizeof *self);
    if (self) {
        memset (self, 0, sizeof *self);
        memcpy (self->derive_key, text.derive_key, KEYRING_KEY_SIZE);
        memcpy (self->index_key, text.index_key, KEYRING_KEY_SIZE);
        status = s_take (self, &text, keyring_place_name (place), &changed, reason);
    }
    else {
        status = REFUSE (reason, LIMIT, "keyring %.180s: no memory", keyring_place_name (place));
    }
    keyring_text_wipe (&text);
    if (status != STATUS_OK) {
        keyring_destroy (&self);
        return status;
    }
    *ret_keyring = self;
    return STATUS_OK;
}

status_t
keyring_open_at (keyring_place_t *place, bool create, keyring_t **ret_keyring,
                 char ret_reason [256])
{
    if (sodium_init () < 0) {
        return REFUSE (ret_reason, LIMIT, "keyring: no source of randomness");
    }
    status_t status = s_load (place, ret_keyring, ret_reason);
    if (status == STATUS_NOT_FOUND && create) {
        status = keyring_place_make (place, ret_reason);
        if (status == STATUS_OK) {
            status = s_load (place, ret_keyring, ret_reason);
        }
    }
    return status;
}

status_t
keyring_open (const char *path, bool create, keyring_t **ret_keyring, char ret_reason [256])
{
    keyring_place_t *place = NULL;
    status_t status = keyring_place_new (path, /* vault_token_file= */ NULL, &place, ret_reason);
    if (status == STATUS_OK) {
        status = keyring_open_at (place, create, ret_keyring, ret_reason);
    }
    keyring_place_destroy (&place);
    return status;
}

void
keyring_destroy (keyring_t **self_p)
{
    if (*self_p) {
        sodium_free (*self_p);  //  Wipes
        *self_p = NULL;
    }
}

uint32_t
keyring_generation (const keyring_t *self)
{
    return (uint32_t) atomic_load_explicit (&self->generation, memory_order_acquire);
}

const uint8_t *
keyring_derive_key (const keyring_t *self)
{
    return self->derive_key;
}

const uint8_t *
keyring_index_key (const keyring_t *self)
{
    return self->index_key;
}

const keyring_key_t *
keyring_master_key (const keyring_t *self)
{
    return s_active (&self->lists [KEYRING_MASTER]);
}

const keyring_key_t *
keyring_token_key (const keyring_t *self)
{
    return s_active (&self->lists [KEYRING_TOKEN]);
}

const keyring_key_t *
keyring_find_master_key (const keyring_t *self, uint32_t id)
{
    return s_find (&self->lists [KEYRING_MASTER], id);
}

const keyring_key_t *
keyring_find_token_key (const keyring_t *self, uint32_t id)
{
    return s_find (&self->lists [KEYRING_TOKEN], id);
}
