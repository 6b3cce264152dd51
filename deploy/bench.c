//  bench - options, the operator's token, people, the run, the report.

#include "deploy/bench.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "deploy/bench_load.h"
#include "deploy/bench_people.h"
#include "deploy/commands.h"
#include "deploy/options.h"
#include "edge/token.h"
#include "runtime/scoped.h"

enum { TOKEN_TTL_S = 86400 };

// clang-format off
static const option_rule_t rules [] = {
    { "scenario", "recharge|remittance|payment|hot-merchant|mixed", NULL,
      "what is asked: each request is another one, of 1 to 100 KRW", OPTION_CHOICE,
      .required = true, .group = "Load" },
    { "connections", "N", "64", "keep-alive connections", OPTION_INTEGER,
      .from = 1, .to = 16384, .group = "Load" },
    { "rate", "R", NULL, "open loop: R requests a second, latencies from when each was due",
      OPTION_INTEGER, .from = 1, .to = 1000000, .group = "Load" },
    { "seconds", "S", "10", "how long is measured", OPTION_INTEGER,
      .from = 1, .to = 86400, .group = "Load" },
    { "warmup", "S", "2", "how long before that, not counted", OPTION_INTEGER,
      .from = 0, .to = 3600, .group = "Load" },
    { "accounts", "N", "10000", "members with a wallet, drawn uniformly", OPTION_INTEGER,
      .from = 1, .to = BENCH_PEOPLE_MAX, .group = "People" },
    { "merchants", "N", "100", "merchants, drawn uniformly (hot-merchant: always one)",
      OPTION_INTEGER, .from = 1, .to = BENCH_PEOPLE_MAX, .group = "People" },
    { "seed", "N", "1", "of names and draws; a seed used before meets the same people again",
      OPTION_INTEGER, .from = 0, .to = 99999, .group = "People" },
    { "http", "URL", "http://127.0.0.1:8080", "the node", OPTION_URL, .group = "Where" },
    { "bank", "URL", "http://127.0.0.1:8090", "the stand-in bank, where accounts are opened",
      OPTION_URL, .group = "Where" },
    { "data", "DIR", "./data", "the node's folder, whose keyring signs an operator's token"
      " (or the token itself in HAPPYPAY_TOKEN)", OPTION_TEXT, .group = "Where" },
    { "json", NULL, NULL, "the report as one JSON object", OPTION_FLAG, .group = "Report" },
};
// clang-format on

static const char summary [] =
    "puts load on a node and measures it; makes its own members, wallets and merchants.\n"
    "achieved counts answers of 200 and 201; refused 4xx and 503; pending 202; failed all\n"
    "else, no answer included. Latencies are of achieved requests.\n"
    "Exit status: 0 measured, 1 something failed or the node stopped answering, 2 could\n"
    "not begin";

//  The operator's token: given, or signed with the node's own key.
static char *
s_token (const char *data_dir, char ret_reason [256])
{
    const char *given = getenv ("HAPPYPAY_TOKEN");
    if (given && *given) {
        return strdup (given);
    }
    char path [4096];
    keyring_t *keyring = NULL;
    if (snprintf (path, sizeof path, "%s/keyring", data_dir) >= (int) sizeof path) {
        snprintf (ret_reason, 256, "the path of --data is too long");
        return NULL;
    }
    if (keyring_open (path, false, &keyring, ret_reason) != STATUS_OK) {
        return NULL;
    }
    char *token = token_make (keyring, ROLE_OPERATOR, "bench", time (NULL), TOKEN_TTL_S, NULL);
    keyring_destroy (&keyring);
    return token;
}

static double
s_quantile_ms (const bench_result_t *result, uint32_t parts_per_million)
{
    return (double) bench_histogram_quantile (&result->latencies, parts_per_million) / 1e6;
}

static void
s_print_json (const bench_config_t *config, const bench_result_t *result)
{
    printf ("{\"scenario\":\"%s\",\"connections\":%u,\"rate\":%" PRId64 ",\"seconds\":%" PRId64
            ",\"warmup\":%" PRId64 ",\"accounts\":%u,\"merchants\":%u,\"seed\":%u,"
            "\"offered\":%.1f,\"achieved\":%.1f,\"refused\":%" PRIu64 ",\"pending\":%" PRIu64
            ",\"failed\":%" PRIu64 ",\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,"
            "\"p999_ms\":%.3f,\"max_ms\":%.3f}\n",
            config->scenario->name, config->connections, config->rate, config->seconds,
            config->warmup_seconds, config->accounts, config->merchants, config->seed,
            result->offered, result->achieved, result->refused, result->pending, result->failed,
            s_quantile_ms (result, 500000), s_quantile_ms (result, 900000),
            s_quantile_ms (result, 990000), s_quantile_ms (result, 999000),
            s_quantile_ms (result, 1000000));
}

static void
s_print_table (const bench_config_t *config, const bench_result_t *result)
{
    char loop [40] = "closed loop";
    if (config->rate) {
        snprintf (loop, sizeof loop, "open loop at %" PRId64 " /s", config->rate);
    }
    printf ("%s, %s, %u connections, %" PRId64 " s after %" PRId64 " s of warm-up\n"
            "%u wallets, %u merchants, seed %u\n\n",
            config->scenario->name, loop, config->connections, config->seconds,
            config->warmup_seconds, config->accounts, config->merchants, config->seed);
    printf ("offered   %12.1f /s\nachieved  %12.1f /s\n", result->offered, result->achieved);
    printf ("refused   %12" PRIu64 "%s%s\n", result->refused,
            result->refused ? "      first: " : "", result->first_refusal);
    printf ("pending   %12" PRIu64 "\n", result->pending);
    printf ("failed    %12" PRIu64 "%s%s\n\n", result->failed,
            result->failed ? "      first: " : "", result->first_failure);
    printf ("p50       %12.3f ms\np90       %12.3f ms\np99       %12.3f ms\n"
            "p99.9     %12.3f ms\nmax       %12.3f ms\n",
            s_quantile_ms (result, 500000), s_quantile_ms (result, 900000),
            s_quantile_ms (result, 990000), s_quantile_ms (result, 999000),
            s_quantile_ms (result, 1000000));
}

static int
s_bench (const bench_config_t *config, bool json)
{
    char reason [256] = "";
    static bench_result_t result;  //  34 KiB of buckets
    bench_people_t *people = bench_people_new (config, reason);
    if (people) {
        fprintf (stderr, "measuring for %" PRId64 " s after %" PRId64 " s of warm-up\n",
                 config->seconds, config->warmup_seconds);
    }
    bool ran = people && bench_load_run (config, people, &result, reason);
    bench_people_destroy (&people);
    if (!ran) {
        fprintf (stderr, "happypay bench: %s\n", reason);
        return EXIT_UNUSABLE;
    }
    (json ? s_print_json : s_print_table) (config, &result);
    if (result.gave_up) {
        fprintf (stderr, "happypay bench: the node stopped answering: %s\n", result.first_failure);
    }
    return result.failed > 0 || result.gave_up ? EXIT_BAD : EXIT_DONE;
}

int
bench_main (int argc, char **argv)
{
    scoped (options_destroy) options_t *options =
        options_new ("bench", summary, rules, COUNT (rules));
    int status = options_read (options, argc, argv);
    if (status != OPTIONS_READ) {
        return status;
    }
    bench_config_t config = {
        .http = options_text (options, "http"),
        .bank = options_text (options, "bank"),
        .scenario = bench_scenario_find (options_text (options, "scenario")),
        .connections = (uint32_t) options_integer (options, "connections"),
        .rate = options_given (options, "rate") ? options_integer (options, "rate") : 0,
        .seconds = options_integer (options, "seconds"),
        .warmup_seconds = options_integer (options, "warmup"),
        .accounts = (uint32_t) options_integer (options, "accounts"),
        .merchants = (uint32_t) options_integer (options, "merchants"),
        .seed = (uint32_t) options_integer (options, "seed"),
    };
    if (strncasecmp (config.http, "https:", 6) == 0) {
        return options_refuse (options, "http", "needs TLS, which bench does not speak",
                               "measure a node on a loopback address, without a certificate");
    }
    if (config.scenario->pairs && config.accounts < 2) {
        return options_refuse (options, "accounts", "one member has nobody to send money to",
                               "2 or more");
    }
    if (!config.scenario->shops) {
        config.merchants = 0;
    }
    else if (config.scenario->one_shop) {
        config.merchants = 1;
    }
    char reason [256] = "";
    if (sodium_init () < 0) {
        fprintf (stderr, "happypay bench: there is no source of random numbers\n");
        return EXIT_UNUSABLE;
    }
    char *token = s_token (options_text (options, "data"), reason);
    if (!token) {
        return options_refuse (options, "data", reason,
                               "a node's data folder, or a token in HAPPYPAY_TOKEN");
    }
    config.token = token;
    status = s_bench (&config, options_flag (options, "json"));
    sodium_memzero (token, strlen (token));
    free (token);
    return status;
}
