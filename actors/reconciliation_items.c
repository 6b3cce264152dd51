//  reconciliation_items - rules of putting a difference right. Pure: no I/O, clock or
//  allocation here.

#include "actors/reconciliation_items.h"
#include "actors/bank_transfer.h"

static const field_t resolve_fields [] = {
    FIELD (U32, reconciliation_resolve_t, item),
    FIELD (TEXT, reconciliation_resolve_t, operator),
    FIELD (TEXT, reconciliation_resolve_t, reason),
    FIELD (BOOL, reconciliation_resolve_t, post),
};

const shape_t reconciliation_resolve_shape = SHAPE (reconciliation_resolve_t, resolve_fields);

static const field_t post_fields [] = {
    FIELD (U32, reconciliation_post_t, item),
    FIELD (OID, reconciliation_post_t, approval),
    FIELD (TEXT, reconciliation_post_t, operator),
    FIELD (TEXT, reconciliation_post_t, confirmed_by),
    FIELD (TEXT, reconciliation_post_t, reason),
};

const shape_t reconciliation_post_shape = SHAPE (reconciliation_post_t, post_fields);

static const field_t end_fields [] = {
    FIELD (U32, reconciliation_end_t, item),
    FIELD (U32, reconciliation_end_t, verdict),
};

const shape_t reconciliation_end_shape = SHAPE (reconciliation_end_t, end_fields);

//  ---------------------------------------------------------------------------
//  Deciding

//  The transfer that stands for the bank's line: ours, if it is the bank's name of one;
//  else its id follows from that name, so that whoever finds the line finds the same.
static oid_t
s_transfer (const bank_difference_t *difference, const decision_t *decision)
{
    oid_t transfer;
    if (oid_parse (difference->transfer, &transfer) && transfer.kind == OID_BANK_TRANSFER) {
        return transfer;
    }
    return decision_derive (decision, OID_BANK_TRANSFER, bank_oid (), difference->transfer, 1);
}

static verdict_t
s_post (const reconciliation_t *reconciliation, const reconciliation_post_t *post,
        decision_t *decision)
{
    const bank_difference_t *difference = &reconciliation->stated.items [post->item - 1];
    bank_transfer_correct_t correct = {
        .day = reconciliation->day,
        .bank_minor = difference->bank_minor,
        .our_minor = difference->our_minor,
    };
    memcpy (correct.line, difference->transfer, sizeof correct.line);
    memcpy (correct.operator, post->operator, sizeof correct.operator);
    memcpy (correct.confirmed_by, post->confirmed_by, sizeof correct.confirmed_by);
    decision_ask (decision, s_transfer (difference, decision), BANK_TRANSFER_CORRECT, &correct,
                  ANSWER_ALWAYS, RECONCILIATION_CORRECTED, post->item);
    return decision_emit (decision, RECONCILIATION_POSTING, post);
}

//  What would be posted; never more than a statement's and a transfer's amount together.
static int64_t
s_amount_minor (const bank_difference_t *difference)
{
    int64_t more_minor = difference->bank_minor - difference->our_minor;
    return more_minor > 0 ? more_minor : -more_minor;
}

static verdict_t
s_propose_or_post (const reconciliation_t *reconciliation, const reconciliation_resolve_t *resolve,
                   decision_t *decision)
{
    int64_t amount_minor = s_amount_minor (&reconciliation->stated.items [resolve->item - 1]);
    reconciliation_post_t post = { .item = resolve->item };
    memcpy (post.operator, resolve->operator, sizeof post.operator);
    memcpy (post.reason, resolve->reason, sizeof post.reason);
    if (!approval_needed (decision->limits, amount_minor)) {
        return s_post (reconciliation, &post, decision);
    }
    approval_request_t proposal = {
        .command = RECONCILIATION_APPROVE,
        .reject_command = RECONCILIATION_REJECT,
        .amount_minor = amount_minor,
    };
    memcpy (proposal.proposer, resolve->operator, sizeof proposal.proposer);
    memcpy (proposal.reason, resolve->reason, sizeof proposal.reason);
    post.approval = approval_propose (decision, &proposal, reconciliation->proposals + 1);
    return decision_emit (decision, RECONCILIATION_WAS_PROPOSED, &post);
}

verdict_t
reconciliation_decide_resolve (const void *state, const void *command, decision_t *decision)
{
    const reconciliation_t *reconciliation = state;
    const reconciliation_resolve_t *resolve = command;

    if (reconciliation->status == RECONCILIATION_NONE) {
        return VERDICT_NOT_FOUND;
    }
    if (reconciliation->status != RECONCILIATION_DONE) {
        return VERDICT_STATE_CONFLICT;
    }
    if (resolve->item == 0 || resolve->item > reconciliation->stated.item_count) {
        return VERDICT_NOT_FOUND;
    }
    const reconciliation_mark_t *mark = &reconciliation->marks [resolve->item - 1];
    if (mark->resolved || mark->status != RECONCILIATION_ITEM_OPEN) {
        return VERDICT_STATE_CONFLICT;
    }
    return resolve->post ? s_propose_or_post (reconciliation, resolve, decision)
                         : decision_emit (decision, RECONCILIATION_RESOLVED, resolve);
}

//  The item that this was proposed about and that still waits for it, from 1; 0: none.
static uint32_t
s_proposed (const reconciliation_t *reconciliation, oid_t approval)
{
    for (uint32_t index = 0; index < reconciliation->mark_count; index++) {
        const reconciliation_mark_t *mark = &reconciliation->marks [index];
        if (mark->status == RECONCILIATION_ITEM_PROPOSED && oid_equal (mark->approval, approval)) {
            return index + 1;
        }
    }
    return 0;
}

verdict_t
reconciliation_decide_approve (const void *state, const void *command, decision_t *decision)
{
    const reconciliation_t *reconciliation = state;
    const approval_decided_t *decided = command;
    uint32_t item = s_proposed (reconciliation, decided->approval);

    if (item == 0) {
        return VERDICT_ACCEPTED;
    }
    reconciliation_post_t post = { .item = item, .approval = decided->approval };
    memcpy (post.operator, reconciliation->marks [item - 1].operator, sizeof post.operator);
    memcpy (post.confirmed_by, decided->operator, sizeof post.confirmed_by);
    memcpy (post.reason, decided->reason, sizeof post.reason);
    return s_post (reconciliation, &post, decision);
}

//  Nobody decided: it expired.
verdict_t
reconciliation_decide_reject (const void *state, const void *command, decision_t *decision)
{
    const approval_decided_t *decided = command;
    reconciliation_end_t end = {
        .item = s_proposed (state, decided->approval),
        .verdict = decided->operator[0] ? VERDICT_APPROVAL_REJECTED : VERDICT_APPROVAL_EXPIRED,
    };
    return end.item ? decision_emit (decision, RECONCILIATION_REOPENED, &end) : VERDICT_ACCEPTED;
}

verdict_t
reconciliation_decide_corrected (const void *state, const void *command, decision_t *decision)
{
    const reconciliation_t *reconciliation = state;
    const saga_answer_t *answer = command;
    reconciliation_end_t end = { answer->step, answer->verdict };

    if (end.item == 0 || end.item > reconciliation->mark_count
        || reconciliation->marks [end.item - 1].status != RECONCILIATION_ITEM_POSTING) {
        return VERDICT_ACCEPTED;
    }
    return decision_emit (decision,
                          end.verdict == VERDICT_ACCEPTED ? RECONCILIATION_WAS_POSTED
                                                          : RECONCILIATION_REOPENED,
                          &end);
}

//  ---------------------------------------------------------------------------
//  Evolving

static reconciliation_mark_t *
s_mark (reconciliation_t *reconciliation, uint32_t item)
{
    assert (item > 0 && item <= reconciliation->mark_count);
    return &reconciliation->marks [item - 1];
}

static void
s_close (reconciliation_t *reconciliation, reconciliation_mark_t *mark, int64_t at_ms)
{
    mark->resolved = true;
    mark->at_ms = at_ms;
    mark->verdict = VERDICT_ACCEPTED;
    reconciliation->open_count--;
}

void
reconciliation_evolve_resolved (void *state, const void *event, int64_t at_ms)
{
    const reconciliation_resolve_t *resolve = event;
    reconciliation_mark_t *mark = s_mark (state, resolve->item);
    memcpy (mark->operator, resolve->operator, sizeof mark->operator);
    s_close (state, mark, at_ms);
}

static void
s_take (reconciliation_mark_t *mark, const reconciliation_post_t *post,
        reconciliation_item_status_t status)
{
    mark->status = (uint8_t) status;
    mark->approval = post->approval;
    mark->verdict = VERDICT_ACCEPTED;
    memcpy (mark->operator, post->operator, sizeof mark->operator);
    memcpy (mark->confirmed_by, post->confirmed_by, sizeof mark->confirmed_by);
}

void
reconciliation_evolve_proposed (void *state, const void *event, int64_t at_ms)
{
    reconciliation_t *reconciliation = state;
    const reconciliation_post_t *post = event;
    (void) at_ms;
    s_take (s_mark (reconciliation, post->item), post, RECONCILIATION_ITEM_PROPOSED);
    reconciliation->proposals++;
}

void
reconciliation_evolve_posting (void *state, const void *event, int64_t at_ms)
{
    const reconciliation_post_t *post = event;
    (void) at_ms;
    s_take (s_mark (state, post->item), post, RECONCILIATION_ITEM_POSTING);
}

void
reconciliation_evolve_posted (void *state, const void *event, int64_t at_ms)
{
    reconciliation_mark_t *mark = s_mark (state, ((const reconciliation_end_t *) event)->item);
    mark->status = RECONCILIATION_ITEM_POSTED;
    s_close (state, mark, at_ms);
}

void
reconciliation_evolve_reopened (void *state, const void *event, int64_t at_ms)
{
    const reconciliation_end_t *end = event;
    reconciliation_mark_t *mark = s_mark (state, end->item);
    (void) at_ms;
    mark->status = RECONCILIATION_ITEM_OPEN;
    mark->verdict = end->verdict;
}

bool
reconciliation_posts (const reconciliation_t *self)
{
    for (uint32_t index = 0; index < self->mark_count; index++) {
        if (self->marks [index].status == RECONCILIATION_ITEM_POSTING) {
            return true;
        }
    }
    return false;
}
