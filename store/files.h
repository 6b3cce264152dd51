//  files - paths, folders and small text files that survive a power loss; inner
//  to store/. Failures leave one line for people: the path, what is wrong, and
//  what would help where we know it.

#ifndef STORE_FILES_H
#define STORE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include "store/status.h"

enum { FILES_PATH_MAX = 4096, FILES_REASON_MAX = 256, FILES_TEXT_MAX = 256 };

//  The line for people; cut off if it is too long. NULL: nobody wants to know.
__attribute__ ((format (printf, 2, 3))) void files_reason (char *ret_reason, const char *format,
                                                           ...);

//  What an errno means to the caller.
status_t files_status (int error) must_check;

//  DIR/name. INVALID if that is longer than a path may be.
status_t files_path (char ret_path [FILES_PATH_MAX], const char *dir, const char *name,
                     char *ret_reason) must_check;

//  Makes a folder (0700) unless it is there, durably: its parent is synced too.
status_t files_make_folder (const char *path, char *ret_reason) must_check;

//  Makes the names in a folder durable: files made, renamed, removed.
status_t files_sync_folder (const char *path, char *ret_reason) must_check;

//  A text file of at most FILES_TEXT_MAX - 1 bytes, as a string. NOT_FOUND;
//  DAMAGED if it is longer.
status_t files_read_text (const char *path, char ret_text [FILES_TEXT_MAX],
                          char *ret_reason) must_check;

//  Writes DIR/name whole or not at all: beside it, fsync, rename, fsync of DIR.
status_t files_write_text (const char *dir, const char *name, const char *text,
                           char *ret_reason) must_check;

//  Removes DIR/name; OK if it is not there.
status_t files_remove (const char *dir, const char *name, char *ret_reason) must_check;

#endif
