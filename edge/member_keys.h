//  member_keys - one data key per member, wrapped, on this node's disk.
//
//  What a member's personal data is sealed with (edge/personal.h). Destroying the
//  key is how a member is erased: every copy of the ciphertext, in journal,
//  snapshots and backups, becomes unreadable. That is why the keys are not in
//  LMDB, whose freed pages keep their bytes, and why a slot never moves.
//
//  DIR/keys/members.0, members.1, …: open-addressing tables of 128-byte slots;
//  the n-th has 1024 << n of them. A table is never rehashed. When the newest one
//  is three quarters full the next is made; lookups probe from newest to oldest.
//
//      offset  size  slot
//           0     1  state: 0 free (then all is zero), 1 key, 2 destroyed
//           1     1  format, 1
//           2     2  zero
//           4     4  id of the master key that wraps it, little endian
//           8    17  member (oid: kind, 16 bytes)
//          25     7  zero
//          32    24  nonce
//          56    48  key 32, encrypted (XChaCha20-Poly1305; associated data: the
//                    first 32 bytes) and its tag 16; zero when destroyed
//         104     8  zero
//         112    16  BLAKE2b-128 of the bytes before it
//
//  A slot is within one sector and written by one pwrite. One whose hash is wrong
//  was torn by a crash before anybody was told of it: lookups probe past it, and
//  it is not used again. A destroyed slot keeps the member's id (a keyed hash), so
//  that the key is not made a second time.
//
//  Durable when it returns: put and erase wait for an fdatasync, which all that
//  wait at the same time share. After one failed flush every later one fails too: what
//  is on disk is not known any more, and the caller stops the process.
//
//  When the keyring has a new active master key the others' slots are written over,
//  wrapped by it (member_keys_rewrap), a batch at a time; DIR/keys/rewrap
//  (edge/key_redo.h) holds the batch so that no crash can tear the only copy.
//  DIR/keys/taken says, for people and `happypay keys`, which keys the node took last:
//  "master 2 token 3".
//
//  Threads: any number at once. Opened keys of up to MEMBER_KEYS_CACHED members
//  are kept in memory.

#ifndef EDGE_MEMBER_KEYS_H
#define EDGE_MEMBER_KEYS_H

#include "edge/keyring.h"

enum {
    MEMBER_KEY_SIZE = 32,
    MEMBER_KEYS_CACHED = 65536      //  56 bytes each
};

typedef struct member_keys member_keys_t;

//  Opens or makes `dir` (DIR/keys of the data folder). Borrows the keyring.
status_t member_keys_open (const char *dir, const keyring_t *keyring, member_keys_t **ret_keys,
                           char ret_reason [256]) must_check;
void member_keys_destroy (member_keys_t **self_p);

//  Makes a random key for the member if it has none; ret_key (may be NULL) gets
//  the one it has. NOT_FOUND: it was destroyed and is not made again. NO_SPACE,
//  IO_ERROR. Call it before the member's first command (an orphan is harmless).
status_t member_keys_put (member_keys_t *self, oid_t member,
                          uint8_t ret_key [MEMBER_KEY_SIZE]) must_check;

//  NOT_FOUND: never made, or destroyed. DAMAGED: it does not unwrap (another
//  keyring). IO_ERROR.
status_t member_keys_find (member_keys_t *self, oid_t member,
                           uint8_t ret_key [MEMBER_KEY_SIZE]) must_check;

//  Overwrites the key, durably. OK also if there was none (then it stays so: the
//  slot is made as destroyed).
status_t member_keys_erase (member_keys_t *self, oid_t member) must_check;

//  One pass over all keys, to be started with all zero after the keyring changed.
typedef struct {
    uint64_t table, number;         //  Where it goes on
    uint64_t rewrapped;
    uint64_t lost;                  //  Did not open: their master key is gone
    bool done;
} member_keys_pass_t;

//  At most one batch, durable when it returns; others wait for a few milliseconds. A
//  crash anywhere costs nothing: the next pass starts over. IO_ERROR.
status_t member_keys_rewrap (member_keys_t *self, member_keys_pass_t *pass) must_check;

//  Says in DIR/keys/taken which keys are active now. To be called after each reload of
//  the keyring, before anything is rewrapped.
status_t member_keys_announce (member_keys_t *self, char ret_reason [256]) must_check;

//  What wraps what, read from the files, also beside a running node.
typedef struct {
    uint32_t taken [KEYRING_KINDS];  //  Active at the node that runs or ran last; 0: none did
    bool unfinished;                //  A batch is being rewrapped, or a crash left it
    size_t count;
    uint32_t masters [KEYRING_KEYS_MAX];
    uint64_t keys [KEYRING_KEYS_MAX];
    uint64_t others;                //  Under still more master keys
} member_keys_census_t;

status_t member_keys_census (const char *dir, member_keys_census_t *ret_census,
                             char ret_reason [256]) must_check;

//  Members with a key, of all tables; for metrics and tests.
uint64_t member_keys_count (member_keys_t *self);

#endif
