//  fuzz - see fuzz.h.

#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char s_folder [64];
static keyring_t *s_keyring;
static member_keys_t *s_member_keys;

//  ---------------------------------------------------------------------------
//  The input

void
fuzz_fill (fuzz_input_t *self, void *ret_bytes, size_t size)
{
    size_t left = fuzz_left (self), taken = size < left ? size : left;
    memset (ret_bytes, 0, size);
    if (taken > 0) {
        memcpy (ret_bytes, self->bytes + self->at, taken);
    }
    self->at += taken;
}

uint8_t
fuzz_byte (fuzz_input_t *self)
{
    uint8_t byte;
    fuzz_fill (self, &byte, sizeof byte);
    return byte;
}

int64_t
fuzz_i64 (fuzz_input_t *self)
{
    int64_t number;
    fuzz_fill (self, &number, sizeof number);
    return number;
}

size_t
fuzz_left (const fuzz_input_t *self)
{
    return self->size - self->at;
}

static char *
s_take (fuzz_input_t *self, size_t size)
{
    size_t length = size > 0 ? strnlen ((const char *) self->bytes + self->at, size) : 0;
    char *text = malloc (length + 1);
    assert (text);
    memcpy (text, size > 0 ? (const char *) self->bytes + self->at : "", length);
    text [length] = 0;
    self->at += size;
    return text;
}

char *
fuzz_text (fuzz_input_t *self, char end)
{
    size_t left = fuzz_left (self);
    const uint8_t *found = left > 0 ? memchr (self->bytes + self->at, end, left) : NULL;
    char *text = s_take (self, found ? (size_t) (found - self->bytes) - self->at : left);
    self->at += found != NULL;
    return text;
}

char *
fuzz_rest (fuzz_input_t *self)
{
    return s_take (self, fuzz_left (self));
}

//  ---------------------------------------------------------------------------
//  The keys

static void
s_remove_folder (void)
{
    char command [96];
    snprintf (command, sizeof command, "rm -rf %s", s_folder);
    member_keys_destroy (&s_member_keys);
    keyring_destroy (&s_keyring);
    if (system (command) != 0) {
        fprintf (stderr, "%s is left behind\n", s_folder);
    }
}

static void
s_key_text (char digit, char ret_text [KEYRING_KEY_SIZE * 2 + 1])
{
    memset (ret_text, digit, KEYRING_KEY_SIZE * 2);
    ret_text [KEYRING_KEY_SIZE * 2] = 0;
}

const keyring_t *
fuzz_keyring (void)
{
    char path [96], keys [4][KEYRING_KEY_SIZE * 2 + 1], reason [256];
    if (s_keyring) {
        return s_keyring;
    }
    strcpy (s_folder, "/tmp/happypay_fuzz.XXXXXX");
    const char *made = mkdtemp (s_folder);
    assert (made);
    atexit (s_remove_folder);
    snprintf (path, sizeof path, "%s/keyring", s_folder);
    for (size_t index = 0; index < 4; index++) {
        s_key_text ((char) ('1' + index), keys [index]);
    }
    FILE *file = fopen (path, "w");
    assert (file);
    fprintf (file,
             "{\"format\":1,\"derive\":\"%s\",\"index\":\"%s\","
             "\"master\":[{\"id\":1,\"active\":true,\"key\":\"%s\"}],"
             "\"token\":[{\"id\":1,\"active\":true,\"key\":\"%s\"}]}",
             keys [0], keys [1], keys [2], keys [3]);
    fclose (file);
    chmod (path, 0600);
    status_t status = keyring_open (path, false, &s_keyring, reason);
    assert (status == STATUS_OK);
    return s_keyring;
}

member_keys_t *
fuzz_member_keys (void)
{
    char path [96], reason [256];
    if (!s_member_keys) {
        const keyring_t *keyring = fuzz_keyring ();
        snprintf (path, sizeof path, "%s/keys", s_folder);
        status_t status = member_keys_open (path, keyring, &s_member_keys, reason);
        assert (status == STATUS_OK);
        status = member_keys_put (s_member_keys, fuzz_oid (OID_MEMBER), NULL);
        assert (status == STATUS_OK);
    }
    return s_member_keys;
}

oid_t
fuzz_oid (oid_kind_t kind)
{
    return (oid_t) { .kind = (uint8_t) kind, .bytes = { 1, 2, 3 } };
}
