#!/usr/bin/env python3
"""Whatever the bank does, a recharge ends right and moves the money exactly once."""
import concurrent.futures
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import lib

TIMEOUT_MS = 400
OPTIONS = ("--bank-timeout-ms", str(TIMEOUT_MS), "--bank-inquiry-first-ms", "50",
           "--bank-inquiry-last-ms", "200")

#   kind, how, what becomes of the recharge
FAULTS = [
    ("decline", dict(count=1), "failed"),
    ("slow", dict(count=1, delay_ms=TIMEOUT_MS // 2), "succeeded"),
    ("slow", dict(count=1, delay_ms=TIMEOUT_MS * 3), "succeeded"),
    ("error_before", dict(count=3), "succeeded"),
    ("error_after", dict(count=3), "succeeded"),
    ("cut_before", dict(count=3), "succeeded"),
    ("cut_after", dict(count=3), "succeeded"),
    ("hang_before", dict(count=2, delay_ms=TIMEOUT_MS * 2), "succeeded"),
    ("hang_after", dict(count=2, delay_ms=TIMEOUT_MS * 2), "succeeded"),
    ("duplicate_callback", dict(count=1), "succeeded"),
    ("late_callback", dict(count=1, delay_ms=TIMEOUT_MS), "succeeded"),
    ("outage", dict(delay_ms=TIMEOUT_MS * 3), "succeeded"),
]
AMOUNT, START = 10_000, 1_000_000


class BankFaults(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank, *OPTIONS)

    def setUp(self):
        if self.node.process.poll() is not None:
            self.node.start()

    def tearDown(self):
        self.bank.behave()

    def check_moved(self, person, moved):
        """Once or not at all: bank, wallet and books say the same."""
        self.assertEqual(self.node.balance(person), moved)
        self.assertEqual(self.bank.balance(person["number"]), START - moved)
        books = self.node.check_quiet_books()
        self.assertEqual(-books.get("wallet:" + person["wallet"], 0), moved)

    def begin(self, kind, how):
        """A recharge that meets the fault, and answers before it has ended."""
        person = self.node.person(START)
        self.bank.misbehave(kind, **how)
        answer = self.node.recharge(person, AMOUNT, key="once", Prefer="respond-async")
        self.assertEqual(answer.status, 202, repr(answer))
        return person, answer

    def test_every_kind_of_fault_ends_right_and_moves_the_money_once(self):
        for kind, how, end in FAULTS:
            with self.subTest(kind=kind, how=how):
                person, answer = self.begin(kind, how)
                ended = self.node.finished("recharges/" + answer["id"])
                self.bank.behave()
                self.assertEqual(ended["status"], end, repr(ended))
                self.check_moved(person, AMOUNT if end == "succeeded" else 0)
                again = self.node.recharge(person, AMOUNT, key="once", Prefer="respond-async")
                shown = again.json if end == "succeeded" else again["object"]
                self.assertEqual(shown["id"], answer["id"])
                self.check_moved(person, AMOUNT if end == "succeeded" else 0)

    def test_a_declined_recharge_says_so(self):
        person = self.node.person(START)
        self.bank.misbehave("decline", count=1)
        answer = self.node.recharge(person, AMOUNT)
        self.assertProblem(answer, 422, "bank_declined")
        self.assertEqual(answer["object"]["status"], "failed")

    def test_a_customer_without_money_at_the_bank_gets_nothing(self):
        person = self.node.person(AMOUNT - 1)
        answer = self.node.recharge(person, AMOUNT)
        self.assertEqual(answer.status, 422, repr(answer))
        self.assertEqual(self.node.balance(person), 0)
        self.assertEqual(self.bank.balance(person["number"]), AMOUNT - 1)
        self.node.check_quiet_books()

    def test_an_unknown_outcome_is_processing_and_never_failed(self):
        person, answer = self.begin("cut_before", {})
        path = "recharges/" + answer["id"]
        lib.wait_until("processing", lambda: self.node.must(200, "GET", path)["status"] != "requested")
        again = self.node.recharge(person, AMOUNT, key="once", Prefer="wait=1")
        self.assertEqual((again.status, again["status"]), (202, "processing"), repr(again))
        self.assertEqual(self.node.must(200, "GET", path)["status"], "processing")
        self.bank.behave()
        self.assertEqual(self.node.finished("recharges/" + answer["id"])["status"], "succeeded")
        self.check_moved(person, AMOUNT)

    def test_a_node_killed_while_the_outcome_is_unknown_finds_it_out_afterwards(self):
        for kind in ("cut_before", "cut_after", "hang_after", "error_after"):
            with self.subTest(kind=kind):
                how = dict(delay_ms=TIMEOUT_MS * 2) if "hang" in kind else {}
                person, answer = self.begin(kind, how)
                self.node.kill(signal.SIGKILL)
                self.bank.behave()
                self.node.start()
                ended = self.node.finished("recharges/" + answer["id"])
                self.assertEqual(ended["status"], "succeeded", repr(ended))
                self.check_moved(person, AMOUNT)

    def test_a_stop_while_the_bank_hangs_answers_and_ends_with_0_and_is_sound(self):
        person, answer = self.begin("hang_after", dict(count=1, delay_ms=TIMEOUT_MS * 2))
        self.assertEqual(self.node.kill(signal.SIGTERM), 0)
        self.node.check_sound()
        self.node.start()
        self.assertEqual(self.node.finished("recharges/" + answer["id"])["status"], "succeeded")
        self.check_moved(person, AMOUNT)

    def stop_while_waiting(self, node, person):
        """SIGTERM while a recharge waits for the bank: its answer, and how long the end took."""
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(node.recharge, person, AMOUNT, "once", Prefer="wait=25")
            lib.wait_until("the recharge", lambda: node.must(
                200, "GET", f"wallets/{person['wallet']}/recharges")["data"])
            began = time.monotonic()
            node.process.send_signal(signal.SIGTERM)
            self.assertEqual(node.process.wait(60), 0, node.log()[-800:])
            return waiting.result(), time.monotonic() - began

    def test_a_stop_waits_for_what_was_accepted(self):
        person = self.node.person(START)
        self.bank.misbehave("slow", count=1, delay_ms=TIMEOUT_MS * 3)
        answer, _ = self.stop_while_waiting(self.node, person)
        self.assertEqual((answer.status, answer["status"]), (201, "succeeded"), repr(answer))
        self.node.start()
        self.check_moved(person, AMOUNT)

    def test_a_stop_whose_grace_is_too_short_answers_with_what_is_and_ends_with_0(self):
        bank = lib.Bank()
        node = lib.Node(bank, *OPTIONS, "--grace", "3")
        person = node.person(START)
        bank.misbehave("hang_before", delay_ms=20_000)
        answer, took_s = self.stop_while_waiting(node, person)
        self.assertEqual((answer.status, answer["status"]), (202, "processing"), repr(answer))
        self.assertTrue(1 < took_s < 5, took_s)
        bank.behave()
        node.start()
        self.assertEqual(node.finished("recharges/" + answer["id"])["status"], "succeeded")
        self.assertEqual(node.balance(person), AMOUNT)
        self.assertEqual(node.kill(signal.SIGTERM), 0)
        node.check_sound()


if __name__ == "__main__":
    lib.main()
