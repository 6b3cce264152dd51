//  bank_answers - answers of the bank on their way to who asked.

#include "edge/bank_answers.h"

#include <stdlib.h>

enum { RETRY_FIRST_MS = 10, RETRY_LAST_MS = 1000 };

typedef struct waiting_answer {
    struct waiting_answer *next;
    node_request_t request;  //  Its payload is in outcome
    bank_outcome_t outcome;
} waiting_answer_t;

struct bank_answers {
    waiting_answer_t *first, **last;
    int64_t retry_ms, retry_at_ms;
};

bank_answers_t *
bank_answers_new (void)
{
    bank_answers_t *self = calloc (1, sizeof *self);
    assert (self);
    self->last = &self->first;
    self->retry_ms = RETRY_FIRST_MS;
    return self;
}

void
bank_answers_destroy (bank_answers_t **self_p)
{
    bank_answers_t *self = *self_p;
    if (!self) {
        return;
    }
    while (self->first) {
        waiting_answer_t *answer = self->first;
        self->first = answer->next;
        free (answer);
    }
    free (self);
    *self_p = NULL;
}

static bool
s_tell (node_port_t *port, const waiting_answer_t *answer)
{
    return node_port_command (port, &answer->request) == ADMITTED;
}

void
bank_answers_tell (bank_answers_t *self, node_port_t *port, const message_t *message,
                   const bank_outcome_t *outcome)
{
    waiting_answer_t *answer = calloc (1, sizeof *answer);
    assert (answer);
    answer->outcome = *outcome;
    answer->request = (node_request_t) {
        .to = message->from,
        .command = message->answer_command,
        .payload = message->command == BANK_LOOKUP ? (const void *) &answer->outcome.looked_up
                                                   : (const void *) &answer->outcome.answered,
        .cause_source = message->cause_source,
        .cause_number = message->cause_number,
    };
    memcpy (answer->request.correlation, message->correlation, sizeof message->correlation);
    if (!self->first && s_tell (port, answer)) {
        free (answer);
        return;
    }
    *self->last = answer;
    self->last = &answer->next;
}

void
bank_answers_retry (bank_answers_t *self, node_port_t *port, int64_t now_ms)
{
    bool moved = false;

    if (!self->first || now_ms < self->retry_at_ms) {
        return;
    }
    while (self->first && s_tell (port, self->first)) {
        waiting_answer_t *told = self->first;
        self->first = told->next;
        free (told);
        moved = true;
    }
    if (!self->first) {
        self->last = &self->first;
    }
    self->retry_ms = moved ? RETRY_FIRST_MS : self->retry_ms * 2;
    if (self->retry_ms > RETRY_LAST_MS) {
        self->retry_ms = RETRY_LAST_MS;
    }
    self->retry_at_ms = now_ms + self->retry_ms;
}

bool
bank_answers_waiting (const bank_answers_t *self)
{
    return self->first != NULL;
}
