//  verify - the offline audit of a stopped node's data folder (runtime/audit.h).

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "deploy/commands.h"
#include "deploy/keyring_options.h"
#include "runtime/audit.h"
#include "runtime/core.h"
#include "runtime/scoped.h"

enum { PATH_SIZE = 4096, BAR_WIDTH = 40, REASON_SIZE = 256 };

static const option_rule_t rules [] = {
    { "data", "DIR", "./data", "the data folder of a stopped node", OPTION_TEXT },
    KEYRING_OPTIONS,
    { "json", NULL, NULL, "print the report as one JSON object", OPTION_FLAG },
};

typedef struct {
    folder_t *folder;
    keyring_t *keyring;
    journal_t *journal;
    state_t *state;
} opened_t;

static void
s_close (opened_t *self)
{
    state_destroy (&self->state);
    journal_destroy (&self->journal);
    keyring_destroy (&self->keyring);
    folder_destroy (&self->folder);
}

//  The state may be absent: it is rebuilt from the journal at every need.
static status_t
s_open_state (opened_t *self, const char *data, char reason [REASON_SIZE])
{
    char path [PATH_SIZE];
    struct stat found;
    snprintf (path, sizeof path, "%s/state", data);
    if (stat (path, &found) != 0) {
        return STATUS_OK;
    }
    status_t status = state_open (data,
                                  &(state_options_t) {
                                      .map_size_bytes = (size_t) limits_default.map_gigabytes << 30,
                                      .readers_max = 16,
                                      .read_only = true,
                                      .version = STATE_VERSION,
                                  },
                                  &self->state, reason);
    return status == STATUS_UNSUPPORTED || status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static status_t
s_open (opened_t *self, const char *data, const options_t *options, char reason [REASON_SIZE])
{
    status_t status = folder_open (data, /* create= */ false, &self->folder, reason);
    if (status == STATUS_OK) {
        status = keyring_options_open (options, /* create= */ false, &self->keyring, reason);
    }
    if (status == STATUS_OK) {
        status = journal_open (data,
                               &(journal_options_t) {
                                   .map_size_bytes = (size_t) limits_default.map_gigabytes << 30,
                                   .readers_max = 16,
                                   .read_only = true,
                               },
                               &self->journal, reason);
    }
    if (status == STATUS_OK) {
        status = s_open_state (self, data, reason);
    }
    return status;
}

static void
s_progress (void *context, uint64_t done, uint64_t all)
{
    (void) context;
    int filled = all ? (int) (done * BAR_WIDTH / all) : BAR_WIDTH;
    fprintf (stderr, "\r[%.*s%*s] %" PRIu64 " / %" PRIu64 " records", filled,
             "########################################", BAR_WIDTH - filled, "", done, all);
    if (done == all) {
        fputc ('\n', stderr);
    }
}

static void
s_print_json (const audit_report_t *report)
{
    json_t *object =
        json_pack ("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "sound",
                   (int) report->sound, "records", (json_int_t) report->records, "events",
                   (json_int_t) report->events, "aggregates", (json_int_t) report->aggregates,
                   "accounts", (json_int_t) report->accounts, "total_debit",
                   (json_int_t) report->debit_minor, "total_credit",
                   (json_int_t) report->credit_minor, "messages_pending",
                   (json_int_t) report->messages_pending, "snapshots_compared",
                   (json_int_t) report->snapshots_compared, "accounts_compared",
                   (json_int_t) report->accounts_compared, "rows_compared",
                   (json_int_t) report->rows_compared);
    assert (object);
    if (!report->sound) {
        char place [32];
        snprintf (place, sizeof place, "%u.%" PRIu64, report->partition, report->sequence);
        json_object_set_new (object, "at", json_string (place));
        json_object_set_new (object, "problem", json_string (report->problem));
    }
    json_dumpf (object, stdout, JSON_INDENT (2));
    putchar ('\n');
    json_decref (object);
}

static void
s_print (const audit_report_t *report)
{
    if (!report->sound) {
        printf ("damaged at %u.%" PRIu64 ": %s\n", report->partition, report->sequence,
                report->problem);
        return;
    }
    printf ("sound: %" PRIu64 " records, %" PRIu64 " events, %" PRIu64 " aggregates\n",
            report->records, report->events, report->aggregates);
    printf ("books: %" PRIu64 " accounts, debit %" PRId64 " = credit %" PRId64 "\n",
            report->accounts, report->debit_minor, report->credit_minor);
    printf ("state: %" PRIu64 " snapshots, %" PRIu64 " accounts and %" PRIu64
            " rows equal the replay\n",
            report->snapshots_compared, report->accounts_compared, report->rows_compared);
    printf ("outbox: %" PRIu64 " messages pending\n", report->messages_pending);
}

int
verify_main (int argc, char **argv)
{
    scoped (options_destroy) options_t *options =
        options_new ("verify", "replays the journal of a stopped node and checks everything in it",
                     rules, COUNT (rules));
    int status = options_read (options, argc, argv);
    if (status != OPTIONS_READ) {
        return status;
    }
    char reason [REASON_SIZE] = "";
    opened_t opened = { 0 };
    audit_report_t report = { 0 };
    const char *data = options_text (options, "data");
    status_t result = s_open (&opened, data, options, reason);
    if (result == STATUS_DAMAGED && opened.keyring) {
        report = (audit_report_t) { .sound = false };
        snprintf (report.problem, sizeof report.problem, "%s", reason);
        result = STATUS_OK;
    }
    else if (result == STATUS_OK) {
        snprintf (reason, sizeof reason, "%s: the journal cannot be read", data);
        result = audit_run (
            &(audit_config_t) {
                .journal = opened.journal,
                .state = opened.state,
                .progress = isatty (STDERR_FILENO) ? s_progress : NULL,
            },
            &report);
    }
    s_close (&opened);
    if (result != STATUS_OK) {
        fprintf (stderr, "happypay verify: %s (%s)\n", reason, status_text (result));
        return EXIT_UNUSABLE;
    }
    options_flag (options, "json") ? s_print_json (&report) : s_print (&report);
    return report.sound ? EXIT_DONE : EXIT_BAD;
}
