//  token - `happypay token`: prints a signed access token.
//
//  Needs the keyring and nothing else: it works before the first start (it makes
//  the keyring then) and while the node runs.

#include <stdio.h>
#include <stdlib.h>
#include <sodium.h>
#include <time.h>
#include "deploy/commands.h"
#include "deploy/keyring_options.h"
#include "edge/token.h"
#include "runtime/scoped.h"

enum { TTL_MAX_S = 10 * 365 * 86400 };

static const option_rule_t rules [] = {
    { "data", "DIR", "./data", "the node's data folder", OPTION_TEXT },
    { "role", "operator|member|merchant", NULL, "what the caller is", OPTION_CHOICE,
      .required = true },
    { "subject", "ID", NULL, "mem_... or mrc_..., or an operator's name (default: operator)",
      OPTION_TEXT },
    { "ttl", "SECONDS", "3600", "how long it is good for", OPTION_INTEGER, .from = 1,
      .to = TTL_MAX_S },
    { "audience", "NAME", "happypay", "for whom; another one is for tests", OPTION_TEXT },
    KEYRING_OPTIONS,
};

//  The subject as told, or the default one; NULL after saying what is wrong.
static const char *
s_subject (const options_t *options, role_t role, const keyring_t *keyring)
{
    static const char *const rights [ROLE_COUNT] = {
        [ROLE_OPERATOR] = "1 to 63 of A-Z a-z 0-9 . _ @ -",
        [ROLE_MEMBER] = "a member's id, mem_...",
        [ROLE_MERCHANT] = "a merchant's id, mrc_...",
    };
    const char *subject = options_text (options, "subject");
    oid_t oid;

    if (!subject && role == ROLE_OPERATOR) {
        return "operator";
    }
    if (!subject || !role_subject (role, subject, keyring, &oid)) {
        options_refuse (options, "subject", subject ? "does not fit the role" : "is missing",
                        rights [role]);
        return NULL;
    }
    return subject;
}

static int
s_print_token (const options_t *options, const keyring_t *keyring)
{
    role_t role = role_find (options_text (options, "role"));
    const char *subject = s_subject (options, role, keyring);
    if (!subject) {
        return EXIT_UNUSABLE;
    }
    char *token = token_make (keyring, role, subject, time (NULL), options_integer (options, "ttl"),
                              options_text (options, "audience"));
    if (!token) {
        fputs ("happypay token: no memory\n", stderr);
        return EXIT_UNUSABLE;
    }
    bool told = puts (token) >= 0 && fflush (stdout) == 0;
    free (token);
    return told ? EXIT_DONE : EXIT_UNUSABLE;
}

int
token_main (int argc, char **argv)
{
    char reason [256];
    scoped (options_destroy) options_t *options =
        options_new ("token", "prints a signed access token", rules, COUNT (rules));
    int status = options_read (options, argc, argv);
    if (status != OPTIONS_READ) {
        return status;
    }
    scoped (keyring_destroy) keyring_t *keyring = NULL;
    if (keyring_options_open (options, /* create= */ true, &keyring, reason) != STATUS_OK) {
        fprintf (stderr, "happypay token: %s\n", reason);
        return EXIT_UNUSABLE;
    }
    return s_print_token (options, keyring);
}
