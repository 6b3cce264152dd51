//  folder - the data folder: made, checked, and held by one process. See folder.h.
//
//  LOCK also carries the holder's process id as text, for the line that the next
//  process prints; nothing relies on it.

#include "store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "store/files.h"

struct folder {
    int lock;  //  LOCK, open and locked; -1: not yet
};

//  Takes the lock or says who has it.
static status_t
s_take_lock (folder_t *self, const char *dir, char *ret_reason)
{
    char path [FILES_PATH_MAX], holder [32] = "";
    status_t status = files_path (path, dir, "LOCK", ret_reason);
    if (status != STATUS_OK) {
        return status;
    }
    self->lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (self->lock < 0) {
        int error = errno;
        files_reason (ret_reason, "%s: cannot be opened: %s", path, strerror (error));
        return files_status (error);
    }
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    if (fcntl (self->lock, F_OFD_SETLK, &whole) != 0) {
        int error = errno;
        if (error != EAGAIN && error != EACCES) {
            files_reason (ret_reason, "%s: cannot be locked: %s", path, strerror (error));
            return files_status (error);
        }
        ssize_t size = pread (self->lock, holder, sizeof holder - 1, 0);
        holder [size > 0 ? size : 0] = 0;
        int pid = atoi (holder);
        if (pid > 0) {
            files_reason (ret_reason, "%s: in use by process %d; stop it first", dir, pid);
        }
        else {
            files_reason (ret_reason, "%s: in use by another process; stop it first", dir);
        }
        return STATUS_IN_USE;
    }
    return STATUS_OK;
}

//  Best effort: a full disk must not keep the node from starting to read.
static void
s_sign_lock (const folder_t *self)
{
    char holder [32];
    int size = snprintf (holder, sizeof holder, "%d\n", (int) getpid ());
    if (ftruncate (self->lock, 0) == 0
        && pwrite (self->lock, holder, (size_t) size, 0) != (ssize_t) size) {
        (void) !ftruncate (self->lock, 0);
    }
}

static status_t
s_check_folder (const char *dir, char *ret_reason)
{
    struct stat entry;
    if (stat (dir, &entry) != 0) {
        int error = errno;
        files_reason (ret_reason, "%s: %s", dir,
                      error == ENOENT ? "there is no such folder" : strerror (error));
        return files_status (error);
    }
    if (!S_ISDIR (entry.st_mode)) {
        files_reason (ret_reason, "%s: there is a file where a folder should be", dir);
        return STATUS_NO_ACCESS;
    }
    if (access (dir, R_OK | W_OK | X_OK) != 0) {
        int error = errno;
        files_reason (ret_reason, "%s: cannot be read and written: %s", dir, strerror (error));
        return files_status (error);
    }
    return STATUS_OK;
}

status_t
folder_open (const char *dir, bool create, folder_t **ret_folder, char ret_reason [256])
{
    folder_t *self = malloc (sizeof *self);
    if (!self) {
        files_reason (ret_reason, "not enough memory");
        return STATUS_LIMIT;
    }
    *self = (folder_t) { .lock = -1 };
    status_t status = create ? files_make_folder (dir, ret_reason) : STATUS_OK;
    if (status == STATUS_OK) {
        status = s_check_folder (dir, ret_reason);
    }
    if (status == STATUS_OK) {
        status = s_take_lock (self, dir, ret_reason);
    }
    if (status != STATUS_OK) {
        folder_destroy (&self);
        return status;
    }
    s_sign_lock (self);
    *ret_folder = self;
    return STATUS_OK;
}

void
folder_destroy (folder_t **self_p)
{
    folder_t *self = *self_p;
    if (self) {
        if (self->lock >= 0) {
            close (self->lock);
        }
        free (self);
        *self_p = NULL;
    }
}

status_t
folder_space (const folder_t *self, uint64_t *ret_free_bytes, uint64_t *ret_total_bytes)
{
    struct statvfs space;
    if (fstatvfs (self->lock, &space) != 0) {
        return files_status (errno);
    }
    *ret_free_bytes = (uint64_t) space.f_bavail * space.f_frsize;
    *ret_total_bytes = (uint64_t) space.f_blocks * space.f_frsize;
    return STATUS_OK;
}
