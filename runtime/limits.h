//  limits - everything has one; this is the one table of their start values.
//
//  Each is an option of `happypay serve` too (its name with dashes). The table in
//  ARCHITECTURE.md says what happens when one is met.

#ifndef RUNTIME_LIMITS_H
#define RUNTIME_LIMITS_H

#include <stdint.h>

//      field                      start value   from    to             what
#define IDEMPOTENCY_KEEP_S_MIN 2592000  //  30 days: promised to every client

#define LIMITS(X)                                                                                  \
    X (pool_actors,                512,          8,      16384,         "resident actors")         \
    X (mailbox_messages,           1024,         8,      65536,         "messages per actor")      \
    X (in_flight_messages,         65536,        64,     1048576,       "messages in the node, half of them for clients") \
    X (in_flight_bytes,            268435456,    1048576, 4294967296,   "bytes of messages in the node") \
    X (journal_batch_records,      4096,         1,      65536,         "records per commit")      \
    X (journal_batch_bytes,        4194304,      65536,  67108864,      "bytes per commit")        \
    X (unflushed_bytes,            134217728,    1048576, 4294967296,   "committed bytes not yet in the state environment") \
    X (flush_interval_ms,          500,          1,      60000,         "between two flushes of the state environment") \
    X (outbox_window,              16384,        64,     1048576,       "outbox messages dispatched and not acknowledged") \
    X (outbox_messages,            262144,       64,     16777216,      "outbox messages in all, before clients are refused") \
    X (bank_window,                1024,         1,      65536,         "bank calls handed to the gateway") \
    X (map_gigabytes,              256,          1,      65536,         "address space of the journal, and of the state") \
    X (disk_reserve_bytes,         67108864,     0,      1099511627776, "free disk kept for running sagas (at most 5 % of it)") \
    X (idempotency_keep_s,         IDEMPOTENCY_KEEP_S_MIN, IDEMPOTENCY_KEEP_S_MIN, 315360000, "that an idempotency key tells what was decided under it") \
    X (http_connections,           4096,         8,      65536,         "HTTP connections")        \
    X (http_connections_per_address, 1024,       1,      65536,         "HTTP connections per client address") \
    X (http_body_bytes,            65536,        1024,   1048576,       "bytes of a request's body") \
    X (batches,                    8,            1,      256,           "batches at once, a quarter of them of one member or merchant") \
    X (batch_body_bytes,           4194304,      1024,   16777216,      "bytes of a batch's body") \
    X (batch_operations,           1000,         1,      10000,         "operations of a batch") \
    X (batch_window,               64,           1,      1024,          "operations of one batch at once") \
    X (batch_answer_bytes,         16777216,     65536,  268435456,     "bytes of results after which a batch begins no further operation") \
    X (rate_address,               100,          0,      1000000,       "requests without a token per rate_window_s and client address; 0: any number, here and below") \
    X (rate_member,                100,          0,      1000000,       "requests of one member")  \
    X (rate_merchant,              0,            0,      1000000,       "requests of one merchant") \
    X (rate_operator,              0,            0,      1000000,       "requests of one operator") \
    X (rate_window_s,              1,            1,      3600,          "over which these come back") \
    X (http_threads,               2,            2,      64,            "HTTP worker threads")     \
    X (http_timeout_s,             60,           1,      3600,          "idle seconds of an HTTP connection") \
    X (http_transfer_s,            30,           1,      3600,          "for a request to come whole, and for its answer to be taken") \
    X (hash_threads,               1,            1,      64,            "password hashing threads") \
    X (hash_queue,                 256,          1,      65536,         "passwords waiting to be hashed") \
    X (report_timeout_ms,          60000,        0,      86400000,      "for a report that reads the journal; 0: there are none") \
    X (bank_timeout_ms,            3000,         50,     60000,         "for one bank call")       \
    X (bank_calls,                 64,           1,      4096,          "bank calls in flight")    \
    X (webhook_endpoints_per_owner, 16,          1,      1024,          "webhook endpoints of one merchant, or of the operators") \
    X (webhook_timeout_ms,         10000,        50,     60000,         "for one attempt at a webhook") \
    X (webhook_calls,              64,           1,      4096,          "webhooks in flight")      \
    X (webhook_endpoint_calls,     4,            1,      4096,          "webhooks in flight to one endpoint") \
    X (webhook_endpoint_waiting,   64,           1,      65536,         "webhooks of one endpoint waiting for that; the others are tried later") \
    X (webhook_window,             1024,         1,      65536,         "webhooks handed to the gateway") \
    X (bank_inquiry_first_ms,      1000,         10,     600000,        "before an unknown outcome is asked for again") \
    X (bank_inquiry_last_ms,       300000,       10,     3600000,       "between two inquiries, at most") \
    X (bank_inquiry_give_up_s,     86400,        1,      2592000,       "before an unknown transfer is parked") \
    X (bank_horizon_s,             2592000,      1,      31536000,      "the bank knows a transfer's id; later it is never posted again") \
    X (bank_breaker_failures,      20,           1,      100000,        "bank failures in a row that open its circuit breaker") \
    X (bank_breaker_open_ms,       5000,         10,     600000,        "before an open breaker lets one call try") \
    X (wallet_balance_minor,       2000000,      1,      9007199254740991, "KRW that a wallet may hold") \
    X (wallet_movement_minor,      1000000,      1,      9007199254740991, "KRW per movement")     \
    X (wallet_daily_outflow_minor, 5000000,      1,      9007199254740991, "KRW that may leave a wallet per day") \
    X (settlement_window_s,        86400,        1,      86400,         "of one settlement window")  \
    X (settlement_cutoff_s,        0,            0,      86399,         "after midnight in Seoul at which windows are cut") \
    X (settlement_retry_first_ms,  60000,        10,     3600000,       "before a payout that the bank declined is tried again") \
    X (settlement_retry_last_ms,   600000,       10,     86400000,      "before it is tried for the last time") \
    X (payment_authorization_s,    604800,       1,      31536000,      "before an authorized payment that is not captured is given back") \
    X (payment_confirmation_s,     86400,        1,      31536000,      "before a payment that its payer does not confirm expires") \
    X (reconciliation_after_s,     3600,         0,      86399,         "after midnight in Seoul at which the day before is reconciled; 0: only on demand") \
    X (step_deadline_ms,           30000,        100,    3600000,       "for a saga's step between actors") \
    X (approval_amount_minor,      1000000,      1,      9007199254740991, "KRW that one operator may decide about alone") \
    X (approval_expire_s,          604800,       1,      31536000,      "before a proposal to a second operator lapses") \
    X (login_delay_first_ms,       5000,         1,      3600000,       "before the next try, after five wrong passwords in a row; then twice as long each time") \
    X (login_delay_last_ms,        900000,       1,      86400000,      "before the next try, at most") \
    X (login_guesses_per_address,  100,          1,      1000000,       "wrong passwords, and resets asked for, of one client address at once") \
    X (login_guesses_per_login,    5,            1,      1000000,       "passwords of one login being verified at once") \
    X (login_guess_refill_ms,      1000,         1,      3600000,       "until one more guess is free, of either") \
    X (access_token_s,             900,          1,      86400,         "that an access token of a session lives") \
    X (refresh_token_s,            2592000,      1,      31536000,      "that a session lives without being refreshed") \
    X (refresh_grace_ms,           30000,        0,      30000,         "that a refresh token works on after its successor was made, unless that is used") \
    X (reset_token_s,              3600,         1,      86400,         "that a password reset may be issued, and then used") \
    X (keyring_poll_ms,            10000,        100,    3600000,       "between two looks at a keyring in Vault")

#define LIMIT_FIELD(field, start, from, to, what) int64_t field;
typedef struct { LIMITS (LIMIT_FIELD) } limits_t;
#undef LIMIT_FIELD

//  The start values.
extern const limits_t limits_default;

typedef struct {
    const char *name;               //  "pool_actors"
    const char *what;
    int64_t start, from, to;
    uint32_t offset;                //  In limits_t
} limit_rule_t;

extern const limit_rule_t limit_rules [];
extern const uint32_t limit_rule_count;

#endif
