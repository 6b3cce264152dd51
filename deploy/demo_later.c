//  demo_later - payments in parts, money to others, a session, the shop is settled.

#include "deploy/demo_later.h"

#include <stdio.h>
#include <string.h>
#include "deploy/demo_ask.h"
#include "runtime/scoped.h"

enum {
    AUTHORIZED_MINOR = 20000,
    CAPTURED_MINOR = 15000,
    REFUNDED_MINOR = 5000,
    PAID_AT_ONCE_MINOR = 12345,  //  The first payment of the day
    SENT_MINOR = 100000,         //  More than she has: the rest is charged first
    TO_BANK_MINOR = 7000,
    WITHDRAWN_MINOR = 3000,
    FEE_BPS = 250,
};

//  POST to an object's action, under a key of its own; body taken.
static demo_answer_t
s_act (demo_story_t *self, const char *collection, const char *id, const char *action, json_t *body)
{
    char path [160];
    char key [32];
    snprintf (path, sizeof path, "%s/%s/%s", collection, id, action);
    snprintf (key, sizeof key, "step-%u", self->say.steps);
    return demo_node (self, "POST", path, body, key);
}

static bool
s_is (const demo_answer_t *answer, long status, const char *state)
{
    return answer->status == status && strcmp (demo_answer_text (answer, "status"), state) == 0;
}

bool
demo_later_authorized (demo_story_t *self)
{
    char id [DEMO_ID_SIZE];
    scoped (demo_answer_done) demo_answer_t held =
        demo_node (self, "POST", "payments",
                   json_pack ("{s:s, s:s, s:s, s:i, s:s, s:b}", "member_id", self->hana.member,
                              "merchant_id", self->merchant, "order_id", "order-3", "amount",
                              AUTHORIZED_MINOR, "currency", "KRW", "capture", false),
                   "order-3");
    snprintf (id, sizeof id, "%s", demo_answer_text (&held, "id"));
    if (!demo_said (self, &held, s_is (&held, 201, "authorized"),
                    "20,000원 승인 · authorized, the wallet holds it")) {
        return false;
    }
    scoped (demo_answer_done) demo_answer_t captured =
        s_act (self, "payments", id, "capture", json_pack ("{s:i}", "amount", CAPTURED_MINOR));
    demo_said (self, &captured, s_is (&captured, 200, "partially_captured"),
               "15,000원만 매입 · a part is captured");
    scoped (demo_answer_done) demo_answer_t canceled =
        s_act (self, "payments", id, "cancel", json_pack ("{s:s}", "reason", "sold out"));
    demo_said (self, &canceled,
               s_is (&canceled, 200, "captured")
                   && demo_answer_number (&canceled, "amount_canceled")
                          == AUTHORIZED_MINOR - CAPTURED_MINOR,
               "나머지 취소 · the rest is given back");
    scoped (demo_answer_done) demo_answer_t refunded =
        s_act (self, "payments", id, "refunds",
               json_pack ("{s:i, s:s}", "amount", REFUNDED_MINOR, "reason", "a dent"));
    demo_said (self, &refunded, s_is (&refunded, 201, "succeeded"), "5,000원 환불 · refunded");
    scoped (demo_answer_done) demo_answer_t again =
        s_act (self, "payments", id, "refunds",
               json_pack ("{s:i, s:s}", "amount", CAPTURED_MINOR, "reason", "more than is left"));
    const char *code = demo_answer_text (&again, "code");
    demo_say_step (&self->say, again.status == 422 && strcmp (code, "amount_not_refundable") == 0,
                   "너무 많은 환불 · too much: %ld %s", again.status, code);
    self->hana.balance_minor -= CAPTURED_MINOR - REFUNDED_MINOR;
    self->taken_minor = PAID_AT_ONCE_MINOR + CAPTURED_MINOR;
    self->given_back_minor = REFUNDED_MINOR;
    return demo_check_wallet (self, &self->hana);
}

//  He joins with a wallet; she has too little, so her bank account is charged first.
bool
demo_later_remittance (demo_story_t *self)
{
    self->jun.name = "이준";
    scoped (demo_answer_done) demo_answer_t joined =
        demo_node (self, "POST", "members",
                   json_pack ("{s:s, s:s, s:s, s:s, s:b, s:b}", "name", self->jun.name, "email",
                              "jun@example.com", "password", "correct horse battery", "address",
                              "부산 Busan", "corporate", false, "wallet", true),
                   "jun");
    if (!demo_made (self, &joined, "이준 가입, 지갑과 함께 · Lee Jun joins, with a wallet",
                    self->jun.member)) {
        return false;
    }
    snprintf (self->jun.wallet, DEMO_ID_SIZE, "wal_%s", self->jun.member + strlen ("mem_"));

    char path [128];
    snprintf (path, sizeof path, "recipients?member_id=%s", self->jun.member);
    scoped (demo_answer_done) demo_answer_t seen = demo_node (self, "GET", path, NULL, NULL);
    demo_say_step (&self->say, seen.status == 200, "받는 사람 확인 · the recipient is %s",
                   demo_answer_text (&seen, "name_masked"));

    int64_t short_minor = SENT_MINOR - self->hana.balance_minor;
    int64_t charged_minor = (short_minor + 9999) / 10000 * 10000;
    scoped (demo_answer_done) demo_answer_t sent =
        demo_node (self, "POST", "remittances",
                   json_pack ("{s:s, s:{s:s}, s:i, s:s, s:b, s:s, s:s}", "from_member_id",
                              self->hana.member, "to", "member_id", self->jun.member, "amount",
                              SENT_MINOR, "currency", "KRW", "auto_recharge", true,
                              "bank_account_id", self->hana.account, "memo", "점심값"),
                   "remittance-1");
    if (!demo_said (self, &sent, s_is (&sent, 201, "succeeded"),
                    "100,000원 송금, 모자란 돈은 자동 충전 · sent, what was short is charged")) {
        return false;
    }
    self->at_bank_minor += charged_minor;
    self->hana.balance_minor += charged_minor - SENT_MINOR;
    self->jun.balance_minor = SENT_MINOR;
    return demo_check_wallet (self, &self->hana) && demo_check_wallet (self, &self->jun);
}

//  The bank pays and then answers 500: unknown is not failed.
bool
demo_later_to_bank (demo_story_t *self)
{
    bool set = demo_set_fault (self, "error_after");
    scoped (demo_answer_done) demo_answer_t sent =
        demo_node (self, "POST", "remittances",
                   json_pack ("{s:s, s:{s:s, s:s}, s:i, s:s}", "from_member_id", self->jun.member,
                              "to", "bank_code", "apple", "account_number", "110-2345-6789",
                              "amount", TO_BANK_MINOR, "currency", "KRW"),
                   "remittance-2");
    bool taken = set && (sent.status == 201 || sent.status == 202);
    demo_said (self, &sent, taken,
               "은행 계좌로 송금, 은행은 500 · to a bank account; the bank pays and says 500");
    char path [128];
    snprintf (path, sizeof path, "remittances/%s", demo_answer_text (&sent, "id"));
    demo_say_step (&self->say, taken && demo_ends_as (self, path, "succeeded"),
                   "다시 물어 한 번만 송금 · asked again, sent once: %s원", WON (TO_BANK_MINOR));
    self->at_bank_minor -= TO_BANK_MINOR;
    self->jun.balance_minor -= TO_BANK_MINOR;
    return demo_check_wallet (self, &self->jun);
}

bool
demo_later_withdrawal (demo_story_t *self)
{
    scoped (demo_answer_done) demo_answer_t paid =
        s_act (self, "wallets", self->hana.wallet, "withdrawals",
               json_pack ("{s:i, s:s, s:s}", "amount", WITHDRAWN_MINOR, "currency", "KRW",
                          "bank_account_id", self->hana.account));
    demo_said (self, &paid, s_is (&paid, 201, "succeeded"),
               "3,000원 출금 · withdrawn to her bank account");
    self->at_bank_minor -= WITHDRAWN_MINOR;
    self->hana.balance_minor -= WITHDRAWN_MINOR;
    return demo_check_wallet (self, &self->hana);
}

//  With his own token he sees his wallet, and not hers.
bool
demo_later_session (demo_story_t *self)
{
    scoped (demo_answer_done) demo_answer_t wrong =
        demo_node (self, "POST", "sessions",
                   json_pack ("{s:s, s:s}", "email", "jun@example.com", "password", "wrong horse"),
                   NULL);
    demo_say_step (&self->say, wrong.status == 401, "틀린 비밀번호 · a wrong password: %ld",
                   wrong.status);
    scoped (demo_answer_done) demo_answer_t session =
        demo_node (self, "POST", "sessions",
                   json_pack ("{s:s, s:s}", "email", "jun@example.com", "password",
                              "correct horse battery"),
                   NULL);
    bool in = (session.status == 200 || session.status == 201)
              && strcmp (demo_answer_text (&session, "member_id"), self->jun.member) == 0;
    if (!demo_said (self, &session, in, "로그인 · Jun logs in")) {
        return false;
    }
    char operators [DEMO_TOKEN_SIZE];
    snprintf (operators, sizeof operators, "%s", self->token);
    snprintf (self->token, DEMO_TOKEN_SIZE, "%s", demo_answer_text (&session, "access_token"));
    bool own = demo_check_wallet (self, &self->jun);
    char path [128];
    snprintf (path, sizeof path, "wallets/%s", self->hana.wallet);
    scoped (demo_answer_done) demo_answer_t hers = demo_node (self, "GET", path, NULL, NULL);
    demo_say_step (&self->say, hers.status == 404, "남의 지갑 · somebody else's wallet: %ld",
                   hers.status);
    snprintf (self->token, DEMO_TOKEN_SIZE, "%s", operators);
    return own;
}

//  Fee of each capture, less what refunds gave back of it.
static int64_t
s_fee_minor (void)
{
    int64_t at_once = PAID_AT_ONCE_MINOR * FEE_BPS / 10000;
    int64_t in_parts = CAPTURED_MINOR * FEE_BPS / 10000;
    return at_once + in_parts - in_parts * REFUNDED_MINOR / CAPTURED_MINOR;
}

bool
demo_later_settlement (demo_story_t *self)
{
    scoped (demo_answer_done) demo_answer_t run =
        demo_node (self, "POST", "settlements", json_pack ("{s:s}", "merchant_id", self->merchant),
                   "settlement-1");
    const json_t *first = json_array_get (json_object_get (run.body, "data"), 0);
    const char *id = json_string_value (json_object_get (first, "id"));
    if (!demo_said (self, &run, run.status == 202 && id, "지금 정산 · the shop is settled now")) {
        return false;
    }
    char path [128];
    snprintf (path, sizeof path, "settlements/%s", id);
    bool settled = demo_ends_as (self, path, "settled");
    scoped (demo_answer_done) demo_answer_t answer = demo_node (self, "GET", path, NULL, NULL);
    int64_t net_minor = self->taken_minor - self->given_back_minor - s_fee_minor ();
    demo_said (self, &answer,
               settled && demo_answer_number (&answer, "gross") == self->taken_minor
                   && demo_answer_number (&answer, "refunds") == self->given_back_minor
                   && demo_answer_number (&answer, "fee") == s_fee_minor ()
                   && demo_answer_number (&answer, "net") == net_minor,
               "매입 − 환불 − 수수료 = 정산금 · captures − refunds − fee = net, paid out");
    self->at_bank_minor -= net_minor;
    int64_t theirs = demo_at_bank (self, "apple/220-9876-5432");
    return demo_say_step (&self->say, theirs == net_minor,
                          "상점 계좌 잔액 · the shop has %s원 at its bank", WON (theirs));
}
