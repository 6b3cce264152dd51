//  member_rewrap - members' keys wrapped anew, a batch at a time, while others use them.
//
//      lock -> the next slots under an older master key -> the batch into the redo file,
//      durable -> over the slots -> durable -> redo file to zeros, durable -> unlock
//
//  A reader meanwhile sees the old slot, the new one (both open: the old master key
//  is in the keyring until nothing needs it), or one half written, and then looks
//  again under the lock. A writer waits for one batch.

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include "edge/member_keys_private.h"
#include "edge/secret_file.h"

enum { BLOCKS_MAX = 64, TAKEN_SIZE = 64 };

//  ---------------------------------------------------------------------------
//  One batch

//  Wrapped anew, under the member that the slot says. DAMAGED: it does not open.
static status_t
s_rewrap (const member_keys_t *self, const uint8_t old [KEY_SLOT_SIZE],
          uint8_t ret_slot [KEY_SLOT_SIZE])
{
    uint8_t key [MEMBER_KEY_SIZE];
    status_t status = key_slot_open (old, self->keyring, key);
    if (status == STATUS_OK) {
        key_slot_seal (ret_slot, self->keyring, key_slot_member (old), key);
    }
    sodium_memzero (key, sizeof key);
    return status;
}

static bool
s_is_behind (const member_keys_t *self, const uint8_t slot [KEY_SLOT_SIZE])
{
    return key_slot_state (slot) == KEY_SLOT_KEY
           && key_slot_master (slot) != keyring_master_key (self->keyring)->id;
}

//  Adds what is behind in one block; it fits, since a batch is a block at least.
static status_t
s_gather_block (member_keys_t *self, const member_keys_pass_t *pass, key_redo_entry_t *entries,
                size_t *count, uint64_t *lost)
{
    uint8_t slots [KEY_TABLE_BLOCK * KEY_SLOT_SIZE];
    status_t status = key_table_read (&self->tables [pass->table], pass->number, slots);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t index = 0; index < KEY_TABLE_BLOCK; index++) {
        const uint8_t *slot = slots + index * KEY_SLOT_SIZE;
        if (!s_is_behind (self, slot)) {
            continue;
        }
        key_redo_entry_t *entry = &entries [*count];
        entry->table = pass->table;
        entry->number = pass->number + index;
        if (s_rewrap (self, slot, entry->slot) == STATUS_OK) {
            *count += 1;
        }
        else {
            *lost += 1;
        }
    }
    return STATUS_OK;
}

static void
s_next_block (const member_keys_t *self, member_keys_pass_t *pass)
{
    pass->number += KEY_TABLE_BLOCK;
    if (pass->number == self->tables [pass->table].slots) {
        pass->table++;
        pass->number = 0;
    }
    pass->done = pass->table == self->table_count;
}

static status_t
s_apply (member_keys_t *self, const key_redo_entry_t *entries, size_t count)
{
    status_t status = STATUS_OK;
    for (size_t index = 0; index < count && status == STATUS_OK; index++) {
        status = key_table_rewrite (&self->tables [entries [index].table], entries [index].number,
                                    entries [index].slot);
    }
    if (status == STATUS_OK) {
        status = member_keys_flush (self, member_keys_ticket (self));
    }
    return status == STATUS_OK ? key_redo_clear (&self->redo) : status;
}

_Static_assert((int) KEY_REDO_BATCH >= (int) KEY_TABLE_BLOCK, "a block fits into a batch");

status_t
member_keys_rewrap (member_keys_t *self, member_keys_pass_t *pass)
{
    status_t status = STATUS_OK;
    size_t count = 0;

    pthread_mutex_lock (&self->lock);
    for (size_t block = 0; block < BLOCKS_MAX && count == 0 && !pass->done && status == STATUS_OK;
         block++) {
        status = s_gather_block (self, pass, self->batch, &count, &pass->lost);
        s_next_block (self, pass);
    }
    if (status == STATUS_OK && count > 0) {
        status = key_redo_write (&self->redo, self->batch, count);
        if (status == STATUS_OK) {
            status = s_apply (self, self->batch, count);
        }
        pass->rewrapped += count;
    }
    pthread_mutex_unlock (&self->lock);
    return status;
}

//  ---------------------------------------------------------------------------
//  After a crash

//  A slot that is whole stays as it is: the old or the new one, both open.
static status_t
s_mend (member_keys_t *self, const key_redo_entry_t *entry)
{
    uint8_t slots [KEY_TABLE_BLOCK * KEY_SLOT_SIZE];
    if (entry->table >= self->table_count || entry->number >= self->tables [entry->table].slots) {
        return STATUS_DAMAGED;
    }
    key_table_t *table = &self->tables [entry->table];
    uint64_t at = entry->number % KEY_TABLE_BLOCK;
    status_t status = key_table_read (table, entry->number - at, slots);
    if (status == STATUS_OK && key_slot_state (slots + at * KEY_SLOT_SIZE) == KEY_SLOT_TORN) {
        status = key_table_rewrite (table, entry->number, entry->slot);
        table->keys++;
    }
    return status;
}

status_t
member_keys_recover (member_keys_t *self)
{
    key_redo_entry_t entries [KEY_REDO_BATCH];
    size_t count = 0;

    status_t status = key_redo_read (&self->redo, entries, &count);
    for (size_t index = 0; index < count && status == STATUS_OK; index++) {
        status = s_mend (self, &entries [index]);
    }
    if (status == STATUS_OK && count > 0) {
        status = member_keys_flush (self, member_keys_ticket (self));
    }
    return status == STATUS_OK && count > 0 ? key_redo_clear (&self->redo) : status;
}

//  ---------------------------------------------------------------------------
//  What a person can see from outside

static void
s_taken_path (const char *dir, char ret_path [4200])
{
    snprintf (ret_path, 4200, "%.4100s/taken", dir);
}

status_t
member_keys_announce (member_keys_t *self, char ret_reason [256])
{
    char path [4200], text [TAKEN_SIZE];
    s_taken_path (self->dir, path);
    pthread_mutex_lock (&self->lock);  //  From here on nothing is wrapped by an older one
    int size =
        snprintf (text, sizeof text, "master %u token %u\n", keyring_master_key (self->keyring)->id,
                  keyring_token_key (self->keyring)->id);
    status_t status = secret_file_replace (path, text, (size_t) size, ret_reason);
    pthread_mutex_unlock (&self->lock);
    return status;
}

static void
s_count_slot (member_keys_census_t *census, const uint8_t slot [KEY_SLOT_SIZE])
{
    if (key_slot_state (slot) != KEY_SLOT_KEY) {
        return;
    }
    uint32_t id = key_slot_master (slot);
    size_t index = 0;
    while (index < census->count && census->masters [index] != id) {
        index++;
    }
    if (index == KEYRING_KEYS_MAX) {
        census->others++;
        return;
    }
    census->count += index == census->count;
    census->masters [index] = id;
    census->keys [index]++;
}

static status_t
s_count_table (const char *dir, size_t number, member_keys_census_t *census, char reason [256])
{
    uint8_t slots [KEY_TABLE_BLOCK * KEY_SLOT_SIZE];
    key_table_t table;
    status_t status = key_table_open (&table, dir, number, reason);
    if (status != STATUS_OK) {
        return status;
    }
    for (uint64_t at = 0; at < table.slots && status == STATUS_OK; at += KEY_TABLE_BLOCK) {
        status = key_table_read (&table, at, slots);
        for (size_t index = 0; index < KEY_TABLE_BLOCK && status == STATUS_OK; index++) {
            s_count_slot (census, slots + index * KEY_SLOT_SIZE);
        }
    }
    key_table_close (&table);
    return status;
}

static status_t
s_see_redo (const char *dir, member_keys_census_t *census, char reason [256])
{
    key_redo_entry_t entries [KEY_REDO_BATCH];
    key_redo_t redo;
    size_t count = 0;

    status_t status = key_redo_open (&redo, dir, reason);
    if (status == STATUS_OK) {
        status = key_redo_read (&redo, entries, &count);
        key_redo_close (&redo);
    }
    census->unfinished = census->unfinished || count > 0;
    return status;
}

status_t
member_keys_census (const char *dir, member_keys_census_t *ret_census, char ret_reason [256])
{
    char path [4200], text [TAKEN_SIZE] = "", unused [256];
    size_t size = 0;

    memset (ret_census, 0, sizeof *ret_census);
    s_taken_path (dir, path);
    status_t status = secret_file_read (path, text, sizeof text - 1, &size, ret_reason);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    if (status == STATUS_NOT_FOUND
        || sscanf (text, "master %u token %u", &ret_census->taken [KEYRING_MASTER],
                   &ret_census->taken [KEYRING_TOKEN])
               != 2) {
        return STATUS_OK;  //  No node of this version was here
    }
    status = s_see_redo (dir, ret_census, ret_reason);
    for (size_t number = 0; number < TABLES_MAX && status == STATUS_OK; number++) {
        status = s_count_table (dir, number, ret_census, number ? unused : ret_reason);
    }
    if (status == STATUS_OK || status == STATUS_NOT_FOUND) {
        status = s_see_redo (dir, ret_census, ret_reason);
    }
    return status;
}
