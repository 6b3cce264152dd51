//  replay - makes a stopped node's read models again (runtime/replay.h).

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "deploy/commands.h"
#include "deploy/options.h"
#include "runtime/replay.h"
#include "runtime/scoped.h"

enum { BAR_WIDTH = 40, REASON_SIZE = 256, LINES = 10 };

static const option_rule_t rules [] = {
    { "data", "DIR", "./data", "the data folder of a stopped node", OPTION_TEXT },
    { "projection", "NAME", NULL, "one of lists, books, money-by-address; all if left out",
      OPTION_TEXT },
};

typedef struct {
    bool bar;        //  On a terminal; else a line per tenth
    uint64_t shown;  //  Tenths
} progress_t;

static void
s_progress (void *context, uint64_t done, uint64_t all)
{
    progress_t *self = context;
    int filled = all ? (int) (done * BAR_WIDTH / all) : BAR_WIDTH;
    uint64_t tenths = all ? done * LINES / all : LINES;
    if (self->bar) {
        fprintf (stderr, "\r[%.*s%*s] %" PRIu64 " / %" PRIu64 " records", filled,
                 "########################################", BAR_WIDTH - filled, "", done, all);
    }
    else if (tenths > self->shown) {
        fprintf (stderr, "replay: %" PRIu64 " / %" PRIu64 " records\n", done, all);
    }
    self->shown = tenths;
}

static bool
s_is_known (const char *name)
{
    for (size_t index = 0; replay_names [index]; index++) {
        if (strcmp (replay_names [index], name) == 0) {
            return true;
        }
    }
    return false;
}

int
replay_main (int argc, char **argv)
{
    scoped (options_destroy) options_t *options =
        options_new ("replay", "makes the read models of a stopped node again from its journal",
                     rules, COUNT (rules));
    int read = options_read (options, argc, argv);
    if (read != OPTIONS_READ) {
        return read;
    }
    const char *name = options_text (options, "projection");
    if (name && !s_is_known (name)) {
        fprintf (stderr,
                 "happypay replay: there is no projection \"%.40s\"; there are lists, "
                 "books, money-by-address\n",
                 name);
        return EXIT_UNUSABLE;
    }
    char reason [REASON_SIZE] = "";
    uint64_t records;
    progress_t progress = { .bar = isatty (STDERR_FILENO) };
    status_t status = replay_run (
        &(replay_config_t) {
            .data_dir = options_text (options, "data"),
            .projection = name,
            .watch = { s_progress, &progress },
        },
        &records, reason);
    if (progress.bar) {
        fputc ('\n', stderr);
    }
    if (status != STATUS_OK) {
        fprintf (stderr, "happypay replay: %s (%s)\n", reason, status_text (status));
        return status == STATUS_DAMAGED ? EXIT_BAD : EXIT_UNUSABLE;
    }
    printf ("replayed: %" PRIu64 " records; %s made again\n", records, name ? name : "all");
    return EXIT_DONE;
}
