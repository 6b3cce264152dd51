//  bank_account - rules of linking. Pure: no I/O, clock or allocation here.

#include "actors/bank_account.h"
#include "actors/member.h"

static const field_t linking_fields [] = {
    FIELD (U32, bank_account_linking_t, verdict),
    FIELD (U32, bank_account_linking_t, version),
    FIELD (I64, bank_account_linking_t, ended_at_ms),
};

static const shape_t linking_shape = SHAPE (bank_account_linking_t, linking_fields);

static const field_t state_fields [] = {
    FIELD (U8, bank_account_t, status),
    FIELD (U32, bank_account_t, linking),
    FIELD (U32, bank_account_t, lookups),
    FIELD (U32, bank_account_t, verdict),
    FIELDS_BANK_PARTY (bank_account_t, party),
    FIELD (BYTES, bank_account_t, holder_name),
    FIELD (U32, bank_account_t, version),
    FIELD_OF (bank_account_t, ended, ended_count, linking_shape),
};

static const shape_t state_shape = SHAPE (bank_account_t, state_fields);

static const field_t link_fields [] = {
    FIELDS_BANK_PARTY (bank_account_link_t, party),
    FIELD (BYTES, bank_account_link_t, holder_name),
    FIELD (U8, bank_account_link_t, member_status),
};

static const shape_t link_shape = SHAPE (bank_account_link_t, link_fields);

static const field_t link_requested_fields [] = {
    FIELD (U32, bank_account_link_requested_t, linking),
    FIELDS_BANK_PARTY (bank_account_link_requested_t, party),
    FIELD (BYTES, bank_account_link_requested_t, holder_name),
};

static const shape_t link_requested_shape =
    SHAPE (bank_account_link_requested_t, link_requested_fields);

static const field_t lookup_fields [] = {
    FIELD (U32, bank_account_lookup_t, lookups),
};

static const shape_t lookup_shape = SHAPE (bank_account_lookup_t, lookup_fields);

static const field_t refused_fields [] = {
    FIELD (U32, bank_account_refused_t, verdict),
};

static const shape_t refused_shape = SHAPE (bank_account_refused_t, refused_fields);

verdict_t
bank_account_usable (uint8_t status, oid_t owner, oid_t member)
{
    if (status == BANK_ACCOUNT_ABSENT) {
        return VERDICT_BANK_ACCOUNT_NOT_FOUND;
    }
    if (!oid_equal (owner, member)) {
        return VERDICT_BANK_ACCOUNT_NOT_OWNED;
    }
    return status == BANK_ACCOUNT_LINKED ? VERDICT_ACCEPTED : VERDICT_BANK_ACCOUNT_NOT_LINKED;
}

//  The step of an ask is its linking, so that an answer to an earlier one is known.
static void
s_ask_bank (decision_t *decision, const bank_party_t *party, const sealed_t *holder_name,
            uint32_t linking)
{
    bank_lookup_t lookup = { .party = *party, .holder_name = *holder_name };
    decision_ask (decision, bank_oid (), BANK_LOOKUP, &lookup, ANSWER_ALWAYS,
                  BANK_ACCOUNT_LOOKED_UP, linking);
}

static verdict_t
decide_link (const void *state, const void *command, decision_t *decision)
{
    const bank_account_t *account = state;
    const bank_account_link_t *link = command;

    if (account->status == BANK_ACCOUNT_LINKED) {
        return VERDICT_BANK_ACCOUNT_ALREADY_LINKED;
    }
    if (account->status == BANK_ACCOUNT_PENDING) {
        return VERDICT_STATE_CONFLICT;
    }
    if (account->linking >= BANK_ACCOUNT_LINKINGS_MAX) {
        return VERDICT_ATTEMPT_LIMIT_EXCEEDED;
    }
    verdict_t verdict = member_may_move_money (link->member_status);
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    bank_account_link_requested_t requested = {
        .linking = account->linking + 1,
        .party = link->party,
        .holder_name = link->holder_name,
    };
    s_ask_bank (decision, &requested.party, &requested.holder_name, requested.linking);
    return decision_emit (decision, BANK_ACCOUNT_LINK_REQUESTED, &requested);
}

static verdict_t
s_refusal_of (uint8_t result)
{
    switch (result) {
    case BANK_ACCOUNT_MISSING: return VERDICT_BANK_ACCOUNT_NOT_FOUND;
    case BANK_ACCOUNT_SHUT: return VERDICT_BANK_ACCOUNT_CLOSED;
    case BANK_HOLDER_MISMATCH: return VERDICT_BANK_ACCOUNT_HOLDER_MISMATCH;
    default: return VERDICT_BANK_UNAVAILABLE;
    }
}

static bool
s_unknown (uint8_t result)
{
    return result == BANK_LOOKUP_UNKNOWN || result > BANK_HOLDER_MISMATCH;
}

static verdict_t
decide_looked_up (const void *state, const void *command, decision_t *decision)
{
    const bank_account_t *account = state;
    const bank_looked_up_t *answer = command;

    if (account->status != BANK_ACCOUNT_PENDING || answer->step != account->linking) {
        return VERDICT_ACCEPTED;
    }
    if (s_unknown (answer->result) && account->lookups < BANK_ACCOUNT_LOOKUPS_MAX) {
        decision_timer (decision, BANK_ACCOUNT_LOOK_UP_AGAIN,
                        decision->now_ms + bank_backoff_ms (decision->limits, account->lookups));
        return decision_emit (decision, BANK_ACCOUNT_LOOKUP_UNKNOWN,
                              &(bank_account_lookup_t) { account->lookups });
    }
    decision_timer (decision, BANK_ACCOUNT_LOOK_UP_AGAIN, 0);
    if (answer->result == BANK_OPEN_AND_HELD) {
        return decision_emit (decision, BANK_ACCOUNT_WAS_LINKED, NULL);
    }
    return decision_emit (decision, BANK_ACCOUNT_WAS_REFUSED,
                          &(bank_account_refused_t) { s_refusal_of (answer->result) });
}

static verdict_t
decide_look_up_again (const void *state, const void *command, decision_t *decision)
{
    const bank_account_t *account = state;
    (void) command;

    if (account->status != BANK_ACCOUNT_PENDING || account->lookups >= BANK_ACCOUNT_LOOKUPS_MAX) {
        return VERDICT_ACCEPTED;
    }
    s_ask_bank (decision, &account->party, &account->holder_name, account->linking);
    return decision_emit (decision, BANK_ACCOUNT_LOOKUP_REPEATED,
                          &(bank_account_lookup_t) { account->lookups + 1 });
}

static verdict_t
decide_unlink (const void *state, const void *command, decision_t *decision)
{
    const bank_account_t *account = state;
    (void) command;

    if (account->status == BANK_ACCOUNT_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    if (account->status != BANK_ACCOUNT_LINKED) {
        return VERDICT_STATE_CONFLICT;
    }
    return decision_emit (decision, BANK_ACCOUNT_WAS_UNLINKED, NULL);
}

static void
evolve_link_requested (void *state, const void *event, int64_t at_ms)
{
    bank_account_t *account = state;
    const bank_account_link_requested_t *requested = event;
    (void) at_ms;

    account->version++;
    account->status = BANK_ACCOUNT_PENDING;
    account->linking = requested->linking;
    account->lookups = 1;
    account->verdict = VERDICT_ACCEPTED;
    account->party = requested->party;
    account->holder_name = requested->holder_name;
}

static void
evolve_lookup (void *state, const void *event, int64_t at_ms)
{
    bank_account_t *account = state;
    const bank_account_lookup_t *lookup = event;
    (void) at_ms;
    account->version++;
    account->lookups = lookup->lookups;
}

static void
evolve_linked (void *state, const void *event, int64_t at_ms)
{
    bank_account_t *account = state;
    (void) event, (void) at_ms;
    account->version++;
    account->status = BANK_ACCOUNT_LINKED;
}

//  A journal from before the limit may hold more linkings: those are not kept.
static void
s_end (bank_account_t *account, uint32_t verdict, int64_t at_ms)
{
    account->version++;
    account->verdict = verdict;
    if (account->ended_count < BANK_ACCOUNT_LINKINGS_MAX) {
        account->ended [account->ended_count++] = (bank_account_linking_t) {
            .verdict = verdict,
            .version = account->version,
            .ended_at_ms = at_ms,
        };
    }
}

static void
evolve_refused (void *state, const void *event, int64_t at_ms)
{
    bank_account_t *account = state;
    const bank_account_refused_t *refused = event;
    account->status = BANK_ACCOUNT_REFUSED;
    s_end (account, refused->verdict, at_ms);
}

static void
evolve_unlinked (void *state, const void *event, int64_t at_ms)
{
    bank_account_t *account = state;
    (void) event;
    account->status = BANK_ACCOUNT_UNLINKED;
    s_end (account, VERDICT_ACCEPTED, at_ms);
}

const bank_account_linking_t *
bank_account_linking_at (const bank_account_t *self, uint64_t version)
{
    for (size_t index = 0; index < self->ended_count; index++) {
        if (version <= self->ended [index].version) {
            return &self->ended [index];
        }
    }
    return NULL;
}

static bool
bank_account_invariant (const void *state)
{
    const bank_account_t *account = state;
    if (account->status == BANK_ACCOUNT_ABSENT) {
        return account->linking == 0;
    }
    bool open = account->status == BANK_ACCOUNT_PENDING || account->status == BANK_ACCOUNT_LINKED;
    uint32_t ended = account->linking - open;
    if (ended > BANK_ACCOUNT_LINKINGS_MAX) {
        ended = BANK_ACCOUNT_LINKINGS_MAX;
    }
    return account->status <= BANK_ACCOUNT_UNLINKED && account->linking > 0
           && account->ended_count == ended && account->version >= account->linking
           && account->lookups <= BANK_ACCOUNT_LOOKUPS_MAX
           && account->party.member.kind == OID_MEMBER && account->party.bank_code [0]
           && account->party.account_number.size > 0
           && (account->status == BANK_ACCOUNT_REFUSED) == (account->verdict != VERDICT_ACCEPTED);
}

static bool
bank_account_finished (const void *state)
{
    const bank_account_t *account = state;
    return account->status != BANK_ACCOUNT_PENDING;
}

static const command_rule_t commands [] = {
    [BANK_ACCOUNT_LINK] = { "bank_account.link", &link_shape, decide_link },
    [BANK_ACCOUNT_LOOKED_UP] = { "bank_account.looked_up", &bank_looked_up_shape,
                                 decide_looked_up },
    [BANK_ACCOUNT_LOOK_UP_AGAIN] = { "bank_account.look_up_again", &shape_empty,
                                     decide_look_up_again },
    [BANK_ACCOUNT_UNLINK] = { "bank_account.unlink", &shape_empty, decide_unlink },
};

static const event_rule_t events [] = {
    [BANK_ACCOUNT_LINK_REQUESTED] = { "bank_account.link_requested", 1, &link_requested_shape,
                                      evolve_link_requested, NULL },
    [BANK_ACCOUNT_LOOKUP_UNKNOWN] = { "bank_account.lookup_unknown", 1, &lookup_shape,
                                      evolve_lookup, NULL },
    [BANK_ACCOUNT_LOOKUP_REPEATED] = { "bank_account.lookup_repeated", 1, &lookup_shape,
                                       evolve_lookup, NULL },
    [BANK_ACCOUNT_WAS_LINKED] = { "bank_account.linked", 1, &shape_empty, evolve_linked, NULL },
    [BANK_ACCOUNT_WAS_REFUSED] = { "bank_account.refused", 1, &refused_shape, evolve_refused,
                                   NULL },
    [BANK_ACCOUNT_WAS_UNLINKED] = { "bank_account.unlinked", 1, &shape_empty, evolve_unlinked,
                                    NULL },
};

const aggregate_type_t bank_account_aggregate = {
    .name = "bank_account",
    .kind = OID_BANK_ACCOUNT,
    .state = &state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = bank_account_invariant,
    .finished = bank_account_finished,
};
