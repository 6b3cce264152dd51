//  options - what a command was told, by whom, and whether it can be used.
//
//  A command's options are a const table. The same table reads the command line,
//  the environment (HAPPYPAY_ and the name in capitals, '-' as '_') and a ZPL file
//  (--config FILE, one `name = value` a line), checks every value, and writes the
//  page of --help. The command line wins over the environment, that over the file.
//
//      static const option_rule_t rules [] = {
//          { "data", "DIR", "./data", "the data folder", OPTION_TEXT },
//          { "seconds", "N", "10", "how long", OPTION_INTEGER, .from = 1, .to = 3600 },
//          { "json", NULL, NULL, "print JSON", OPTION_FLAG },
//      };
//      scoped (options_destroy) options_t *options =
//          options_new ("verify", "checks a data folder", rules, COUNT (rules));
//      int status = options_read (options, argc, argv);
//      if (status != OPTIONS_READ) {
//          return status;                  //  It was --help, or said what is wrong
//      }
//      const char *data = options_text (options, "data");
//
//  --help, --version and --config are every command's. Asking for an option that
//  is not in the table, or with the wrong kind, is a mistake of the program: assert.

#ifndef DEPLOY_OPTIONS_H
#define DEPLOY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct options options_t;

typedef enum {
    OPTION_TEXT,      //  Anything but the empty text
    OPTION_ANY_TEXT,  //  The empty text too (on the command line)
    OPTION_INTEGER,   //  Decimal, from .. to
    OPTION_DURATION,  //  30, 30s, 500ms, 5m, 2h; from .. to milliseconds
    OPTION_ADDRESS,   //  HOST:PORT, [IPV6]:PORT; port 0: any free one
    OPTION_ENDPOINT,  //  tcp://HOST:PORT, ipc://PATH
    OPTION_URL,       //  http://… or https://…
    OPTION_CHOICE,    //  One of the words of `value`, which are split by '|'
    OPTION_FLAG       //  No value; in environment and file: yes or no
} option_kind_t;

typedef struct {
    const char *name;   //  Without dashes: "pool-actors"
    const char *value;  //  Hint: "DIR"; NULL for a flag
    const char *start;  //  Default as text; NULL: none
    const char *help;   //  One line, no capital, no full stop
    option_kind_t kind;
    int64_t from, to;        //  Of integers, and durations in milliseconds
    const char *short_name;  //  Another name for it ("pool"), or NULL
    const char *group;       //  Its heading in --help, or NULL
    bool required;           //  Has no default and must be given
    bool many;               //  May be given again and again
} option_rule_t;

enum {
    OPTION_RULES_MAX = 128,
    OPTION_VALUES_MAX = 64,  //  Of one option with `many`
    OPTIONS_READ = -1        //  options_read: go on
};

//  Borrows command, summary and the rules' texts.
options_t *options_new (const char *command, const char *summary, const option_rule_t *rules,
                        size_t rule_count);
void options_destroy (options_t **self_p);

//  Adds one more rule. Its texts are borrowed.
void options_add (options_t *self, const option_rule_t *rule);

//  Reads all sources; argv [0] is the command's name. Returns OPTIONS_READ, or the
//  exit status of a command that ends here: 0 after --help and --version (on
//  stdout), 2 after one line on stderr that names the option, what is wrong, and
//  what would be right.
int options_read (options_t *self, int argc, char **argv);

//  NULL if it was not given and has no default. Borrowed from self.
const char *options_text (const options_t *self, const char *name);
int64_t options_integer (const options_t *self, const char *name);
int64_t options_duration_ms (const options_t *self, const char *name);
bool options_flag (const options_t *self, const char *name);

//  False if the value is the default.
bool options_given (const options_t *self, const char *name);

//  The values of an option with `many`.
size_t options_count (const options_t *self, const char *name);
const char *options_text_at (const options_t *self, const char *name, size_t index);

//  Says on stderr what is wrong with an option's value where only the command can
//  know it, in the same form; returns 2.
int options_refuse (const options_t *self, const char *name, const char *what, const char *right);

#endif
