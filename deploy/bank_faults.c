//  bank_faults - a table of kinds, an array of faults, a generator in each.

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "deploy/bank_faults.h"
#include "runtime/scoped.h"

//  A call is rolled for group by group in this order; an ending before the outcome
//  leaves nothing for the groups after it but a delay.
typedef enum {
    GROUP_ENDING,
    GROUP_DELAY,
    GROUP_REFUSAL,
    GROUP_COPIES,
    GROUP_LATENESS,
    GROUP_OUTAGE
} group_t;

static const struct {
    const char *name;
    group_t group;
    int64_t delay_ms;
} kinds [] = {
#define KIND_ROW(code, text, group, delay_ms)                                                      \
    [BANK_FAULT_##code] = { text, GROUP_##group, delay_ms },
    BANK_FAULT_KINDS (KIND_ROW)
#undef KIND_ROW
};

struct bank_faults {
    size_t count;
    bank_fault_t faults [BANK_FAULTS_MAX];  //  In the order of posting
    int64_t ordinals;                       //  Last one given
};

bank_faults_t *
bank_faults_new (void)
{
    bank_faults_t *self = calloc (1, sizeof *self);
    assert (self);
    return self;
}

void
bank_faults_destroy (bank_faults_t **self_p)
{
    free (*self_p);
    *self_p = NULL;
}

const char *
bank_fault_name (bank_fault_kind_t kind)
{
    assert ((unsigned) kind < BANK_FAULT_COUNT);
    return kinds [kind].name;
}

bank_fault_kind_t
bank_fault_named (const char *name)
{
    for (size_t kind = 0; kind < COUNT (kinds); kind++) {
        if (strcmp (kinds [kind].name, name) == 0) {
            return (bank_fault_kind_t) kind;
        }
    }
    return (bank_fault_kind_t) BANK_FAULT_NONE;
}

bool
bank_fault_is_before (bank_fault_kind_t kind)
{
    return kind == BANK_FAULT_ERROR_BEFORE || kind == BANK_FAULT_CUT_BEFORE
           || kind == BANK_FAULT_HANG_BEFORE;
}

//  0 .. 1, the end excluded. Splitmix64 (Steele, Lea, Flood 2014): seeds that are
//  near to each other give streams that are not, as those of drand48 would.
static double
s_roll (uint64_t *generator)
{
    uint64_t mix = *generator += UINT64_C (0x9E3779B97F4A7C15);
    mix = (mix ^ (mix >> 30)) * UINT64_C (0xBF58476D1CE4E5B9);
    mix = (mix ^ (mix >> 27)) * UINT64_C (0x94D049BB133111EB);
    mix ^= mix >> 31;
    return (double) (mix >> 11) * 0x1.0p-53;
}

static bool
s_is_spent (const bank_fault_t *fault, int64_t now_ms)
{
    return fault->count == 0 || (fault->kind == BANK_FAULT_OUTAGE && now_ms >= fault->until_ms);
}

static void
s_drop_spent (bank_faults_t *self, int64_t now_ms)
{
    size_t kept = 0;
    for (size_t index = 0; index < self->count; index++) {
        if (!s_is_spent (&self->faults [index], now_ms)) {
            self->faults [kept++] = self->faults [index];
        }
    }
    self->count = kept;
}

bool
bank_faults_add (bank_faults_t *self, const bank_fault_t *fault, int64_t now_ms,
                 bank_fault_t *ret_fault)
{
    assert ((unsigned) fault->kind < BANK_FAULT_COUNT);
    s_drop_spent (self, now_ms);
    if (self->count == BANK_FAULTS_MAX) {
        return false;
    }
    bank_fault_t *added = &self->faults [self->count++];
    *added = *fault;
    added->ordinal = ++self->ordinals;
    added->hits = 0;
    added->delay_ms = fault->delay_ms < 0 ? kinds [fault->kind].delay_ms : fault->delay_ms;
    added->seed = fault->seed < 0 ? added->ordinal : fault->seed;
    added->generator = (uint64_t) added->seed;
    added->until_ms = now_ms + added->delay_ms;
    *ret_fault = *added;
    return true;
}

void
bank_faults_clear (bank_faults_t *self)
{
    self->count = 0;
}

static bool
s_hits (bank_fault_t *fault)
{
    if (fault->count == 0 || s_roll (&fault->generator) >= fault->probability) {
        return false;
    }
    fault->hits++;
    fault->count -= fault->count > 0;
    return true;
}

//  The first of a group that hits, or NULL.
static const bank_fault_t *
s_strike_group (bank_faults_t *self, group_t group)
{
    for (size_t index = 0; index < self->count; index++) {
        bank_fault_t *fault = &self->faults [index];
        if (kinds [fault->kind].group == group && s_hits (fault)) {
            return fault;
        }
    }
    return NULL;
}

bank_mishap_t
bank_faults_strike (bank_faults_t *self)
{
    bank_mishap_t mishap = { .ending = (bank_fault_kind_t) BANK_FAULT_NONE };
    const bank_fault_t *fault;

    if ((fault = s_strike_group (self, GROUP_ENDING))) {
        mishap.ending = fault->kind;
        mishap.ending_delay_ms = fault->delay_ms;
    }
    if ((fault = s_strike_group (self, GROUP_DELAY))) {
        mishap.slow_ms = fault->delay_ms;
    }
    if (bank_fault_is_before (mishap.ending)) {
        return mishap;
    }
    if ((fault = s_strike_group (self, GROUP_REFUSAL))) {
        mishap.refuse_for = fault->reason;
    }
    if (s_strike_group (self, GROUP_COPIES)) {
        mishap.callback_twice = true;
    }
    if ((fault = s_strike_group (self, GROUP_LATENESS))) {
        mishap.callback_delay_ms = fault->delay_ms;
    }
    return mishap;
}

bool
bank_faults_outage (bank_faults_t *self, int64_t now_ms)
{
    s_drop_spent (self, now_ms);
    return s_strike_group (self, GROUP_OUTAGE) != NULL;
}

size_t
bank_faults_active (bank_faults_t *self, int64_t now_ms, const bank_fault_t **ret_faults)
{
    s_drop_spent (self, now_ms);
    *ret_faults = self->faults;
    return self->count;
}
