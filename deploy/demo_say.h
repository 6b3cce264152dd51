//  demo_say - what the demo prints, in Korean and English, coloured on a terminal.

#ifndef DEPLOY_DEMO_SAY_H
#define DEPLOY_DEMO_SAY_H

#include <stdbool.h>
#include <stdint.h>

enum { DEMO_WON_SIZE = 32 };

typedef struct {
    bool colour;                    //  stdout is a terminal
    unsigned steps, wrong;
} demo_say_t;

void demo_say_chapter (const demo_say_t *self, const char *korean, const char *english);

//  One line with a tick or a cross, and counts it; returns `right`.
bool demo_say_step (demo_say_t *self, bool right, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

//  12,345; returns ret_text.
const char *demo_won (int64_t minor, char ret_text [DEMO_WON_SIZE]);

#define WON(minor) demo_won (minor, (char [DEMO_WON_SIZE]) { 0 })

#endif
