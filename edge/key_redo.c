//  key_redo - a file of fixed size, entries from its beginning, zeros when there are none.

#include "edge/key_redo.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENTRY_SIZE = 16 + KEY_SLOT_SIZE, FILE_SIZE = ENTRY_SIZE * KEY_REDO_BATCH };

status_t
key_redo_open (key_redo_t *self, const char *dir, char ret_reason [256])
{
    char path [4200];
    struct stat about;

    snprintf (path, sizeof path, "%.4100s/rewrap", dir);
    self->file = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (self->file < 0 || fstat (self->file, &about) != 0) {
        snprintf (ret_reason, 256, "%.180s cannot be opened: %m", path);
        key_redo_close (self);
        return STATUS_NO_ACCESS;
    }
    //  Made whole, or a crash came in between: then nothing was written yet
    int error = about.st_size == FILE_SIZE ? 0 : posix_fallocate (self->file, 0, FILE_SIZE);
    if (error || fsync (self->file) != 0) {
        snprintf (ret_reason, 256, "%.180s cannot be made: %s", path,
                  strerror (error ? error : errno));
        key_redo_close (self);
        return error == ENOSPC ? STATUS_NO_SPACE : STATUS_IO_ERROR;
    }
    return STATUS_OK;
}

void
key_redo_close (key_redo_t *self)
{
    if (self->file >= 0) {
        close (self->file);
    }
    self->file = -1;
}

static uint64_t
s_number_at (const uint8_t *bytes)
{
    uint64_t number = 0;
    for (unsigned byte = 0; byte < 8; byte++) {
        number |= (uint64_t) bytes [byte] << (8 * byte);
    }
    return number;
}

static void
s_number_to (uint8_t *bytes, uint64_t number)
{
    for (unsigned byte = 0; byte < 8; byte++) {
        bytes [byte] = (uint8_t) (number >> (8 * byte));
    }
}

status_t
key_redo_read (key_redo_t *self, key_redo_entry_t *ret_entries, size_t *ret_count)
{
    uint8_t bytes [FILE_SIZE];
    size_t count = 0;

    if (pread (self->file, bytes, sizeof bytes, 0) != sizeof bytes) {
        return STATUS_IO_ERROR;
    }
    for (size_t index = 0; index < KEY_REDO_BATCH; index++) {
        const uint8_t *at = bytes + index * ENTRY_SIZE;
        if (key_slot_state (at + 16) != KEY_SLOT_KEY) {
            continue;
        }
        key_redo_entry_t *entry = &ret_entries [count++];
        entry->table = s_number_at (at);
        entry->number = s_number_at (at + 8);
        memcpy (entry->slot, at + 16, KEY_SLOT_SIZE);
    }
    *ret_count = count;
    return STATUS_OK;
}

static status_t
s_put (key_redo_t *self, const uint8_t *bytes, size_t size)
{
    bool done = pwrite (self->file, bytes, size, 0) == (ssize_t) size;
    return done && fdatasync (self->file) == 0 ? STATUS_OK : STATUS_IO_ERROR;
}

status_t
key_redo_write (key_redo_t *self, const key_redo_entry_t *entries, size_t count)
{
    uint8_t bytes [FILE_SIZE] = { 0 };

    assert (count <= KEY_REDO_BATCH);
    for (size_t index = 0; index < count; index++) {
        uint8_t *at = bytes + index * ENTRY_SIZE;
        s_number_to (at, entries [index].table);
        s_number_to (at + 8, entries [index].number);
        memcpy (at + 16, entries [index].slot, KEY_SLOT_SIZE);
    }
    return s_put (self, bytes, sizeof bytes);
}

status_t
key_redo_clear (key_redo_t *self)
{
    static const uint8_t zeros [FILE_SIZE];
    return s_put (self, zeros, sizeof zeros);
}
