//  secret_file - permissions checked on the open file; written beside, fsynced,
//  then linked: link never replaces, and a crash leaves a stray temporary at most.

#include "edge/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static status_t
s_status_of_errno (void)
{
    switch (errno) {
    case ENOENT: return STATUS_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS: return STATUS_NO_ACCESS;
    case ENOSPC:
    case EDQUOT: return STATUS_NO_SPACE;
    default: return STATUS_IO_ERROR;
    }
}

static status_t
s_refuse (char reason [256], const char *path, const char *what)
{
    status_t status = s_status_of_errno ();
    snprintf (reason, 256, "%s cannot %s: %m", path, what);
    return status;
}

//  ---------------------------------------------------------------------------
//  Reading

//  INVALID unless it is a plain file of its owner alone.
static status_t
s_check_access (const char *path, int file, char reason [256])
{
    struct stat about;

    if (fstat (file, &about) != 0) {
        return s_refuse (reason, path, "be read");
    }
    if (!S_ISREG (about.st_mode)) {
        snprintf (reason, 256, "%s is not a file", path);
        return STATUS_INVALID;
    }
    if (about.st_mode & (S_IRWXG | S_IRWXO)) {
        snprintf (reason, 256, "%s has permissions %04o, which are too open; chmod 600 it", path,
                  (unsigned) (about.st_mode & 07777));
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

static status_t
s_read_all (const char *path, int file, char *ret_bytes, size_t capacity, size_t *ret_size,
            char reason [256])
{
    size_t size = 0;

    while (true) {
        char beyond;
        bool full = size == capacity;
        ssize_t got =
            full ? read (file, &beyond, 1) : read (file, ret_bytes + size, capacity - size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return s_refuse (reason, path, "be read");
        }
        if (got == 0) {
            *ret_size = size;
            return STATUS_OK;
        }
        if (full) {
            snprintf (reason, 256, "%s is larger than %zu bytes", path, capacity);
            return STATUS_TOO_LARGE;
        }
        size += (size_t) got;
    }
}

status_t
secret_file_read (const char *path, char *ret_bytes, size_t capacity, size_t *ret_size,
                  char ret_reason [256])
{
    int file = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return s_refuse (ret_reason, path, "be opened");
    }
    status_t status = s_check_access (path, file, ret_reason);
    if (status == STATUS_OK) {
        status = s_read_all (path, file, ret_bytes, capacity, ret_size, ret_reason);
    }
    close (file);
    return status;
}

//  ---------------------------------------------------------------------------
//  Making

static bool
s_write_all (int file, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write (file, text, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        text += written;
        size -= (size_t) written;
    }
    return true;
}

static bool
s_fsync_folder (const char *folder)
{
    int file = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    bool done = fsync (file) == 0;
    close (file);
    return done;
}

//  The folder of `path`, in a buffer of the caller's.
static const char *
s_folder_of (const char *path, char buffer [PATH_MAX])
{
    snprintf (buffer, PATH_MAX, "%s", path);
    return dirname (buffer);
}

//  Makes the folder that the file goes to, durably, if it is missing.
static status_t
s_make_folder (const char *path, char reason [256])
{
    char folder_buffer [PATH_MAX], parent_buffer [PATH_MAX];
    const char *folder = s_folder_of (path, folder_buffer);

    if (mkdir (folder, 0700) != 0) {
        return errno == EEXIST ? STATUS_OK : s_refuse (reason, path, "get its folder made");
    }
    if (!s_fsync_folder (s_folder_of (folder, parent_buffer))) {
        return s_refuse (reason, path, "get its folder flushed");
    }
    return STATUS_OK;
}

//  Gives the temporary file its name. Made: a file that is there already stays.
typedef enum { NAMED_NEW, NAMED_OVER } naming_t;

static bool
s_name (const char *temporary, const char *path, naming_t naming)
{
    if (naming == NAMED_OVER) {
        return rename (temporary, path) == 0;
    }
    return link (temporary, path) == 0 || errno == EEXIST;
}

static status_t
s_put (const char *path, const char *bytes, size_t size, naming_t naming, char reason [256])
{
    char temporary [PATH_MAX], folder_buffer [PATH_MAX];
    status_t status = STATUS_OK;

    if (snprintf (temporary, sizeof temporary, "%s.XXXXXX", path) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return s_refuse (reason, path, "be made");
    }
    int file = mkostemp (temporary, O_CLOEXEC);  //  Mode 0600
    if (file < 0) {
        return s_refuse (reason, path, "be made");
    }
    if (!s_write_all (file, bytes, size) || fsync (file) != 0) {
        status = s_refuse (reason, path, "be written");
    }
    else if (!s_name (temporary, path, naming)) {
        status = s_refuse (reason, path, "get its name");
    }
    close (file);
    unlink (temporary);  //  Gone already where it was renamed
    if (status == STATUS_OK && !s_fsync_folder (s_folder_of (path, folder_buffer))) {
        status = s_refuse (reason, path, "be flushed");
    }
    return status;
}

status_t
secret_file_make (const char *path, const char *bytes, size_t size, char ret_reason [256])
{
    status_t status = s_make_folder (path, ret_reason);
    return status == STATUS_OK ? s_put (path, bytes, size, NAMED_NEW, ret_reason) : status;
}

status_t
secret_file_replace (const char *path, const char *bytes, size_t size, char ret_reason [256])
{
    return s_put (path, bytes, size, NAMED_OVER, ret_reason);
}
