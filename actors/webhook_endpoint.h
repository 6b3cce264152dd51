//  webhook_endpoint - where somebody wants to hear of events, and of which.
//
//      status     create      change                   rotate     gone       delete
//      absent     enabled     not_found                not_found  -          not_found
//      enabled    exists      enabled | disabled       enabled    disabled   deleted
//      disabled   exists      disabled | enabled       disabled   -          deleted
//      deleted    exists      not_found                not_found  -          not_found
//
//  Its owner is a merchant, who hears of what is its own, or NONE: the operators, who
//  hear of everything. It never changes.
//
//  `gone` comes from a delivery whose receiver answered 410: the receiver wants no
//  more. Attempts that fail otherwise disable nothing.
//
//  A rotated secret signs beside the new one for WEBHOOK_OVERLAP_MS, so that a receiver
//  may learn the new one meanwhile; rotated again within that time, the oldest is
//  forgotten at once. Secrets are sealed here and in the journal; nobody is shown one
//  again.
//
//  What is disabled or deleted gets nothing more: a delivery that is due then is
//  discarded. What happened while it was disabled is not delivered later.
//
//  Invariant: one that is enabled or disabled has a url, a secret and 1 … WEBHOOK_PATTERNS
//  patterns; a deleted one has no secret any more.

#ifndef ACTORS_WEBHOOK_ENDPOINT_H
#define ACTORS_WEBHOOK_ENDPOINT_H

#include "actors/webhook.h"

#define WEBHOOK_OVERLAP_MS INT64_C (86400000)    //  24 hours

typedef enum {
    WEBHOOK_ENDPOINT_ABSENT,
    WEBHOOK_ENDPOINT_ENABLED,
    WEBHOOK_ENDPOINT_DISABLED,
    WEBHOOK_ENDPOINT_DELETED
} webhook_endpoint_status_t;

//  Why it is disabled. On disk for ever: append.
typedef enum {
    WEBHOOK_NOT_DISABLED,
    WEBHOOK_DISABLED_ON_REQUEST,
    WEBHOOK_DISABLED_AS_GONE        //  The receiver answered 410
} webhook_disabled_t;

typedef struct {
    uint8_t status;                 //  webhook_endpoint_status_t
    uint8_t disabled;               //  webhook_disabled_t
    oid_t owner;                    //  A merchant; NONE: the operators
    char url [WEBHOOK_URL_SIZE];
    uint32_t pattern_count;
    webhook_pattern_t patterns [WEBHOOK_PATTERNS];
    webhook_secret_t secret;
    webhook_secret_t old_secret;    //  Signs too, until
    int64_t old_until_ms;           //  exclusive; 0: there is none
} webhook_endpoint_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    WEBHOOK_ENDPOINT_CREATE,        //  webhook_endpoint_create_t
    WEBHOOK_ENDPOINT_CHANGE,        //  webhook_endpoint_change_t
    WEBHOOK_ENDPOINT_ROTATE,        //  webhook_endpoint_rotate_t
    WEBHOOK_ENDPOINT_GONE,          //  No fields; from a delivery
    WEBHOOK_ENDPOINT_DELETE         //  No fields
} webhook_endpoint_command_t;

typedef enum {
    WEBHOOK_ENDPOINT_WAS_CREATED,   //  webhook_endpoint_created_t; "webhook_endpoint.created"
    WEBHOOK_ENDPOINT_WAS_CHANGED,   //  webhook_endpoint_changed_t; "webhook_endpoint.changed"
    WEBHOOK_ENDPOINT_WAS_ROTATED,   //  webhook_endpoint_rotated_t
    WEBHOOK_ENDPOINT_WAS_GONE,      //  No fields; disabled
    WEBHOOK_ENDPOINT_WAS_DELETED    //  No fields
} webhook_endpoint_event_t;

typedef struct {
    oid_t owner;
    uint8_t owner_status;           //  A fact: merchant_status_t of an owner
    char url [WEBHOOK_URL_SIZE];
    uint32_t pattern_count;
    webhook_pattern_t patterns [WEBHOOK_PATTERNS];
    webhook_secret_t secret;
} webhook_endpoint_create_t;

typedef struct {
    oid_t owner;
    char url [WEBHOOK_URL_SIZE];
    uint32_t pattern_count;
    webhook_pattern_t patterns [WEBHOOK_PATTERNS];
    webhook_secret_t secret;
} webhook_endpoint_created_t;

//  What it does not have stays as it is.
typedef struct {
    bool has_url, has_patterns, has_enabled;
    char url [WEBHOOK_URL_SIZE];
    uint32_t pattern_count;
    webhook_pattern_t patterns [WEBHOOK_PATTERNS];
    bool enabled;
    int64_t if_version;             //  Only at this version; 0: at any
} webhook_endpoint_change_t;

//  As it is from then on.
typedef struct {
    char url [WEBHOOK_URL_SIZE];
    uint32_t pattern_count;
    webhook_pattern_t patterns [WEBHOOK_PATTERNS];
    bool enabled;
} webhook_endpoint_changed_t;

typedef struct {
    webhook_secret_t secret;
} webhook_endpoint_rotate_t;

typedef struct {
    webhook_secret_t secret;
    int64_t old_until_ms;           //  The one before signs too until then
} webhook_endpoint_rotated_t;

//  How many of the two secrets sign at now_ms, the new one first; ret_secrets borrow
//  from the endpoint.
size_t webhook_endpoint_secrets (const webhook_endpoint_t *self, int64_t now_ms,
                                 const webhook_secret_t *ret_secrets [2]);

//  Whether it is enabled and wants events of this name.
bool webhook_endpoint_wants (const webhook_endpoint_t *self, const char *event);

extern const aggregate_type_t webhook_endpoint_aggregate;

#endif
