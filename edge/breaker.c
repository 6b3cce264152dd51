//  breaker - a circuit breaker as a pure state machine; time comes in.

#include "edge/breaker.h"

#include "runtime/scoped.h"

void
breaker_init (breaker_t *self, int64_t failures_max, int64_t open_ms)
{
    *self = (breaker_t) { .failures_max = failures_max, .open_ms = open_ms };
}

static void
s_open (breaker_t *self, int64_t now_ms)
{
    self->state = BREAKER_OPEN;
    self->opened_ms = now_ms;
}

bool
breaker_allow (breaker_t *self, int64_t now_ms)
{
    if (self->state == BREAKER_CLOSED) {
        return true;
    }
    if (self->state == BREAKER_HALF_OPEN || breaker_wait_ms (self, now_ms) > 0) {
        return false;
    }
    self->state = BREAKER_HALF_OPEN;
    return true;
}

void
breaker_success (breaker_t *self)
{
    self->state = BREAKER_CLOSED;
    self->failures = 0;
}

void
breaker_failure (breaker_t *self, int64_t now_ms)
{
    if (self->state == BREAKER_HALF_OPEN
        || (self->state == BREAKER_CLOSED && ++self->failures >= self->failures_max)) {
        s_open (self, now_ms);
    }
}

void
breaker_sounding (breaker_t *self, bool answered, int64_t now_ms)
{
    if (self->state == BREAKER_HALF_OPEN && answered) {
        self->state = BREAKER_CLOSED;
        self->failures = self->failures_max - 1;
    }
    else if (self->state == BREAKER_HALF_OPEN) {
        s_open (self, now_ms);
    }
}

int64_t
breaker_wait_ms (const breaker_t *self, int64_t now_ms)
{
    int64_t left_ms = self->opened_ms + self->open_ms - now_ms;
    return self->state == BREAKER_OPEN && left_ms > 0 ? left_ms : 0;
}

const char *
breaker_name (breaker_state_t state)
{
    static const char *const names [] = {
        [BREAKER_CLOSED] = "closed",
        [BREAKER_OPEN] = "open",
        [BREAKER_HALF_OPEN] = "half_open",
    };
    return (unsigned) state < COUNT (names) ? names [state] : "unknown";
}
