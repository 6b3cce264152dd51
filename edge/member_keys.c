//  member_keys - slot files on disk, a shared flush, a cache in front.
//
//  Writers (put, erase) take turns under `lock`; a lookup reads without it, and
//  only when it met a slot that did not verify (a write in progress, or a torn
//  one) and did not find its member does it look again under the lock.
//
//  The flush is a group commit: each write gets a ticket; whoever waits first
//  flushes for all tickets given so far, the others wait for theirs.

#include "edge/member_keys.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "edge/member_keys_private.h"

//  ---------------------------------------------------------------------------
//  Opening

static status_t
s_add_table (member_keys_t *self)
{
    size_t number = self->table_count;
    if (number == TABLES_MAX) {
        return STATUS_LIMIT;
    }
    status_t status = key_table_make (&self->tables [number], self->dir, number);
    if (status == STATUS_OK) {
        self->table_count = number + 1;  //  Now readers see it
    }
    return status;
}

//  Opens the tables that are there; makes the first.
static status_t
s_open_tables (member_keys_t *self, char reason [256])
{
    while (self->table_count < TABLES_MAX) {
        size_t number = self->table_count;
        status_t status = key_table_open (&self->tables [number], self->dir, number, reason);
        if (status == STATUS_NOT_FOUND) {
            break;
        }
        if (status != STATUS_OK) {
            return status;
        }
        self->table_count = number + 1;
    }
    if (self->table_count > 0) {
        return STATUS_OK;
    }
    status_t status = s_add_table (self);
    if (status != STATUS_OK) {
        snprintf (reason, 256, "%.160s: the members' keys cannot be made: %s", self->dir,
                  status_text (status));
    }
    return status;
}

status_t
member_keys_open (const char *dir, const keyring_t *keyring, member_keys_t **ret_keys,
                  char ret_reason [256])
{
    if (mkdir (dir, 0700) != 0 && errno != EEXIST) {
        snprintf (ret_reason, 256, "%.180s cannot be made: %m", dir);
        return STATUS_NO_ACCESS;
    }
    member_keys_t *self = calloc (1, sizeof *self);
    if (!self) {
        snprintf (ret_reason, 256, "no memory for the members' keys");
        return STATUS_LIMIT;
    }
    self->keyring = keyring;
    self->redo.file = -1;
    self->dir = strdup (dir);
    self->cache = key_cache_new (MEMBER_KEYS_CACHED);
    pthread_mutex_init (&self->lock, NULL);
    pthread_mutex_init (&self->flush_lock, NULL);
    pthread_cond_init (&self->flushed_more, NULL);
    status_t status = self->dir && self->cache ? s_open_tables (self, ret_reason) : STATUS_LIMIT;
    if (status == STATUS_OK) {
        status = key_redo_open (&self->redo, dir, ret_reason);
    }
    if (status == STATUS_OK && (status = member_keys_recover (self)) != STATUS_OK) {
        snprintf (ret_reason, 256, "%.160s: an unfinished rewrapping cannot be finished: %s", dir,
                  status_text (status));
    }
    if (status == STATUS_OK) {
        status = member_keys_announce (self, ret_reason);
    }
    if (status != STATUS_OK) {
        member_keys_destroy (&self);
        return status;
    }
    *ret_keys = self;
    return STATUS_OK;
}

void
member_keys_destroy (member_keys_t **self_p)
{
    member_keys_t *self = *self_p;
    if (!self) {
        return;
    }
    for (size_t index = 0; index < self->table_count; index++) {
        key_table_close (&self->tables [index]);
    }
    key_redo_close (&self->redo);
    key_cache_destroy (&self->cache);
    pthread_mutex_destroy (&self->lock);
    pthread_mutex_destroy (&self->flush_lock);
    pthread_cond_destroy (&self->flushed_more);
    free (self->dir);
    free (self);
    *self_p = NULL;
}

//  ---------------------------------------------------------------------------
//  The shared flush

uint64_t
member_keys_ticket (member_keys_t *self)
{
    pthread_mutex_lock (&self->flush_lock);
    uint64_t ticket = ++self->written;
    pthread_mutex_unlock (&self->flush_lock);
    return ticket;
}

static bool
s_flush_tables (member_keys_t *self)
{
    bool done = true;
    for (size_t index = 0; index < self->table_count; index++) {
        done = key_table_flush (&self->tables [index]) && done;
    }
    return done;
}

status_t
member_keys_flush (member_keys_t *self, uint64_t ticket)
{
    pthread_mutex_lock (&self->flush_lock);
    ticket = ticket ? ticket : self->written;
    while (self->flushed < ticket && !self->failed) {
        if (self->flushing) {
            pthread_cond_wait (&self->flushed_more, &self->flush_lock);
            continue;
        }
        uint64_t target = self->written;
        self->flushing = true;
        pthread_mutex_unlock (&self->flush_lock);
        bool done = s_flush_tables (self);
        pthread_mutex_lock (&self->flush_lock);
        self->flushing = false;
        self->failed = self->failed || !done;
        self->flushed = done ? target : self->flushed;
        pthread_cond_broadcast (&self->flushed_more);
    }
    status_t status = self->flushed >= ticket ? STATUS_OK : STATUS_IO_ERROR;
    pthread_mutex_unlock (&self->flush_lock);
    return status;
}

//  ---------------------------------------------------------------------------
//  Places

//  From the newest table to the oldest. NOT_FOUND: *ret_place is free in the newest.
static status_t
s_probe (member_keys_t *self, oid_t member, key_place_t *ret_place, bool *ret_torn)
{
    key_place_t free_place = { .table = NULL }, place;
    size_t newest = self->table_count - 1;

    for (size_t index = newest + 1; index-- > 0;) {
        status_t status = key_table_probe (&self->tables [index], member, &place, ret_torn);
        if (status != STATUS_NOT_FOUND) {
            *ret_place = place;
            return status;
        }
        if (index == newest) {
            free_place = place;
        }
    }
    *ret_place = free_place;
    return STATUS_NOT_FOUND;
}

//  A free place for the member; makes the next table if the newest is full enough.
static status_t
s_probe_for_writing (member_keys_t *self, oid_t member, key_place_t *ret_place)
{
    bool torn = false;
    status_t status = s_probe (self, member, ret_place, &torn);
    const key_table_t *newest = &self->tables [self->table_count - 1];

    if (status == STATUS_NOT_FOUND && newest->used >= newest->slots / 4 * 3) {
        status = s_add_table (self);
        if (status == STATUS_OK) {
            status = s_probe (self, member, ret_place, &torn);
        }
    }
    return status;
}

//  ---------------------------------------------------------------------------

status_t
member_keys_put (member_keys_t *self, oid_t member, uint8_t ret_key [MEMBER_KEY_SIZE])
{
    uint8_t key [MEMBER_KEY_SIZE];
    uint64_t ticket = 0;
    key_place_t place;

    pthread_mutex_lock (&self->lock);
    uint64_t epoch = key_cache_epoch (self->cache);
    status_t status = s_probe_for_writing (self, member, &place);
    if (status == STATUS_OK) {  //  It has one, durable or about to be
        status = key_slot_open (place.bytes, self->keyring, key);
    }
    else if (status == STATUS_NOT_FOUND) {
        randombytes_buf (key, sizeof key);
        key_slot_seal (place.bytes, self->keyring, member, key);
        status = key_table_write (&place, true);
        ticket = member_keys_ticket (self);
    }
    pthread_mutex_unlock (&self->lock);
    if (status == STATUS_OK) {
        status = member_keys_flush (self, ticket);
    }
    if (status == STATUS_OK) {
        key_cache_offer (self->cache, member, key, epoch);
        if (ret_key) {
            memcpy (ret_key, key, MEMBER_KEY_SIZE);
        }
    }
    sodium_memzero (key, sizeof key);
    return status;
}

status_t
member_keys_find (member_keys_t *self, oid_t member, uint8_t ret_key [MEMBER_KEY_SIZE])
{
    bool torn = false;
    key_place_t place;

    if (key_cache_get (self->cache, member, ret_key)) {
        return STATUS_OK;
    }
    uint64_t epoch = key_cache_epoch (self->cache);
    status_t status = s_probe (self, member, &place, &torn);
    if (status != STATUS_OK && torn) {
        pthread_mutex_lock (&self->lock);
        status = s_probe (self, member, &place, &torn);
        pthread_mutex_unlock (&self->lock);
    }
    if (status == STATUS_OK) {
        status = key_slot_open (place.bytes, self->keyring, ret_key);
    }
    if (status == STATUS_OK) {
        key_cache_offer (self->cache, member, ret_key, epoch);
    }
    return status;
}

status_t
member_keys_erase (member_keys_t *self, oid_t member)
{
    uint64_t ticket = 0;
    key_place_t place;

    pthread_mutex_lock (&self->lock);
    status_t status = s_probe_for_writing (self, member, &place);
    if (status == STATUS_OK || status == STATUS_NOT_FOUND) {
        bool was_free = status == STATUS_NOT_FOUND;
        bool was_destroyed = key_slot_state (place.bytes) == KEY_SLOT_DESTROYED;
        key_slot_destroy (place.bytes, member);
        status = was_destroyed ? STATUS_OK : key_table_write (&place, was_free);
        ticket = member_keys_ticket (self);
    }
    key_cache_forget (self->cache, member);
    pthread_mutex_unlock (&self->lock);
    return status == STATUS_OK ? member_keys_flush (self, ticket) : status;
}

uint64_t
member_keys_count (member_keys_t *self)
{
    pthread_mutex_lock (&self->lock);
    uint64_t count = 0;
    for (size_t index = 0; index < self->table_count; index++) {
        count += self->tables [index].keys;
    }
    pthread_mutex_unlock (&self->lock);
    return count;
}
