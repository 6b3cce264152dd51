//  tokens_fuzz - texts that a stranger sends and that open something: bearer tokens,
//  refresh and reset tokens, cursors, ids, Happypay-Sequence, and the small headers.
//
//      byte 0    which (the table at the end); the rest is the text
//
//  `signed` signs what it is given, so that claims are reached behind the signature.

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include "edge/cursor.h"
#include "edge/header.h"
#include "edge/precondition.h"
#include "edge/tap_replay.h"
#include "edge/token.h"
#include "edge/token_secret.h"
#include "tests/fuzz/fuzz.h"

enum { NOW_S = 1700000000, PARTITIONS = 32, CACHED = 64 };

static token_check_t *
s_check (void)
{
    static token_check_t *check;
    check = check ? check : token_check_new (fuzz_keyring (), CACHED);
    assert (check);
    return check;
}

//  A caller is known only with a role and a subject that fit, and before the end.
static void
s_check_token (const char *token)
{
    caller_t caller = { .role = ROLE_NONE }, again = { .role = ROLE_NONE };
    oid_t oid;
    const char *refused = token_check (s_check (), token, strlen (token), NOW_S, &caller);
    if (refused) {
        assert (caller.role == ROLE_NONE);
        return;
    }
    assert (caller.expires_s > NOW_S);
    bool fits = role_subject (caller.role, caller.subject, fuzz_keyring (), &oid);
    assert (fits && oid_equal (oid, caller.oid));
    refused = token_check (s_check (), token, strlen (token), NOW_S, &again);
    assert (!refused && again.role == caller.role && oid_equal (again.oid, caller.oid));
}

static void
s_bearer (fuzz_input_t *input)
{
    char *text = fuzz_rest (input);
    const char *token = header_bearer (text);
    if (token) {
        s_check_token (token);
    }
    free (text);
}

//  header line, then payload: both as JSON, encoded and signed here.
static void
s_signed (fuzz_input_t *input)
{
    enum { PART_MAX = 700, TEXT_MAX = 2000 };
    char text [TEXT_MAX], *parts [] = { fuzz_text (input, '\n'), fuzz_rest (input) };
    uint8_t mac [crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    const keyring_key_t *key = keyring_token_key (fuzz_keyring ());
    size_t used = 0;
    for (size_t index = 0; index < 2; index++) {
        size_t size = strnlen (parts [index], PART_MAX);
        sodium_bin2base64 (text + used, sizeof text - used, (const uint8_t *) parts [index], size,
                           sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        free (parts [index]);
        used += strlen (text + used);
        text [used++] = '.';
    }
    crypto_auth_hmacsha256_init (&state, key->bytes, sizeof key->bytes);
    crypto_auth_hmacsha256_update (&state, (const uint8_t *) text, used - 1);
    crypto_auth_hmacsha256_final (&state, mac);
    sodium_bin2base64 (text + used, sizeof text - used, mac, sizeof mac,
                       sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    s_check_token (text);
}

//  There is one spelling of each.
static void
s_secret (fuzz_input_t *input)
{
    secret_kind_t kind = fuzz_byte (input) & 1 ? SECRET_RESET : SECRET_REFRESH;
    char *text = fuzz_rest (input), again [TOKEN_SECRET_TEXT_SIZE];
    token_secret_t token, successor;
    token_hash_t hash;
    if (token_secret_parse (kind, text, &token)) {
        token_secret_format (kind, &token, again);
        assert (strcmp (text, again) == 0);
        token_secret_hash (&token, &hash);
        token_secret_successor (fuzz_keyring (), &token, &successor);
        assert (memcmp (token.secret, successor.secret, SECRET_SIZE) != 0);
    }
    free (text);
}

//  What is not ours is refused; what is ours and made here is read, and by its list alone.
static void
s_cursor (fuzz_input_t *input)
{
    oid_t owner = fuzz_oid (OID_MEMBER);
    list_cursor_t cursor = { .size = (uint8_t) (1 + fuzz_byte (input) % LIST_CURSOR_SIZE) }, read;
    fuzz_fill (input, cursor.bytes, cursor.size);
    char *text = fuzz_rest (input), made [CURSOR_TEXT_SIZE], again [CURSOR_TEXT_SIZE];
    if (cursor_parse (fuzz_keyring (), 7, owner, text, &read)) {
        cursor_format (fuzz_keyring (), 7, owner, &read, again);
        assert (strcmp (text, again) == 0);
    }
    cursor_format (fuzz_keyring (), 7, owner, &cursor, made);
    bool own = cursor_parse (fuzz_keyring (), 7, owner, made, &read);
    assert (own && read.size == cursor.size && memcmp (read.bytes, cursor.bytes, cursor.size) == 0);
    assert (!cursor_parse (fuzz_keyring (), 8, owner, made, &read));
    assert (!cursor_parse (fuzz_keyring (), 7, fuzz_oid (OID_MERCHANT), made, &read));
    free (text);
}

static void
s_sequence (fuzz_input_t *input)
{
    char *text = fuzz_rest (input);
    node_place_t places [NODE_PLACES_MAX];
    uint64_t positions [PARTITIONS];
    size_t count = 0;
    if (header_sequence (text, PARTITIONS, places, &count)) {
        assert (count <= NODE_PLACES_MAX);
        for (size_t index = 0; index < count; index++) {
            assert (places [index].partition < PARTITIONS);
        }
    }
    (void) tap_positions_parse (text, positions, PARTITIONS);
    free (text);
}

static void
s_oid (fuzz_input_t *input)
{
    char *text = fuzz_rest (input), again [OID_TEXT_SIZE];
    oid_t oid;
    if (oid_parse (text, &oid)) {
        assert (oid.kind > OID_NONE && oid.kind < OID_KIND_COUNT);
        oid_format (oid, again);
        assert (strcmp (text, again) == 0);
    }
    free (text);
}

static void
s_headers (fuzz_input_t *input)
{
    char *text = fuzz_rest (input), key [IDEMPOTENCY_KEY_SIZE], id [REQUEST_ID_SIZE];
    uint8_t trace_id [16];
    int64_t version;
    if (header_idempotency_key (text, key)) {
        size_t size = strlen (key);
        assert (size >= 1 && size < IDEMPOTENCY_KEY_SIZE);
        for (size_t index = 0; index < size; index++) {
            assert (key [index] >= 0x20 && key [index] <= 0x7e);
        }
    }
    if (header_request_id (text, id)) {
        assert (strcmp (text, id) == 0 && !strpbrk (id, "\r\n\"\\ "));
    }
    assert (header_prefer (text) <= PREFER_WAIT_MAX_S);
    (void) header_traceparent (text, trace_id);
    (void) header_is_json (text);
    (void) header_is_identity (text);
    if (precondition_read (text, &version)) {
        assert (version >= 0);
    }
    free (text);
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size)
{
    static void (*const ways []) (fuzz_input_t *) = { s_bearer,   s_signed, s_secret, s_cursor,
                                                      s_sequence, s_oid,    s_headers };
    fuzz_input_t input = { bytes, size, 0 };
    ways [fuzz_byte (&input) % (sizeof ways / sizeof ways [0])](&input);
    return 0;
}
