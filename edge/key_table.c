//  key_table - one slot file of the members' keys.

#include "edge/key_table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FIRST_SLOTS = 1024,  //  The n-th table has this << n
    PROBE_SLOTS = 16     //  Read at a time
};

static status_t
s_status_of_errno (int error)
{
    switch (error) {
    case ENOENT: return STATUS_NOT_FOUND;
    case ENOSPC:
    case EFBIG:
    case EDQUOT: return STATUS_NO_SPACE;
    case EACCES:
    case EPERM:
    case EROFS: return STATUS_NO_ACCESS;
    default: return STATUS_IO_ERROR;
    }
}

static off_t
s_size (const key_table_t *self)
{
    return (off_t) (self->slots * KEY_SLOT_SIZE);
}

//  ---------------------------------------------------------------------------
//  Opening and making

//  Reads every slot once: counts them, and warms the page cache.
static status_t
s_count (key_table_t *self)
{
    uint8_t slots [KEY_TABLE_BLOCK * KEY_SLOT_SIZE];

    for (uint64_t at = 0; at < self->slots; at += KEY_TABLE_BLOCK) {
        status_t status = key_table_read (self, at, slots);
        if (status != STATUS_OK) {
            return status;
        }
        for (size_t index = 0; index < KEY_TABLE_BLOCK; index++) {
            key_slot_state_t state = key_slot_state (slots + index * KEY_SLOT_SIZE);
            self->used += state != KEY_SLOT_FREE;
            self->keys += state == KEY_SLOT_KEY;
        }
    }
    return STATUS_OK;
}

static void
s_start (key_table_t *self, size_t number)
{
    self->slots = (uint64_t) FIRST_SLOTS << number;
    self->used = self->keys = 0;
    self->dirty = false;
}

status_t
key_table_open (key_table_t *self, const char *dir, size_t number, char ret_reason [256])
{
    char path [4200];
    struct stat about;

    s_start (self, number);
    snprintf (path, sizeof path, "%.4100s/members.%zu", dir, number);
    self->file = open (path, O_RDWR | O_CLOEXEC);
    if (self->file < 0) {
        status_t status = s_status_of_errno (errno);
        snprintf (ret_reason, 256, "%.160s cannot be opened: %m", path);
        return status;
    }
    status_t status = STATUS_OK;
    if (fstat (self->file, &about) != 0 || about.st_size != s_size (self)) {
        snprintf (ret_reason, 256, "%.160s is damaged: its size is not %lld", path,
                  (long long) s_size (self));
        status = STATUS_DAMAGED;
    }
    else if ((status = s_count (self)) != STATUS_OK) {
        snprintf (ret_reason, 256, "%.160s cannot be read: %m", path);
    }
    if (status != STATUS_OK) {
        key_table_close (self);
    }
    return status;
}

static bool
s_fsync_dir (const char *dir)
{
    int file = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = file >= 0 && fsync (file) == 0;
    if (file >= 0) {
        close (file);
    }
    return done;
}

status_t
key_table_make (key_table_t *self, const char *dir, size_t number)
{
    char path [4200], temporary [4200];

    s_start (self, number);
    snprintf (path, sizeof path, "%.4100s/members.%zu", dir, number);
    snprintf (temporary, sizeof temporary, "%.4100s/members.new", dir);
    self->file = open (temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (self->file < 0) {
        return s_status_of_errno (errno);
    }
    int error = posix_fallocate (self->file, 0, s_size (self));
    if (!error
        && (fsync (self->file) != 0 || rename (temporary, path) != 0 || !s_fsync_dir (dir))) {
        error = EIO;
    }
    if (error) {
        key_table_close (self);
        unlink (temporary);
        return s_status_of_errno (error);
    }
    return STATUS_OK;
}

void
key_table_close (key_table_t *self)
{
    close (self->file);
    self->file = -1;
}

//  ---------------------------------------------------------------------------
//  Slots

//  The index in `slots` where probing ends, from `from` on; PROBE_SLOTS if beyond.
static uint64_t
s_end_of_probing (const uint8_t *slots, uint64_t from, oid_t member, bool *ret_torn)
{
    for (uint64_t index = from; index < PROBE_SLOTS; index++) {
        const uint8_t *slot = slots + index * KEY_SLOT_SIZE;
        key_slot_state_t state = key_slot_state (slot);
        if (state == KEY_SLOT_TORN) {
            *ret_torn = true;
        }
        else if (state == KEY_SLOT_FREE || oid_equal (key_slot_member (slot), member)) {
            return index;
        }
    }
    return PROBE_SLOTS;
}

status_t
key_table_probe (key_table_t *self, oid_t member, key_place_t *ret_place, bool *ret_torn)
{
    uint8_t slots [PROBE_SLOTS * KEY_SLOT_SIZE];
    uint64_t start;

    memcpy (&start, member.bytes, sizeof start);
    start %= self->slots;
    uint64_t from = start % PROBE_SLOTS, block = start - from;
    for (uint64_t blocks = 0; blocks <= self->slots / PROBE_SLOTS; blocks++) {
        ssize_t got = pread (self->file, slots, sizeof slots, (off_t) (block * KEY_SLOT_SIZE));
        if (got != sizeof slots) {
            return STATUS_IO_ERROR;
        }
        uint64_t index = s_end_of_probing (slots, from, member, ret_torn);
        if (index < PROBE_SLOTS) {
            ret_place->table = self;
            ret_place->number = block + index;
            memcpy (ret_place->bytes, slots + index * KEY_SLOT_SIZE, KEY_SLOT_SIZE);
            bool is_free = key_slot_state (ret_place->bytes) == KEY_SLOT_FREE;
            return is_free ? STATUS_NOT_FOUND : STATUS_OK;
        }
        from = 0;
        block = (block + PROBE_SLOTS) % self->slots;
    }
    return STATUS_DAMAGED;  //  Full: it never is
}

status_t
key_table_write (key_place_t *place, bool was_free)
{
    key_table_t *self = place->table;

    ssize_t written =
        pwrite (self->file, place->bytes, KEY_SLOT_SIZE, (off_t) (place->number * KEY_SLOT_SIZE));
    self->used += was_free;
    self->dirty = true;
    if (written != KEY_SLOT_SIZE) {
        return written < 0 ? s_status_of_errno (errno) : STATUS_NO_SPACE;
    }
    if (place->bytes [0] == KEY_SLOT_KEY) {
        self->keys += 1;
    }
    else if (!was_free) {  //  A key was destroyed
        self->keys -= 1;
    }
    return STATUS_OK;
}

status_t
key_table_read (const key_table_t *self, uint64_t number,
                uint8_t ret_slots [KEY_TABLE_BLOCK * KEY_SLOT_SIZE])
{
    size_t size = KEY_TABLE_BLOCK * KEY_SLOT_SIZE;
    ssize_t got = pread (self->file, ret_slots, size, (off_t) (number * KEY_SLOT_SIZE));
    return got == (ssize_t) size ? STATUS_OK : STATUS_IO_ERROR;
}

status_t
key_table_rewrite (key_table_t *self, uint64_t number, const uint8_t slot [KEY_SLOT_SIZE])
{
    ssize_t written = pwrite (self->file, slot, KEY_SLOT_SIZE, (off_t) (number * KEY_SLOT_SIZE));
    self->dirty = true;
    return written == KEY_SLOT_SIZE ? STATUS_OK : STATUS_IO_ERROR;
}

bool
key_table_flush (key_table_t *self)
{
    return !atomic_exchange (&self->dirty, false) || fdatasync (self->file) == 0;
}
