//  folder - the data folder: made, checked, and held by one process.
//
//  DIR/LOCK is held with an open-file-description lock (fcntl F_OFD_SETLK) for
//  as long as the process lives, so kill -9 leaves nothing to clean up.

#ifndef STORE_FOLDER_H
#define STORE_FOLDER_H

#include <stdbool.h>
#include <stdint.h>
#include "store/status.h"

typedef struct folder folder_t;

//  Makes DIR (0700) if `create`; takes the lock. IN_USE, NO_ACCESS, NOT_FOUND.
//  ret_reason gets one line for people on failure.
status_t folder_open (const char *dir, bool create, folder_t **ret_folder,
                      char ret_reason [256]) must_check;
void folder_destroy (folder_t **self_p);

//  Bytes free on the file system for this process, and its size.
status_t folder_space (const folder_t *self, uint64_t *ret_free_bytes,
                       uint64_t *ret_total_bytes) must_check;

#endif
