//  scratch - see scratch.h. What fails here is the machine, not the code under test.

#include "tests/lib/scratch.h"

#include <assert.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *
scratch_new (void)
{
    const char *base = getenv ("TMPDIR");
    char *path = NULL;
    int size = asprintf (&path, "%s/happypay-test-XXXXXX", base && *base ? base : "/tmp");
    assert (size > 0);
    assert (mkdtemp (path));
    return path;
}

static int
s_remove (const char *path, const struct stat *entry, int type, struct FTW *place)
{
    (void) entry, (void) type, (void) place;
    return remove (path);
}

void
scratch_destroy (char **path_p)
{
    if (*path_p) {
        nftw (*path_p, s_remove, 16, FTW_DEPTH | FTW_PHYS);
        free (*path_p);
        *path_p = NULL;
    }
}

const char *
scratch_path (const char *path, const char *name)
{
    static _Thread_local char buffers [4][PATH_MAX];
    static _Thread_local unsigned turn;
    char *buffer = buffers [turn++ % 4];
    int size = snprintf (buffer, PATH_MAX, "%s/%s", path, name);
    assert (size > 0 && size < PATH_MAX);
    return buffer;
}

bool
scratch_exists (const char *path)
{
    return access (path, F_OK) == 0;
}

int64_t
scratch_size (const char *path)
{
    struct stat entry;
    assert (stat (path, &entry) == 0);
    return entry.st_size;
}

void
scratch_write (const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen (path, "w");
    assert (file);
    assert (fwrite (bytes, 1, size, file) == size);
    assert (fclose (file) == 0);
}

void
scratch_truncate (const char *path, int64_t size)
{
    assert (truncate (path, size) == 0);
}

void
scratch_flip (const char *path, int64_t offset, uint8_t mask)
{
    uint8_t byte;
    int file = open (path, O_RDWR | O_CLOEXEC);
    assert (file >= 0);
    assert (pread (file, &byte, 1, offset) == 1);
    byte ^= mask;
    assert (pwrite (file, &byte, 1, offset) == 1);
    assert (close (file) == 0);
}

int64_t
scratch_find (const char *path, int64_t from, const void *bytes, size_t size)
{
    int64_t length = scratch_size (path);
    uint8_t *contents = malloc ((size_t) length + 1);
    FILE *file = fopen (path, "r");
    assert (contents && file);
    assert (fread (contents, 1, (size_t) length, file) == (size_t) length);
    assert (fclose (file) == 0);
    const uint8_t *found =
        from < length ? memmem (contents + from, (size_t) (length - from), bytes, size) : NULL;
    int64_t offset = found ? found - contents : -1;
    free (contents);
    return offset;
}
