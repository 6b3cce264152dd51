//  applier - idempotency scopes: what was decided, and which are old enough to go.
//
//  By age they are found in pieces, one row of SCOPE_AGE for up to 120 scopes that came
//  with one flush: 16 bytes a scope and an append at the end of the table, where an index
//  row of its own would cost each scope three times that and a page anywhere.
//
//  What a scope says counts for keep_ms by the clock of the actor that looks (actor.c);
//  here only the space is taken back, a day later, so that a clock that was set back a
//  little still finds what counts. Nothing goes by a stamp that is ahead of the clock, and
//  nothing in a rebuild: keep_ms is 0 there.

#include "runtime/applier_private.h"
#include "store/bytes.h"

enum {
    PIECE_SCOPES = 120,  //  Two pieces fill a page
    PIECE_KEY_SIZE = 8 + RECORD_SCOPE_SIZE,
    PIECES_PER_SLICE = 4
};

//  Key: latest stamp u64 BE · its first scope. Value: the scopes.
typedef struct {
    uint8_t key [PIECE_KEY_SIZE];
    size_t count;
    uint8_t scopes [PIECE_SCOPES][RECORD_SCOPE_SIZE];
} piece_t;

struct aged {
    int64_t until_ms;  //  Scopes stamped then or before may go
    size_t count, room;
    piece_t pieces [];
};

void
applier_keep (applier_t *self, int64_t keep_ms)
{
    self->keep_ms = keep_ms;
}

scope_row_t
applier_scope_row (const record_head_t *head)
{
    scope_row_t row;
    memset (&row, 0, sizeof row);  //  Its padding is on disk too
    row.verdict = head->verdict;
    row.at_ms = head->at_ms;
    row.version = head->version;
    memcpy (row.fingerprint, head->fingerprint, sizeof row.fingerprint);
    memcpy (&row.object, head->object, sizeof row.object);
    return row;
}

//  ---------------------------------------------------------------------------
//  Writing. A rebuild goes partition by partition: a scope that was decided again may
//  have come before what it replaced.

status_t
applier_scope_write (applier_t *self, const change_t *change)
{
    scope_row_t row, stored;
    size_t size = 0;
    memcpy (&row, change->inlined, sizeof row);
    status_t status = state_get_own (self->state, TABLE_SCOPE, change->key, change->key_size,
                                     &stored, sizeof stored, &size);
    if (status == STATUS_OK && stored.at_ms > row.at_ms) {
        return STATUS_OK;
    }
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    return state_put (self->state, TABLE_SCOPE, change->key, change->key_size, &row, sizeof row);
}

static status_t
s_write_piece (applier_t *self, piece_t *piece, int64_t stamp_ms)
{
    bytes_put_key_u64 (piece->key, (uint64_t) stamp_ms);
    memcpy (piece->key + 8, piece->scopes, RECORD_SCOPE_SIZE);
    return state_put (self->state, TABLE_SCOPE_AGE, piece->key, sizeof piece->key, piece->scopes,
                      piece->count * RECORD_SCOPE_SIZE);
}

static status_t
s_write_pieces (applier_t *self)
{
    status_t status = STATUS_OK;
    piece_t piece = { .count = 0 };
    int64_t stamp_ms = 0;
    for (size_t index = 0; index < self->count && status == STATUS_OK; index++) {
        const change_t *change = &self->changes [index];
        if (change->table != TABLE_SCOPE) {
            continue;
        }
        scope_row_t row;
        memcpy (&row, change->inlined, sizeof row);
        stamp_ms = piece.count == 0 || row.at_ms > stamp_ms ? row.at_ms : stamp_ms;
        memcpy (piece.scopes [piece.count++], change->key, RECORD_SCOPE_SIZE);
        if (piece.count == PIECE_SCOPES) {
            status = s_write_piece (self, &piece, stamp_ms);
            piece.count = 0;
        }
    }
    return status == STATUS_OK && piece.count > 0 ? s_write_piece (self, &piece, stamp_ms) : status;
}

//  ---------------------------------------------------------------------------
//  Going. For each piece that a flush brings two old ones may go, and one in any case:
//  the table shrinks to what counts, and no flush is longer for it than for its own work.

static bool
s_take_piece (void *context, const uint8_t *key, size_t key_size, const uint8_t *value,
              size_t value_size)
{
    aged_t *aged = context;
    assert (key_size == PIECE_KEY_SIZE && value_size % RECORD_SCOPE_SIZE == 0);
    assert (value_size <= sizeof aged->pieces [0].scopes && aged->count < aged->room);
    if (bytes_get_key_u64 (key) > (uint64_t) aged->until_ms) {
        return false;
    }
    piece_t *piece = &aged->pieces [aged->count++];
    memcpy (piece->key, key, key_size);
    memcpy (piece->scopes, value, value_size);
    piece->count = value_size / RECORD_SCOPE_SIZE;
    return true;
}

aged_t *
applier_aged (applier_t *self)
{
    int64_t now_ms = core_clock_ms ();
    int64_t stamp_ms = self->stamp_ms < now_ms ? self->stamp_ms : now_ms;
    int64_t until_ms = stamp_ms - self->keep_ms - SCOPE_MARGIN_MS;
    if (self->keep_ms == 0 || self->stamp_ms == INT64_MAX || until_ms < 0
        || !(self->tables & 1u << TABLE_SCOPE)) {
        return NULL;
    }
    size_t brought = 0;
    for (size_t index = 0; index < self->count; index++) {
        brought += self->changes [index].table == TABLE_SCOPE;
    }
    size_t room = 1 + 2 * ((brought + PIECE_SCOPES - 1) / PIECE_SCOPES);
    aged_t *aged = malloc (sizeof *aged + room * sizeof aged->pieces [0]);
    assert (aged);
    *aged = (aged_t) { .until_ms = until_ms, .room = room };
    status_t status = state_scan (self->reader, TABLE_SCOPE_AGE, NULL, 0, NULL, 0,
                                  /* backward= */ false, room, s_take_piece, aged);
    if (status != STATUS_OK) {
        core_state_fail_stop (status);
    }
    return aged;
}

//  One that was decided again since stays; a later piece names it too.
static status_t
s_forget_scope (applier_t *self, const uint8_t scope [RECORD_SCOPE_SIZE], int64_t until_ms)
{
    scope_row_t row;
    size_t size;
    status_t status =
        state_get_own (self->state, TABLE_SCOPE, scope, RECORD_SCOPE_SIZE, &row, sizeof row, &size);
    if (status == STATUS_NOT_FOUND || (status == STATUS_OK && row.at_ms > until_ms)) {
        return STATUS_OK;
    }
    return status == STATUS_OK ? state_del (self->state, TABLE_SCOPE, scope, RECORD_SCOPE_SIZE)
                               : status;
}

status_t
applier_scopes (applier_t *self, const aged_t *aged)
{
    status_t status = self->tables & 1u << TABLE_SCOPE ? s_write_pieces (self) : STATUS_OK;
    for (size_t index = 0; aged && index < aged->count && status == STATUS_OK; index++) {
        const piece_t *piece = &aged->pieces [index];
        for (size_t scope = 0; scope < piece->count && status == STATUS_OK; scope++) {
            status = s_forget_scope (self, piece->scopes [scope], aged->until_ms);
        }
        if (status == STATUS_OK) {
            status = state_del (self->state, TABLE_SCOPE_AGE, piece->key, sizeof piece->key);
        }
        if (index % PIECES_PER_SLICE == PIECES_PER_SLICE - 1) {
            sched_yield ();
        }
    }
    return status;
}
