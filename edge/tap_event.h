//  tap_event - one event as topic and CloudEvents JSON (CloudEvents 1.0.2, JSON).
//
//  What goes out is chosen by rule, not by name of what is secret: numbers, flags,
//  ids, and the few texts of a table that are codes (currency, bank_code, …). Bytes
//  and all other texts stay inside: sealed data, hashes, reasons, references. A
//  verdict has its code beside its number. Tasks of firm banking name both accounts,
//  masked; their results, whose events do not hold the customer's, only ours.
//
//  Any thread; nothing here keeps state.

#ifndef EDGE_TAP_EVENT_H
#define EDGE_TAP_EVENT_H

#include "edge/member_keys.h"
#include "runtime/journal_view.h"

enum { TAP_TOPIC_SIZE = 96, TAP_SEQUENCE_SIZE = 32, TAP_SOURCE_SIZE = 96 };

//  Where and as what it is published.
typedef struct {
    const char *topic;
    const char *source;
    const char *sequence;           //  "partition.sequence"
    uint32_t index;                 //  Of the event in its record
    uint64_t count;                 //  0: not counted (a replay)
    member_keys_t *keys;            //  For masked account numbers of tasks; NULL: none
    const char *operator;           //  Who asked for it; "": no operator; NULL: not told
} tap_place_t;

//  "event.wallet.credited".
void tap_event_topic (const journal_event_t *event, char ret_topic [TAP_TOPIC_SIZE]);

//  The seed's topic that tells of this event, or NULL (domain.md, section 6).
const char *tap_event_task (const journal_event_t *event);

//  Returns owned text (free). A task's data has its state and subtasks too, and its
//  id ends in ".task", so that it is not the event's.
char *tap_event_json (const journal_view_t *view, const journal_event_t *event,
                      const tap_place_t *place, bool as_task);

//  A line of the log.
char *tap_log_json (const char *line, const tap_place_t *place, int64_t at_ms);

#endif
