//  commands - what the one binary can be told to do; main.c holds their table.
//
//  Each is called with argv [0] = the command's own name and answers --help and
//  --version itself (deploy/options.h does both). It returns the exit status:
//
//      0  did what was asked            2  could not begin: one line on stderr
//      1  did it, and the answer is bad (verify: damaged; demo: a step failed)

#ifndef DEPLOY_COMMANDS_H
#define DEPLOY_COMMANDS_H

enum { EXIT_DONE = 0, EXIT_BAD = 1, EXIT_UNUSABLE = 2 };

int serve_main (int argc, char **argv);
int bank_main (int argc, char **argv);
int demo_main (int argc, char **argv);
int token_main (int argc, char **argv);
int keys_main (int argc, char **argv);
int tap_main (int argc, char **argv);
int verify_main (int argc, char **argv);
int replay_main (int argc, char **argv);
int bench_main (int argc, char **argv);

#endif
