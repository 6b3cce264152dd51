//  config_fuzz - a file of options (ZPL), and the values of each kind of option.
//
//      byte 0    0: the rest is a file of `happypay serve`-like options
//                else: the rest is a value, of the kind that byte 0 says

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "deploy/commands.h"
#include "deploy/option_value.h"
#include "deploy/options.h"
#include "tests/fuzz/fuzz.h"

static const option_rule_t s_rules [] = {
    { "data", "DIR", "./data", "text", OPTION_TEXT },
    { "note", "TEXT", NULL, "any text", OPTION_ANY_TEXT, .many = true },
    { "pool-actors", "N", "512", "integer", OPTION_INTEGER, .from = 8, .to = 65536 },
    { "wide", "N", "0", "integer", OPTION_INTEGER, .from = INT64_MIN, .to = INT64_MAX },
    { "grace", "TIME", "30s", "duration", OPTION_DURATION, .from = 0, .to = 86400000 },
    { "http", "HOST:PORT", "127.0.0.1:8080", "address", OPTION_ADDRESS },
    { "tap", "ENDPOINT", NULL, "endpoint", OPTION_ENDPOINT },
    { "bank", "URL", NULL, "url", OPTION_URL },
    { "kind", "one|two", "one", "choice", OPTION_CHOICE },
    { "json", NULL, NULL, "flag", OPTION_FLAG },
};

enum { RULES = sizeof s_rules / sizeof s_rules [0] };

//  CZMQ forgets a small object when a file cannot be parsed; the command ends then.
const char *__lsan_default_suppressions (void);

const char *
__lsan_default_suppressions (void)
{
    return "leak:zfile_new";
}

//  What is read fits its rule; what is not can be explained.
static void
s_fuzz_value (fuzz_input_t *input, const option_rule_t *rule)
{
    char *text = fuzz_rest (input), right [OPTION_RIGHT_MAX];
    int64_t number = 0;
    bool ranged = rule->kind == OPTION_INTEGER || rule->kind == OPTION_DURATION;
    if (option_value_read (rule, text, &number)) {
        assert (!ranged || (number >= rule->from && number <= rule->to));
    }
    else {
        option_value_right (rule, right);
        assert (*right);
    }
    free (text);
}

static void
s_fuzz_file (fuzz_input_t *input)
{
    char path [64];
    snprintf (path, sizeof path, "/tmp/happypay_fuzz_config.%d", (int) getpid ());
    FILE *file = fopen (path, "w");
    assert (file);
    fwrite (input->bytes + input->at, 1, fuzz_left (input), file);
    fclose (file);
    char *words [] = { "serve", "--config", path };
    options_t *options = options_new ("serve", "a node", s_rules, RULES);
    int status = options_read (options, 3, words);
    assert (status == OPTIONS_READ || status == EXIT_UNUSABLE);
    if (status == OPTIONS_READ) {
        int64_t actors = options_integer (options, "pool-actors");
        assert (actors >= 8 && actors <= 65536 && *options_text (options, "data"));
    }
    options_destroy (&options);
    unlink (path);
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size)
{
    fuzz_input_t input = { bytes, size, 0 };
    uint8_t way = fuzz_byte (&input) % (RULES + 1);
    if (way == 0) {
        s_fuzz_file (&input);
    }
    else {
        s_fuzz_value (&input, &s_rules [way - 1]);
    }
    return 0;
}
