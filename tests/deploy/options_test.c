//  options: who wins, what is refused, and in which words.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "deploy/options.h"
#include "runtime/scoped.h"

static const option_rule_t rules [] = {
    { "data", "DIR", "./data", "the data folder", OPTION_TEXT },
    { "http", "HOST:PORT", "127.0.0.1:8080", "where HTTP is served", OPTION_ADDRESS },
    { "tap", "ENDPOINT", NULL, "where the tap is", OPTION_ENDPOINT },
    { "bank", "URL", NULL, "the bank", OPTION_URL },
    { "pool-actors", "N", "512", "resident actors", OPTION_INTEGER, .from = 8, .to = 16384,
      .short_name = "pool" },
    { "grace", "TIME", "30s", "to finish what was accepted", OPTION_DURATION, .from = 0,
      .to = 3600000 },
    { "role", "operator|member|merchant", "member", "of the caller", OPTION_CHOICE },
    { "topic", "PREFIX", NULL, "what to follow", OPTION_ANY_TEXT, .many = true },
    { "json", NULL, NULL, "print JSON", OPTION_FLAG },
};

enum { WORDS_MAX = 80, SAID_MAX = 8192 };

typedef struct {
    options_t *options;
    int status;
    char said [SAID_MAX];  //  On stdout and stderr together
} reading_t;

static void
reading_done (reading_t *self)
{
    options_destroy (&self->options);
}

static size_t
s_lines (const reading_t *self)
{
    size_t lines = 0;
    for (const char *letter = self->said; *letter; letter++) {
        lines += *letter == '\n';
    }
    return lines;
}

//  Reads words as the command line would, with all output into reading.said.
static reading_t
s_read_by (const option_rule_t *table, size_t count, char **words)
{
    reading_t reading = { .options = options_new ("test", "tries", table, count) };
    char *argv [WORDS_MAX + 1] = { "test" };
    int argc = 1;
    while (words [argc - 1]) {
        argv [argc] = words [argc - 1];
        argc++;
    }
    fflush (NULL);
    FILE *file = tmpfile ();
    assert_non_null (file);
    int out = dup (STDOUT_FILENO), err = dup (STDERR_FILENO);
    dup2 (fileno (file), STDOUT_FILENO);
    dup2 (fileno (file), STDERR_FILENO);
    reading.status = options_read (reading.options, argc, argv);
    fflush (NULL);
    dup2 (out, STDOUT_FILENO);
    dup2 (err, STDERR_FILENO);
    close (out);
    close (err);
    rewind (file);
    size_t size = fread (reading.said, 1, SAID_MAX - 1, file);
    reading.said [size] = 0;
    fclose (file);
    return reading;
}

#define READ(...) s_read_by (rules, COUNT (rules), (char *[]) { __VA_ARGS__, NULL })

//  It must be one line, with exit status 2, that holds all of these.
static void
s_refused (const reading_t *self, const char *one, const char *two)
{
    assert_int_equal (self->status, 2);
    assert_int_equal (s_lines (self), 1);
    assert_ptr_equal (strstr (self->said, "happypay test: "), self->said);
    assert_non_null (strstr (self->said, one));
    assert_non_null (strstr (self->said, two));
}

static void
without_any_word_the_defaults_hold (void **state)
{
    (void) state;
    scoped (reading_done) reading_t reading = READ (NULL);
    assert_int_equal (reading.status, OPTIONS_READ);
    assert_string_equal (options_text (reading.options, "data"), "./data");
    assert_int_equal (options_integer (reading.options, "pool-actors"), 512);
    assert_int_equal (options_duration_ms (reading.options, "grace"), 30000);
    assert_null (options_text (reading.options, "tap"));
    assert_false (options_flag (reading.options, "json"));
    assert_false (options_given (reading.options, "data"));
    assert_int_equal (options_count (reading.options, "topic"), 0);
    assert_string_equal (reading.said, "");
}

static void
a_value_is_the_next_word_or_behind_an_equals_sign (void **state)
{
    (void) state;
    scoped (reading_done) reading_t reading =
        READ ("--data", "/tmp/a", "--pool-actors=64", "--json", "--grace", "1500ms");
    assert_int_equal (reading.status, OPTIONS_READ);
    assert_string_equal (options_text (reading.options, "data"), "/tmp/a");
    assert_true (options_given (reading.options, "data"));
    assert_int_equal (options_integer (reading.options, "pool-actors"), 64);
    assert_int_equal (options_duration_ms (reading.options, "grace"), 1500);
    assert_true (options_flag (reading.options, "json"));
}

static void
an_option_with_two_names_is_one_option (void **state)
{
    (void) state;
    scoped (reading_done) reading_t reading = READ ("--pool", "100");
    assert_int_equal (options_integer (reading.options, "pool-actors"), 100);
    scoped (reading_done) reading_t later = READ ("--pool", "100", "--pool-actors", "101");
    assert_int_equal (options_integer (later.options, "pool-actors"), 101);
}

static void
an_option_that_may_be_repeated_keeps_all_values_in_order (void **state)
{
    (void) state;
    scoped (reading_done) reading_t reading = READ ("--topic", "event.", "--topic", "saga.");
    assert_int_equal (options_count (reading.options, "topic"), 2);
    assert_string_equal (options_text_at (reading.options, "topic", 0), "event.");
    assert_string_equal (options_text_at (reading.options, "topic", 1), "saga.");
}

static void
only_an_option_that_allows_it_may_be_empty (void **state)
{
    (void) state;
    scoped (reading_done) reading_t reading = READ ("--topic", "", "--topic=");
    assert_int_equal (reading.status, OPTIONS_READ);
    assert_int_equal (options_count (reading.options, "topic"), 2);
    assert_string_equal (options_text_at (reading.options, "topic", 0), "");
    scoped (reading_done) reading_t refused = READ ("--data", "");
    s_refused (&refused, "--data", "not empty");
}

static void
an_option_repeated_too_often_is_refused (void **state)
{
    (void) state;
    char *words [WORDS_MAX + 1] = { NULL };
    for (size_t index = 0; index <= OPTION_VALUES_MAX; index++) {
        words [index] = "--topic=a";
    }
    scoped (reading_done) reading_t reading = s_read_by (rules, COUNT (rules), words);
    s_refused (&reading, "--topic", "too often");
}

static void
the_command_line_wins_over_the_environment_and_that_over_the_file (void **state)
{
    (void) state;
    char path [] = "/tmp/options_test.XXXXXX";
    int file = mkstemp (path);
    assert_true (file >= 0);
    const char *text = "data = \"/from/file\"\npool-actors = 9\ngrace = 1m\njson = yes\n";
    assert_int_equal (write (file, text, strlen (text)), (ssize_t) strlen (text));
    close (file);
    setenv ("HAPPYPAY_CONFIG", path, 1);
    setenv ("HAPPYPAY_DATA", "/from/environment", 1);
    setenv ("HAPPYPAY_POOL", "10", 1);
    setenv ("HAPPYPAY_TAP", "", 1);
    scoped (reading_done) reading_t reading = READ ("--data", "/from/line");
    unsetenv ("HAPPYPAY_CONFIG");
    unsetenv ("HAPPYPAY_DATA");
    unsetenv ("HAPPYPAY_POOL");
    unsetenv ("HAPPYPAY_TAP");
    unlink (path);
    assert_string_equal (reading.said, "");
    assert_int_equal (reading.status, OPTIONS_READ);
    assert_string_equal (options_text (reading.options, "data"), "/from/line");
    assert_int_equal (options_integer (reading.options, "pool-actors"), 10);
    assert_int_equal (options_duration_ms (reading.options, "grace"), 60000);
    assert_true (options_flag (reading.options, "json"));
    assert_null (options_text (reading.options, "tap"));
}

static void
a_file_is_refused_with_its_name_and_the_option (void **state)
{
    (void) state;
    char path [] = "/tmp/options_test.XXXXXX";
    int file = mkstemp (path);
    assert_true (file >= 0);
    const char *text = "pool-actors = many\n";
    assert_int_equal (write (file, text, strlen (text)), (ssize_t) strlen (text));
    close (file);
    scoped (reading_done) reading_t reading = READ ("--config", path);
    s_refused (&reading, path, "pool-actors: \"many\" is not a whole number from 8 to 16384");
    FILE *again = fopen (path, "w");
    assert_non_null (again);
    fputs ("colour = red\n", again);
    fclose (again);
    scoped (reading_done) reading_t unknown = READ ("--config", path);
    s_refused (&unknown, "colour", "there is no such option");
    unlink (path);
    scoped (reading_done) reading_t missing = READ ("--config", path);
    s_refused (&missing, "--config", "No such file");
}

static void
an_unusable_variable_is_refused_by_its_name (void **state)
{
    (void) state;
    setenv ("HAPPYPAY_POOL_ACTORS", "7", 1);
    scoped (reading_done) reading_t reading = READ (NULL);
    unsetenv ("HAPPYPAY_POOL_ACTORS");
    s_refused (&reading, "HAPPYPAY_POOL_ACTORS: \"7\"", "from 8 to 16384");
}

static void
unknown_options_and_stray_words_are_refused (void **state)
{
    (void) state;
    scoped (reading_done) reading_t unknown = READ ("--colour", "red");
    s_refused (&unknown, "--colour", "there is no such option; happypay test --help lists all");
    scoped (reading_done) reading_t stray = READ ("red");
    s_refused (&stray, "red", "options begin with --");
    scoped (reading_done) reading_t bare = READ ("--");
    s_refused (&bare, "--", "options begin with --");
    scoped (reading_done) reading_t prefix = READ ("--pool-act", "9");
    s_refused (&prefix, "--pool-act", "there is no such option");
}

static void
a_missing_value_is_refused_and_another_option_is_not_a_value (void **state)
{
    (void) state;
    scoped (reading_done) reading_t last = READ ("--http");
    s_refused (&last, "--http", "give HOST:PORT such as 127.0.0.1:8080");
    scoped (reading_done) reading_t next = READ ("--data", "--json");
    s_refused (&next, "--data", "its value is missing");
    scoped (reading_done) reading_t flag = READ ("--json=yes");
    s_refused (&flag, "--json", "takes no value");
}

static void
a_required_option_that_nobody_gave_is_refused (void **state)
{
    (void) state;
    static const option_rule_t needy [] = {
        { "role", "operator|member", NULL, "of the caller", OPTION_CHOICE, .required = true },
    };
    scoped (reading_done) reading_t reading = s_read_by (needy, COUNT (needy), (char *[]) { NULL });
    s_refused (&reading, "--role", "it must be given: one of operator|member");
}

static void
values_of_the_wrong_kind_are_refused (void **state)
{
    (void) state;
    static char *const wrong [][2] = {
        { "--data", "" },
        { "--http", "8080" },
        { "--http", "localhost:" },
        { "--http", ":8080" },
        { "--tap", "tcp://localhost:0" },
        { "--http", "localhost:65536" },
        { "--http", "localhost:99999999999999999999" },
        { "--http", "localhost:80x" },
        { "--http", "::1:8080" },
        { "--tap", "127.0.0.1:5560" },
        { "--tap", "tcp://127.0.0.1" },
        { "--tap", "ipc://" },
        { "--bank", "127.0.0.1:8090" },
        { "--bank", "ftp://127.0.0.1" },
        { "--bank", "http://" },
        { "--bank", "http://host:port" },
        { "--bank", "http://user@host" },
        { "--pool-actors", "7" },
        { "--pool-actors", "16385" },
        { "--pool-actors", "+9" },
        { "--pool-actors", " 9" },
        { "--pool-actors", "9.0" },
        { "--pool-actors", "0x10" },
        { "--pool-actors", "-9" },
        { "--pool-actors", "99999999999999999999" },
        { "--grace", "2d" },
        { "--grace", "2h" },
        { "--grace", "s" },
        { "--grace", "9223372036854775807h" },
        { "--role", "oper" },
        { "--role", "operator|member" },
        { "--role", "" },
    };
    for (size_t index = 0; index < COUNT (wrong); index++) {
        scoped (reading_done) reading_t reading = READ (wrong [index][0], wrong [index][1]);
        s_refused (&reading, wrong [index][0], "is not ");
    }
}

static void
values_of_the_right_kind_are_taken (void **state)
{
    (void) state;
    static char *const right [][2] = {
        { "--http", "[::1]:8080" },   { "--http", "0.0.0.0:0" },
        { "--tap", "tcp://*:5560" },  { "--tap", "ipc:///tmp/tap" },
        { "--bank", "https://bank" }, { "--bank", "http://[::1]:80/path" },
        { "--pool-actors", "8" },     { "--pool-actors", "16384" },
        { "--grace", "0" },           { "--grace", "1h" },
        { "--role", "operator" },     { "--role", "merchant" },
    };
    for (size_t index = 0; index < COUNT (right); index++) {
        scoped (reading_done) reading_t reading = READ (right [index][0], right [index][1]);
        assert_string_equal (reading.said, "");
        assert_int_equal (reading.status, OPTIONS_READ);
    }
}

static void
a_value_with_line_ends_is_shown_on_one_line (void **state)
{
    (void) state;
    scoped (reading_done) reading_t reading = READ ("--pool", "a\nb\x1b[31m");
    s_refused (&reading, "\"a?b?[31m\"", "a whole number");
}

static void
help_and_version_end_with_0_and_help_names_everything (void **state)
{
    (void) state;
    scoped (reading_done) reading_t help = READ ("--help");
    assert_int_equal (help.status, 0);
    for (size_t index = 0; index < COUNT (rules); index++) {
        assert_non_null (strstr (help.said, rules [index].name));
        assert_non_null (strstr (help.said, rules [index].help));
    }
    assert_non_null (strstr (help.said, "512; 8 to 16384"));
    assert_non_null (strstr (help.said, "--pool N"));
    scoped (reading_done) reading_t version = READ ("--version");
    assert_int_equal (version.status, 0);
    assert_string_equal (version.said, "happypay " HAPPYPAY_VERSION "\n");
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (without_any_word_the_defaults_hold),
        cmocka_unit_test (a_value_is_the_next_word_or_behind_an_equals_sign),
        cmocka_unit_test (an_option_with_two_names_is_one_option),
        cmocka_unit_test (an_option_that_may_be_repeated_keeps_all_values_in_order),
        cmocka_unit_test (only_an_option_that_allows_it_may_be_empty),
        cmocka_unit_test (an_option_repeated_too_often_is_refused),
        cmocka_unit_test (the_command_line_wins_over_the_environment_and_that_over_the_file),
        cmocka_unit_test (a_file_is_refused_with_its_name_and_the_option),
        cmocka_unit_test (an_unusable_variable_is_refused_by_its_name),
        cmocka_unit_test (unknown_options_and_stray_words_are_refused),
        cmocka_unit_test (a_missing_value_is_refused_and_another_option_is_not_a_value),
        cmocka_unit_test (a_required_option_that_nobody_gave_is_refused),
        cmocka_unit_test (values_of_the_wrong_kind_are_refused),
        cmocka_unit_test (values_of_the_right_kind_are_taken),
        cmocka_unit_test (a_value_with_line_ends_is_shown_on_one_line),
        cmocka_unit_test (help_and_version_end_with_0_and_help_names_everything),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
