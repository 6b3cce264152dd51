//  claims - a map from scope to what is known of it.

#include <assert.h>
#include <stdlib.h>
#include "runtime/claims.h"
#include "runtime/map.h"

typedef struct {
    uint8_t fingerprint [16];
    bool decided;
    claim_outcome_t outcome;
} entry_t;

struct claims {
    map_t *entries;  //  Scope -> entry_t *
};

claims_t *
claims_new (void)
{
    claims_t *self = calloc (1, sizeof *self);
    assert (self);
    self->entries = map_new (16);
    return self;
}

void
claims_destroy (claims_t **self_p)
{
    claims_t *self = *self_p;
    if (self) {
        size_t cursor = 0;
        const uint8_t *key;
        uint64_t value;
        while (map_next (self->entries, &cursor, &key, &value)) {
            free ((entry_t *) (uintptr_t) value);
        }
        map_destroy (&self->entries);
        free (self);
        *self_p = NULL;
    }
}

static entry_t *
s_find (const claims_t *self, const uint8_t scope [16])
{
    uint64_t value = 0;
    return map_get (self->entries, scope, &value) ? (entry_t *) (uintptr_t) value : NULL;
}

claim_t
claims_look (const claims_t *self, const uint8_t scope [16], const uint8_t fingerprint [16],
             claim_outcome_t *ret_outcome)
{
    const entry_t *entry = s_find (self, scope);
    if (!entry) {
        return CLAIM_FREE;
    }
    if (memcmp (entry->fingerprint, fingerprint, sizeof entry->fingerprint) != 0) {
        return CLAIM_REUSED;
    }
    if (!entry->decided) {
        return CLAIM_IN_FLIGHT;
    }
    *ret_outcome = entry->outcome;
    return CLAIM_DECIDED;
}

void
claims_take (claims_t *self, const uint8_t scope [16], const uint8_t fingerprint [16])
{
    assert (!s_find (self, scope));
    entry_t *entry = calloc (1, sizeof *entry);
    assert (entry);
    memcpy (entry->fingerprint, fingerprint, sizeof entry->fingerprint);
    map_put (self->entries, scope, (uintptr_t) entry);
}

void
claims_decided (claims_t *self, const uint8_t scope [16], claim_outcome_t outcome)
{
    entry_t *entry = s_find (self, scope);
    assert (entry && !entry->decided);
    entry->decided = true;
    entry->outcome = outcome;
}

void
claims_forget (claims_t *self, const uint8_t scope [16])
{
    free (s_find (self, scope));
    map_remove (self->entries, scope);
}
