//  webhook_receiver - a server on this host that takes webhooks, and answers as it is told.

#ifndef TESTS_LIB_WEBHOOK_RECEIVER_H
#define TESTS_LIB_WEBHOOK_RECEIVER_H

#include <microhttpd.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include "edge/webhook_signature.h"

enum { WEBHOOK_RECEIVER_BODY_MAX = 4096, WEBHOOK_RECEIVER_ANSWER_MAX = 200 * 1024 };

//  What the receiver was sent last, and what it answers.
typedef struct {
    struct MHD_Daemon *daemon;
    uint16_t port;
    _Atomic unsigned status;        //  That it answers; 200
    _Atomic size_t answer_size;     //  … with so many bytes; 0
    _Atomic unsigned count;         //  Taken so far
    char id [WEBHOOK_ID_SIZE], stamp [32], signature [200], type [64], body [WEBHOOK_RECEIVER_BODY_MAX];
    size_t body_size;
} webhook_receiver_t;

//  Both assert.
void webhook_receiver_open (webhook_receiver_t *self);
void webhook_receiver_close (webhook_receiver_t *self);

#endif
