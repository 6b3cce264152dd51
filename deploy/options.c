//  options - three sources, one table, one line for people when something is wrong.
//
//  The values are borrowed: from argv, from the environment, and from the tree of
//  the file, which is kept for that.

#include "deploy/options.h"

#include <assert.h>
#include <ctype.h>
#include <czmq.h>
#include <inttypes.h>
#include "deploy/commands.h"
#include "deploy/option_value.h"

//  Who said it; a greater one wins.
typedef enum { BY_DEFAULT, BY_FILE, BY_ENVIRONMENT, BY_COMMAND_LINE } source_t;

typedef struct {
    option_rule_t rule;
    source_t source;
    int64_t number;  //  Of the last value
    size_t count;    //  0: neither given nor a default
    const char *values [OPTION_VALUES_MAX];
} option_t;

struct options {
    const char *command, *summary;
    zconfig_t *file;  //  Owns the values that came from it
    size_t count;
    option_t options [OPTION_RULES_MAX];
};

static const option_rule_t common_rules [] = {
    { "config", "FILE", NULL, "options from this ZPL file: one `name = value` a line", OPTION_TEXT,
      .group = "General" },
    { "help", NULL, NULL, "this page", OPTION_FLAG, .group = "General" },
    { "version", NULL, NULL, "the version", OPTION_FLAG, .group = "General" },
};

options_t *
options_new (const char *command, const char *summary, const option_rule_t *rules,
             size_t rule_count)
{
    options_t *self = calloc (1, sizeof *self);
    assert (self);
    self->command = command;
    self->summary = summary;
    for (size_t index = 0; index < rule_count; index++) {
        options_add (self, &rules [index]);
    }
    return self;
}

void
options_destroy (options_t **self_p)
{
    if (self_p && *self_p) {
        zconfig_destroy (&(*self_p)->file);
        free (*self_p);
        *self_p = NULL;
    }
}

void
options_add (options_t *self, const option_rule_t *rule)
{
    assert (self->count < OPTION_RULES_MAX);
    option_t *option = &self->options [self->count++];
    option->rule = *rule;
    if (rule->start) {
        bool usable = option_value_read (rule, rule->start, &option->number);
        assert (usable);
        option->values [option->count++] = rule->start;
    }
}

//  ---------------------------------------------------------------------------
//  Complaints

//  Texts from outside could bring line ends and colours: they are shown without.
static void
s_print_plain (const char *text)
{
    for (; *text; text++) {
        fputc ((unsigned char) *text < 32 || *text == 127 ? '?' : *text, stderr);
    }
}

//  "happypay serve: WHERE NAME: WHAT"; returns 2.
static int
s_refuse (const options_t *self, const char *where, const char *name, const char *value,
          const char *what, const char *right)
{
    fprintf (stderr, "happypay %s: ", self->command);
    s_print_plain (where);
    s_print_plain (name);
    fputs (": ", stderr);
    if (value) {
        fputc ('"', stderr);
        s_print_plain (value);
        fputs ("\" ", stderr);
    }
    s_print_plain (what);
    s_print_plain (right);
    fputc ('\n', stderr);
    return EXIT_UNUSABLE;
}

int
options_refuse (const options_t *self, const char *name, const char *what, const char *right)
{
    char rest [512];
    snprintf (rest, sizeof rest, "%s%s", *right ? "; " : "", right);
    return s_refuse (self, "--", name, options_text (self, name), what, rest);
}

//  ---------------------------------------------------------------------------
//  Reading

static option_t *
s_find (options_t *self, const char *name, size_t size)
{
    for (size_t index = 0; index < self->count; index++) {
        const option_rule_t *rule = &self->options [index].rule;
        if ((strlen (rule->name) == size && strncmp (rule->name, name, size) == 0)
            || (rule->short_name && strlen (rule->short_name) == size
                && strncmp (rule->short_name, name, size) == 0)) {
            return &self->options [index];
        }
    }
    return NULL;
}

//  Takes one value if no greater source gave one. OPTIONS_READ or 2.
static int
s_take (options_t *self, option_t *option, source_t source, const char *where, const char *name,
        const char *text)
{
    int64_t number;
    if (!option_value_read (&option->rule, text, &number)) {
        char right [OPTION_RIGHT_MAX];
        option_value_right (&option->rule, right);
        return s_refuse (self, where, name, text, "is not ", right);
    }
    if (source < option->source) {
        return OPTIONS_READ;
    }
    if (source > option->source || !option->rule.many) {
        option->count = 0;
    }
    if (option->count == OPTION_VALUES_MAX) {
        return s_refuse (self, where, name, NULL, "is given too often; 64 times are enough", "");
    }
    option->source = source;
    option->number = number;
    option->values [option->count++] = text;
    return OPTIONS_READ;
}

static void s_print_help (const options_t *self);

//  One word of the command line, and its value if that is the next word.
static int
s_read_word (options_t *self, int argc, char **argv, int *index)
{
    const char *word = argv [(*index)++];
    if (strncmp (word, "--", 2) != 0 || !word [2]) {
        return s_refuse (self, "", word, NULL, "is not an option; options begin with --", "");
    }
    const char *name = word + 2;
    size_t size = strcspn (name, "=");
    option_t *option = s_find (self, name, size);
    if (!option) {
        char right [64];
        snprintf (right, sizeof right, "happypay %s --help lists all", self->command);
        return s_refuse (self, "", word, NULL, "there is no such option; ", right);
    }
    if (option->rule.kind == OPTION_FLAG) {
        return name [size] == '='
                   ? s_refuse (self, "--", option->rule.name, NULL, "takes no value", "")
                   : s_take (self, option, BY_COMMAND_LINE, "--", option->rule.name, "yes");
    }
    const char *value = name [size] == '='                                       ? name + size + 1
                        : *index < argc && strncmp (argv [*index], "--", 2) != 0 ? argv [(*index)++]
                                                                                 : NULL;
    if (!value) {
        char right [OPTION_RIGHT_MAX];
        option_value_right (&option->rule, right);
        return s_refuse (self, "--", option->rule.name, NULL, "its value is missing; give ", right);
    }
    return s_take (self, option, BY_COMMAND_LINE, "--", option->rule.name, value);
}

//  HAPPYPAY_POOL_ACTORS for pool-actors; an empty variable counts as not there.
static int
s_read_environment (options_t *self, option_t *option, const char *name)
{
    char variable [80];
    int size = snprintf (variable, sizeof variable, "HAPPYPAY_%s", name);
    assert (size > 0 && (size_t) size < sizeof variable);
    for (char *letter = variable; *letter; letter++) {
        *letter = (char) (*letter == '-' ? '_' : toupper ((unsigned char) *letter));
    }
    const char *text = getenv (variable);
    return text && *text ? s_take (self, option, BY_ENVIRONMENT, "", variable, text) : OPTIONS_READ;
}

static int
s_read_file (options_t *self, const char *path)
{
    if (access (path, R_OK) != 0) {
        return s_refuse (self, "--", "config", path, "cannot be read: ", strerror (errno));
    }
    self->file = zconfig_load (path);
    if (!self->file) {
        return s_refuse (self, "--", "config", path, "is not a ZPL file", " of `name = value`");
    }
    char where [256];
    snprintf (where, sizeof where, "%s: ", path);
    for (zconfig_t *entry = zconfig_child (self->file); entry; entry = zconfig_next (entry)) {
        const char *name = zconfig_name (entry);
        option_t *option = s_find (self, name, strlen (name));
        if (!option || zconfig_child (entry)) {
            return s_refuse (self, where, name, NULL, "there is no such option", "");
        }
        const char *text = zconfig_value (entry);
        int status = s_take (self, option, BY_FILE, where, name, text ? text : "");
        if (status != OPTIONS_READ) {
            return status;
        }
    }
    return OPTIONS_READ;
}

//  Environment, then file, then what is still missing.
static int
s_read_others (options_t *self)
{
    int status = OPTIONS_READ;
    for (size_t index = 0; index < self->count && status == OPTIONS_READ; index++) {
        option_t *option = &self->options [index];
        if (option->rule.short_name) {
            status = s_read_environment (self, option, option->rule.short_name);
        }
        if (status == OPTIONS_READ) {
            status = s_read_environment (self, option, option->rule.name);
        }
    }
    const char *path = options_text (self, "config");
    if (status == OPTIONS_READ && path) {
        status = s_read_file (self, path);
    }
    for (size_t index = 0; index < self->count && status == OPTIONS_READ; index++) {
        const option_t *option = &self->options [index];
        if (option->rule.required && !option->count) {
            char right [OPTION_RIGHT_MAX];
            option_value_right (&option->rule, right);
            status = s_refuse (self, "--", option->rule.name, NULL, "it must be given: ", right);
        }
    }
    return status;
}

int
options_read (options_t *self, int argc, char **argv)
{
    for (size_t index = 0; index < sizeof common_rules / sizeof common_rules [0]; index++) {
        options_add (self, &common_rules [index]);
    }
    for (int index = 1; index < argc;) {
        int status = s_read_word (self, argc, argv, &index);
        if (status != OPTIONS_READ) {
            return status;
        }
        if (options_flag (self, "help")) {
            s_print_help (self);
            return EXIT_DONE;
        }
        if (options_flag (self, "version")) {
            puts ("happypay " HAPPYPAY_VERSION);
            return EXIT_DONE;
        }
    }
    return s_read_others (self);
}

//  ---------------------------------------------------------------------------
//  --help

enum { HELP_COLUMN = 34 };

static void
s_print_option (const option_t *option)
{
    const option_rule_t *rule = &option->rule;
    const char *hint = rule->value ? rule->value : "";
    int width = printf ("  --%s%s%s%s%s", rule->name, rule->short_name ? ", --" : "",
                        rule->short_name ? rule->short_name : "", *hint ? " " : "", hint);
    if (width >= HELP_COLUMN) {
        fputc ('\n', stdout);
        width = 0;
    }
    printf ("%*s%s", HELP_COLUMN - width, "", rule->help);
    if (rule->kind == OPTION_INTEGER && rule->start) {
        printf (" (%s; %" PRId64 " to %" PRId64 ")", rule->start, rule->from, rule->to);
    }
    else if (rule->kind == OPTION_INTEGER) {
        printf (" (%" PRId64 " to %" PRId64 ")", rule->from, rule->to);
    }
    else if (rule->start) {
        printf (" (%s)", rule->start);
    }
    fputs (rule->required ? "; must be given\n"
           : rule->many   ? "; may be repeated\n"
                          : "\n",
           stdout);
}

static void
s_print_help (const options_t *self)
{
    printf ("happypay %s - %s\n\nusage: happypay %s [--OPTION VALUE]...\n", self->command,
            self->summary, self->command);
    const char *group = NULL;
    for (size_t index = 0; index < self->count; index++) {
        const option_t *option = &self->options [index];
        const char *own = option->rule.group ? option->rule.group : "Options";
        if (!group || strcmp (group, own) != 0) {
            printf ("\n%s:\n", own);
            group = own;
        }
        s_print_option (option);
    }
    puts ("\nIn parentheses: the default, and the range. Every option may also come from a\n"
          "variable HAPPYPAY_NAME (capitals, '_' for '-') or from --config FILE; the command\n"
          "line wins over the variable, the variable over the file.");
}

//  ---------------------------------------------------------------------------
//  Asking

static const option_t *
s_get (const options_t *self, const char *name)
{
    size_t index = 0;
    while (strcmp (self->options [index].rule.name, name) != 0) {
        index++;
        assert (index < self->count);  //  Else: an option that is in no table
    }
    return &self->options [index];
}

const char *
options_text (const options_t *self, const char *name)
{
    const option_t *option = s_get (self, name);
    return option->count ? option->values [option->count - 1] : NULL;
}

int64_t
options_integer (const options_t *self, const char *name)
{
    assert (s_get (self, name)->rule.kind == OPTION_INTEGER);
    return s_get (self, name)->number;
}

int64_t
options_duration_ms (const options_t *self, const char *name)
{
    assert (s_get (self, name)->rule.kind == OPTION_DURATION);
    return s_get (self, name)->number;
}

bool
options_flag (const options_t *self, const char *name)
{
    assert (s_get (self, name)->rule.kind == OPTION_FLAG);
    return s_get (self, name)->number != 0;
}

bool
options_given (const options_t *self, const char *name)
{
    return s_get (self, name)->source != BY_DEFAULT;
}

size_t
options_count (const options_t *self, const char *name)
{
    return s_get (self, name)->count;
}

const char *
options_text_at (const options_t *self, const char *name, size_t index)
{
    assert (index < s_get (self, name)->count);
    return s_get (self, name)->values [index];
}
