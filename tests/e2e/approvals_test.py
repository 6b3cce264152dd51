#!/usr/bin/env python3
"""Two operators, and nobody waits: what an answer names is there, what it says is so.

    HAPPY_BIN=build/happypay tests/e2e/approvals_test.py [NAME...]
"""
import random
import threading
import uuid

import lib
from operators_lib import LARGE, OURS, Story

ROUNDS = 200
ASYNC = {"Prefer": "respond-async"}


class Approvals(Story):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outside = f"{uuid.uuid4().int % 10**12:012d}"
        cls.bank.open_account(cls.outside, "Somebody", 100_000_000)

    def setUp(self):
        super().setUp()
        self.person = self.node.person()

    # ---- what the stories share

    def kims(self, path, body=None, **how):
        return self.node.call("POST", path, body, token=self.kim, **how)

    def lees(self, approval_id, action="confirm", **how):
        return self.node.call("POST", f"approvals/{approval_id}/{action}", dict(reason="seen"),
                              token=self.lee, **how)

    def adjust(self, direction="increase", **how):
        return self.kims(f"wallets/{self.person['wallet']}/adjustments", dict(
            amount=LARGE, currency="KRW", direction=direction, reason="by hand"), **how)

    def instruct(self, **how):
        return self.kims("bank-transfers", {
            "from": dict(bank_code="apple", account_number=self.outside), "to": OURS,
            "amount": LARGE, "currency": "KRW", "reason": "by hand"}, **how)

    def proposed(self, answer):
        """The approval that a 202 names, found at once by its id and in the list."""
        self.assertEqual((answer.status, answer["status"]), (202, "awaiting_approval"), answer)
        approval = self.node.must(200, "GET", f"approvals/{answer['approval_id']}")
        self.assertEqual((approval["status"], approval["failure"]), ("awaiting_approval", None))
        newest = self.node.must(200, "GET", "approvals?status=awaiting_approval&limit=1")
        self.assertEqual([row["id"] for row in newest["data"]], [approval["id"]])
        return approval["id"]

    def becomes(self, path, *statuses):
        return lib.wait_until(f"{path} {statuses}", lambda: next(
            (read for read in [self.node.must(200, "GET", path)] if read["status"] in statuses),
            None))

    def parked_transfer(self, fault="error_before"):
        """Of a large recharge that the bank has not decided for too long."""
        self.bank.misbehave(fault)
        recharge = self.node.recharge(self.node.person(), LARGE, **ASYNC)
        self.assertEqual(recharge.status, 202, recharge)
        parked = self.becomes(f"recharges/{recharge['id']}", "parked")
        self.bank.behave()
        return parked["bank_transfer_id"]

    def bank_decides(self, transfer):
        decided = self.kims(f"bank-transfers/{transfer}/inquire")
        self.assertEqual((decided.status, decided["status"]), (200, "succeeded"), decided)
        self.becomes(f"recharges/{decided['saga_id']}", "succeeded")
        self.node.check_quiet_books()

    def propose_resolve(self, transfer, outcome):
        return self.proposed(self.kims(f"bank-transfers/{transfer}/resolve",
                                       dict(decision=outcome, reason="statement")))

    # ---- nobody waits

    def test_a_proposal_and_what_comes_of_it_are_there_with_the_answers(self):
        for turn in range(ROUNDS):
            adjustment = self.adjust("decrease" if turn % 2 else "increase")
            confirmed = self.lees(self.proposed(adjustment))
            self.assertEqual((confirmed.status, confirmed["status"], confirmed["failure"]),
                             (200, "confirmed", None), confirmed)
            done = self.node.must(200, "GET", f"adjustments/{adjustment['id']}")
            self.assertEqual((done["status"], done["decided_by"]), ("succeeded", "lee@happy"))
            self.assertEqual(self.node.balance(self.person),
                             LARGE if turn % 2 == 0 else 0)

    def test_a_transfer_by_hand_has_ended_when_its_confirmation_is_answered(self):
        for _ in range(ROUNDS // 4):
            transfer = self.instruct()
            self.assertEqual(self.lees(self.proposed(transfer)).status, 200)
            done = self.node.must(200, "GET", f"bank-transfers/{transfer['id']}")
            self.assertEqual((done["status"], done["confirmed_by"]), ("succeeded", "lee@happy"))
        self.node.check_quiet_books()

    def test_a_rejected_one_has_failed_when_that_is_answered(self):
        for _ in range(ROUNDS // 4):
            transfer, adjustment = self.instruct(), self.adjust()
            for subject, path, status in ((transfer, "bank-transfers", "rejected"),
                                          (adjustment, "adjustments", "failed")):
                rejected = self.lees(subject["approval_id"], "reject")
                self.assertEqual((rejected.status, rejected["status"]), (200, "rejected"))
                read = self.node.must(200, "GET", f"{path}/{subject['id']}")
                self.assertEqual(read["status"], status)

    def test_a_resolve_is_proposed_and_done_without_a_wait(self):
        transfer = self.parked_transfer("error_after")
        confirmed = self.lees(self.propose_resolve(transfer, "succeeded"))
        self.assertEqual((confirmed.status, confirmed["failure"]), (200, None), confirmed)
        done = self.node.must(200, "GET", f"bank-transfers/{transfer}")
        self.assertEqual((done["status"], done["resolved_as"]), ("succeeded", "succeeded"))

    def test_a_client_that_does_not_wait_finds_the_proposal_and_may_ask_again(self):
        for propose, path in ((self.adjust, "adjustments"), (self.instruct, "bank-transfers")):
            for _ in range(19):  # What a wallet may hold
                key = str(uuid.uuid4())
                subject = propose(headers=ASYNC)
                approval = self.proposed(subject)
                confirmed = self.lees(approval, key=key, headers=ASYNC)
                self.assertIn(confirmed.status, (200, 202), confirmed)
                self.assertEqual(confirmed["status"], "confirmed")
                again = self.lees(approval, key=key)
                self.assertEqual((again.status, again["id"]), (200, approval), again)
                self.assertEqual(again.headers["idempotent-replayed"], "true")
                self.assertEqual(self.node.must(200, "GET", f"{path}/{subject['id']}")["status"],
                                 "succeeded")

    def test_a_replayed_proposal_says_what_became_of_it(self):
        key = str(uuid.uuid4())
        adjustment = self.adjust(key=key)
        again = self.adjust(key=key)
        self.assertEqual((again.status, again["approval_id"]), (202, self.proposed(adjustment)))
        self.lees(adjustment["approval_id"])
        again = self.adjust(key=key)
        self.assertEqual((again.status, again["status"]), (201, "succeeded"), again)
        self.assertEqual(again.headers["location"], f"/v1/adjustments/{adjustment['id']}")

    def test_a_confirmation_that_the_bank_keeps_waiting_is_answered_as_it_stands(self):
        transfer = self.instruct()
        self.bank.misbehave("slow", delay_ms=1500, count=1)
        key = str(uuid.uuid4())
        confirmed = self.lees(self.proposed(transfer), key=key, headers={"Prefer": "wait=1"})
        self.assertEqual((confirmed.status, confirmed["status"]), (202, "confirmed"), confirmed)
        again = self.lees(transfer["approval_id"], key=key)
        self.assertEqual(again.status, 200, again)
        self.assertEqual(self.node.must(200, "GET", f"bank-transfers/{transfer['id']}")["status"],
                         "succeeded")

    def test_a_node_that_dies_in_between_answers_the_same_key_the_same_way(self):
        for turn in range(6):
            key, direction = str(uuid.uuid4()), "decrease" if turn % 2 else "increase"
            adjustment = self.dies_during(lambda: self.adjust(direction, key=key))
            approval = self.proposed(adjustment)
            confirmed = self.dies_during(lambda: self.lees(approval, key=key))
            self.assertEqual((confirmed.status, confirmed["failure"]), (200, None), confirmed)
            done = self.node.must(200, "GET", f"adjustments/{adjustment['id']}")
            self.assertEqual(done["status"], "succeeded")
        self.assertEqual(self.node.balance(self.person), 0)

    def dies_during(self, ask):
        """The answer to the same request again, after the node was killed at some point of it."""
        def asked():
            try:
                ask()
            except lib.Unreachable:
                pass
        client = threading.Thread(target=asked)
        client.start()
        client.join(random.random() * 0.02)
        self.node.kill()
        client.join()
        self.node.start()
        return ask()

    # ---- a subject that has moved on

    def test_a_resolve_of_what_the_bank_was_asked_about_since_is_stale(self):
        transfer = self.parked_transfer()
        approval, key = self.propose_resolve(transfer, "failed"), str(uuid.uuid4())
        self.bank.misbehave("error_after")  # It pays, and we do not hear of it
        inquired = self.kims(f"bank-transfers/{transfer}/inquire")
        self.assertEqual((inquired.status, inquired["status"]), (200, "parked"), inquired)
        self.bank.behave()
        for _ in range(2):
            refused = self.lees(approval, key=key)
            self.assertProblem(refused, 409, "proposal_stale")
            self.assertEqual((refused["object"]["status"], refused["object"]["failure"]["code"]),
                             ("confirmed", "proposal_stale"))
        read = self.node.must(200, "GET", f"approvals/{approval}")
        self.assertEqual((read["status"], read["decided_by"], read["failure"]["code"]),
                         ("confirmed", "lee@happy", "proposal_stale"))
        self.assertEqual(self.node.must(200, "GET", f"bank-transfers/{transfer}")["status"],
                         "parked")
        self.bank_decides(transfer)

    def test_a_resolve_of_what_has_ended_since_says_so(self):
        transfer = self.parked_transfer()
        approval = self.propose_resolve(transfer, "failed")
        self.bank_decides(transfer)
        self.assertProblem(self.lees(approval), 409, "state_conflict")
        self.assertEqual(self.node.must(200, "GET", f"approvals/{approval}")["failure"]["code"],
                         "state_conflict")

    # ---- one question at a time

    def test_while_the_bank_is_asked_nobody_asks_or_resolves(self):
        transfer = self.parked_transfer()
        path = f"bank-transfers/{transfer}"
        approval = self.propose_resolve(transfer, "failed")
        self.bank.misbehave("slow", delay_ms=1500, count=1)
        asked = self.kims(path + "/inquire", headers=ASYNC)
        self.assertEqual(asked.status, 202, asked)
        resolve = dict(decision="failed", reason="not on paper")
        for action, body in (("inquire", None), ("resolve", resolve)):
            self.assertProblem(self.kims(f"{path}/{action}", body), 409, "inquiry_open")
        self.assertProblem(self.kims(f"sagas/{transfer}/retry"), 409, "inquiry_open")
        self.assertProblem(self.lees(approval), 409, "inquiry_open")
        ended = self.becomes(path, "succeeded", "failed")
        self.assertEqual((ended["status"], ended["contradicted"]), ("succeeded", False))
        self.assertProblem(self.kims(path + "/resolve", resolve), 409, "state_conflict")
        self.becomes(f"recharges/{ended['saga_id']}", "succeeded")
        self.node.check_quiet_books()

    # ---- what goes on by itself

    def test_what_goes_on_by_itself_says_so_to_who_would_move_it(self):
        person, merchant = self.node.person(), self.node.merchant()
        self.bank.misbehave("error_before")
        payment = self.node.call("POST", "payments", dict(
            member_id=person["member"], merchant_id=merchant["merchant"],
            order_id=uuid.uuid4().hex, amount=5_000, currency="KRW", capture=True,
            auto_recharge=True, bank_account_id=person["account"]), headers=ASYNC)
        self.assertEqual(payment.status, 202, payment)
        for action, body in (("retry", None), ("resolve", dict(decision="give_up", reason="x"))):
            path = f"sagas/{payment['id']}/{action}"
            self.assertProblem(self.kims(path, body), 409, "answer_pending")
        self.bank.behave()
        (transfer,) = lib.wait_until("the transfer", lambda: self.node.must(
            200, "GET", f"bank-transfers?member_id={person['member']}")["data"])
        path = f"bank-transfers/{transfer['id']}"
        if self.becomes(path, "succeeded", "parked")["status"] == "parked":
            self.bank_decides(transfer["id"])
        self.becomes(f"payments/{payment['id']}", "captured")
        self.assertProblem(self.kims(f"sagas/{payment['id']}/retry"), 409, "state_conflict")
        adjustment = self.adjust()
        self.assertProblem(self.kims(f"sagas/{adjustment['id']}/retry"), 409, "state_conflict")
        self.lees(adjustment["approval_id"], "reject")


if __name__ == "__main__":
    lib.main()
