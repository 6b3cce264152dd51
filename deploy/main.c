//  happypay - one binary, many commands. This is their table.

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "deploy/commands.h"
#include "runtime/scoped.h"

static const struct {
    const char *name;
    const char *help;
    int (*main) (int argc, char **argv);
} commands [] = {
    { "serve", "a node: edge, actors and store in one process", serve_main },
    { "bank", "the stand-in bank, a process of its own", bank_main },
    { "demo", "starts both, plays the stories, shows the books", demo_main },
    { "token", "prints a signed access token", token_main },
    { "keys", "lists, rotates and retires the keyring's keys", keys_main },
    { "tap", "follows what a running node does", tap_main },
    { "verify", "audits a data folder offline", verify_main },
    { "replay", "makes a stopped node's read models again", replay_main },
    { "bench", "puts load on a node and measures it", bench_main },
};

static void
s_print_help (void)
{
    puts ("happypay - simple payments: members, wallets, payments, in double entry\n\n"
          "usage: happypay COMMAND [--OPTION VALUE]...\n");
    for (size_t index = 0; index < COUNT (commands); index++) {
        printf ("  %-10s%s\n", commands [index].name, commands [index].help);
    }
    puts ("\nhappypay COMMAND --help says more; happypay --version prints the version.");
}

int
main (int argc, char **argv)
{
    const char *word = argc > 1 ? argv [1] : "";
    if (strcmp (word, "--help") == 0) {
        s_print_help ();
        return EXIT_DONE;
    }
    if (strcmp (word, "--version") == 0) {
        puts ("happypay " HAPPYPAY_VERSION);
        return EXIT_DONE;
    }
    for (size_t index = 0; index < COUNT (commands); index++) {
        if (strcmp (word, commands [index].name) == 0) {
            return commands [index].main (argc - 1, argv + 1);
        }
    }
    fprintf (stderr, "happypay: %s%.40s%s; happypay --help lists the commands\n",
             *word ? "there is no command \"" : "say what to do", word, *word ? "\"" : "");
    return EXIT_UNUSABLE;
}
