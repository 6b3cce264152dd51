//  bank_account: linked when the bank says so, and only then.

#include "actors/bank_account.h"
#include "actors/member.h"
#include "tests/lib/scenario.h"

static bank_account_link_t
s_link (void)
{
    return (bank_account_link_t) {
        .party = { scenario_oid (OID_MEMBER, 1), "apple", { 3, { 1, 2, 3 } } },
        .holder_name = { 2, { 4, 5 } },
        .member_status = MEMBER_ACTIVE,
    };
}

static scenario_t *
s_pending (void)
{
    scenario_t *s = scenario_new (scenario_oid (OID_BANK_ACCOUNT, 1));
    bank_account_link_t link = s_link ();
    when (s, BANK_ACCOUNT_LINK, &link);
    carry_on (s);
    return s;
}

static void
s_when_looked_up (scenario_t *s, uint32_t linking, unsigned result)
{
    bank_looked_up_t answer = { linking, (uint8_t) result };
    when (s, BANK_ACCOUNT_LOOKED_UP, &answer);
}

static void
linking_asks_the_bank (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_pending ();
    bank_account_link_t link = s_link ();
    bank_lookup_t lookup = { link.party, link.holder_name };
    (void) unused;

    then_event (s, 0, 1, BANK_ACCOUNT_LINK_REQUESTED, NULL);
    then_asked (s, bank_oid (), BANK_LOOKUP, ANSWER_ALWAYS, 1, &lookup);
    assert_false (s->type->finished (s->state));
    when (s, BANK_ACCOUNT_LINK, &link);
    then_refused (s, VERDICT_STATE_CONFLICT);
    when (s, BANK_ACCOUNT_UNLINK, NULL);
    then_refused (s, VERDICT_STATE_CONFLICT);
}

static void
only_a_member_that_is_active_links (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (scenario_oid (OID_BANK_ACCOUNT, 1));
    bank_account_link_t link = s_link ();
    (void) unused;

    link.member_status = MEMBER_ABSENT;
    when (s, BANK_ACCOUNT_LINK, &link);
    then_refused (s, VERDICT_MEMBER_NOT_FOUND);
    link.member_status = MEMBER_SUSPENDED;
    when (s, BANK_ACCOUNT_LINK, &link);
    then_refused (s, VERDICT_MEMBER_SUSPENDED);
    when (s, BANK_ACCOUNT_UNLINK, NULL);
    then_refused (s, VERDICT_NOT_FOUND);
}

static void
an_open_account_of_the_members_name_is_linked_and_unlinked (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_pending ();
    bank_account_link_t link = s_link ();
    (void) unused;

    s_when_looked_up (s, 1, BANK_OPEN_AND_HELD);
    then_event (s, 0, 1, BANK_ACCOUNT_WAS_LINKED, NULL);
    then_timer (s, BANK_ACCOUNT_LOOK_UP_AGAIN, 0);
    carry_on (s);
    assert_true (s->type->finished (s->state));
    s_when_looked_up (s, 1, BANK_ACCOUNT_MISSING);
    then_nothing (s);
    when (s, BANK_ACCOUNT_LOOK_UP_AGAIN, NULL);
    then_nothing (s);
    when (s, BANK_ACCOUNT_LINK, &link);
    then_refused (s, VERDICT_BANK_ACCOUNT_ALREADY_LINKED);

    when (s, BANK_ACCOUNT_UNLINK, NULL);
    then_event (s, 0, 1, BANK_ACCOUNT_WAS_UNLINKED, NULL);
    carry_on (s);
    when (s, BANK_ACCOUNT_UNLINK, NULL);
    then_refused (s, VERDICT_STATE_CONFLICT);

    when (s, BANK_ACCOUNT_LINK, &link);
    then_asked (s, bank_oid (), BANK_LOOKUP, ANSWER_ALWAYS, 2, NULL);
    carry_on (s);
    s_when_looked_up (s, 1, BANK_OPEN_AND_HELD);  //  Late, of the first linking
    then_nothing (s);
}

static void
what_the_bank_refuses_is_refused_and_may_be_tried_again (void **unused)
{
    const struct {
        bank_lookup_result_t result;
        verdict_t verdict;
    } refusals [] = {
        { BANK_ACCOUNT_MISSING, VERDICT_BANK_ACCOUNT_NOT_FOUND },
        { BANK_ACCOUNT_SHUT, VERDICT_BANK_ACCOUNT_CLOSED },
        { BANK_HOLDER_MISMATCH, VERDICT_BANK_ACCOUNT_HOLDER_MISMATCH },
    };
    (void) unused;

    for (size_t index = 0; index < COUNT (refusals); index++) {
        scoped (scenario_destroy) scenario_t *s = s_pending ();
        bank_account_link_t link = s_link ();
        bank_account_refused_t refused = { refusals [index].verdict };

        s_when_looked_up (s, 1, refusals [index].result);
        then_event (s, 0, 1, BANK_ACCOUNT_WAS_REFUSED, &refused);
        carry_on (s);
        assert_true (s->type->finished (s->state));
        when (s, BANK_ACCOUNT_LINK, &link);
        then_event (s, 0, 1, BANK_ACCOUNT_LINK_REQUESTED, NULL);
        carry_on (s);
        assert_int_equal (((bank_account_t *) s->state)->verdict, VERDICT_ACCEPTED);
    }
}

//  Refused at 2, linked at 4, unlinked at 5, refused at 9 (asked again), pending at 10.
static void
a_version_belongs_to_the_linking_it_was_decided_in (void **unused)
{
    static const struct {
        uint64_t version, ended;
        verdict_t verdict;
    } cases [] = {
        { 1, 2, VERDICT_BANK_ACCOUNT_NOT_FOUND },
        { 2, 2, VERDICT_BANK_ACCOUNT_NOT_FOUND },
        { 3, 5, VERDICT_ACCEPTED },
        { 5, 5, VERDICT_ACCEPTED },
        { 6, 9, VERDICT_BANK_ACCOUNT_CLOSED },
        { 9, 9, VERDICT_BANK_ACCOUNT_CLOSED },
    };
    scoped (scenario_destroy) scenario_t *s = s_pending ();
    const bank_account_t *account = s->state;
    bank_account_link_t link = s_link ();
    (void) unused;

    assert_null (bank_account_linking_at (account, 1));
    int64_t ended_at_ms = s->now_ms += 5;
    s_when_looked_up (s, 1, BANK_ACCOUNT_MISSING);
    carry_on (s);
    s->now_ms += 5;
    when (s, BANK_ACCOUNT_LINK, &link);
    carry_on (s);
    s_when_looked_up (s, 2, BANK_OPEN_AND_HELD);
    carry_on (s);
    assert_null (bank_account_linking_at (account, 4));
    when (s, BANK_ACCOUNT_UNLINK, NULL);
    carry_on (s);
    when (s, BANK_ACCOUNT_LINK, &link);
    carry_on (s);
    s_when_looked_up (s, 3, BANK_LOOKUP_UNKNOWN);
    carry_on (s);
    when (s, BANK_ACCOUNT_LOOK_UP_AGAIN, NULL);
    carry_on (s);
    s_when_looked_up (s, 3, BANK_ACCOUNT_SHUT);
    carry_on (s);
    when (s, BANK_ACCOUNT_LINK, &link);
    carry_on (s);

    for (size_t index = 0; index < COUNT (cases); index++) {
        const bank_account_linking_t *linking =
            bank_account_linking_at (account, cases [index].version);
        assert_non_null (linking);
        assert_int_equal (linking->verdict, cases [index].verdict);
        assert_int_equal (linking->version, cases [index].ended);
    }
    assert_true (account->ended [0].ended_at_ms == ended_at_ms);
    assert_int_equal (account->version, 10);
    assert_null (bank_account_linking_at (account, 10));
}

static void
an_account_is_linked_so_often_and_no_more (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (scenario_oid (OID_BANK_ACCOUNT, 1));
    const bank_account_t *account = s->state;
    bank_account_link_t link = s_link ();
    bank_account_link_requested_t requested = { BANK_ACCOUNT_LINKINGS_MAX + 1, link.party,
                                                link.holder_name };
    (void) unused;

    for (uint32_t linking = 1; linking <= BANK_ACCOUNT_LINKINGS_MAX; linking++) {
        when (s, BANK_ACCOUNT_LINK, &link);
        carry_on (s);
        s_when_looked_up (s, linking, BANK_ACCOUNT_MISSING);
        carry_on (s);
    }
    when (s, BANK_ACCOUNT_LINK, &link);
    then_refused (s, VERDICT_ATTEMPT_LIMIT_EXCEEDED);

    //  A journal from before the limit is read all the same.
    given (s, BANK_ACCOUNT_LINK_REQUESTED, &requested);
    given (s, BANK_ACCOUNT_WAS_REFUSED, &(bank_account_refused_t) { VERDICT_BANK_UNAVAILABLE });
    assert_int_equal (account->ended_count, BANK_ACCOUNT_LINKINGS_MAX);
    assert_true (s->type->invariant (account));
}

static void
a_bank_that_does_not_answer_is_asked_again_and_then_given_up (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_pending ();
    bank_account_refused_t unavailable = { VERDICT_BANK_UNAVAILABLE };
    (void) unused;

    for (uint32_t lookups = 1; lookups < BANK_ACCOUNT_LOOKUPS_MAX; lookups++) {
        s_when_looked_up (s, 1, lookups == 2 ? 77 : BANK_LOOKUP_UNKNOWN);
        then_event (s, 0, 1, BANK_ACCOUNT_LOOKUP_UNKNOWN, NULL);
        then_timer (s, BANK_ACCOUNT_LOOK_UP_AGAIN,
                    s->now_ms + bank_backoff_ms (&s->limits, lookups));
        carry_on (s);
        when (s, BANK_ACCOUNT_LOOK_UP_AGAIN, NULL);
        then_event (s, 0, 1, BANK_ACCOUNT_LOOKUP_REPEATED,
                    &(bank_account_lookup_t) { lookups + 1 });
        then_asked (s, bank_oid (), BANK_LOOKUP, ANSWER_ALWAYS, 1, NULL);
        carry_on (s);
    }
    when (s, BANK_ACCOUNT_LOOK_UP_AGAIN, NULL);
    then_nothing (s);
    s_when_looked_up (s, 1, BANK_LOOKUP_UNKNOWN);
    then_event (s, 0, 1, BANK_ACCOUNT_WAS_REFUSED, &unavailable);
}

static void
the_invariant_sees_what_is_wrong (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_pending ();
    bank_account_t *account = s->state;
    bank_account_t sound = *account;
    (void) unused;

    account->status = 77;
    assert_false (s->type->invariant (account));
    account->status = BANK_ACCOUNT_ABSENT;
    assert_false (s->type->invariant (account));
    *account = sound;
    account->linking = 0;
    assert_false (s->type->invariant (account));
    *account = sound;
    account->lookups = BANK_ACCOUNT_LOOKUPS_MAX + 1;
    assert_false (s->type->invariant (account));
    *account = sound;
    account->party.member = (oid_t) { 0 };
    assert_false (s->type->invariant (account));
    *account = sound;
    account->party.bank_code [0] = 0;
    assert_false (s->type->invariant (account));
    *account = sound;
    account->party.account_number.size = 0;
    assert_false (s->type->invariant (account));
    *account = sound;
    account->verdict = VERDICT_BANK_UNAVAILABLE;
    assert_false (s->type->invariant (account));
    *account = sound;
    account->ended_count = 1;
    assert_false (s->type->invariant (account));
    *account = sound;
    account->version = 0;
    assert_false (s->type->invariant (account));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (linking_asks_the_bank),
        cmocka_unit_test (only_a_member_that_is_active_links),
        cmocka_unit_test (an_open_account_of_the_members_name_is_linked_and_unlinked),
        cmocka_unit_test (what_the_bank_refuses_is_refused_and_may_be_tried_again),
        cmocka_unit_test (a_version_belongs_to_the_linking_it_was_decided_in),
        cmocka_unit_test (an_account_is_linked_so_often_and_no_more),
        cmocka_unit_test (a_bank_that_does_not_answer_is_asked_again_and_then_given_up),
        cmocka_unit_test (the_invariant_sees_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
