//  verdict - the one table of business outcomes.

#include <ctype.h>
#include <pthread.h>
#include "runtime/scoped.h"
#include "runtime/verdict.h"

enum { CODE_SIZE = 48 };

typedef struct {
    const char *name;
    const char *title;
    unsigned http;
} verdict_rule_t;

#define VERDICT_RULE(code, number, http_status, text) [number] = { #code, text, http_status },
static const verdict_rule_t rules [] = { VERDICTS (VERDICT_RULE) };
#undef VERDICT_RULE

//  Codes are the names in lower case, written once.
static char codes [VERDICT_COUNT][CODE_SIZE];
static pthread_once_t codes_once = PTHREAD_ONCE_INIT;

static void
s_write_codes (void)
{
    for (size_t index = 0; index < COUNT (rules); index++) {
        for (size_t at = 0; rules [index].name [at] && at < CODE_SIZE - 1; at++) {
            codes [index][at] = (char) tolower (rules [index].name [at]);
        }
    }
}

const char *
verdict_code (verdict_t verdict)
{
    pthread_once (&codes_once, s_write_codes);
    return (unsigned) verdict < VERDICT_COUNT ? codes [verdict] : "unknown";
}

const char *
verdict_title (verdict_t verdict)
{
    return (unsigned) verdict < VERDICT_COUNT ? rules [verdict].title : "Unknown";
}

unsigned
verdict_http (verdict_t verdict)
{
    return (unsigned) verdict < VERDICT_COUNT ? rules [verdict].http : 422;
}
