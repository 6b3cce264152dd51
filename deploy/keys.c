//  keys - `happypay keys list | rotate | retire`: the keyring's keys, while a node runs.
//
//      list                 which keys there are, which are active, what each wraps
//      rotate               a new active master key and token key (one: --master, --token)
//      retire --master ID   an old key goes, once no member's key is wrapped by it
//      retire --token ID    an old key goes; tokens that it signed end at once
//
//  A node that runs sees the change by itself and wraps the members' keys anew
//  (edge/keyring_keeper.h). `rotate` waits a little to say that it did.

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "deploy/commands.h"
#include "deploy/keyring_options.h"
#include "edge/member_keys.h"
#include "runtime/scoped.h"
#include "store/folder.h"

enum { REASON_SIZE = 256, KEYS_PATH_SIZE = 4096, WAIT_MS = 15000, ASK_AGAIN_MS = 50 };

static const char *const kind_names [KEYRING_KINDS] = { "master", "token" };

static const option_rule_t list_rules [] = {
    { "data", "DIR", "./data", "the node's data folder", OPTION_TEXT },
    KEYRING_OPTIONS,
};

static const option_rule_t rotate_rules [] = {
    { "data", "DIR", "./data", "the node's data folder", OPTION_TEXT },
    { "master", NULL, NULL, "only the key that wraps the members' keys", OPTION_FLAG },
    { "token", NULL, NULL, "only the key that signs access tokens", OPTION_FLAG },
    KEYRING_OPTIONS,
};

static const option_rule_t retire_rules [] = {
    { "data", "DIR", "./data", "the node's data folder", OPTION_TEXT },
    { "master", "ID", NULL, "the master key that goes", OPTION_INTEGER, .from = 1,
      .to = UINT32_MAX },
    { "token", "ID", NULL, "the token key that goes, and all that it signed", OPTION_INTEGER,
      .from = 1, .to = UINT32_MAX },
    KEYRING_OPTIONS,
};

//  What is to change, and what came of it.
typedef struct {
    const char *keys_dir;
    bool wanted [KEYRING_KINDS];
    uint32_t ids [KEYRING_KINDS];  //  To retire; or new
} change_t;

static int
s_fail (const char *reason)
{
    fprintf (stderr, "happypay keys: %s\n", reason);
    return EXIT_UNUSABLE;
}

//  ---------------------------------------------------------------------------
//  list

static uint64_t
s_wrapped (const member_keys_census_t *census, uint32_t id)
{
    for (size_t index = 0; index < census->count; index++) {
        if (census->masters [index] == id) {
            return census->keys [index];
        }
    }
    return 0;
}

static int
s_list (const options_t *options, keyring_place_t *place, const char *keys_dir)
{
    (void) options;
    char reason [REASON_SIZE];
    keyring_text_t keys;
    member_keys_census_t census;

    status_t status = keyring_place_read (place, &keys, reason);
    if (status == STATUS_OK) {
        status = member_keys_census (keys_dir, &census, reason);
    }
    for (size_t kind = 0; kind < KEYRING_KINDS && status == STATUS_OK; kind++) {
        const keyring_list_t *list = &keys.lists [kind];
        for (size_t index = 0; index < list->count; index++) {
            uint32_t id = list->keys [index].id;
            printf ("%-7s %4" PRIu32 " %s", kind_names [kind], id,
                    index == list->active ? "active" : "old   ");
            if (kind == KEYRING_MASTER) {
                printf ("  wraps %" PRIu64 " members' keys", s_wrapped (&census, id));
            }
            puts (census.taken [kind] == id ? "  (the node's)" : "");
        }
    }
    keyring_text_wipe (&keys);
    return status == STATUS_OK ? EXIT_DONE : s_fail (reason);
}

//  ---------------------------------------------------------------------------
//  rotate

static status_t
s_add_keys (void *context, keyring_text_t *text, char reason [REASON_SIZE])
{
    change_t *change = context;
    for (size_t kind = 0; kind < KEYRING_KINDS; kind++) {
        status_t status = change->wanted [kind] ? keyring_text_rotate (text, (keyring_kind_t) kind,
                                                                       &change->ids [kind])
                                                : STATUS_OK;
        if (status != STATUS_OK) {
            snprintf (reason, REASON_SIZE, "there are %d %s keys, no more fit; retire an old one",
                      KEYRING_KEYS_MAX, kind_names [kind]);
            return status;
        }
    }
    return STATUS_OK;
}

static int64_t
s_now_ms (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool
s_node_runs (const char *data)
{
    char unused [REASON_SIZE];
    scoped (folder_destroy) folder_t *folder = NULL;
    return folder_open (data, /* create= */ false, &folder, unused) == STATUS_IN_USE;
}

static bool
s_is_taken (const change_t *change)
{
    char unused [REASON_SIZE];
    member_keys_census_t census;
    bool taken = member_keys_census (change->keys_dir, &census, unused) == STATUS_OK;
    for (size_t kind = 0; kind < KEYRING_KINDS; kind++) {
        taken = taken && (!change->wanted [kind] || census.taken [kind] == change->ids [kind]);
    }
    return taken;
}

//  One line on whether a node uses the new keys already.
static void
s_say_taken (const change_t *change, const char *data)
{
    int64_t end_ms = s_now_ms () + WAIT_MS;
    if (!s_node_runs (data)) {
        puts ("no node runs on this data folder; the next start takes it");
        return;
    }
    while (!s_is_taken (change)) {
        if (s_now_ms () > end_ms) {
            puts ("the node that runs has not taken it yet; its log says why");
            return;
        }
        poll (NULL, 0, ASK_AGAIN_MS);
    }
    puts ("taken by the node that runs");
}

static int
s_rotate (const options_t *options, keyring_place_t *place, const char *keys_dir)
{
    char reason [REASON_SIZE];
    change_t change = { .keys_dir = keys_dir };
    change.wanted [KEYRING_MASTER] = options_flag (options, "master");
    change.wanted [KEYRING_TOKEN] = options_flag (options, "token");
    if (!change.wanted [KEYRING_MASTER] && !change.wanted [KEYRING_TOKEN]) {
        change.wanted [KEYRING_MASTER] = change.wanted [KEYRING_TOKEN] = true;
    }
    if (keyring_place_change (place, s_add_keys, &change, reason) != STATUS_OK) {
        return s_fail (reason);
    }
    for (size_t kind = 0; kind < KEYRING_KINDS; kind++) {
        if (change.wanted [kind]) {
            printf ("%s key %" PRIu32 " is active\n", kind_names [kind], change.ids [kind]);
        }
    }
    s_say_taken (&change, options_text (options, "data"));
    return EXIT_DONE;
}

//  ---------------------------------------------------------------------------
//  retire

//  The node must have taken a newer key, and nothing may be wrapped by this one: then
//  nothing ever will be. Looked at under the lock of the keyring.
static status_t
s_check_unused (const change_t *change, uint32_t active, char reason [REASON_SIZE])
{
    member_keys_census_t census;
    uint32_t id = change->ids [KEYRING_MASTER];
    status_t status = member_keys_census (change->keys_dir, &census, reason);
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t wrapped = s_wrapped (&census, id);
    if (census.taken [KEYRING_MASTER] != active) {
        snprintf (reason, REASON_SIZE,
                  "no node of this folder has taken master key %" PRIu32 " yet; start it first",
                  active);
    }
    else if (census.unfinished || census.others > 0) {
        snprintf (reason, REASON_SIZE, "members' keys are being wrapped anew; try again");
    }
    else if (wrapped > 0) {
        snprintf (reason, REASON_SIZE,
                  "master key %" PRIu32 " still wraps %" PRIu64 " members' keys; the node that "
                  "runs wraps them anew",
                  id, wrapped);
    }
    else {
        return STATUS_OK;
    }
    return STATUS_BUSY;
}

static status_t
s_remove_key (void *context, keyring_text_t *text, char reason [REASON_SIZE])
{
    const change_t *change = context;
    for (size_t kind = 0; kind < KEYRING_KINDS; kind++) {
        const keyring_list_t *list = &text->lists [kind];
        status_t status = STATUS_OK;
        if (!change->wanted [kind]) {
            continue;
        }
        if (kind == KEYRING_MASTER && list->keys [list->active].id != change->ids [kind]) {
            status = s_check_unused (change, list->keys [list->active].id, reason);
            if (status != STATUS_OK) {
                return status;
            }
        }
        status = keyring_text_retire (text, (keyring_kind_t) kind, change->ids [kind]);
        if (status != STATUS_OK) {
            snprintf (reason, REASON_SIZE, "%s key %" PRIu32 " %s", kind_names [kind],
                      change->ids [kind],
                      status == STATUS_IN_USE ? "is the active one; rotate first"
                                              : "is not in the keyring");
            return status;
        }
    }
    return STATUS_OK;
}

static int
s_retire (const options_t *options, keyring_place_t *place, const char *keys_dir)
{
    char reason [REASON_SIZE];
    change_t change = { .keys_dir = keys_dir };
    for (size_t kind = 0; kind < KEYRING_KINDS; kind++) {
        change.wanted [kind] = options_given (options, kind_names [kind]);
        if (change.wanted [kind]) {
            change.ids [kind] = (uint32_t) options_integer (options, kind_names [kind]);
        }
    }
    if (!change.wanted [KEYRING_MASTER] && !change.wanted [KEYRING_TOKEN]) {
        return s_fail ("say which key goes: --master ID or --token ID");
    }
    if (keyring_place_change (place, s_remove_key, &change, reason) != STATUS_OK) {
        return s_fail (reason);
    }
    puts ("retired");
    return EXIT_DONE;
}

//  ---------------------------------------------------------------------------

static const struct {
    const char *name, *command, *summary;
    const option_rule_t *rules;
    size_t rule_count;
    int (*main) (const options_t *options, keyring_place_t *place, const char *keys_dir);
} actions [] = {
    { "list", "keys list", "which keys there are, and what each wraps", list_rules,
      COUNT (list_rules), s_list },
    { "rotate", "keys rotate", "makes new active keys, while the node runs", rotate_rules,
      COUNT (rotate_rules), s_rotate },
    { "retire", "keys retire", "removes an old key that nothing needs", retire_rules,
      COUNT (retire_rules), s_retire },
};

static int
s_run (size_t action, int argc, char **argv)
{
    char keys_dir [KEYS_PATH_SIZE], reason [REASON_SIZE];
    scoped (keyring_place_destroy) keyring_place_t *place = NULL;
    scoped (options_destroy) options_t *options =
        options_new (actions [action].command, actions [action].summary, actions [action].rules,
                     actions [action].rule_count);
    int status = options_read (options, argc, argv);
    if (status != OPTIONS_READ) {
        return status;
    }
    snprintf (keys_dir, sizeof keys_dir, "%.4000s/keys", options_text (options, "data"));
    if (keyring_options_place (options, &place, reason) != STATUS_OK) {
        return s_fail (reason);
    }
    return actions [action].main (options, place, keys_dir);
}

int
keys_main (int argc, char **argv)
{
    const char *word = argc > 1 ? argv [1] : "";
    for (size_t index = 0; index < COUNT (actions); index++) {
        if (strcmp (word, actions [index].name) == 0) {
            return s_run (index, argc - 1, argv + 1);
        }
    }
    bool help = strcmp (word, "--help") == 0;
    fputs ("usage: happypay keys list|rotate|retire [--OPTION VALUE]...\n", help ? stdout : stderr);
    for (size_t index = 0; help && index < COUNT (actions); index++) {
        printf ("  %-8s%s\n", actions [index].name, actions [index].summary);
    }
    return help ? EXIT_DONE : EXIT_UNUSABLE;
}
