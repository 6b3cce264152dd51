//  webhook_call - one attempt at a webhook: the ask, the letter, what came of it.
//
//      POST url
//      webhook-id: evt_3-17-0                       the same at every attempt
//      webhook-timestamp: 1767193200                of this attempt, seconds
//      webhook-signature: v1,… v1,…                 one for each secret that counts
//      traceparent: 00-TRACE-SPAN-01                the trace of the event
//      Content-Type: application/cloudevents+json
//
//  The body is the event as the tap tells it (edge/tap_event.h), so without personal data;
//  its type is the event's name ("payment.captured"), its source happypay/NODE. It is made of
//  the journal's record each time, and comes out the same.
//
//  Belongs to one thread at a time.

#ifndef EDGE_WEBHOOK_CALL_H
#define EDGE_WEBHOOK_CALL_H

#include <curl/curl.h>
#include <zmq.h>
#include "actors/webhook_endpoint.h"
#include "edge/keyring.h"
#include "edge/webhook_address.h"
#include "runtime/journal_view.h"
#include "runtime/message.h"
#include "runtime/node.h"

typedef struct webhook_call {
    struct webhook_call *next;      //  Of the line it waits in
    zmq_msg_t frame;
    const message_t *message;       //  In the frame: who asked
    webhook_send_t send;            //  What is asked
    uint64_t committed;             //  How far the node was when it came (node.h)
    const webhook_allowed_t *allowed;    //  Borrowed
    char url [WEBHOOK_URL_SIZE];
    char *body;                     //  NULL until it is written
    struct curl_slist *headers;
    int64_t started_ms;             //  Monotonic
    size_t answer_size;             //  Bytes of the answer's body so far
    bool overflown;                 //  … were too many
    bool refused;                   //  An address that may not be connected to was met
    webhook_answered_t answered;    //  Once it is over
} webhook_call_t;

//  What a letter is written with. Borrows all.
typedef struct {
    node_t *node;
    const keyring_t *keyring;
    journal_view_t *view;
    const char *source;             //  "happypay/node"
} webhook_desk_t;

//  Takes the frame. NULL if it is not an ask of the port; the frame is closed then.
webhook_call_t *webhook_call_new (zmq_msg_t *frame, const webhook_allowed_t *allowed);
void webhook_call_destroy (webhook_call_t **self_p);

//  Writes url, body and headers to the endpoint as it is now. WEBHOOK_NONE: it may be sent;
//  else nothing is, and that is why.
webhook_outcome_t webhook_call_write (webhook_call_t *self, const webhook_desk_t *desk,
                                      const webhook_endpoint_t *endpoint, int64_t now_ms);

//  What came of it; http_status is that of an answer.
void webhook_call_end (webhook_call_t *self, webhook_outcome_t outcome, long http_status,
                       int64_t duration_ms);

#endif
