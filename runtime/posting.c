//  posting - moving money between two accounts, and the accounts' names.

#include <assert.h>
#include <stdio.h>
#include "runtime/posting.h"

//  Our account at the bank, as the books name it.
static const char corporate_account [] = "happy/1234-1234-111";

#define ACCOUNT_NAME(name, number, text) [number] = text,
static const char *const class_names [] = { ACCOUNT_CLASSES (ACCOUNT_NAME) };
#undef ACCOUNT_NAME

void
postings_move (postings_t *self, account_t debit, account_t credit, int64_t amount_minor)
{
    assert (amount_minor > 0);
    assert (self->count + 2 <= POSTINGS_MAX);
    self->items [self->count++] = (posting_t) { debit, amount_minor };
    self->items [self->count++] = (posting_t) { credit, -amount_minor };
}

bool
postings_balance (const postings_t *self)
{
    int64_t sum = 0;
    for (size_t index = 0; index < self->count; index++) {
        const posting_t *posting = &self->items [index];
        if (!account_class_name (posting->account.class) || posting->amount_minor == 0
            || posting->amount_minor == INT64_MIN
            || __builtin_add_overflow (sum, posting->amount_minor, &sum)) {
            return false;
        }
    }
    return sum == 0;
}

const char *
account_class_name (uint8_t class)
{
    return class < ACCOUNT_CLASS_COUNT ? class_names [class] : NULL;
}

void
account_format (account_t account, char ret_text [ACCOUNT_TEXT_SIZE])
{
    const char *name = account_class_name (account.class);
    if (account.class == ACCOUNT_BANK) {
        snprintf (ret_text, ACCOUNT_TEXT_SIZE, "%s:%s", name, corporate_account);
    }
    else if (oid_is_none (account.owner)) {
        snprintf (ret_text, ACCOUNT_TEXT_SIZE, "%s", name ? name : "unknown");
    }
    else {
        char oid [OID_TEXT_SIZE];
        oid_format (account.owner, oid);
        snprintf (ret_text, ACCOUNT_TEXT_SIZE, "%s:%s", name ? name : "unknown", oid);
    }
}
