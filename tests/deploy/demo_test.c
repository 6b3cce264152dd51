//  demo: money is shown with commas, steps are counted, ports are free, children end.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "deploy/demo_process.h"
#include "deploy/demo_say.h"
#include "runtime/scoped.h"

static void
money_is_grouped_by_thousands (void **state)
{
    (void) state;
    static const struct {
        int64_t minor;
        const char *text;
    } samples [] = {
        { 0, "0" },
        { 999, "999" },
        { 1000, "1,000" },
        { -1000, "-1,000" },
        { -999, "-999" },
        { 1234567, "1,234,567" },
        { INT64_MAX, "9,223,372,036,854,775,807" },
        { INT64_MIN, "-9,223,372,036,854,775,808" },
    };
    for (size_t index = 0; index < COUNT (samples); index++) {
        assert_string_equal (WON (samples [index].minor), samples [index].text);
    }
}

static void
a_step_that_went_wrong_is_counted (void **state)
{
    (void) state;
    demo_say_t say = { .colour = false };
    assert_true (demo_say_step (&say, true, "right"));
    assert_false (demo_say_step (&say, false, "wrong %d", 1));
    assert_int_equal (say.steps, 2);
    assert_int_equal (say.wrong, 1);
}

static bool
s_bind (int handle, uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons (port),
                                   .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
    return bind (handle, (struct sockaddr *) &address, sizeof address) == 0;
}

static void
ports_come_free_in_pairs_and_never_twice (void **state)
{
    (void) state;
    uint16_t first = demo_free_ports (), second = demo_free_ports ();
    assert_true (first && second && second != first && second != first + 1);
    int one = socket (AF_INET, SOCK_STREAM, 0), two = socket (AF_INET, SOCK_STREAM, 0);
    assert_true (s_bind (one, first));
    assert_true (s_bind (two, (uint16_t) (first + 1)));
    close (one);
    close (two);
}

//  This program is what demo_process starts: as `say WORD` and as `wait`.
static int
s_child (char **argv)
{
    if (strcmp (argv [1], "say") == 0) {
        return write (STDOUT_FILENO, argv [2], strlen (argv [2])) > 0 ? 3 : 1;
    }
    pause ();
    return 1;
}

static void
a_command_runs_to_its_end_with_its_first_line_and_status (void **state)
{
    (void) state;
    char line [32];
    const char *const words [] = { "say", "one\ntwo\n", NULL };
    assert_int_equal (demo_process_run (words, line, sizeof line), 3);
    assert_string_equal (line, "one");
}

static void
a_process_runs_until_it_is_stopped (void **state)
{
    (void) state;
    demo_process_t process;
    const char *const words [] = { "wait", NULL };
    assert_true (demo_process_start (&process, "/dev/null", words));
    assert_true (demo_process_runs (&process));
    assert_int_equal (demo_process_stop (&process, SIGTERM), 128 + SIGTERM);
    assert_false (demo_process_runs (&process));
    assert_int_equal (demo_process_stop (&process, SIGTERM), -1);
}

static void
a_log_that_cannot_be_written_starts_nothing (void **state)
{
    (void) state;
    demo_process_t process = { 0 };
    const char *const words [] = { "wait", NULL };
    assert_false (demo_process_start (&process, "/nonexistent/log", words));
    assert_false (demo_process_runs (&process));
}

int
main (int argc, char **argv)
{
    if (argc > 1) {
        return s_child (argv);
    }
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (money_is_grouped_by_thousands),
        cmocka_unit_test (a_step_that_went_wrong_is_counted),
        cmocka_unit_test (ports_come_free_in_pairs_and_never_twice),
        cmocka_unit_test (a_command_runs_to_its_end_with_its_first_line_and_status),
        cmocka_unit_test (a_process_runs_until_it_is_stopped),
        cmocka_unit_test (a_log_that_cannot_be_written_starts_nothing),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
