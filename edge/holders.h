//  holders - who holds an account at the bank: asked for somebody who waits for a name.
//
//      GET /v1/accounts/{bank_code}/{account_number}     in the bank's own words
//
//  One thread around libcurl's multi handle, beside the gateway: a lookup moves nothing,
//  so it is no message of an aggregate and no record; it neither waits behind transfers
//  nor takes their places on the wire.
//
//  Limits: HOLDERS_CALLS on the wire, HOLDERS_WAITING behind them, more are refused at
//  once. A call takes timeout_ms at most, and who waited as long for a place is told
//  `unknown`; so nobody waits longer than twice that.
//
//  Numbers and names are wiped as soon as they were told, and never logged.

#ifndef EDGE_HOLDERS_H
#define EDGE_HOLDERS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    HOLDERS_CALLS = 8,
    HOLDERS_WAITING = 64
};

typedef enum {
    HOLDER_UNKNOWN,                 //  No answer, or none that can be trusted
    HOLDER_FOUND,
    HOLDER_MISSING,                 //  There is no such account
    HOLDER_SHUT                     //  The account is closed
} holder_result_t;

//  name: the holder's if FOUND, else ""; borrowed for the call. On the holders' thread.
typedef void (holder_fn) (void *context, holder_result_t result, const char *name);

typedef struct holders holders_t;

//  url: the bank's, checked by the gateway before. NULL: the thread could not be made.
holders_t *holders_new (const char *url, int64_t timeout_ms, holder_fn *told);

//  Tells `unknown` to all who wait; from then on everybody is refused.
void holders_end (holders_t *self);

//  The same, if that was not done before. Nobody may ask any more.
void holders_destroy (holders_t **self_p);

//  `told` is called once. False: as many wait as may, it is not called. Any thread.
bool holders_ask (holders_t *self, const char *bank_code, const char *account_number,
                  void *context);

//  What an answer of the bank says. http_status 0: there was none. The name is copied
//  if FOUND (and fits `size`), else empty. For holders.c and its test.
holder_result_t holders_judge (long http_status, const char *body, uint64_t body_size,
                               char *ret_name, uint64_t size);

#endif
