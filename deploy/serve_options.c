//  serve_options - the table, and the limits' names with dashes instead of underscores.

#include "deploy/serve_options.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "deploy/keyring_options.h"
#include "runtime/scoped.h"

enum { LIMITS_MAX = 96, NAME_SIZE = 48, NUMBER_SIZE = 24 };

static const option_rule_t node_rules [] = {
    { "data", "DIR", "./data", "the data folder", OPTION_TEXT, .group = "Node" },
    { "http", "HOST:PORT", "127.0.0.1:8080", "where HTTP is served; port 0: any free one",
      OPTION_ADDRESS, .group = "Node" },
    { "tls-cert", "FILE", NULL, "HTTPS with this certificate chain (PEM); SIGHUP reads it again",
      OPTION_TEXT, .group = "Node" },
    { "tls-key", "FILE", NULL, "its private key (PEM, mode 0600)", OPTION_TEXT, .group = "Node" },
    { "insecure", NULL, NULL, "plain HTTP where others can reach it", OPTION_FLAG,
      .group = "Node" },
    { "tap", "ENDPOINT", "tcp://127.0.0.1:5560", "where the tap is; its REPLAY at the next port",
      OPTION_ENDPOINT, .group = "Node" },
    { "bank", "URL", "http://127.0.0.1:8090", "the bank", OPTION_URL, .group = "Node" },
    { "webhook-allow", "CIDR[,...]", NULL,
      "where webhooks may go beside the public internet: 10.0.0.0/8", OPTION_TEXT,
      .group = "Node" },
    { "node", "NAME", "node", "the node's name, in what tap and webhooks tell", OPTION_TEXT,
      .group = "Node" },
    { "partitions", "N", "32", "partitions of a new data folder", OPTION_INTEGER, .from = 1,
      .to = 1024, .group = "Node" },
    { "grace", "SECONDS", "30", "to finish what was accepted when told to stop", OPTION_DURATION,
      .from = 0, .to = 3600000, .group = "Node" },
    { "stop-delay", "SECONDS", "0",
      "to go on with /readyz at 503 when told to stop, before --grace", OPTION_DURATION, .from = 0,
      .to = 600000, .group = "Node" },
    { "access-log", "on|off", "on", "one line per request on stderr", OPTION_CHOICE,
      .group = "Node" },
    KEYRING_OPTIONS,
#ifdef BENCH_SWITCHES
    { "no-fsync", NULL, NULL, "for measuring only: not durable", OPTION_FLAG, .group = "Node" },
#endif
};

//  Of api.md, and refused here.
static const option_rule_t absent_rules [] = {
    { "cluster", "ETCD_URL[,...]", NULL, "the cluster's etcd", OPTION_TEXT,
      .group = "Not in this version" },
    { "peer", "ENDPOINT", NULL, "where other nodes reach this one", OPTION_TEXT,
      .group = "Not in this version" },
    { "replicas", "N", NULL, "copies of each partition", OPTION_TEXT,
      .group = "Not in this version" },
    { "bank-callback-secret", "FILE", NULL, "what the bank signs its callbacks with", OPTION_TEXT,
      .group = "Not in this version" },
};

//  api.md's short names of limits.
static const struct {
    const char *field, *short_name;
} short_names [] = { { "pool_actors", "pool" } };

//  Texts that the options borrow for as long as the process lives.
static char names [LIMITS_MAX][NAME_SIZE];
static char starts [LIMITS_MAX][NUMBER_SIZE];

static void
s_add_limit (options_t *self, const limit_rule_t *limit, char name [NAME_SIZE],
             char start [NUMBER_SIZE])
{
    int size = snprintf (name, NAME_SIZE, "%s", limit->name);
    assert (size > 0 && size < NAME_SIZE);
    for (char *letter = strchr (name, '_'); letter; letter = strchr (letter, '_')) {
        *letter = '-';
    }
    snprintf (start, NUMBER_SIZE, "%" PRId64, limit->start);
    option_rule_t rule = {
        .name = name,
        .value = "N",
        .start = start,
        .help = limit->what,
        .kind = OPTION_INTEGER,
        .from = limit->from,
        .to = limit->to,
        .group = "Limits",
    };
    for (size_t index = 0; index < COUNT (short_names); index++) {
        if (strcmp (short_names [index].field, limit->name) == 0) {
            rule.short_name = short_names [index].short_name;
        }
    }
    options_add (self, &rule);
}

options_t *
serve_options_new (void)
{
    options_t *self = options_new ("serve", "a node: edge, actors and store in one process",
                                   node_rules, COUNT (node_rules));
    assert (limit_rule_count <= LIMITS_MAX);
    for (uint32_t index = 0; index < limit_rule_count; index++) {
        s_add_limit (self, &limit_rules [index], names [index], starts [index]);
    }
    for (size_t index = 0; index < COUNT (absent_rules); index++) {
        options_add (self, &absent_rules [index]);
    }
    return self;
}

int
serve_options_check (const options_t *self)
{
    for (size_t index = 0; index < COUNT (absent_rules); index++) {
        if (options_given (self, absent_rules [index].name)) {
            return options_refuse (self, absent_rules [index].name, "is not for this version",
                                   "leave it out");
        }
    }
    webhook_allowed_t allowed;
    char reason [256];
    if (!webhook_allowed_parse (options_text (self, "webhook-allow"), &allowed, reason)) {
        return options_refuse (self, "webhook-allow", reason,
                               "networks, joined by commas, without bits beyond their prefix");
    }
    return OPTIONS_READ;
}

webhook_allowed_t
serve_options_webhook_allowed (const options_t *self)
{
    webhook_allowed_t allowed = { 0 };
    char reason [256];
    bool parsed = webhook_allowed_parse (options_text (self, "webhook-allow"), &allowed, reason);
    assert (parsed);  //  serve_options_check has seen it
    return allowed;
}

limits_t
serve_options_limits (const options_t *self)
{
    limits_t limits;
    for (uint32_t index = 0; index < limit_rule_count; index++) {
        int64_t number = options_integer (self, names [index]);
        memcpy ((char *) &limits + limit_rules [index].offset, &number, sizeof number);
    }
    return limits;
}
