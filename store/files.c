//  files - see files.h. fsync is asked of a file before its name, and of a folder
//  after it: a name that is there has its contents.

#include "store/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
files_reason (char *ret_reason, const char *format, ...)
{
    if (ret_reason) {
        va_list arguments;
        va_start (arguments, format);
        vsnprintf (ret_reason, FILES_REASON_MAX, format, arguments);
        va_end (arguments);
    }
}

status_t
files_status (int error)
{
    switch (error) {
    case 0: return STATUS_OK;
    case ENOENT: return STATUS_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOTDIR:
    case EISDIR:
    case ELOOP: return STATUS_NO_ACCESS;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return STATUS_NO_SPACE;
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EAGAIN: return STATUS_LIMIT;
    case ENAMETOOLONG: return STATUS_INVALID;
    default: return STATUS_IO_ERROR;
    }
}

//  Says what went wrong with a path, and returns it as a status.
static status_t
s_failed (const char *path, const char *what, int error, char *ret_reason)
{
    files_reason (ret_reason, "%s: %s: %s", path, what, strerror (error));
    return files_status (error);
}

status_t
files_path (char ret_path [FILES_PATH_MAX], const char *dir, const char *name, char *ret_reason)
{
    int size = snprintf (ret_path, FILES_PATH_MAX, "%s/%s", dir, name);
    if (size < 0 || size >= FILES_PATH_MAX) {
        files_reason (ret_reason, "the path of the data folder is longer than %d bytes",
                      FILES_PATH_MAX - 1);
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

status_t
files_sync_folder (const char *path, char *ret_reason)
{
    int folder = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return s_failed (path, "cannot open the folder", errno, ret_reason);
    }
    int error = fsync (folder) == 0 ? 0 : errno;
    close (folder);
    return error ? s_failed (path, "cannot sync the folder", error, ret_reason) : STATUS_OK;
}

status_t
files_make_folder (const char *path, char *ret_reason)
{
    if (mkdir (path, 0700) != 0) {
        struct stat entry;
        int error = errno;
        if (error != EEXIST) {
            return s_failed (path, "cannot make the folder", error, ret_reason);
        }
        if (stat (path, &entry) != 0) {
            return s_failed (path, "cannot look at it", errno, ret_reason);
        }
        if (!S_ISDIR (entry.st_mode)) {
            files_reason (ret_reason, "%s: there is a file where a folder should be", path);
            return STATUS_NO_ACCESS;
        }
        return STATUS_OK;
    }
    char parent [FILES_PATH_MAX];
    status_t status = files_path (parent, path, "..", ret_reason);
    return status == STATUS_OK ? files_sync_folder (parent, ret_reason) : status;
}

status_t
files_read_text (const char *path, char ret_text [FILES_TEXT_MAX], char *ret_reason)
{
    int file = open (path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return s_failed (path, "cannot open it", errno, ret_reason);
    }
    char text [FILES_TEXT_MAX];
    ssize_t size = read (file, text, sizeof text);
    int error = errno;
    close (file);
    if (size < 0) {
        return s_failed (path, "cannot read it", error, ret_reason);
    }
    if (size == FILES_TEXT_MAX) {
        files_reason (ret_reason, "%s: longer than it can be; it is damaged", path);
        return STATUS_DAMAGED;
    }
    memcpy (ret_text, text, (size_t) size);
    ret_text [size] = 0;
    return STATUS_OK;
}

status_t
files_write_text (const char *dir, const char *name, const char *text, char *ret_reason)
{
    char path [FILES_PATH_MAX], beside [FILES_PATH_MAX];
    status_t status = files_path (path, dir, name, ret_reason);
    if (status == STATUS_OK) {
        status = files_path (beside, dir, ".new", ret_reason);
    }
    if (status != STATUS_OK) {
        return status;
    }
    int file = open (beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) {
        return s_failed (beside, "cannot make it", errno, ret_reason);
    }
    size_t size = strlen (text);
    errno = ENOSPC;  //  What a short write means
    int error = write (file, text, size) == (ssize_t) size && fsync (file) == 0 ? 0 : errno;
    close (file);
    if (!error && rename (beside, path) != 0) {
        error = errno;
    }
    if (error) {
        unlink (beside);
        return s_failed (path, "cannot write it", error, ret_reason);
    }
    return files_sync_folder (dir, ret_reason);
}

status_t
files_remove (const char *dir, const char *name, char *ret_reason)
{
    char path [FILES_PATH_MAX];
    status_t status = files_path (path, dir, name, ret_reason);
    if (status == STATUS_OK && unlink (path) != 0 && errno != ENOENT) {
        status = s_failed (path, "cannot remove it", errno, ret_reason);
    }
    return status;
}
