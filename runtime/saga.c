//  saga - the answer every asked aggregate gives, and the text of references.

#include <stdio.h>
#include "runtime/saga.h"

static const field_t saga_answer_fields [] = {
    FIELD (OID, saga_answer_t, from),
    FIELD (U8, saga_answer_t, command),
    FIELD (U32, saga_answer_t, step),
    FIELD (U32, saga_answer_t, verdict),
};

const shape_t saga_answer_shape = SHAPE (saga_answer_t, saga_answer_fields);

static const field_t saga_resolve_fields [] = {
    FIELD (U8, saga_resolve_t, decision),         FIELD (OID, saga_resolve_t, approval),
    FIELD (TEXT, saga_resolve_t, operator),       FIELD (TEXT, saga_resolve_t, reason),
    FIELD (TEXT, saga_resolve_t, bank_reference), FIELD (TEXT, saga_resolve_t, confirmed_by),
    FIELD (I64, saga_resolve_t, version),
};

const shape_t saga_resolve_shape = SHAPE (saga_resolve_t, saga_resolve_fields);

static const field_t saga_given_up_fields [] = {
    FIELD (I64, saga_given_up_t, amount_minor),
    FIELD (TEXT, saga_given_up_t, operator),
    FIELD (TEXT, saga_given_up_t, reason),
    FIELD (TEXT, saga_given_up_t, confirmed_by),
};

const shape_t saga_given_up_shape = SHAPE (saga_given_up_t, saga_given_up_fields);

void
saga_given_up_postings (oid_t self, const void *event, postings_t *postings)
{
    const saga_given_up_t *given_up = event;
    if (given_up->amount_minor > 0) {
        postings_move (postings, account_of (ACCOUNT_TRANSIT, self),
                       account_single (ACCOUNT_SUSPENSE), given_up->amount_minor);
    }
}

#define SAGA_LEG_NAME(name, number, text) [number] = text,
static const char *const leg_names [] = { SAGA_LEGS (SAGA_LEG_NAME) };
#undef SAGA_LEG_NAME

void
reference_format (reference_t reference, char ret_text [REFERENCE_TEXT_SIZE])
{
    char saga [OID_TEXT_SIZE];
    oid_format (reference.saga, saga);
    const char *leg = reference.leg < COUNT (leg_names) ? leg_names [reference.leg] : NULL;
    snprintf (ret_text, REFERENCE_TEXT_SIZE, "%s/%s/%u", saga, leg ? leg : "unknown",
              (unsigned) reference.ordinal);
}
