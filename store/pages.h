//  pages - looks at an LMDB file without LMDB, which trusts what it maps; inner to
//  store/. LMDB 0.9 on a 64-bit machine; tables without MDB_DUPSORT;
//  with MDB_INTEGERKEY keys are of 8 bytes.
//
//  A file that passes pages_check can be read by LMDB to the last row without
//  leaving its pages. What the rows say is for their own checksums.

#ifndef STORE_PAGES_H
#define STORE_PAGES_H

#include <stdint.h>
#include "store/status.h"

typedef struct {
    uint32_t magic, version, page_size;
    uint16_t main_flags;
    uint64_t free_root, main_root;  //  UINT64_MAX: an empty tree
    uint64_t last_page, transaction;
} pages_meta_t;

//  The newer meta page of an open file of `size` bytes, which must not be 0.
//  DAMAGED, also if the file is shorter than the meta page promises; UNSUPPORTED.
//  path is for the reason only.
status_t pages_read_meta (int file, uint64_t size, const char *path, pages_meta_t *ret_meta,
                          char *ret_reason) must_check;

//  Walks every page that is in use. Reads the whole file. DAMAGED.
status_t pages_check (int file, const pages_meta_t *meta, const char *path,
                      char *ret_reason) must_check;

#endif
