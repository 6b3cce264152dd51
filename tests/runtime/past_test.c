//  past: trial balances and statements as of any moment equal a fold of the journal.

#include "tests/lib/node_fixture.h"

#include <string.h>
#include "actors/member.h"
#include "runtime/applier_private.h"
#include "runtime/channel.h"
#include "runtime/statement.h"
#include "runtime/trial.h"
#include "tests/lib/chance.h"
#include "tests/lib/state_fixture.h"

enum { WALLETS = 3, SAGAS = 4, STEPS = 150, POSTED_MAX = 2048, PAGE = 3, MOMENTS = 25 };

static uint64_t s_seed;
static bool
s_never (void *context)
{
    return context != NULL;
}

static const patience_t patient = { s_never, NULL };

//  Every posting there is, in the order of the journal's partitions.
typedef struct {
    account_t account;
    int64_t amount_minor, at_ms;
} posted_t;

typedef struct {
    posted_t posted [POSTED_MAX];
    size_t count;
} journal_postings_t;

static bool
s_record (void *context, uint16_t partition, uint64_t sequence, const uint8_t *bytes, size_t size)
{
    journal_postings_t *all = context;
    record_reader_t reader;
    record_posting_t posting;
    (void) partition, (void) sequence;
    assert_int_equal (record_reader_start (&reader, bytes, size), STATUS_OK);
    while (record_reader_posting (&reader, &posting)) {
        assert_true (all->count < POSTED_MAX);
        posted_t *posted = &all->posted [all->count++];
        *posted =
            (posted_t) { { .class = posting.class }, posting.amount_minor, reader.head.at_ms };
        memcpy (&posted->account.owner, posting.owner, sizeof posted->account.owner);
    }
    return true;
}

static void
s_read_all (node_fixture_t *node, journal_postings_t *all)
{
    all->count = 0;
    for (uint16_t partition = 0; partition < node_partitions (node->node); partition++) {
        uint64_t next = 1;
        assert_int_equal (node_read_journal (node->node, partition, 1, POSTED_MAX, s_record, all,
                                             &next),
                          STATUS_OK);
    }
}

//  What an account held after all records stamped at or before a moment.
static int64_t
s_net_minor (const journal_postings_t *all, account_t account, int64_t as_of_ms)
{
    int64_t net_minor = 0;
    for (size_t index = 0; index < all->count; index++) {
        const posted_t *posted = &all->posted [index];
        if (posted->at_ms <= as_of_ms && memcmp (&posted->account, &account, sizeof account) == 0) {
            net_minor += posted->amount_minor;
        }
    }
    return net_minor;
}

static void
s_move (node_fixture_t *node, uint32_t wallet, uint32_t saga, uint32_t step, bool in,
        int64_t amount_minor)
{
    oid_t to = node_oid (OID_WALLET, wallet);
    wallet_move_t move = { { node_oid (OID_REMITTANCE, saga), in ? LEG_CREDIT : LEG_DEBIT, step },
                           amount_minor,
                           "KRW" };
    if (in) {
        node_expect (node, node_request (to, WALLET_EXPECT, &move, 0, 0), VERDICT_ACCEPTED);
        node_expect (node, node_request (to, WALLET_CREDIT, &move, 0, 0), VERDICT_ACCEPTED);
        return;
    }
    node_expect (node, node_request (to, WALLET_DEBIT, &move, 0, 0), VERDICT_ACCEPTED);
}

static int
s_setup (void **state)
{
    node_fixture_setup (state);
    node_fixture_t *node = *state;
    chance_t chance = chance_new (s_seed);
    int64_t left_minor [WALLETS + 1];
    for (uint32_t wallet = 1; wallet <= WALLETS; wallet++) {
        node_open_wallet (node, wallet, 1000);
        left_minor [wallet] = 1000;
    }
    for (uint32_t step = 1; step <= STEPS; step++) {
        uint32_t wallet = 1 + (uint32_t) chance_below (&chance, WALLETS);
        uint32_t saga = 1 + (uint32_t) chance_below (&chance, SAGAS);
        int64_t amount_minor = 1 + (int64_t) chance_below (&chance, 4) * 50;
        bool in = left_minor [wallet] < amount_minor || chance_below (&chance, 2);
        s_move (node, wallet, saga, step, in, amount_minor);
        left_minor [wallet] += in ? amount_minor : -amount_minor;
    }
    node_sync (node);
    return 0;
}

//  ---------------------------------------------------------------------------

typedef struct {
    const journal_postings_t *all;
    int64_t as_of_ms;
    ledger_class_t classes [ACCOUNT_CLASS_COUNT + 1];  //  Of what was seen
    uint8_t last [LEDGER_KEY_SIZE];
} seen_t;

static void
s_see (void *context, account_t account, int64_t net_minor)
{
    seen_t *seen = context;
    uint8_t key [LEDGER_KEY_SIZE];
    key [0] = account.class;
    memcpy (key + 1, &account.owner, sizeof account.owner);
    assert_true (memcmp (key, seen->last, sizeof key) > 0);  //  Each once, in order
    memcpy (seen->last, key, sizeof key);
    assert_int_not_equal (net_minor, 0);
    assert_int_equal (net_minor, s_net_minor (seen->all, account, seen->as_of_ms));
    ledger_class_t *class = &seen->classes [account.class];
    class->accounts++;
    *(net_minor > 0 ? &class->debit_minor : &class->credit_minor) +=
        net_minor > 0 ? net_minor : -net_minor;
}

static void
s_check_trial (node_fixture_t *node, const journal_postings_t *all, int64_t as_of_ms)
{
    seen_t seen = { .all = all, .as_of_ms = as_of_ms };
    list_cursor_t cursor = { 0 };
    ledger_class_t classes [ACCOUNT_CLASS_COUNT + 1] = { 0 };
    trial_query_t query = { .as_of_ms = as_of_ms, .limit = PAGE, .patience = patient };
    for (bool more = true; more;) {
        assert_int_equal (trial_read (node->node, &query, &cursor, s_see, &seen, &more, classes),
                          STATUS_OK);
    }
    //  What was seen is right; nothing else is not zero, since the totals are the same
    int64_t debit_minor = 0, credit_minor = 0;
    for (size_t class = 1; class < ACCOUNT_CLASS_COUNT; class ++) {
        assert_int_equal (classes [class].accounts, seen.classes [class].accounts);
        assert_int_equal (classes [class].debit_minor, seen.classes [class].debit_minor);
        assert_int_equal (classes [class].credit_minor, seen.classes [class].credit_minor);
        debit_minor += classes [class].debit_minor;
        credit_minor += classes [class].credit_minor;
    }
    assert_int_equal (debit_minor, credit_minor);
}

static void
a_trial_balance_of_any_moment_is_the_fold_up_to_it (void **state)
{
    static journal_postings_t all;
    node_fixture_t *node = *state;
    chance_t chance = chance_new (s_seed + 1);
    s_read_all (node, &all);
    for (int moment = 0; moment < MOMENTS; moment++) {
        size_t at = chance_below (&chance, all.count);
        s_check_trial (node, &all, all.posted [at].at_ms - (int64_t) chance_below (&chance, 2));
    }
    s_check_trial (node, &all, 0);
    s_check_trial (node, &all, INT64_MAX);
}

static void
a_trial_balance_of_one_class_has_no_other (void **state)
{
    static journal_postings_t all;
    node_fixture_t *node = *state;
    s_read_all (node, &all);
    seen_t seen = { .all = &all, .as_of_ms = all.posted [all.count / 2].at_ms };
    list_cursor_t cursor = { 0 };
    ledger_class_t classes [ACCOUNT_CLASS_COUNT + 1];
    bool more;
    trial_query_t query = {
        .as_of_ms = seen.as_of_ms, .class_or_0 = ACCOUNT_WALLET, .limit = 100, .patience = patient
    };
    assert_int_equal (trial_read (node->node, &query, &cursor, s_see, &seen, &more, classes),
                      STATUS_OK);
    assert_int_equal (seen.classes [ACCOUNT_WALLET].accounts, classes [ACCOUNT_WALLET].accounts);
    assert_int_equal (seen.classes [ACCOUNT_TRANSIT].accounts, 0);
    assert_true (classes [ACCOUNT_TRANSIT].accounts > 0);
}

//  ---------------------------------------------------------------------------

static void
s_check_statement (node_fixture_t *node, const journal_postings_t *all, account_t account,
                   int64_t from_ms, int64_t to_ms)
{
    statement_query_t query = { account, from_ms, to_ms, PAGE, patient };
    list_cursor_t cursor = { 0 };
    statement_t statement = { .more = true };
    int64_t balance_minor = s_net_minor (all, account, from_ms - 1), last_ms = from_ms;
    size_t lines = 0, expected = 0;
    while (statement.more) {
        statement_destroy (&statement);
        assert_int_equal (statement_read (node->node, &query, &cursor, &statement), STATUS_OK);
        assert_int_equal (statement.opening_minor, s_net_minor (all, account, from_ms - 1));
        assert_int_equal (statement.closing_minor, s_net_minor (all, account, to_ms - 1));
        for (size_t index = 0; index < statement.line_count; index++, lines++) {
            const statement_line_t *line = &statement.lines [index];
            balance_minor += line->amount_minor;
            assert_int_equal (line->balance_minor, balance_minor);
            assert_in_range (line->at_ms, last_ms, to_ms - 1);
            assert_int_equal (strncmp (line->event, "wallet.", 7), 0);
            last_ms = line->at_ms;
        }
    }
    assert_int_equal (balance_minor, statement.closing_minor);
    statement_destroy (&statement);
    for (size_t index = 0; index < all->count; index++) {
        const posted_t *posted = &all->posted [index];
        expected += posted->at_ms >= from_ms && posted->at_ms < to_ms
                    && memcmp (&posted->account, &account, sizeof account) == 0;
    }
    assert_int_equal (lines, expected);
}

static void
a_statement_has_every_posting_between_its_moments_once (void **state)
{
    static journal_postings_t all;
    node_fixture_t *node = *state;
    chance_t chance = chance_new (s_seed + 2);
    s_read_all (node, &all);
    int64_t end_ms = 0;
    for (size_t index = 0; index < all.count; index++) {
        end_ms = all.posted [index].at_ms >= end_ms ? all.posted [index].at_ms + 1 : end_ms;
    }
    for (int moment = 0; moment < MOMENTS; moment++) {
        account_t account = all.posted [chance_below (&chance, all.count)].account;
        int64_t one_ms = all.posted [chance_below (&chance, all.count)].at_ms;
        int64_t other_ms = all.posted [chance_below (&chance, all.count)].at_ms + 1;
        s_check_statement (node, &all, account, one_ms < other_ms ? one_ms : other_ms,
                           one_ms < other_ms ? other_ms : one_ms);
        s_check_statement (node, &all, account, 1, end_ms);
    }
}

static void
a_line_names_its_movement (void **state)
{
    node_fixture_t *node = *state;
    statement_t statement;
    list_cursor_t cursor = { 0 };
    char text [REFERENCE_TEXT_SIZE];
    statement_query_t query = { account_of (ACCOUNT_WALLET, node_oid (OID_WALLET, 1)), 1, INT64_MAX,
                                1, patient };
    assert_int_equal (statement_read (node->node, &query, &cursor, &statement), STATUS_OK);
    reference_format ((reference_t) { node_oid (OID_RECHARGE, 1), LEG_CREDIT, 1 }, text);
    assert_int_equal (statement.line_count, 1);
    assert_string_equal (statement.lines [0].event, "wallet.credited");
    assert_string_equal (statement.lines [0].reference, text);
    assert_int_equal (statement.lines [0].amount_minor, -1000);
    assert_int_equal (statement.opening_minor, 0);
    statement_destroy (&statement);
}

static void
who_ends_does_not_wait_for_a_report (void **state)
{
    node_fixture_t *node = *state;
    list_cursor_t cursor = { 0 };
    bool more;
    ledger_class_t classes [ACCOUNT_CLASS_COUNT + 1];
    trial_query_t query = { .as_of_ms = 1, .limit = 1, .patience = { s_never, node } };
    assert_int_equal (trial_read (node->node, &query, &cursor, NULL, NULL, &more, classes),
                      STATUS_BUSY);
}

//  ---------------------------------------------------------------------------

static const int64_t DAY_MS = 24 * 3600 * INT64_C (1000);

static void
s_stamp (applier_t *applier, uint64_t sequence, int64_t day)
{
    static uint8_t bytes [8][512];
    record_head_t head = { .version = 9, .at_ms = day * DAY_MS };
    record_writer_t writer;
    oid_t wallet = { .kind = OID_WALLET };
    memcpy (head.aggregate, &wallet, sizeof head.aggregate);
    record_writer_start (&writer, bytes [sequence], sizeof bytes [sequence], &head);
    applier_apply (applier, 0, sequence, writer.bytes, writer.size, NULL, 0);
}

static void
a_day_begins_at_its_first_record_even_if_the_clock_goes_back (void **state)
{
    state_fixture_t *fixture = *state;
    applier_t *applier = applier_new (fixture->state, 2);
    s_stamp (applier, 1, 10);
    s_stamp (applier, 2, 12);
    s_stamp (applier, 3, 11);
    assert_int_equal (applier_flush (applier), STATUS_OK);
    applier_destroy (&applier);
    applier = applier_new (fixture->state, 2);  //  As after a restart
    s_stamp (applier, 4, 12);
    s_stamp (applier, 5, 13);
    assert_int_equal (applier_flush (applier), STATUS_OK);
    applier_destroy (&applier);
    assert_int_equal (applier_read_day (fixture->reader, 0, 9), 1);
    assert_int_equal (applier_read_day (fixture->reader, 0, 10), 1);
    assert_int_equal (applier_read_day (fixture->reader, 0, 11), 2);
    assert_int_equal (applier_read_day (fixture->reader, 0, 12), 2);
    assert_int_equal (applier_read_day (fixture->reader, 0, 13), 5);
    assert_int_equal (applier_read_day (fixture->reader, 0, 14), 0);
    assert_int_equal (applier_read_day (fixture->reader, 1, 10), 0);
}

int
main (int argc, char **argv)
{
#define WITH_HISTORY(test) cmocka_unit_test_setup_teardown (test, s_setup, node_fixture_teardown)
    const struct CMUnitTest tests [] = {
        WITH_HISTORY (a_trial_balance_of_any_moment_is_the_fold_up_to_it),
        WITH_HISTORY (a_trial_balance_of_one_class_has_no_other),
        WITH_HISTORY (a_statement_has_every_posting_between_its_moments_once),
        WITH_HISTORY (a_line_names_its_movement),
        WITH_HISTORY (who_ends_does_not_wait_for_a_report),
        cmocka_unit_test_setup_teardown (
            a_day_begins_at_its_first_record_even_if_the_clock_goes_back, state_fixture_setup,
            state_fixture_teardown),
    };
    s_seed = chance_seed (argc, argv);
    channel_setup ();
    return cmocka_run_group_tests_name ("past", tests, NULL, NULL);
}
