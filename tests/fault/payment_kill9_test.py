#!/usr/bin/env python3
"""kill -9 while payments are authorized, recharged, captured in parts, canceled and refunded.

Each operation has one key and is repeated with it until its outcome is known. Afterwards every
payment says what its acknowledged captures and refunds add up to, nothing is held, wallets and
merchant have what the payments say, and `happypay verify` finds the journal sound.

    payment_kill9_test.py [--seed N] [--kills N]
"""
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import lib

PAYERS, MONEY, AMOUNT = 6, 400_000, 9_000
OPTIONS = ("--bank-inquiry-first-ms", "50", "--bank-inquiry-last-ms", "500",
           "--bank-timeout-ms", "1000")


class Customer(threading.Thread):
    """Pays orders of one payer, each through a road of its own, until told to stop."""

    def __init__(self, test, number, person):
        super().__init__(daemon=True)
        self.test, self.person = test, person
        self.dice = random.Random(f"{lib.options.seed}/{number}")
        self.name, self.orders, self.asked, self.wrong = f"c{number}", [], 0, []

    def run(self):
        while not self.test.over.is_set():
            try:
                self.orders.append(self.pay())
            except AssertionError as error:
                self.wrong.append(str(error))
                return

    def ask(self, path, body):
        """One key until its outcome is known: the answer that is not 202 nor 503."""
        self.asked += 1
        key, node = f"{self.name}-{self.asked}", self.test.node

        def known():
            try:
                answer = node.call("POST", path, body, key=key)
            except lib.Unreachable:
                return None
            settled = answer.status not in (202, 503) and answer.get("code") not in (
                "idempotency_in_flight",)
            return answer if settled else None
        return lib.wait_until(f"{path} {key}", known, seconds=90)

    def pay(self):
        order = dict(member_id=self.person["member"], merchant_id=self.test.shop["merchant"],
                     order_id=f"{self.name}-{self.asked}", amount=AMOUNT, currency="KRW",
                     capture=False, auto_recharge=self.dice.random() < 0.3,
                     bank_account_id=self.person["account"])
        paid = dict(captured=0, refunded=0)
        answer = self.ask("payments", order)
        if answer.status != 201:
            self.expect(answer, 422, "insufficient_funds", "daily_limit_exceeded",
                        "balance_limit_exceeded")
            return None
        paid["id"] = answer["id"]
        for _ in range(self.dice.randrange(4)):
            self.act(paid, "capture", "captured", AMOUNT - paid["captured"])
        if paid["captured"] < AMOUNT:
            self.ask(f"payments/{paid['id']}/cancel", dict(reason="the rest"))
        for _ in range(self.dice.randrange(3)):
            self.act(paid, "refunds", "refunded", paid["captured"] - paid["refunded"])
        return paid

    def act(self, paid, what, sum_of, most):
        """Part of what is possible; an acknowledged one counts."""
        if most == 0:
            return
        amount = self.dice.choice((most, self.dice.randrange(1, most + 1)))
        answer = self.ask(f"payments/{paid['id']}/{what}", dict(amount=amount))
        if answer.status not in (200, 201):
            raise AssertionError(f"{what} {amount} of {paid}: {answer}")
        paid[sum_of] += amount

    def expect(self, answer, status, *codes):
        if answer.status != status or answer["code"] not in codes:
            raise AssertionError(f"{answer}")


class PaymentKill9(lib.TestCase):
    def test_no_payment_is_captured_or_given_back_twice(self):
        dice = random.Random(lib.options.seed)
        self.bank = lib.Bank()
        self.node = lib.Node(self.bank, *OPTIONS)
        self.shop, self.over = self.node.merchant(), threading.Event()
        people = [self.node.person() for _ in range(PAYERS)]
        for person in people:
            self.assertEqual(self.node.recharge(person, MONEY).status, 201)
        customers = [Customer(self, number, person) for number, person in enumerate(people)]
        for customer in customers:
            customer.start()
        for _ in range(lib.options.kills):
            time.sleep(dice.uniform(0.05, 0.6))  # How long it may live is the plan
            self.node.kill()
            self.node.start()
        self.over.set()
        for customer in customers:
            customer.join(120)
            self.assertFalse(customer.is_alive(), customer.name)
            self.assertEqual(customer.wrong, [])
        paid = [order for customer in customers for order in customer.orders if order]
        print(f"{len(paid)} orders", flush=True)
        self.assertGreater(len(paid), PAYERS)
        self.check(paid, people)

    def check(self, paid, people):
        for order in paid:
            read = self.node.must(200, "GET", f"payments/{order['id']}")
            self.assertEqual((read["amount_captured"], read["amount_refunded"],
                              read["amount_canceled"], read["amount_capturable"]),
                             (order["captured"], order["refunded"], AMOUNT - order["captured"], 0),
                             repr(read))
        books = self.node.check_quiet_books()
        self.assertEqual(books.get("suspense", 0), 0)
        taken = sum(order["captured"] - order["refunded"] for order in paid)
        shop = self.node.must(200, "GET", f"merchants/{self.shop['merchant']}")
        self.assertEqual(shop["captured"], sum(order["captured"] for order in paid))
        drawn = sum(10_000_000 - self.bank.balance(person["number"]) for person in people)
        self.assertEqual(sum(self.node.balance(person) for person in people), drawn - taken)
        self.assertEqual(self.node.kill(lib.signal.SIGTERM), 0)
        self.node.check_sound()


if __name__ == "__main__":
    lib.main(kills=(12, "how often the node is killed"))
