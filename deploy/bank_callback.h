//  bank_callback - tells one URL what became of transfers, signed.
//
//  The letter is the same object that POST /v1/transfers answers, sent by POST with
//  Standard Webhooks headers (https://www.standardwebhooks.com):
//
//      webhook-id: the transfer id       the same for a letter that comes twice
//      webhook-timestamp: seconds since 1970, when it was sent
//      webhook-signature: v1,BASE64 (HMAC-SHA256 (secret, id "." timestamp "." body))
//
//  The secret is the file's bytes without white space at the end.
//
//  A letter is a hint, not the outcome: it is kept in memory only, and given up
//  after BANK_LETTER_TRIES tries that nobody answered with 2xx (1, 2, 4, … seconds
//  apart), or at once if BANK_LETTERS_MAX wait. Whoever needs the outcome asks.

#ifndef DEPLOY_BANK_CALLBACK_H
#define DEPLOY_BANK_CALLBACK_H

#include "deploy/bank_store.h"

enum {
    BANK_LETTERS_MAX = 65536,       //  Waiting or on their way
    BANK_LETTERS_FLYING_MAX = 16,   //  On their way
    BANK_LETTER_TRIES = 5,
    BANK_LETTER_TIMEOUT_MS = 5000,
    BANK_SECRET_MAX = 4096
};

typedef struct bank_callback bank_callback_t;

//  Reads the secret and starts the sender. NULL if it cannot, with one line.
bank_callback_t *bank_callback_new (const char *url, const char *secret_file,
                                    char ret_reason [256]);

//  Sends what waits once more, at once, for at most grace_s, and frees.
void bank_callback_destroy (bank_callback_t **self_p, int64_t grace_s);

//  Any thread; never blocks. The letter goes out delay_ms from now.
void bank_callback_send (bank_callback_t *self, const bank_transfer_t *transfer,
                         int64_t delay_ms);

//  The signature header's value, without "v1,". Base64, zero-terminated.
enum { BANK_SIGNATURE_SIZE = 45 };
void bank_callback_sign (const void *secret, size_t secret_size, const char *id,
                         int64_t timestamp_s, const char *body,
                         char ret_signature [BANK_SIGNATURE_SIZE]);

#endif
