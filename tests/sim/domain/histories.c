//  histories - random histories of the whole domain, through the pure functions alone.
//
//  Each history is a city of a few members and shops. Clients ask for anything at any
//  time; messages come late, twice and out of order; the bank declines, forgets and
//  says things twice; any step may end in a crash. After every step the books are
//  checked, and when a history has come to rest, all that domain.md promises of rest.
//
//  A seed tells all of it: what fails is repeated by the line that it prints.

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include "tests/sim/domain/checks.h"
#include "tests/sim/domain/city.h"
#include "tests/sim/domain/plants.h"

enum { STEPS_DEFAULT = 1000000, ASKS_PER_HISTORY = 160, STEPS_PER_REST = 200000, CRASH_EVERY = 24 };

typedef struct {
    uint64_t steps, seed;
    const char *plant;
    bool commands;
} options_t;

static struct {
    const char *plant;
    uint64_t seed, history, steps;
    bool running;
} s_now;

static void
s_usage (FILE *to)
{
    fputs ("usage: histories [--steps N] [--seed N] [--plant NAME] [--plants] [--commands]\n"
           "\n"
           "  --steps N     play at least so many steps (1000000)\n"
           "  --seed N      the first history's seed (from the clock); the next ones follow it\n"
           "  --plant NAME  with this bug put in: a check should find it\n"
           "  --plants      list the bugs\n"
           "  --commands    say how often each command was sent and refused\n"
           "\n"
           "Exit status: 0 nothing found, 1 a rule was broken, 2 used wrongly.\n",
           to);
}

static uint64_t
s_number (const char *option, const char *text)
{
    char *end;
    unsigned long long number = strtoull (text, &end, 10);
    if (*text < '0' || *text > '9' || *end) {
        fprintf (stderr, "histories: %s takes a number, not \"%s\"\n", option, text);
        exit (2);
    }
    return number;
}

static void
s_list_plants (void)
{
    for (size_t index = 0; index < plants_count (); index++) {
        printf ("%-28s %s\n", plants_name (index), plants_what (index));
    }
}

static options_t
s_options (int argc, char **argv)
{
    static const struct option known [] = {
        { "steps", required_argument, NULL, 's' },
        { "seed", required_argument, NULL, 'r' },
        { "plant", required_argument, NULL, 'p' },
        { "plants", no_argument, NULL, 'l' },
        { "commands", no_argument, NULL, 'c' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    options_t options = { .steps = STEPS_DEFAULT, .seed = (uint64_t) time (NULL) };
    int option;
    while ((option = getopt_long (argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 's': options.steps = s_number ("--steps", optarg); break;
        case 'r': options.seed = s_number ("--seed", optarg); break;
        case 'p': options.plant = optarg; break;
        case 'c': options.commands = true; break;
        case 'l': s_list_plants (); exit (0);
        case 'h': s_usage (stdout); exit (0);
        default: s_usage (stderr); exit (2);
        }
    }
    return options;
}

//  Whatever ended the program: how to see it again.
static void
s_where (void)
{
    if (s_now.running) {
        fprintf (stderr,
                 "histories: broken in history %" PRIu64 " after %" PRIu64
                 " steps; again: histories --seed %" PRIu64 "%s%s --steps 1\n",
                 s_now.history, s_now.steps, s_now.seed, s_now.plant ? " --plant " : "",
                 s_now.plant ? s_now.plant : "");
    }
}

//  Asks, delivers a little, asks again; then lets everything come to rest.
static uint64_t
s_play (uint64_t seed, const aggregate_type_t *const *instead)
{
    static const uint64_t moods [] = { 0, 20, 50, 90 };  //  Of the bank
    world_t *world = world_new (seed);
    world->instead = instead;
    world->crash_every = CRASH_EVERY;
    world->declines = moods [world_random (world, COUNT (moods))];
    world->forgets = moods [world_random (world, COUNT (moods))];
    if (world_random (world, 2) == 0) {  //  What the bank does not answer is parked at once
        world->limits.bank_inquiry_give_up_s = 1;
    }
    if (world_random (world, 2) == 0) {  //  Most of what operators do takes two
        world->limits.approval_amount_minor = 1000;
    }
    city_found (world);
    for (int ask = 0; ask < ASKS_PER_HISTORY; ask++) {
        city_ask (world);
        checks_step (world);
        for (uint64_t some = world_random (world, 12); some > 0; some--) {
            world_run (world, 1);
            checks_step (world);
            s_now.steps = world->steps;
        }
    }
    for (int step = 0; step < STEPS_PER_REST && world->letter_count + world->alarm_count > 0;
         step++) {
        world_run (world, 1);
        checks_step (world);
        s_now.steps = world->steps;
    }
    checks_rest (world);
    uint64_t steps = world->steps;
    world_destroy (&world);
    return steps;
}

static void
s_show_commands (void)
{
    for (size_t table = 0; city_requests [table]; table++) {
        for (size_t index = 0; index < city_requests [table]->count; index++) {
            const request_t *request = &city_requests [table]->requests [index];
            printf ("  %-28s sent %9" PRIu64 "  refused %9" PRIu64 "\n", request->name,
                    request->sent, request->refused);
        }
    }
}

int
main (int argc, char **argv)
{
    options_t options = s_options (argc, argv);
    const aggregate_type_t *const *instead = NULL;
    if (options.plant) {
        instead = plants_grow (options.plant);
        if (!instead) {
            fprintf (stderr, "histories: there is no plant \"%s\"; --plants lists them\n",
                     options.plant);
            return 2;
        }
    }
    atexit (s_where);
    s_now.running = true;
    s_now.plant = options.plant;
    uint64_t steps = 0, histories = 0;
    bool shows = isatty (STDERR_FILENO);
    while (steps < options.steps) {
        s_now.seed = options.seed + histories;
        s_now.history = ++histories;
        steps += s_play (s_now.seed, instead);
        if (shows) {
            fprintf (stderr, "\r%" PRIu64 " histories, %" PRIu64 " steps", histories, steps);
        }
    }
    s_now.running = false;
    printf ("%shistories %" PRIu64 " to %" PRIu64 ": %" PRIu64 " steps, nothing broken\n",
            shows ? "\n" : "", options.seed, options.seed + histories - 1, steps);
    if (options.commands) {
        s_show_commands ();
    }
    return 0;
}
