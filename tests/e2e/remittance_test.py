#!/usr/bin/env python3
"""Remittances through the real binary and bank: to members, to bank accounts, and what fails.

    HAPPY_BIN=build/happypay tests/e2e/remittance_test.py [-v] [NAME...]
"""
import unittest
import uuid

import lib


class Remittances(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank)

    @classmethod
    def tearDownClass(cls):
        cls.node.check_quiet_books()
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]
        cls.node.check_sound()

    def setUp(self):
        self.sender, self.receiver = self.node.person(), self.node.person()

    def tearDown(self):
        self.bank.behave()

    def fund(self, amount, person=None):
        self.assertEqual(self.node.recharge(person or self.sender, amount).status, 201)

    def send(self, amount, to=None, key=None, token=None, headers=None, **more):
        return self.node.call("POST", "remittances", dict(
            from_member_id=self.sender["member"], amount=amount, currency="KRW",
            to=to or dict(member_id=self.receiver["member"]), **more),
            key=key, token=token, headers=headers)

    def short(self, amount, to=None, **more):
        return self.send(amount, to, auto_recharge=True, bank_account_id=self.sender["account"],
                         **more)

    def stranger(self, holder="박 스트레인저", balance=0):
        """An account that the bank knows and nobody has linked."""
        number = f"{uuid.uuid4().int % 10**12:012d}"
        self.bank.open_account(number, holder, balance, code="pear")
        return dict(bank_code="pear", account_number=number)

    def wallet(self, person):
        return self.node.must(200, "GET", f"wallets/{person['wallet']}")

    # ---- to a member

    def test_money_goes_to_a_member_once(self):
        self.fund(50_000)
        key = str(uuid.uuid4())
        first = self.send(20_000, key=key, memo="점심값")
        self.assertEqual((first.status, first["status"]), (201, "succeeded"), repr(first))
        self.assertEqual(first["to"], dict(member_id=self.receiver["member"]))
        self.assertEqual((first["from_member_id"], first["amount"], first["memo"]),
                         (self.sender["member"], 20_000, "점심값"))
        self.assertIsNone(first["recharge_id"])
        self.assertEqual(first.headers["location"], "/v1/remittances/" + first["id"])
        again = self.send(20_000, key=key, memo="점심값")
        self.assertEqual((again.status, again["id"]), (201, first["id"]))
        self.assertEqual(again.headers["idempotent-replayed"], "true")
        self.assertEqual(self.node.balance(self.sender), 30_000)
        self.assertEqual(self.node.balance(self.receiver), 20_000)
        entry = self.node.must(200, "GET", f"wallets/{self.sender['wallet']}/entries")["data"][0]
        self.assertEqual((entry["direction"], entry["reference"]),
                         ("out", first["id"] + "/debit/1"))

    def test_who_is_short_is_recharged_by_tens_of_thousands(self):
        self.fund(3_000)
        sent = self.short(25_000)
        self.assertEqual((sent.status, sent["status"]), (201, "succeeded"), repr(sent))
        self.assertEqual(sent["amount_recharged"], 30_000)
        self.assertEqual(self.node.balance(self.sender), 3_000 + 30_000 - 25_000)
        self.assertEqual(self.node.balance(self.receiver), 25_000)
        recharge = self.node.must(200, "GET", f"recharges/{sent['recharge_id']}")
        self.assertEqual((recharge["status"], recharge["amount"]), ("succeeded", 30_000))
        rich = self.short(8_000)
        self.assertEqual((rich.status, rich["recharge_id"], rich["amount_recharged"]),
                         (201, None, 0))

    def test_who_is_short_without_a_recharge_is_told_and_nothing_moves(self):
        self.fund(1_000)
        refused = self.send(1_001)
        self.assertProblem(refused, 422, "insufficient_funds")
        self.assertEqual(refused["object"]["status"], "failed")
        shown = self.node.must(200, "GET", f"remittances/{refused['object']['id']}")
        self.assertEqual((shown["status"], shown["failure"]["code"]),
                         ("failed", "insufficient_funds"))
        self.assertEqual(self.node.balance(self.sender), 1_000)
        self.assertEqual(self.node.balance(self.receiver), 0)

    def test_a_recharge_that_the_bank_declines_fails_it(self):
        self.bank.misbehave("decline", count=1)
        refused = self.short(5_000)
        self.assertProblem(refused, 422, "bank_declined")
        self.assertTrue(refused["object"]["recharge_id"])
        self.assertEqual(refused["object"]["amount_recharged"], 0)
        self.assertEqual(self.node.balance(self.sender), 0)
        self.assertEqual(self.node.balance(self.receiver), 0)

    def test_a_strangers_bank_account_is_as_one_that_is_not_there(self):
        token = self.node.token("member", self.sender["member"])
        for account in (self.receiver["account"], "bac_" + "0" * 26):
            refused = self.send(5_000, auto_recharge=True, bank_account_id=account, token=token)
            self.assertProblem(refused, 422, "bank_account_not_found")

    def test_members_that_may_not_are_refused(self):
        self.fund(10_000)
        own = self.send(1_000, to=dict(member_id=self.sender["member"]))
        self.assertProblem(own, 422, "same_member")
        nobody = "mem_" + "0" * 26
        self.assertProblem(self.send(1_000, to=dict(member_id=nobody)), 422,
                           "recipient_not_found")
        self.assertProblem(self.send(1_000_001), 422, "amount_limit_exceeded")
        self.node.must(200, "POST", f"members/{self.receiver['member']}/suspend", {})
        self.assertProblem(self.send(1_000), 422, "member_suspended")
        self.node.must(200, "POST", f"members/{self.receiver['member']}/activate", {})
        self.node.must(200, "POST", f"wallets/{self.receiver['wallet']}/close", {})
        self.assertProblem(self.send(1_000), 422, "wallet_closed")
        self.node.must(200, "POST", f"members/{self.sender['member']}/suspend", {})
        self.assertProblem(self.send(1_000), 422, "member_suspended")
        self.assertEqual(self.node.balance(self.sender), 10_000)

    def test_a_receivers_wallet_that_is_closed_meanwhile_gives_the_money_back(self):
        """It closes while the sender's recharge is with a slow bank; what was expected is void."""
        self.bank.misbehave("slow", count=1, delay_ms=1_500)
        pending = self.short(5_000, headers={"Prefer": "respond-async"})
        self.assertEqual(pending.status, 202, repr(pending))
        path = f"remittances/{pending['id']}"
        charging = lib.wait_until("the recharge", lambda: next((answer for answer in [
            self.node.must(200, "GET", path)] if answer["recharge_id"]), None))
        self.assertEqual(charging["amount_recharged"], 0)
        received = f"remittances?member_id={self.receiver['member']}&direction=received"
        self.assertEqual(self.node.must(200, "GET", received)["data"], [])
        self.node.must(200, "POST", f"wallets/{self.receiver['wallet']}/close",
                       dict(reason="the receiver left"))
        ended = self.node.finished(path)
        self.assertEqual(ended["amount_recharged"], 10_000)
        self.assertEqual([row["id"] for row in self.node.must(200, "GET", received)["data"]],
                         [pending["id"]])
        self.assertEqual((ended["status"], ended["failure"]["code"]),
                         ("compensated", "wallet_closed"))
        self.assertEqual(self.node.balance(self.sender), 10_000)
        self.assertEqual(self.node.balance(self.receiver), 0)

    # ---- to a bank account

    def test_money_goes_to_any_account_that_the_bank_knows(self):
        self.fund(50_000)
        to = self.stranger()
        sent = self.send(20_000, to)
        self.assertEqual((sent.status, sent["status"]), (201, "succeeded"), repr(sent))
        self.assertEqual(sent["to"], dict(bank_code="pear",
                                          account_number="***-***-" + to["account_number"][-4:]))
        self.assertEqual(self.bank.balance(to["account_number"], "pear"), 20_000)
        wallet = self.wallet(self.sender)
        self.assertEqual((wallet["available"], wallet["held"]), (30_000, 0))
        transfer = self.node.must(200, "GET", f"bank-transfers/{sent['bank_transfer_id']}")
        self.assertEqual((transfer["status"], transfer["saga_id"]), ("succeeded", sent["id"]))

    def test_who_is_short_is_recharged_for_a_bank_account_too(self):
        to = self.stranger()
        sent = self.short(12_345, to)
        self.assertEqual((sent.status, sent["status"]), (201, "succeeded"), repr(sent))
        self.assertEqual(self.bank.balance(to["account_number"], "pear"), 12_345)
        self.assertEqual(self.node.balance(self.sender), 20_000 - 12_345)

    def test_what_the_bank_declines_is_available_again(self):
        self.fund(50_000)
        self.bank.misbehave("decline", count=1)
        refused = self.send(20_000, self.stranger())
        self.assertProblem(refused, 422, "bank_declined")
        self.assertEqual(refused["object"]["bank_reason"], "limit_exceeded")
        missing = self.send(20_000, dict(bank_code="pear", account_number="999-999-999999"))
        self.assertProblem(missing, 422, "bank_declined")
        self.assertEqual(missing["object"]["bank_reason"], "account_not_found")
        wallet = self.wallet(self.sender)
        self.assertEqual((wallet["available"], wallet["held"]), (50_000, 0))

    def test_an_unknown_outcome_keeps_the_hold_and_the_bank_has_the_last_word(self):
        self.fund(50_000)
        for kind in ("cut_after", "error_after", "cut_before"):
            with self.subTest(kind):
                to, before = self.stranger(), self.wallet(self.sender)["available"]
                self.bank.misbehave(kind, count=2)
                pending = self.send(10_000, to, headers={"Prefer": "respond-async"})
                self.assertEqual((pending.status, pending["status"]), (202, "processing"))
                ended = self.node.finished(f"remittances/{pending['id']}")
                self.assertEqual(ended["status"], "succeeded")
                self.assertEqual(self.bank.balance(to["account_number"], "pear"), 10_000)
                wallet = self.wallet(self.sender)
                self.assertEqual((wallet["available"], wallet["held"]), (before - 10_000, 0))

    def test_while_the_outcome_is_unknown_the_money_is_held(self):
        self.fund(50_000)
        to = self.stranger()
        self.bank.misbehave("hang_after", count=1, delay_ms=5_000)
        pending = self.send(10_000, to, headers={"Prefer": "respond-async"})
        held = lib.wait_until("the hold", lambda: self.wallet(self.sender)["held"])
        self.assertEqual(held, 10_000)
        self.assertEqual(self.node.finished(f"remittances/{pending['id']}")["status"], "succeeded")
        self.assertEqual(self.wallet(self.sender)["held"], 0)

    # ---- who sees what

    def test_the_receiver_sees_it_without_the_senders_bank_data(self):
        sent = self.short(5_000, memo="secret enough")
        path = f"remittances/{sent['id']}"
        tokens = {name: self.node.token("member", person["member"]) for name, person in
                  dict(sender=self.sender, receiver=self.receiver,
                       other=self.node.person()).items()}
        own = self.node.must(200, "GET", path, token=tokens["sender"])
        self.assertEqual(own["bank_account_id"], self.sender["account"])
        theirs = self.node.must(200, "GET", path, token=tokens["receiver"])
        self.assertEqual((theirs["status"], theirs["memo"], theirs["amount"]),
                         ("succeeded", "secret enough", 5_000))
        self.assertEqual([theirs[name] for name in ("bank_account_id", "recharge_id",
                                                    "bank_transfer_id", "failure")], [None] * 4)
        self.assertProblem(self.node.call("GET", path, token=tokens["other"]), 404, "not_found")
        self.assertProblem(self.send(1, token=tokens["receiver"]), 404, "not_found")
        self.assertEqual(self.send(1, token=tokens["sender"]).status, 201)

    def test_lists_are_by_direction_and_status(self):
        self.fund(10_000)
        sent = self.send(1_000)["id"]
        failed = self.send(20_000)["object"]["id"]
        banked = self.send(1_000, self.stranger())["id"]

        def ids(person, query=""):
            page = self.node.must(200, "GET", f"remittances?member_id={person['member']}{query}")
            return [row["id"] for row in page["data"]]

        self.assertEqual(ids(self.sender), [banked, failed, sent])
        self.assertEqual(ids(self.sender, "&direction=sent"), [banked, failed, sent])
        self.assertEqual(ids(self.sender, "&direction=received"), [])
        self.assertEqual(ids(self.sender, "&direction=sent&status=succeeded"), [banked, sent])
        self.assertEqual(ids(self.sender, "&status=failed"), [failed])
        self.assertEqual(ids(self.receiver), [sent])
        self.assertEqual(ids(self.receiver, "&direction=received"), [sent])
        self.assertEqual(ids(self.receiver, "&status=failed"), [])
        self.assertEqual(ids(self.receiver, "&direction=received&status=succeeded"), [sent])
        self.assertEqual(ids(self.receiver, "&direction=sent"), [])
        for query in ("&direction=sideways", "&status=odd"):
            self.assertProblem(self.node.call(
                "GET", f"remittances?member_id={self.sender['member']}{query}"), 400,
                "invalid_request")
        token = self.node.token("member", self.receiver["member"])
        self.assertProblem(self.node.call(
            "GET", f"remittances?member_id={self.sender['member']}", token=token), 404,
            "not_found")
        self.node.must(200, "GET", f"remittances/{sent}", token=token)
        self.assertProblem(self.node.call("GET", f"remittances/{failed}", token=token), 404,
                           "not_found")

    def test_exactly_one_recipient_is_named(self):
        member = dict(member_id=self.receiver["member"])
        for to, pointer in (({}, "/to"), (dict(member, bank_code="pear"), "/to"),
                            (dict(bank_code="pear"), "/to/account_number"),
                            (dict(account_number="1234"), "/to/bank_code"),
                            (dict(member_id="mem_1"), "/to/member_id"),
                            (dict(member, name="x"), "/to/name"), ([], "/to")):
            body = dict(from_member_id=self.sender["member"], amount=1, currency="KRW", to=to)
            answer = self.node.call("POST", "remittances", body)
            self.assertProblem(answer, 400, "invalid_request")
            self.assertEqual(answer["errors"][0]["pointer"], pointer)
        answer = self.send(1, auto_recharge=True)
        self.assertProblem(answer, 400, "invalid_request")
        self.assertEqual(answer["errors"][0]["pointer"], "/bank_account_id")

    # ---- recipients

    def test_a_recipient_is_shown_by_a_masked_name(self):
        token = self.node.token("member", self.sender["member"])
        shown = self.node.must(200, "GET", f"recipients?member_id={self.receiver['member']}",
                               token=token)
        self.assertEqual(shown["name_masked"][:7], "P***** ")
        self.assertNotIn(self.receiver["name"].split()[1], shown["name_masked"])
        to = self.stranger("홍길동")
        query = f"recipients?bank_code=pear&account_number={to['account_number']}"
        self.assertEqual(self.node.must(200, "GET", query, token=token).json, dict(
            object="recipient", bank_code="pear", name_masked="홍*동",
            account_number="***-***-" + to["account_number"][-4:]))
        self.bank.call("POST", f"/admin/accounts/pear/{to['account_number']}/close")
        self.assertProblem(self.node.call("GET", query, token=token), 422, "bank_account_closed")

    def test_who_cannot_be_found_is_not_there(self):
        call = self.node.call
        self.assertProblem(call("GET", "recipients?member_id=mem_" + "0" * 26), 404, "not_found")
        self.assertProblem(call("GET", "recipients?bank_code=pear&account_number=99999999"), 404,
                           "not_found")
        self.node.must(200, "POST", f"members/{self.receiver['member']}/suspend", {})
        self.assertProblem(call("GET", f"recipients?member_id={self.receiver['member']}"), 404,
                           "not_found")
        for query in ("", "?bank_code=pear", "?account_number=1234", "?member_id=mem_1",
                      f"?member_id={self.sender['member']}&bank_code=pear",
                      "?bank_code=p%2Far&account_number=1234",
                      "?bank_code=pear&account_number=12"):
            self.assertProblem(call("GET", "recipients" + query), 400, "invalid_request")
        self.assertEqual(self.node.request("GET", "/v1/recipients?member_id=x").status, 401)

    def test_a_bank_that_is_away_cannot_name_anybody(self):
        to = self.stranger()
        self.bank.misbehave("outage", delay_ms=500)
        query = f"recipients?bank_code=pear&account_number={to['account_number']}"
        self.assertProblem(self.node.call("GET", query), 503, "bank_unavailable")
        lib.wait_until("the bank is back", lambda: self.node.call("GET", query).status == 200)


if __name__ == "__main__":
    lib.main()
