//  bank_call - one call to the bank: the request as HTTP, and what an answer means.
//
//  No socket and no clock here; the gateway lets libcurl do the call. What the
//  bank says is judged by one rule: only a well-formed 200 that names our transfer
//  decides; whatever else happened, the money may have moved, so it is unknown.
//
//  Texts with account numbers and names are wiped when the call is destroyed.

#ifndef EDGE_BANK_CALL_H
#define EDGE_BANK_CALL_H

#include "actors/bank.h"
#include "edge/member_keys.h"
#include "runtime/message.h"

enum {
    BANK_ANSWER_MAX = 64 * 1024,    //  Bytes of the bank's answer
    BANK_URL_MAX = 4096
};

typedef struct bank_call bank_call_t;

//  What to call, and for whom.
struct bank_call {
    bank_call_t *next;              //  In the gateway's queue
    zmq_msg_t frame;                //  The message that asked
    const message_t *message;       //  In it; NULL: a sounding, nobody asked
    char bank_code [BANK_CODE_SIZE];    //  Of the account at the other end
    char *url;
    char *body;                     //  NULL: GET
    char *holder_name;              //  A lookup's, normalized
    char *answer;                   //  Bytes received, zero at the end
    size_t answer_size;
    bool overflown;                 //  The answer was too long
    size_t answer_max;              //  Bytes that are taken of it
    int64_t day;                    //  A statement's, since 1970
    int64_t asked_ms;               //  Unix time of the ask; set by the gateway
    struct curl_slist *headers;     //  The gateway's, while the call is on the wire
};

//  How a call went, for counters and breaker.
typedef enum {
    BANK_CALL_SUCCEEDED,
    BANK_CALL_FAILED,               //  The bank refused, finally
    BANK_CALL_UNANSWERED,           //  Broken, late, 5xx, nonsense
    BANK_CALL_UNDECIDED,            //  It answered, without deciding: 404 to a transfer
    BANK_CALL_CONFLICT              //  409: the same id with another body
} bank_call_end_t;

typedef struct {
    bank_call_end_t end;
    union {
        bank_answered_t answered;   //  Of a transfer, or an inquiry after one
        bank_looked_up_t looked_up; //  Of a lookup
        bank_stated_t stated;       //  Of a statement; the gateway compares it
    };
} bank_outcome_t;

//  Ours at the bank (api.md, section 5).
#define BANK_OWN_CODE   "happy"
#define BANK_OWN_NUMBER "1234-1234-111"

//  Takes the frame, also on failure (NULL: not a message of this port, or sealed
//  data that cannot be opened; *ret_reason says which, without personal data).
//  base_url has no '/' at its end.
bank_call_t *bank_call_new (zmq_msg_t *frame, const char *base_url, member_keys_t *keys,
                            const char **ret_reason);

//  A read of anybody's account, without a message; whoever starts it reads the answer.
bank_call_t *bank_call_account (const char *base_url, const char *bank_code,
                                const char *account_number);

//  A harmless read of our own account, to see whether the bank is there.
bank_call_t *bank_call_sounding (const char *base_url, const char *bank_code);

void bank_call_destroy (bank_call_t **self_p);

//  libcurl's write callback; userdata is the call.
size_t bank_call_receive (char *bytes, size_t size, size_t count, void *self);

//  What the call came to. http_status 0: no whole answer was received.
void bank_call_judge (const bank_call_t *self, long http_status, bank_outcome_t *ret_outcome);

//  Unknown, as the answer to any message of the port.
void bank_call_unknown (const message_t *message, bank_outcome_t *ret_outcome);

//  The code whose breaker guards this message; false if it is not one of the port.
bool bank_call_guard (const message_t *message, char ret_code [BANK_CODE_SIZE]);

#endif
