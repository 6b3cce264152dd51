//  environment - see environment.h. What is on the pages is looked at in pages.c.

#include "store/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "store/files.h"
#include "store/pages.h"

//  Less than this free: a write that was cut short means that the disk is full.
enum { FULL_DISK_BYTES = 1024 * 1024 };

_Static_assert(sizeof (void *) == 8, "a map larger than memory needs 64 bits");

status_t
environment_status (int code)
{
    switch (code) {
    case MDB_SUCCESS: return STATUS_OK;
    case MDB_NOTFOUND: return STATUS_NOT_FOUND;
    case MDB_MAP_FULL: return STATUS_NO_SPACE;
    case MDB_TXN_FULL: return STATUS_TOO_LARGE;
    case MDB_READERS_FULL:
    case MDB_DBS_FULL:
    case MDB_CURSOR_FULL:
    case MDB_TLS_FULL: return STATUS_LIMIT;
    case MDB_VERSION_MISMATCH: return STATUS_UNSUPPORTED;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_PAGE_FULL:
    case MDB_INVALID:
    case MDB_INCOMPATIBLE:
    case MDB_KEYEXIST:  //  We only append: the tree disagrees with us
    case MDB_BAD_VALSIZE:
    case MDB_BAD_DBI: return STATUS_DAMAGED;
    case MDB_PANIC: return STATUS_IO_ERROR;
    default: return code > 0 ? files_status (code) : STATUS_IO_ERROR;
    }
}

status_t
environment_inspect (const char *path, bool every_page, bool *ret_present, char *ret_reason)
{
    char file_path [FILES_PATH_MAX];
    status_t status = files_path (file_path, path, "data.mdb", ret_reason);
    if (status != STATUS_OK) {
        return status;
    }
    int file = open (file_path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT) {
        *ret_present = false;
        return STATUS_OK;
    }
    struct stat entry;
    if (file < 0 || fstat (file, &entry) != 0) {
        int error = errno;
        files_reason (ret_reason, "%s: cannot read it: %s", file_path, strerror (error));
        status = files_status (error);
    }
    else if (!S_ISREG (entry.st_mode)) {
        files_reason (ret_reason, "%s: not a file", file_path);
        status = STATUS_NO_ACCESS;
    }
    else if (entry.st_size == 0) {
        *ret_present = false;
    }
    else {
        pages_meta_t meta;
        status = pages_read_meta (file, (uint64_t) entry.st_size, file_path, &meta, ret_reason);
        if (status == STATUS_OK && every_page) {
            status = pages_check (file, &meta, file_path, ret_reason);
        }
        if (status == STATUS_OK) {
            *ret_present = true;
        }
    }
    if (file >= 0) {
        close (file);
    }
    return status;
}

static unsigned
s_flags (const char *path, const environment_options_t *options)
{
    unsigned flags = MDB_NOTLS;
    if (!options->read_ahead) {
        flags |= MDB_NORDAHEAD;
    }
#ifdef BENCH_SWITCHES
    if (options->no_fsync) {
        flags |= MDB_NOSYNC;
    }
#endif
    if (options->read_only) {
        flags |= MDB_RDONLY;
        //  Without lock.mdb nobody has it open, and we must not make one.
        char lock_path [FILES_PATH_MAX];
        if (files_path (lock_path, path, "lock.mdb", NULL) != STATUS_OK
            || access (lock_path, F_OK) != 0) {
            flags |= MDB_NOLOCK;
        }
    }
    return flags;
}

status_t
environment_open (const char *path, const environment_options_t *options, MDB_env **ret_environment,
                  char *ret_reason)
{
    MDB_env *environment;
    int code = mdb_env_create (&environment);
    if (code) {
        files_reason (ret_reason, "%s: %s", path, mdb_strerror (code));
        return environment_status (code);
    }
    code = mdb_env_set_mapsize (environment, options->map_size_bytes);
    if (!code) {
        code = mdb_env_set_maxreaders (environment, options->readers_max);
    }
    if (!code) {
        code = mdb_env_set_maxdbs (environment, options->tables_max);
    }
    if (!code) {
        code = mdb_env_open (environment, path, s_flags (path, options), 0600);
    }
    int dead;
    if (!code) {
        code = mdb_reader_check (environment, &dead);
    }
    if (code) {
        mdb_env_close (environment);
        if (code == ENOMEM) {
            files_reason (ret_reason,
                          "%s: cannot reserve %zu MiB of address space for its map; raise "
                          "ulimit -v or make the map smaller",
                          path, options->map_size_bytes >> 20);
        }
        else {
            files_reason (ret_reason, "%s: cannot be opened: %s", path, mdb_strerror (code));
        }
        return environment_status (code);
    }
    *ret_environment = environment;
    return STATUS_OK;
}

//  LMDB says EIO for a write that was cut short, which is what a full disk does.
//  Such a batch is as absent as after ENOSPC: no page of it is ever referred to.
static bool
s_disk_is_full (MDB_env *environment)
{
    int file;
    struct statvfs space;
    return mdb_env_get_fd (environment, &file) == 0 && fstatvfs (file, &space) == 0
           && (uint64_t) space.f_bavail * space.f_frsize < FULL_DISK_BYTES;
}

//  Pages that a transaction took at the file's end and gave back are not written;
//  with them the file has the size that its meta page promises, and a file that
//  has not was cut short.
static status_t
s_pad_file (MDB_env *environment)
{
    int file;
    struct stat entry;
    size_t used_bytes, map_bytes;
    environment_usage (environment, &used_bytes, &map_bytes);
    if (mdb_env_get_fd (environment, &file) != 0 || fstat (file, &entry) != 0) {
        return STATUS_IO_ERROR;
    }
    if ((uint64_t) entry.st_size < used_bytes && ftruncate (file, (off_t) used_bytes) != 0) {
        return STATUS_IO_ERROR;
    }
    return STATUS_OK;
}

status_t
environment_commit (MDB_env *environment, MDB_txn **transaction_p)
{
    int code = mdb_txn_commit (*transaction_p);
    *transaction_p = NULL;
    if (code == EIO && s_disk_is_full (environment)) {
        return STATUS_NO_SPACE;
    }
    return code ? environment_status (code) : s_pad_file (environment);
}

void
environment_usage (MDB_env *environment, size_t *ret_used_bytes, size_t *ret_map_bytes)
{
    MDB_envinfo info;
    MDB_stat stat;
    int code = mdb_env_info (environment, &info);
    if (!code) {
        code = mdb_env_stat (environment, &stat);
    }
    *ret_used_bytes = code ? 0 : (info.me_last_pgno + 1) * stat.ms_psize;
    *ret_map_bytes = code ? 0 : info.me_mapsize;
}
