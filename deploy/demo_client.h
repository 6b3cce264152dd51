//  demo_client - HTTP as any client would speak it: libcurl and jansson.

#ifndef DEPLOY_DEMO_CLIENT_H
#define DEPLOY_DEMO_CLIENT_H

#include <jansson.h>
#include <stdbool.h>

typedef struct demo_client demo_client_t;

typedef struct {
    const char *method, *url;
    json_t *body;                   //  Taken; NULL: none
    const char *token;              //  Bearer token, or NULL
    const char *key;                //  Idempotency-Key, or NULL
    const char *prefer;             //  "wait=30", or NULL
} demo_request_t;

typedef struct {
    long status;                    //  0: no answer
    json_t *body;                   //  Owned; NULL if there was none
    bool replayed;                  //  Idempotent-Replayed: true
} demo_answer_t;

demo_client_t *demo_client_new (void);
void demo_client_destroy (demo_client_t **self_p);

//  Sends one request and waits for its answer, at most 40 s.
demo_answer_t demo_client_call (demo_client_t *self, const demo_request_t *request);
void demo_answer_done (demo_answer_t *self);

//  A text or number of the answer's body by name, "" or 0 if it is not there.
const char *demo_answer_text (const demo_answer_t *self, const char *name);
int64_t demo_answer_number (const demo_answer_t *self, const char *name);

#endif
