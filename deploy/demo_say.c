//  demo_say - ticks, crosses, headings and money.

#include "deploy/demo_say.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static const char *
s_paint (const demo_say_t *self, const char *code)
{
    return self->colour ? code : "";
}

void
demo_say_chapter (const demo_say_t *self, const char *korean, const char *english)
{
    printf ("\n%s%s · %s%s\n", s_paint (self, "\033[1m"), korean, english,
            s_paint (self, "\033[0m"));
}

bool
demo_say_step (demo_say_t *self, bool right, const char *format, ...)
{
    self->steps++;
    self->wrong += !right;
    printf ("  %s%s%s ", s_paint (self, right ? "\033[32m" : "\033[31m"), right ? "✓" : "✗",
            s_paint (self, "\033[0m"));
    va_list arguments;
    va_start (arguments, format);
    vprintf (format, arguments);
    va_end (arguments);
    putchar ('\n');
    fflush (stdout);
    return right;
}

//  12,345
const char *
demo_won (int64_t minor, char ret_text [DEMO_WON_SIZE])
{
    char digits [32];
    int size = snprintf (digits, sizeof digits, "%" PRId64, minor);
    char *out = ret_text;
    for (int index = 0; index < size; index++) {
        if (index && (size - index) % 3 == 0 && digits [index - 1] != '-') {
            *out++ = ',';
        }
        *out++ = digits [index];
    }
    *out = 0;
    return ret_text;
}
