//  scratch - a folder of its own for a test, and ways to hurt the files in it.

#ifndef TESTS_LIB_SCRATCH_H
#define TESTS_LIB_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

//  Makes a folder under $TMPDIR (or /tmp). Returns its path, owned; asserts.
char *scratch_new (void);

//  Removes the folder with all in it, and frees the path.
void scratch_destroy (char **path_p);

//  PATH/NAME, in a buffer of its own per thread until the fourth call after.
const char *scratch_path (const char *path, const char *name);

bool scratch_exists (const char *path);
int64_t scratch_size (const char *path);
void scratch_write (const char *path, const void *bytes, size_t size);
void scratch_truncate (const char *path, int64_t size);

//  Flips the bits of mask in the byte at offset.
void scratch_flip (const char *path, int64_t offset, uint8_t mask);

//  Where the bytes stand in a file from `from` on; -1: nowhere.
int64_t scratch_find (const char *path, int64_t from, const void *bytes, size_t size);

#endif
