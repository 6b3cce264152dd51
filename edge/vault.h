//  vault - HashiCorp Vault's HTTP API: one call at a time, as somebody.
//
//  The token is the file's (mode 0600; read again when Vault refuses the one of before,
//  so that an agent may write a new one) or VAULT_TOKEN. https is checked against the
//  system's certificates, or those of VAULT_CACERT. Redirects are not followed: the
//  token goes to nobody else. http:// sends token and keys in clear: for loopback, or
//  a network that nobody else is in.
//
//  Every call ends within VAULT_TIMEOUT_MS. NOT_FOUND; IO_ERROR: it cannot be reached,
//  or broke off; BUSY: sealed, standing by, or over its limits; NO_ACCESS: the token
//  may not; INVALID: it answers anything else. One line for people each.
//
//  One thread at a time.

#ifndef EDGE_VAULT_H
#define EDGE_VAULT_H

#include <jansson.h>
#include "runtime/node.h"

enum {
    VAULT_TIMEOUT_MS = 5000,
    VAULT_ANSWER_MAX = 256 * 1024
};

typedef struct vault vault_t;

//  `address` is http[s]://HOST:PORT. Only reads the token.
status_t vault_new (const char *address, const char *token_file, vault_t **ret_vault,
                    char ret_reason [256]) must_check;
void vault_destroy (vault_t **self_p);

//  METHOD /v1/PATH with a body of JSON, or none (NULL). ret_root: the object that is
//  answered, a new reference; NULL: nobody wants it.
status_t vault_call (vault_t *self, const char *method, const char *path, const char *body,
                     json_t **ret_root, char ret_reason [256]) must_check;

//  Renews the token (auth/token/lookup-self, renew-self) when half of its life is over;
//  until then it costs nothing.
status_t vault_tend (vault_t *self, char ret_reason [256]) must_check;

#endif
