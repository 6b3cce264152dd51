//  routes_play - the node, the pool and the holders. See routes_play.h.

#include "tests/fuzz/routes_play.h"

#include <stdlib.h>
#include "edge/batch.h"
#include "edge/password.h"
#include "edge/route.h"
#include "runtime/lists.h"
#include "runtime/message.h"

play_t g_play;

//  ---------------------------------------------------------------------------
//  The node

uint16_t __wrap_node_partitions (const node_t *node);
admission_t __wrap_node_port_query (node_port_t *port, oid_t oid, uint64_t token, bool waits);
admission_t __wrap_node_port_command (node_port_t *port, const node_request_t *request);
admission_t __wrap_node_port_sync_to (node_port_t *port, const node_place_t *places, size_t count,
                                      uint64_t token);
status_t __wrap_list_find (node_t *node, const list_query_t *query, list_cursor_t *cursor,
                           size_t limit, list_row_fn *row, void *context, bool *ret_more);
status_t __wrap_region_read (node_t *node, const uint8_t address [16], uint32_t from, uint32_t to,
                             region_day_fn *day, void *context, region_day_t *ret_before,
                             region_day_t *ret_now);
status_t __wrap_ledger_read (node_t *node, uint8_t class, list_cursor_t *cursor, size_t limit,
                             ledger_row_fn *row, void *context, bool *ret_more,
                             ledger_class_t *ret_classes);
void __wrap_node_metrics (const node_t *node, node_metrics_t *ret_metrics);
status_t __wrap_node_read_journal (node_t *node, uint16_t partition, uint64_t from,
                                   size_t count_max, node_record_fn *record, void *context,
                                   uint64_t *ret_next);
bool __wrap_batches_claim (batches_t *batches, request_t *request);
void __wrap_batches_release (batches_t *batches, request_t *request);
request_stage_t __wrap_request_report (request_t *request, bool *ret_wait);
node_reply_t *__wrap_facts_recall (facts_t *facts, oid_t oid, int64_t now_ms, uint64_t *ret_epoch);
status_t __wrap_member_keys_put (member_keys_t *keys, oid_t member, uint8_t *ret_key);
status_t __wrap_member_keys_find (member_keys_t *keys, oid_t member, uint8_t *ret_key);
size_t __wrap_password_pool_waiting (password_pool_t *pool);
bool __wrap_password_hash (password_pool_t *pool, const char *text, void *context);
bool __wrap_password_verify (password_pool_t *pool, const char *text, const char *hash,
                             void *context);
bool __wrap_holders_ask (holders_t *holders, const char *bank_code, const char *account_number,
                         void *context);

uint16_t
__wrap_node_partitions (const node_t *node)
{
    (void) node;
    return PARTITIONS;
}

//  Whose an id in a state is: the one that the callers have, too.
static oid_t
s_named (const char *field)
{
    static const struct {
        const char *part;
        oid_kind_t kind;
    } names [] = {
        { "merchant", OID_MERCHANT },
        { "account", OID_BANK_ACCOUNT },
        { "wallet", OID_WALLET },
        { "payment", OID_PAYMENT },
        { "login", OID_LOGIN },
        { "session", OID_SESSION },
        { "family", OID_SESSION },
        { "approval", OID_APPROVAL },
        { "transfer", OID_BANK_TRANSFER },
        { "adjustment", OID_ADJUSTMENT },
        { "recharge", OID_RECHARGE },
        { "refund", OID_REFUND },
        { "member", OID_MEMBER },
        { "payer", OID_MEMBER },
        { "owner", OID_MEMBER },
        { "sender", OID_MEMBER },
        { "from", OID_MEMBER },
        { "target", OID_ADJUSTMENT },
    };
    for (size_t index = 0; index < COUNT (names); index++) {
        if (strstr (field, names [index].part)) {
            return fuzz_oid (names [index].kind);
        }
    }
    return (oid_t) { 0 };
}

static void
s_fill (const shape_t *shape, uint8_t *state)
{
    for (uint32_t index = 0; index < shape->field_count; index++) {
        const field_t *field = &shape->fields [index];
        uint8_t *member = state + field->offset;
        oid_t oid = s_named (field->name);
        int64_t number = 1000 * (int64_t) (fuzz_byte (&g_play.input) & 3);
        switch (field->kind) {
        case FIELD_OID: memcpy (member, &oid, sizeof oid); break;
        case FIELD_I64: memcpy (member, &number, sizeof number); break;
        case FIELD_U8: *member = strcmp (field->name, "status") == 0; break;
        case FIELD_TEXT: strcpy ((char *) member, field->size > 7 ? "shinhan" : "KRW"); break;
        default: break;
        }
    }
}

static node_reply_t *
s_reply (oid_t oid, uint64_t token, reply_kind_t kind)
{
    static _Alignas(max_align_t) uint8_t state [STATE_SIZE_MAX], packed [STATE_SIZE_MAX];
    const aggregate_type_t *type = registry_find (oid.kind);
    assert (type && type->state);
    bool exists = g_play.exists >> (g_play.asked++ & 7) & 1;
    memset (state, 0, type->state->size);
    if (exists) {
        s_fill (type->state, state);
    }
    size_t size = exists ? shape_pack (type->state, state, packed, sizeof packed) : 0;
    node_reply_t *reply = calloc (1, sizeof *reply + size);
    assert (reply);
    *reply = (node_reply_t) { .token = token,
                              .kind = kind,
                              .aggregate = oid,
                              .object = oid,
                              .finished = true,
                              .version = exists,
                              .state_size = (uint32_t) size };
    memcpy (reply->state, packed, size);
    return reply;
}

static admission_t
s_admission (void)
{
    static const admission_t answers [] = {
        [OVERLOADED] = ADMISSION_OVERLOADED, [STORAGE_FULL] = ADMISSION_STORAGE_FULL
    };
    return g_play.answer < COUNT (answers) ? answers [g_play.answer] : ADMITTED;
}

static void
s_deliver (uint64_t token, node_reply_t *reply, node_port_t *port)
{
    request_deliver (&g_play.request, (unsigned) (token & 0xff), reply, port);
}

admission_t
__wrap_node_port_query (node_port_t *port, oid_t oid, uint64_t token, bool waits)
{
    (void) waits;
    if (oid_is_none (oid)) {
        return ADMISSION_OVERLOADED;  //  The played state has no such id
    }
    if (s_admission () == ADMITTED) {
        s_deliver (token, s_reply (oid, token, REPLY_STATE), port);
    }
    return s_admission ();
}

//  What the actor will be asked can be asked: of its kind, and as its shape says.
admission_t
__wrap_node_port_command (node_port_t *port, const node_request_t *request)
{
    static uint8_t packed [MESSAGE_PAYLOAD_MAX], again [REQUEST_PAYLOAD_SIZE];
    static const reply_kind_t kinds [] = { REPLY_DECIDED,    REPLY_DECIDED,      REPLY_DECIDED,
                                           REPLY_REPLAYED,   REPLY_IN_FLIGHT,    REPLY_KEY_REUSED,
                                           REPLY_OVERLOADED, REPLY_STORAGE_FULL, REPLY_UNKNOWN };
    const aggregate_type_t *type = registry_find (request->to.kind);
    assert (type && request->command < type->command_count);
    const shape_t *shape = type->commands [request->command].shape;
    assert (shape->size <= REQUEST_PAYLOAD_SIZE);
    if (shape->field_count > 0) {
        size_t size = shape_pack (shape, request->payload, packed, sizeof packed);
        assert (size > 0);
        bool back = shape_unpack (shape, packed, size, again);
        assert (back);
    }
    assert (!g_play.commanded);
    g_play.commanded = true;
    if (s_admission () == ADMITTED) {
        node_reply_t *reply =
            s_reply (request->to, request->token, kinds [g_play.answer % COUNT (kinds)]);
        reply->verdict = g_play.answer == 2 ? VERDICT_INSUFFICIENT_FUNDS : VERDICT_ACCEPTED;
        s_deliver (request->token, reply, port);
    }
    return s_admission ();
}

admission_t
__wrap_node_port_sync_to (node_port_t *port, const node_place_t *places, size_t count,
                          uint64_t token)
{
    for (size_t index = 0; index < count; index++) {
        assert (places [index].partition < PARTITIONS);
    }
    node_reply_t *reply = calloc (1, sizeof *reply);
    assert (reply);
    reply->kind = REPLY_SYNCED;
    s_deliver (token, reply, port);
    return ADMITTED;
}

status_t
__wrap_list_find (node_t *node, const list_query_t *query, list_cursor_t *cursor, size_t limit,
                  list_row_fn *row, void *context, bool *ret_more)
{
    (void) node, (void) query, (void) cursor, (void) row, (void) context;
    assert (limit > 0);
    *ret_more = false;
    return STATUS_OK;
}

//  Nobody is remembered from one input to the next, and each has a key.
node_reply_t *
__wrap_facts_recall (facts_t *facts, oid_t oid, int64_t now_ms, uint64_t *ret_epoch)
{
    (void) facts, (void) oid, (void) now_ms;
    *ret_epoch = 0;
    return NULL;
}

status_t
__wrap_member_keys_find (member_keys_t *keys, oid_t member, uint8_t *ret_key)
{
    (void) keys, (void) member;
    memset (ret_key, 7, MEMBER_KEY_SIZE);
    return STATUS_OK;
}

status_t
__wrap_member_keys_put (member_keys_t *keys, oid_t member, uint8_t *ret_key)
{
    (void) keys, (void) member;
    assert (!ret_key);
    return STATUS_OK;
}

status_t
__wrap_region_read (node_t *node, const uint8_t address [16], uint32_t from, uint32_t to,
                    region_day_fn *day, void *context, region_day_t *ret_before,
                    region_day_t *ret_now)
{
    (void) node, (void) address, (void) from, (void) to, (void) day, (void) context;
    memset (ret_before, 0, sizeof *ret_before);
    memset (ret_now, 0, sizeof *ret_now);
    return STATUS_OK;
}

status_t
__wrap_ledger_read (node_t *node, uint8_t class, list_cursor_t *cursor, size_t limit,
                    ledger_row_fn *row, void *context, bool *ret_more, ledger_class_t *ret_classes)
{
    (void) node, (void) class, (void) cursor, (void) row, (void) context, (void) ret_classes;
    assert (limit > 0);
    *ret_more = false;
    return STATUS_OK;
}

void
__wrap_node_metrics (const node_t *node, node_metrics_t *ret_metrics)
{
    (void) node;
    memset (ret_metrics, 0, sizeof *ret_metrics);
}

//  Its journal is empty.
status_t
__wrap_node_read_journal (node_t *node, uint16_t partition, uint64_t from, size_t count_max,
                          node_record_fn *record, void *context, uint64_t *ret_next)
{
    (void) node, (void) count_max, (void) record, (void) context;
    assert (partition < PARTITIONS);
    *ret_next = from;
    return STATUS_NOT_FOUND;
}

//  There is no place for a batch: how one is read is batch_fuzz's.
bool
__wrap_batches_claim (batches_t *batches, request_t *request)
{
    (void) batches, (void) request;
    return false;
}

void
__wrap_batches_release (batches_t *batches, request_t *request)
{
    (void) batches, (void) request;
}

//  The reporter is busy: what it reads is the journal's.
request_stage_t
__wrap_request_report (request_t *request, bool *ret_wait)
{
    *ret_wait = false;
    request_fail (request, PROBLEM_OVERLOADED, NULL);
    return STAGE_ANSWERED;
}

size_t
__wrap_password_pool_waiting (password_pool_t *pool)
{
    (void) pool;
    return 0;
}

//  The pool and the holders answer at once; whoever asked goes on.
bool
__wrap_password_hash (password_pool_t *pool, const char *text, void *context)
{
    (void) pool;
    assert (text && context == &g_play.request);
    if (g_play.answer != NO_ROOM) {
        request_password_done (context, true, true, "$argon2id$");
    }
    return g_play.answer != NO_ROOM;
}

bool
__wrap_password_verify (password_pool_t *pool, const char *text, const char *hash, void *context)
{
    (void) pool;
    assert (text && hash && context == &g_play.request);
    if (g_play.answer != NO_ROOM) {
        request_password_done (context, true, g_play.answer & 1, hash);
    }
    return g_play.answer != NO_ROOM;
}

bool
__wrap_holders_ask (holders_t *holders, const char *bank_code, const char *account_number,
                    void *context)
{
    (void) holders;
    assert (*bank_code && *account_number);
    if (g_play.answer != NO_ROOM) {
        request_looked_up (context, HOLDER_FOUND, "Hong Gildong");
    }
    return g_play.answer != NO_ROOM;
}
