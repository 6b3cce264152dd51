//  environment - see environment.h. The layout of the meta pages is that of LMDB
//  0.9 on a 64-bit machine, the only ones supported:
//
//      page header   16 bytes: number 8 · pad 2 · flags 2 · lower 2 · upper 2
//      meta          magic 4 · version 4 · address 8 · map size 8 ·
//                    tables 2 x 48 (first field of the first: page size 4;
//                    last field of each: root page 8) ·
//                    last page 8 · transaction 8

#include "store/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "store/files.h"

enum {
    AT_MAGIC = 16,
    AT_VERSION = 20,
    AT_PAGE_SIZE = 40,
    AT_FREE_ROOT = 80,
    AT_MAIN_ROOT = 128,
    AT_LAST_PAGE = 136,
    AT_TRANSACTION = 144,
    META_SIZE = 152,
    META_VERSION = 1,
    PAGE_SIZE_MIN = 512,
    PAGE_SIZE_MAX = 65536,
    FULL_DISK_BYTES = 1024 * 1024  //  Less than this free: a short write means full
};

#define META_MAGIC 0xBEEFC0DEu
#define NO_PAGE    UINT64_MAX

_Static_assert(sizeof (void *) == 8, "a map larger than memory needs 64 bits");

typedef struct {
    uint32_t magic, version, page_size;
    uint64_t free_root, main_root, last_page, transaction;
} meta_t;

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

static bool
s_read_meta (int file, uint64_t at, meta_t *ret_meta)
{
    uint8_t bytes [META_SIZE];
    if (pread (file, bytes, sizeof bytes, (off_t) at) != (ssize_t) sizeof bytes) {
        return false;
    }
    memcpy (&ret_meta->magic, bytes + AT_MAGIC, sizeof ret_meta->magic);
    memcpy (&ret_meta->version, bytes + AT_VERSION, sizeof ret_meta->version);
    memcpy (&ret_meta->page_size, bytes + AT_PAGE_SIZE, sizeof ret_meta->page_size);
    memcpy (&ret_meta->free_root, bytes + AT_FREE_ROOT, sizeof ret_meta->free_root);
    memcpy (&ret_meta->main_root, bytes + AT_MAIN_ROOT, sizeof ret_meta->main_root);
    memcpy (&ret_meta->last_page, bytes + AT_LAST_PAGE, sizeof ret_meta->last_page);
    memcpy (&ret_meta->transaction, bytes + AT_TRANSACTION, sizeof ret_meta->transaction);
    return true;
}

//  Says why the open file cannot be used; OK if LMDB may map it.
static status_t
s_inspect_file (int file, uint64_t size, const char *path, char *ret_reason)
{
    meta_t first, second;

    if (!s_read_meta (file, 0, &first) || first.magic != META_MAGIC) {
        files_reason (ret_reason, "%s: not an LMDB file; restore it from a backup", path);
        return STATUS_DAMAGED;
    }
    if (first.version != META_VERSION) {
        files_reason (ret_reason, "%s: made by another version of LMDB (%u, not %d)", path,
                      first.version, META_VERSION);
        return STATUS_UNSUPPORTED;
    }
    uint32_t page_size = first.page_size;
    if (page_size < PAGE_SIZE_MIN || page_size > PAGE_SIZE_MAX || (page_size & (page_size - 1))
        || !s_read_meta (file, page_size, &second) || second.magic != META_MAGIC
        || second.version != META_VERSION || second.page_size != page_size) {
        files_reason (ret_reason, "%s: its meta pages are damaged; restore it from a backup", path);
        return STATUS_DAMAGED;
    }
    const meta_t *last = second.transaction > first.transaction ? &second : &first;
    if (last->last_page >= size / page_size) {
        files_reason (ret_reason,
                      "%s: cut short, it has %ju bytes of the %ju that it should have; "
                      "restore it from a backup",
                      path, (uintmax_t) size, (uintmax_t) (last->last_page + 1) * page_size);
        return STATUS_DAMAGED;
    }
    if ((last->free_root != NO_PAGE && last->free_root > last->last_page)
        || (last->main_root != NO_PAGE && last->main_root > last->last_page)) {
        files_reason (ret_reason, "%s: its meta pages are damaged; restore it from a backup", path);
        return STATUS_DAMAGED;
    }
    return STATUS_OK;
}

status_t
environment_inspect (const char *path, bool *ret_present, char *ret_reason)
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
        status = s_inspect_file (file, (uint64_t) entry.st_size, file_path, ret_reason);
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
