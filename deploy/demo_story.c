//  demo_story - the chapters, in the order of their table.

#include "deploy/demo_story.h"
#include "deploy/demo_ask.h"
#include "deploy/demo_later.h"

#include <stdio.h>
#include <string.h>
#include "runtime/scoped.h"

enum {
    RECHARGE_MINOR = 50000,
    RESCUED_MINOR = 30000,  //  Through a bank that cuts the connection
    PAYMENT_MINOR = 12345,
    PERSON_AT_BANK_MINOR = 1000000,
};

static const char *const hana_number = "110-2345-6789", *const shop_number = "220-9876-5432";

//  ---------------------------------------------------------------------------
//  Chapters: false when the next ones make no sense any more

static bool
s_join (demo_story_t *self, demo_person_t *person, const char *name, const char *email,
        bool corporate, const char *said)
{
    person->name = name;
    scoped (demo_answer_done) demo_answer_t answer =
        demo_node (self, "POST", "members",
                   json_pack ("{s:s, s:s, s:s, s:b}", "name", name, "email", email, "address",
                              "서울 Seoul", "corporate", corporate),
                   email);
    return demo_made (self, &answer, said, person->member);
}

static bool
s_membership (demo_story_t *self)
{
    return s_join (self, &self->hana, "김하나", "hana@example.com", false,
                   "김하나 가입 · Kim Hana joins")
           && s_join (self, &self->shop, "행복상점", "shop@example.com", true,
                      "행복상점 가입 (법인) · Happy Mart joins (corporate)");
}

static bool
s_link (demo_story_t *self, demo_person_t *person, const char *holder, const char *number,
        int64_t balance_minor, const char *said)
{
    demo_answer_t opened = demo_bank (self, "POST", "accounts",
                                      json_pack ("{s:s, s:s, s:s, s:I}", "bank_code", "apple",
                                                 "account_number", number, "holder_name", holder,
                                                 "balance", (json_int_t) balance_minor));
    demo_answer_done (&opened);
    scoped (demo_answer_done) demo_answer_t answer =
        demo_node (self, "POST", "bank-accounts",
                   json_pack ("{s:s, s:s, s:s}", "member_id", person->member, "bank_code", "apple",
                              "account_number", number),
                   number);
    return demo_made (self, &answer, said, person->account);
}

static bool
s_banking (demo_story_t *self)
{
    return s_link (self, &self->hana, "김하나", hana_number, PERSON_AT_BANK_MINOR,
                   "계좌 연결 · her bank account is linked")
           && s_link (self, &self->shop, "행복상점", shop_number, 0,
                      "상점 계좌 연결 · the shop's is linked");
}

static demo_answer_t
s_recharge (demo_story_t *self, int64_t amount_minor, const char *key)
{
    char path [128];
    snprintf (path, sizeof path, "wallets/%s/recharges", self->hana.wallet);
    return demo_node (self, "POST", path,
                      json_pack ("{s:I, s:s, s:s}", "amount", (json_int_t) amount_minor, "currency",
                                 "KRW", "bank_account_id", self->hana.account),
                      key);
}

static bool
s_money (demo_story_t *self)
{
    demo_answer_t opened =
        demo_node (self, "POST", "wallets",
                   json_pack ("{s:s, s:s}", "member_id", self->hana.member, "currency", "KRW"),
                   "wallet-1");
    bool right = demo_made (self, &opened, "지갑 개설 · a wallet is opened", self->hana.wallet);
    demo_answer_done (&opened);
    if (!right) {
        return false;
    }
    scoped (demo_answer_done) demo_answer_t answer =
        s_recharge (self, RECHARGE_MINOR, "recharge-1");
    right = answer.status == 201 && strcmp (demo_answer_text (&answer, "status"), "succeeded") == 0;
    if (!demo_say_step (&self->say, right, "충전 %s원 · recharge succeeded",
                        WON (RECHARGE_MINOR))) {
        demo_show (&answer);
    }
    self->hana.balance_minor += RECHARGE_MINOR;
    self->at_bank_minor += RECHARGE_MINOR;
    return demo_check_wallet (self, &self->hana);
}

static bool
s_declined (demo_story_t *self)
{
    bool set = demo_set_fault (self, "decline");
    scoped (demo_answer_done) demo_answer_t answer =
        s_recharge (self, RECHARGE_MINOR, "recharge-2");
    const char *code = demo_answer_text (&answer, "code");
    if (!demo_say_step (&self->say,
                        set && answer.status == 422 && strcmp (code, "bank_declined") == 0,
                        "은행 거절 · the bank declines: %ld %s", answer.status, code)) {
        demo_show (&answer);
    }
    return demo_check_wallet (self, &self->hana);
}

static bool
s_rescued (demo_story_t *self)
{
    bool set = demo_set_fault (self, "cut_after");
    scoped (demo_answer_done) demo_answer_t answer = s_recharge (self, RESCUED_MINOR, "recharge-3");
    bool taken = set && (answer.status == 201 || answer.status == 202);
    if (!demo_say_step (&self->say, taken,
                        "은행이 돈을 옮기고 연결을 끊음 · the bank moves the money and hangs up")) {
        demo_show (&answer);
    }
    self->hana.balance_minor += RESCUED_MINOR;
    self->at_bank_minor += RESCUED_MINOR;
    char path [128];
    snprintf (path, sizeof path, "recharges/%s", demo_answer_text (&answer, "id"));
    demo_say_step (&self->say, taken && demo_ends_as (self, path, "succeeded"),
                   "다시 물어 한 번만 충전 · asked again, charged once: %s원", WON (RESCUED_MINOR));
    int64_t left = demo_at_bank (self, "apple/110-2345-6789");
    demo_say_step (&self->say, left == PERSON_AT_BANK_MINOR - RECHARGE_MINOR - RESCUED_MINOR,
                   "은행 잔액 · at her bank %s원 are left", WON (left));
    return demo_check_wallet (self, &self->hana);
}

static demo_answer_t
s_pay (demo_story_t *self, int64_t amount_minor, const char *order)
{
    return demo_node (self, "POST", "payments",
                      json_pack ("{s:s, s:s, s:s, s:I, s:s, s:b}", "member_id", self->hana.member,
                                 "merchant_id", self->merchant, "order_id", order, "amount",
                                 (json_int_t) amount_minor, "currency", "KRW", "capture", true),
                      order);
}

static bool
s_payment (demo_story_t *self)
{
    demo_answer_t made =
        demo_node (self, "POST", "merchants",
                   json_pack ("{s:s, s:s, s:s, s:i}", "member_id", self->shop.member, "name",
                              "행복상점", "bank_account_id", self->shop.account, "fee_bps", 250),
                   "merchant-1");
    bool right =
        demo_made (self, &made, "가맹점 등록 · the merchant is registered", self->merchant);
    demo_answer_done (&made);
    if (!right) {
        return false;
    }
    scoped (demo_answer_done) demo_answer_t answer = s_pay (self, PAYMENT_MINOR, "order-1");
    const char *status = demo_answer_text (&answer, "status");
    if (!demo_say_step (&self->say, answer.status == 201 && strcmp (status, "captured") == 0,
                        "결제 %s원 · paid: %s", WON (PAYMENT_MINOR), status)) {
        demo_show (&answer);
    }
    snprintf (self->payment, sizeof self->payment, "%s", demo_answer_text (&answer, "id"));
    self->hana.balance_minor -= PAYMENT_MINOR;

    scoped (demo_answer_done) demo_answer_t again = s_pay (self, PAYMENT_MINOR, "order-1");
    demo_say_step (&self->say,
                   again.status == 201 && again.replayed
                       && strcmp (demo_answer_text (&again, "id"), self->payment) == 0,
                   "같은 키로 재시도 · the same key again: the same payment");
    return demo_check_wallet (self, &self->hana);
}

static bool
s_too_poor (demo_story_t *self)
{
    scoped (demo_answer_done) demo_answer_t answer =
        s_pay (self, self->hana.balance_minor + 1, "order-2");
    const char *code = demo_answer_text (&answer, "code");
    if (!demo_say_step (&self->say,
                        answer.status == 422 && strcmp (code, "insufficient_funds") == 0,
                        "잔액 부족 · one won too many: %ld %s", answer.status, code)) {
        demo_show (&answer);
    }
    return demo_check_wallet (self, &self->hana);
}

static const struct {
    const char *korean, *english;
    bool (*play) (demo_story_t *self);
} chapters [] = {
    { "회원", "Membership", s_membership },
    { "뱅킹", "Banking", s_banking },
    { "머니", "Money", s_money },
    { "머니: 거절된 충전", "Money: a declined recharge", s_declined },
    { "머니: 말썽 부리는 은행", "Money: a bank that misbehaves", s_rescued },
    { "결제", "Payment", s_payment },
    { "결제: 부족한 잔액", "Payment: a wallet too poor", s_too_poor },
    { "결제: 승인, 매입, 취소, 환불", "Payment: authorize, capture, cancel, refund",
      demo_later_authorized },
    { "송금", "Remittance", demo_later_remittance },
    { "송금: 말썽 부리는 은행", "Remittance: a bank that misbehaves", demo_later_to_bank },
    { "머니: 출금", "Money: a withdrawal", demo_later_withdrawal },
    { "회원: 로그인", "Membership: a session", demo_later_session },
    { "정산", "Settlement", demo_later_settlement },
};

bool
demo_story_play (demo_story_t *self)
{
    for (size_t index = 0; index < COUNT (chapters); index++) {
        demo_say_chapter (&self->say, chapters [index].korean, chapters [index].english);
        if (!chapters [index].play (self)) {
            return false;
        }
    }
    return self->say.wrong == 0;
}

//  ---------------------------------------------------------------------------
//  Books

bool
demo_story_books (demo_story_t *self)
{
    demo_say_chapter (&self->say, "장부", "The books");
    scoped (demo_answer_done) demo_answer_t answer =
        demo_node (self, "GET", "reports/trial-balance", NULL, NULL);
    const char *line = "  ────────────────────────────────────────────────────────────────────────";
    printf ("  %-42s%15s%15s\n%s\n", "account", "debit", "credit", line);
    int64_t ours = 0, debits = 0, credits = 0;
    size_t index;
    json_t *row;
    json_array_foreach (json_object_get (answer.body, "accounts"), index, row)
    {
        const char *account = json_string_value (json_object_get (row, "account"));
        int64_t debit = json_integer_value (json_object_get (row, "debit"));
        int64_t credit = json_integer_value (json_object_get (row, "credit"));
        printf ("  %-42s%15s%15s\n", account ? account : "", debit ? WON (debit) : "",
                credit ? WON (credit) : "");
        ours += account && strcmp (account, "bank:happy/1234-1234-111") == 0 ? debit - credit : 0;
        debits += debit;
        credits += credit;
    }
    printf ("%s\n  %-42s%15s%15s\n\n", line, "", WON (debits), WON (credits));
    demo_say_step (&self->say,
                   answer.status == 200 && debits == credits
                       && debits == demo_answer_number (&answer, "total_debit")
                       && credits == demo_answer_number (&answer, "total_credit"),
                   "차변 = 대변 · debits equal credits");
    int64_t theirs = demo_at_bank (self, "happy/1234-1234-111");
    demo_say_step (&self->say, ours == theirs && ours == self->at_bank_minor,
                   "은행과 일치 · the bank has %s원 for us, we say %s원", WON (theirs), WON (ours));
    return self->say.wrong == 0;
}

bool
demo_story_same (demo_story_t *self)
{
    char path [128];
    snprintf (path, sizeof path, "payments/%s", self->payment);
    scoped (demo_answer_done) demo_answer_t answer = demo_node (self, "GET", path, NULL, NULL);
    demo_say_step (&self->say,
                   answer.status == 200
                       && demo_answer_number (&answer, "amount_captured") == PAYMENT_MINOR,
                   "결제 그대로 · the payment is as it was");
    return demo_check_wallet (self, &self->hana);
}
