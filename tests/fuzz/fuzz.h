//  fuzz - what the fuzzers share: an input that is read piece by piece, and keys that
//  are the same in every run, so that an input that was found finds it again.
//
//  One thread. Everything asserts: a broken promise is a finding.

#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <assert.h>
#include "edge/keyring.h"
#include "edge/member_keys.h"

typedef struct {
    const uint8_t *bytes;
    size_t size, at;
} fuzz_input_t;

//  Zeros behind the end.
uint8_t fuzz_byte (fuzz_input_t *self);
int64_t fuzz_i64 (fuzz_input_t *self);

//  Copies `size` bytes, zeros behind the end.
void fuzz_fill (fuzz_input_t *self, void *ret_bytes, size_t size);

size_t fuzz_left (const fuzz_input_t *self);

//  What is left up to the next `end` (which is skipped), as text: up to its first zero.
//  Returns owned (free), of exactly its size, so that a read beyond it is seen.
char *fuzz_text (fuzz_input_t *self, char end);

//  All that is left, as text; owned.
char *fuzz_rest (fuzz_input_t *self);

//  Keys of fixed bytes; made at the first call, in a folder that goes at exit.
const keyring_t *fuzz_keyring (void);

//  Of that keyring; fuzz_member has one.
member_keys_t *fuzz_member_keys (void);
oid_t fuzz_oid (oid_kind_t kind);

//  libFuzzer's entry.
int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

#endif
