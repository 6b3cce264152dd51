#!/usr/bin/env python3
"""An idempotency key replays its own attempt, whatever became of the object since.

    HAPPY_BIN=build/happypay tests/e2e/replay_test.py [-v] [NAME...]
"""
import unittest
import uuid

import lib

ATTEMPTS_MAX = 16


class Replay(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank)
        cls.shop = cls.node.merchant()

    @classmethod
    def tearDownClass(cls):
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]
        cls.node.check_sound()

    def restart(self):
        self.assertEqual(self.node.kill(lib.signal.SIGTERM), 0)
        self.node.start()

    def flushed(self):
        """Lists and keys are on disk: what is replayed now comes from there."""
        self.node.must(200, "GET", f"payments?merchant_id={self.shop['merchant']}")

    def assertReplays(self, first, again):
        self.assertEqual((again.status, again.get("code")), (first.status, first.get("code")))
        self.assertEqual(again.headers.get("idempotent-replayed"), "true")
        self.assertEqual(again.headers.get("etag"), first.headers.get("etag"))
        own = ("object",) if first.status == 422 else first.json.keys()
        for name in own:
            self.assertEqual(again[name], first[name])

    def test_a_failed_payments_key_goes_on_to_say_so_after_the_order_was_paid(self):
        payer, other, order = self.node.person(), self.node.person(), uuid.uuid4().hex

        def attempt(key, person, amount):
            return self.node.pay(person, self.shop, amount, order=order, key=order + key)

        tries = (("1", payer, 500), ("2", other, 2_000_000), ("3", payer, 700))
        firsts = [attempt(*tries[0]), attempt(*tries[1])]
        self.assertProblem(firsts[0], 422, "insufficient_funds")
        self.assertProblem(firsts[1], 422, "amount_limit_exceeded")
        self.assertEqual((firsts[0]["object"]["status"], firsts[0]["object"]["amount"]),
                         ("failed", 500))
        self.assertEqual(self.node.recharge(payer, 100_000).status, 201)
        for index in (0, 1):
            self.assertReplays(firsts[index], attempt(*tries[index]))
        firsts.append(attempt(*tries[2]))
        self.assertEqual((firsts[2].status, firsts[2]["status"]), (201, "captured"))
        self.assertEqual(firsts[2]["id"], firsts[0]["object"]["id"])
        for further in (lambda: None, self.flushed, self.restart):
            further()
            for first, again in zip(firsts, tries):
                self.assertReplays(first, attempt(*again))
        self.assertEqual(self.node.balance(payer), 100_000 - 700)
        self.assertEqual(self.node.balance(other), 0)

    def test_an_order_is_tried_so_often_and_no_more(self):
        payer, order = self.node.person(), uuid.uuid4().hex
        firsts = [self.node.pay(payer, self.shop, 10 + number, order=order, key=f"{order}{number}")
                  for number in range(ATTEMPTS_MAX)]
        for first in firsts:
            self.assertProblem(first, 422, "insufficient_funds")
        self.assertProblem(self.node.pay(payer, self.shop, 10, order=order), 422,
                           "attempt_limit_exceeded")
        for number, first in enumerate(firsts):
            self.assertEqual(first["object"]["amount"], 10 + number)
            self.assertReplays(first, self.node.pay(payer, self.shop, 10 + number, order=order,
                                                    key=f"{order}{number}"))

    def test_a_refused_linkings_key_goes_on_to_say_so_after_the_account_was_linked(self):
        person, number = self.node.person(), f"{uuid.uuid4().int % 10**12:012d}"

        def link(key):
            return self.node.call("POST", "bank-accounts", dict(
                member_id=person["member"], bank_code="apple", account_number=number),
                key=number + key)

        missing = link("1")
        self.assertProblem(missing, 422, "bank_account_not_found")
        self.assertReplays(missing, link("1"))
        self.bank.open_account(number, person["name"], 5)
        linked = link("2")
        self.assertEqual((linked.status, linked["status"]), (201, "linked"))
        self.assertEqual(linked["id"], missing["object"]["id"])
        for further in (lambda: None, self.flushed, self.restart):
            further()
            self.assertReplays(missing, link("1"))
            self.assertReplays(linked, link("2"))


if __name__ == "__main__":
    lib.main()
