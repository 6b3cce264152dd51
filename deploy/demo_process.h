//  demo_process - other commands of this binary, as processes of their own.
//
//  A child is in a process group of its own, so that Ctrl-C reaches only us, and is
//  told to stop by the kernel if we die. Its output goes to a file.

#ifndef DEPLOY_DEMO_PROCESS_H
#define DEPLOY_DEMO_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct {
    pid_t pid;                      //  0: does not run
} demo_process_t;

//  Starts /proc/self/exe with these words; argv [0] is the command. False: errno.
bool demo_process_start (demo_process_t *self, const char *log_path, const char *const *argv);

//  True while it runs.
bool demo_process_runs (demo_process_t *self);

//  Sends the signal and waits for the end. Returns the exit status, 128 + n if it
//  was ended by signal n, or -1 if it did not run.
int demo_process_stop (demo_process_t *self, int signal_number);

//  Runs a command to its end, and takes the first line of its output (without its
//  end; may be NULL) and its exit status; -1 if it could not be run.
int demo_process_run (const char *const *argv, char *ret_line, size_t size);

//  A port that is free now, and the next one too; 0 if there is none.
uint16_t demo_free_ports (void);

#endif
