//  demo_process - fork, exec, wait.

#include "deploy/demo_process.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MAX = 32, PORTS_FROM = 20000, PORTS_TO = 32000 };

//  In the child: never returns. The parent may have died before prctl.
static void
s_become (const char *const *argv, int output, int errors, pid_t parent)
{
    sigset_t none;
    sigemptyset (&none);
    sigprocmask (SIG_SETMASK, &none, NULL);
    setpgid (0, 0);
    prctl (PR_SET_PDEATHSIG, SIGTERM);
    if (getppid () != parent) {
        _exit (1);
    }
    dup2 (output, STDOUT_FILENO);
    dup2 (errors, STDERR_FILENO);
    const char *words [WORDS_MAX] = { "happypay" };
    for (size_t index = 0; argv [index]; index++) {
        if (index + 2 >= WORDS_MAX) {
            _exit (1);
        }
        words [index + 1] = argv [index];
    }
    execv ("/proc/self/exe", (char **) words);
    _exit (127);
}

static pid_t
s_fork (const char *const *argv, int output, int errors)
{
    fflush (NULL);
    pid_t parent = getpid ();
    pid_t pid = fork ();
    if (pid == 0) {
        s_become (argv, output, errors, parent);
    }
    return pid;
}

static int
s_exit_status (int status)
{
    return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}

static int
s_wait (pid_t pid)
{
    int status;
    while (waitpid (pid, &status, 0) < 0) {
        assert (errno == EINTR);
    }
    return s_exit_status (status);
}

bool
demo_process_start (demo_process_t *self, const char *log_path, const char *const *argv)
{
    int log = open (log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0) {
        return false;
    }
    pid_t pid = s_fork (argv, log, log);
    close (log);
    self->pid = pid > 0 ? pid : 0;
    return pid > 0;
}

bool
demo_process_runs (demo_process_t *self)
{
    if (self->pid && waitpid (self->pid, NULL, WNOHANG) == self->pid) {
        self->pid = 0;
    }
    return self->pid != 0;
}

int
demo_process_stop (demo_process_t *self, int signal_number)
{
    if (!self->pid) {
        return -1;
    }
    kill (self->pid, signal_number);
    int status = s_wait (self->pid);
    self->pid = 0;
    return status;
}

int
demo_process_run (const char *const *argv, char *ret_line, size_t size)
{
    int ends [2];
    if (pipe2 (ends, O_CLOEXEC)) {
        return -1;
    }
    pid_t pid = s_fork (argv, ends [1], STDERR_FILENO);
    close (ends [1]);
    if (pid < 0) {
        close (ends [0]);
        return -1;
    }
    char text [4096];
    size_t used = 0;
    ssize_t got;
    while ((got = read (ends [0], text + used, sizeof text - 1 - used)) > 0) {
        used += (size_t) got;
        used = used == sizeof text - 1 ? used - 1 : used;  //  Too long: read it away
    }
    close (ends [0]);
    text [used] = 0;
    text [strcspn (text, "\n")] = 0;
    if (ret_line) {
        snprintf (ret_line, size, "%s", text);
    }
    return s_wait (pid);
}

static bool
s_is_free (uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons (port),
                                   .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
    int handle = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_free = handle >= 0 && bind (handle, (struct sockaddr *) &address, sizeof address) == 0;
    if (handle >= 0) {
        close (handle);
    }
    return is_free;
}

//  Below the kernel's own range, begun at a place that differs between processes.
uint16_t
demo_free_ports (void)
{
    static unsigned next;
    next = next ? next : (unsigned) getpid () * 2 % (PORTS_TO - PORTS_FROM);
    for (unsigned tries = 0; tries < PORTS_TO - PORTS_FROM; tries += 2) {
        uint16_t port = (uint16_t) (PORTS_FROM + next);
        next = (next + 2) % (PORTS_TO - PORTS_FROM);
        if (s_is_free (port) && s_is_free ((uint16_t) (port + 1))) {
            return port;
        }
    }
    return 0;
}
