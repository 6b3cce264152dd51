//  tap_wanted - a bounded set of prefixes, and a count of those that found no room.

#include "edge/tap_wanted.h"

#include <czmq.h>
#include "edge/tap_event.h"

struct tap_wanted {
    zhash_t *prefixes;
    uint64_t unkept;  //  Subscribed to, and not in the set
};

tap_wanted_t *
tap_wanted_new (void)
{
    tap_wanted_t *self = calloc (1, sizeof *self);
    assert (self);
    self->prefixes = zhash_new ();
    assert (self->prefixes);
    return self;
}

void
tap_wanted_destroy (tap_wanted_t **self_p)
{
    tap_wanted_t *self = *self_p;
    if (self) {
        zhash_destroy (&self->prefixes);
        free (self);
        *self_p = NULL;
    }
}

static void
s_add (tap_wanted_t *self, const char *prefix)
{
    if (zhash_size (self->prefixes) == TAP_WANTED_MAX) {
        self->unkept++;
        return;
    }
    zhash_update (self->prefixes, prefix, self);
}

static void
s_remove (tap_wanted_t *self, const char *prefix)
{
    if (zhash_lookup (self->prefixes, prefix)) {
        zhash_delete (self->prefixes, prefix);
    }
    else if (self->unkept > 0) {
        self->unkept--;
    }
}

void
tap_wanted_take (tap_wanted_t *self, const uint8_t *frame, size_t size)
{
    char prefix [TAP_TOPIC_SIZE];
    if (size == 0 || frame [0] > 1 || size > sizeof prefix || memchr (frame + 1, 0, size - 1)) {
        return;
    }
    memcpy (prefix, frame + 1, size - 1);
    prefix [size - 1] = 0;
    if (frame [0] == 1) {
        s_add (self, prefix);
    }
    else {
        s_remove (self, prefix);
    }
}

static bool
s_begins (const char *text, const char *beginning)
{
    return strncmp (text, beginning, strlen (beginning)) == 0;
}

bool
tap_wanted_has (const tap_wanted_t *self, const char *topic)
{
    if (self->unkept > 0) {
        return true;
    }
    for (void *item = zhash_first (self->prefixes); item; item = zhash_next (self->prefixes)) {
        if (s_begins (topic, zhash_cursor (self->prefixes))) {
            return true;
        }
    }
    return false;
}

bool
tap_wanted_others (const tap_wanted_t *self, const char *beginning)
{
    if (self->unkept > 0) {
        return true;
    }
    for (void *item = zhash_first (self->prefixes); item; item = zhash_next (self->prefixes)) {
        if (!s_begins (zhash_cursor (self->prefixes), beginning)) {
            return true;
        }
    }
    return false;
}

size_t
tap_wanted_count (const tap_wanted_t *self)
{
    return zhash_size (self->prefixes);
}
