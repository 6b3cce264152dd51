//  core - clock and last resort.

#include "runtime/core.h"

int64_t
core_clock_ms (void)
{
    struct timespec now;
    clock_gettime (CLOCK_REALTIME, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
core_name_thread (const char *name)
{
    pthread_setname_np (pthread_self (), name);
}

void
core_fail_stop (const char *what, status_t status)
{
    zsys_error ("fail_stop what=\"%s\" status=\"%s\" errno=%d", what, status_text (status), errno);
    fprintf (stderr, "happypay: %s (%s); stopping at once, nothing acknowledged is lost\n", what,
             status_text (status));
    _exit (70);  //  EX_SOFTWARE
}

void
core_state_fail_stop (status_t status)
{
    core_fail_stop (status == STATUS_DAMAGED
                        ? "the state environment is damaged, the next start rebuilds it"
                        : "the state environment cannot be used",
                    status);
}
