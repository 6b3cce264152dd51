#!/usr/bin/env python3
"""Kill -9 at random moments, under load, and nothing is lost or doubled.

Threads recharge, withdraw and pay all the time, each retrying its key until it has an answer. The node
is killed and started again on the same folder, again and again, while the bank cuts some of its
connections. What was acknowledged must be there at the end, once; the same key must answer the
same object; the books must balance and equal the bank's. --seed repeats the same plan of
operations and kills (not the scheduler's).
"""
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import lib

PEOPLE, MERCHANTS, FAST_RETRIES = 6, 2, ("--bank-inquiry-first-ms", "50",
                                         "--bank-inquiry-last-ms", "500",
                                         "--bank-timeout-ms", "1000")


class Operation:
    """One key: what was asked, and every answer that was acknowledged."""

    def __init__(self, path, body, key, amount, person, merchant=None):
        self.path, self.body, self.key = path, body, key
        self.kind = path.split("/")[-1]  # recharges, withdrawals, payments
        self.amount, self.person, self.merchant = amount, person, merchant
        self.object_id = None           # from the first acknowledgement on
        self.end = None                 # the final status that was acknowledged, if any

    def saw(self, answer):
        """Takes an acknowledgement; returns what contradicts an earlier one, or None."""
        shown = answer.json if answer.status < 400 else answer.get("object")
        if shown is None:               # refused before there was a saga
            shown = {"id": "", "status": "refused " + answer["code"]}
        if self.object_id is not None and shown["id"] != self.object_id:
            return f"{self.key}: was {self.object_id}, now {answer}"
        self.object_id = shown["id"]
        ended = shown["status"] in lib.FINISHED or not shown["id"]
        if self.end is not None and (not ended or shown["status"] != self.end):
            return f"{self.key}: had ended {self.end}, now {answer}"
        if ended:
            self.end = shown["status"]
        return None


class Torture(threading.Thread):
    def __init__(self, test, number):
        super().__init__(daemon=True)
        self.test, self.dice = test, random.Random(f"{lib.options.seed}/{number}")
        self.name, self.done, self.wrong = f"w{number}", [], []

    def plan(self):
        person = self.dice.choice(self.test.people)
        key = f"{self.name}-{len(self.done)}"
        amount = self.dice.randrange(1, 20_000)
        dice = self.dice.random()
        if dice < 0.65:
            kind = "recharges" if dice < 0.45 else "withdrawals"
            return Operation(f"wallets/{person['wallet']}/{kind}",
                             dict(amount=amount, currency="KRW",
                                  bank_account_id=person["account"]), key, amount, person)
        merchant = self.dice.choice(self.test.merchants)
        return Operation("payments", dict(member_id=person["member"],
                                          merchant_id=merchant["merchant"], order_id=key,
                                          amount=amount, currency="KRW", capture=True),
                         key, amount, person, merchant)

    def run(self):
        while not self.test.over.is_set() and not self.wrong:
            operation = self.plan()
            self.done.append(operation)
            self.carry_out(operation)

    def carry_out(self, operation):
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                answer = self.test.node.call("POST", operation.path, operation.body,
                                             key=operation.key, headers={"Prefer": "wait=2"})
            except lib.Unreachable:
                self.test.up.wait(60)
                continue
            if answer.status in (200, 201, 202, 422):
                contradiction = operation.saw(answer)
                if contradiction:
                    self.wrong.append(contradiction)
                return
            if answer.status != 503 and answer.get("code") != "idempotency_in_flight":
                self.wrong.append(f"{operation.key}: {answer}")
                return
            time.sleep(0.05)            # as Retry-After asks, only sooner
        self.wrong.append(f"{operation.key}: no answer within 120 s")


class Kill9(lib.TestCase):
    def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(self):
        self.start()
        workers = [Torture(self, number) for number in range(lib.options.threads)]
        for worker in workers:
            worker.start()
        self.kill_again_and_again()
        self.over.set()
        for worker in workers:
            worker.join(180)
            self.assertFalse(worker.is_alive(), f"{worker.name} hangs")
            self.assertEqual(worker.wrong, [])
        operations = [operation for worker in workers for operation in worker.done]
        self.bank.behave()
        self.check_every_operation(operations)
        self.check_money(operations)
        books = self.node.check_quiet_books()
        self.assertEqual(self.node.kill(signal.SIGTERM), 0)
        self.node.check_sound()
        self.node.start()
        self.assertEqual(self.node.books(), books)
        ends = [operation.end for operation in operations]
        print("operations:", {end: ends.count(end) for end in sorted(set(ends))}, flush=True)

    def start(self):
        self.bank = lib.Bank()
        self.node = lib.Node(self.bank, *FAST_RETRIES)
        self.people = [self.node.person(10**9) for _ in range(PEOPLE)]
        self.merchants = [self.node.merchant(0) for _ in range(MERCHANTS)]
        self.over, self.up = threading.Event(), threading.Event()
        self.up.set()
        for kind in ("cut_before", "cut_after", "error_after"):
            self.bank.misbehave(kind, probability=0.03, seed=lib.options.seed)

    def kill_again_and_again(self):
        dice = random.Random(lib.options.seed)
        for _ in range(lib.options.kills):
            time.sleep(dice.uniform(0.05, 1.2))     # the moment is what is random
            self.up.clear()
            self.node.kill(signal.SIGKILL)
            self.node.start()
            self.up.set()

    def check_every_operation(self, operations):
        """Each key again: the same object, which ends; no two keys share one."""
        seen = set()
        for operation in operations:
            if operation.object_id:
                self.assertNotIn(operation.object_id, seen)
                seen.add(operation.object_id)
                self.assertIsNone(operation.saw(
                    self.node.finished(f"{operation.kind}/{operation.object_id}")))
            again = self.node.call("POST", operation.path, operation.body, key=operation.key)
            self.assertEqual(again.headers.get("idempotent-replayed"), "true", repr(again))
            self.assertIsNone(operation.saw(again))
            self.assertIsNotNone(operation.end, operation.key)

    def check_money(self, operations):
        """Wallets, merchants and the bank hold what the acknowledged outcomes add up to."""
        def total(kind, who, whom):
            return sum(operation.amount for operation in operations
                       if operation.kind == kind and operation.end in ("succeeded", "captured")
                       and getattr(operation, who) is whom)
        books = self.node.books()
        for person in self.people:
            recharged, withdrawn, paid = (total(kind, "person", person)
                                          for kind in ("recharges", "withdrawals", "payments"))
            self.assertEqual(self.node.balance(person), recharged - withdrawn - paid)
            self.assertEqual(self.bank.balance(person["number"]),
                             10**9 - recharged + withdrawn)
        for merchant in self.merchants:
            self.assertEqual(-books.get("merchant:" + merchant["merchant"], 0),
                             total("payments", "merchant", merchant))



if __name__ == "__main__":
    lib.main(kills=(20, "how often the node is killed"), threads=(12, "that recharge, withdraw and pay"))
