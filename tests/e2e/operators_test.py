#!/usr/bin/env python3
"""What operators do by hand: money at the bank, what is parked, and two of them at once.

    HAPPY_BIN=build/happypay tests/e2e/operators_test.py [NAME...]
"""
import uuid

import lib
from operators_lib import LARGE, OURS, Story


class Operators(Story):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls.node.person()

    # ---- what the stories share

    def outside(self, balance=1_000_000):
        number = f"{uuid.uuid4().int % 10**12:012d}"
        self.bank.open_account(number, "Somebody", balance)
        return dict(bank_code="apple", account_number=number)

    def instruct(self, source, target, amount, why="by hand", **how):
        body = {"from": source, "to": target, "amount": amount, "currency": "KRW"}
        if why:
            body["reason"] = why
        return self.node.call("POST", "bank-transfers", body, token=self.kim, **how)

    def act(self, path, body=None, token=None, **how):
        return self.node.call("POST", path, body, token=token or self.kim, **how)

    def approval(self, approval_id):
        return self.node.must(200, "GET", f"approvals/{approval_id}")

    def confirm(self, approval_id, token=None):
        return self.act(f"approvals/{approval_id}/confirm", dict(reason="seen"),
                        token=token or self.lee)

    def status(self, path, status):
        def reached():
            answer = self.node.must(200, "GET", path)
            return answer if answer["status"] == status else None
        return lib.wait_until(f"{path} {status}", reached)

    def parked_recharge(self, fault, amount=10_000):
        """A recharge whose transfer the bank has not decided for too long."""
        self.bank.misbehave(fault)
        answer = self.node.recharge(self.person, amount, **{"Prefer": "respond-async"})
        self.assertEqual(answer.status, 202, answer)
        recharge = self.status(f"recharges/{answer['id']}", "parked")
        self.bank.behave()
        return recharge

    def suspense(self):
        return -self.node.books().get("suspense", 0)

    # ---- accounts

    def test_an_account_is_unlinked_and_linked_again_as_the_same(self):
        person = self.node.person()
        path = f"bank-accounts/{person['account']}"
        self.assertEqual(self.node.must(204, "DELETE", path).raw, b"")
        self.assertEqual(self.node.must(200, "GET", path)["status"], "unlinked")
        self.assertProblem(self.node.call("DELETE", path), 409, "state_conflict")
        self.assertProblem(self.node.recharge(person, 1000), 422, "bank_account_not_linked")
        listed = self.node.must(200, "GET", f"bank-accounts?member_id={person['member']}")
        self.assertEqual([row["status"] for row in listed["data"]], ["unlinked"])
        again = self.node.must(201, "POST", "bank-accounts", dict(
            member_id=person["member"], bank_code="apple", account_number=person["number"]))
        self.assertEqual((again["id"], again["status"]), (person["account"], "linked"))
        self.assertEqual(self.node.recharge(person, 1000).status, 201)

    def test_nobody_unlinks_the_account_of_another(self):
        one, other = self.node.person(), self.node.person()
        token = self.node.token("member", other["member"])
        path = f"bank-accounts/{one['account']}"
        self.assertProblem(self.node.call("DELETE", path, token=token), 404, "not_found")
        self.assertEqual(self.node.must(200, "GET", path)["status"], "linked")

    # ---- money by hand

    def test_money_by_hand_posts_against_suspense_both_ways(self):
        account, before = self.outside(), self.suspense()
        key = str(uuid.uuid4())
        came = self.instruct(account, OURS, 70_000, key=key)
        self.assertEqual((came.status, came["status"]), (201, "succeeded"), came)
        self.assertEqual((came["saga_id"], came["member_id"], came["operator"], came["reason"]),
                         (None, None, "kim@happy", "by hand"))
        self.assertEqual(came["to"]["account_number"], "***-***-4111")
        self.assertEqual(self.suspense() - before, 70_000)
        again = self.instruct(account, OURS, 70_000, key=key)
        self.assertEqual((again["id"], again.headers["idempotent-replayed"]), (came["id"], "true"))
        went = self.instruct(OURS, account, 70_000)
        self.assertEqual((went.status, went["status"]), (201, "succeeded"), went)
        self.assertEqual(self.suspense(), before)
        self.node.check_quiet_books()

    def test_what_the_bank_declines_moves_nothing(self):
        before = self.suspense()
        refused = self.instruct(self.outside(balance=10), OURS, 5_000)
        self.assertProblem(refused, 422, "bank_declined")
        self.assertEqual((refused["object"]["status"], refused["object"]["reason"],
                          refused["object"]["failure"]),
                         ("failed", "by hand", dict(code="bank_declined",
                                                    detail="insufficient_funds")))
        self.assertEqual(self.suspense(), before)
        self.node.check_quiet_books()

    def test_exactly_one_side_is_our_own_account(self):
        account = self.outside()
        for source, target, pointer in ((account, self.outside(), "/from"), (OURS, OURS, "/to")):
            answer = self.instruct(source, target, 5_000)
            self.assertProblem(answer, 400, "invalid_request")
            self.assertEqual([error["pointer"] for error in answer["errors"]], [pointer])
        answer = self.instruct({"bank_code": "apple"}, OURS, 5_000)
        self.assertEqual([error["pointer"] for error in answer["errors"]], ["/from/account_number"])
        member = self.node.token("member", self.person["member"])
        body = {"from": account, "to": OURS, "amount": 1, "currency": "KRW"}
        self.assertEqual(self.node.call("POST", "bank-transfers", body, token=member).status, 403)

    def test_a_large_transfer_waits_for_another_operator(self):
        account, before = self.outside(), self.bank.corporate_balance()
        transfer = self.instruct(account, OURS, LARGE)
        self.assertEqual((transfer.status, transfer["status"]), (202, "awaiting_approval"))
        waiting = self.approval(transfer["approval_id"])
        self.assertEqual((waiting["status"], waiting["subject_id"], waiting["amount"],
                          waiting["proposed_by"]),
                         ("awaiting_approval", transfer["id"], LARGE, "kim@happy"))
        self.assertIn(waiting["id"], [row["id"] for row in self.node.must(
            200, "GET", "approvals?status=awaiting_approval&limit=100")["data"]])
        self.assertIn(transfer["id"], [row["id"] for row in self.node.must(
            200, "GET", "bank-transfers?status=awaiting_approval&limit=100")["data"]])
        self.assertProblem(self.confirm(waiting["id"], self.kim), 409, "same_operator")
        self.assertEqual(self.bank.corporate_balance(), before)
        self.assertEqual(self.confirm(waiting["id"]).status, 200)
        done = self.status(f"bank-transfers/{transfer['id']}", "succeeded")
        self.assertEqual((done["operator"], done["confirmed_by"]), ("kim@happy", "lee@happy"))
        self.assertEqual(self.bank.corporate_balance() - before, LARGE)
        self.assertProblem(self.confirm(waiting["id"]), 409, "state_conflict")
        self.assertEqual(self.approval(waiting["id"])["decided_by"], "lee@happy")
        self.node.check_quiet_books()

    def test_a_transfer_by_hand_has_a_reason_and_shows_it(self):
        account, why = self.outside(), "sent to us by mistake"
        transfer = self.instruct(account, OURS, LARGE, why)
        waiting = self.approval(transfer["approval_id"])
        self.assertEqual((waiting["reason"], transfer["reason"]), (why, why))
        self.act(f"approvals/{waiting['id']}/reject", token=self.lee)
        for missing in (None, "", "  "):
            answer = self.instruct(account, OURS, 1_000, missing)
            self.assertProblem(answer, 400, "invalid_request")
            self.assertEqual([error["pointer"] for error in answer["errors"]], ["/reason"])

    def test_a_rejected_transfer_never_reaches_the_bank(self):
        before, key = self.bank.corporate_balance(), str(uuid.uuid4())
        account = self.outside()
        transfer = self.instruct(account, OURS, LARGE, key=key)
        path = f"approvals/{transfer['approval_id']}/reject"
        self.assertProblem(self.act(path), 409, "same_operator")
        self.assertEqual(self.act(path, dict(reason="who is that?"), token=self.lee)["status"],
                         "rejected")
        self.status(f"bank-transfers/{transfer['id']}", "rejected")
        self.assertProblem(self.instruct(account, OURS, LARGE, key=key), 422, "approval_rejected")
        self.assertEqual(self.bank.corporate_balance(), before)

    # ---- what is parked

    def test_a_parked_transfer_is_inquired_and_its_recharge_goes_on(self):
        for fault in ("error_before", "error_after"):
            before = self.node.balance(self.person)
            recharge = self.parked_recharge(fault)
            transfer = recharge["bank_transfer_id"]
            listed = self.node.must(200, "GET", "sagas?status=parked&type=recharge&limit=100")
            self.assertIn(recharge["id"], [row["id"] for row in listed["data"]])
            for query, shown in (("", True), ("status=open&", False)):
                listed = self.node.must(200, "GET", f"sagas?{query}type=recharge&limit=100")
                self.assertEqual(recharge["id"] in [row["id"] for row in listed["data"]], shown)
            saga = self.node.must(200, "GET", f"sagas/{recharge['id']}")
            self.assertEqual((saga["object"], saga["type"], saga["status"], saga["step"],
                              saga["amount"]), ("saga", "recharge", "parked", "charging", 10_000))
            for action, body in (("retry", None),
                                 ("resolve", dict(decision="give_up", reason="tired"))):
                self.assertProblem(self.act(f"sagas/{recharge['id']}/{action}", body), 409,
                                   "transfers_open")
            inquired = self.act(f"bank-transfers/{transfer}/inquire")
            self.assertEqual((inquired.status, inquired["status"]), (200, "succeeded"), inquired)
            self.status(f"recharges/{recharge['id']}", "succeeded")
            self.assertEqual(self.node.balance(self.person) - before, 10_000)
            self.node.check_quiet_books()

    def test_an_inquiry_in_vain_leaves_it_parked(self):
        recharge = self.parked_recharge("error_before")
        self.bank.misbehave("error_before")
        path = f"bank-transfers/{recharge['bank_transfer_id']}"
        inquired = self.act(path + "/inquire")
        self.assertEqual((inquired.status, inquired["status"]), (200, "parked"), inquired)
        self.bank.behave()
        self.assertEqual(self.act(path + "/inquire")["status"], "succeeded")
        self.status(f"recharges/{recharge['id']}", "succeeded")

    def test_a_parked_transfer_is_resolved_as_it_went(self):
        for fault, outcome, end, credited in (("error_before", "failed", "failed", 0),
                                              ("error_after", "succeeded", "succeeded", 10_000)):
            before = self.node.balance(self.person)
            recharge = self.parked_recharge(fault)
            path = f"bank-transfers/{recharge['bank_transfer_id']}"
            answer = self.act(path + "/resolve", dict(decision=outcome, reason="statement",
                                                      bank_reference="B-7"))
            self.assertEqual((answer.status, answer["status"], answer["resolved_as"],
                              answer["resolve_reason"], answer["reason"]),
                             (200, outcome, outcome, "statement", None), answer)
            self.status(f"recharges/{recharge['id']}", end)
            self.assertEqual(self.node.balance(self.person) - before, credited)
            self.assertProblem(self.act(path + "/resolve", dict(decision=outcome, reason="again")),
                               409, "state_conflict")
            self.node.check_quiet_books()

    def test_a_large_resolve_takes_two_operators(self):
        recharge = self.parked_recharge("error_after", LARGE)
        path = f"bank-transfers/{recharge['bank_transfer_id']}"
        body, key = dict(outcome="succeeded", reason="statement"), str(uuid.uuid4())
        proposed = self.act(path + "/resolve", body, key=key)
        self.assertEqual((proposed.status, proposed["status"]), (202, "awaiting_approval"))
        waiting = self.node.must(200, "GET", path)
        self.assertEqual((waiting["status"], waiting["approval_id"]),
                         ("parked", proposed["approval_id"]))
        self.assertProblem(self.confirm(proposed["approval_id"], self.kim), 409, "same_operator")
        self.assertEqual(self.confirm(proposed["approval_id"])["status"], "confirmed")
        done = self.status(path, "succeeded")
        self.assertEqual((done["operator"], done["confirmed_by"]), ("kim@happy", "lee@happy"))
        self.status(f"recharges/{recharge['id']}", "succeeded")
        replayed = self.act(path + "/resolve", body, key=key)
        self.assertEqual((replayed.status, replayed["status"]), (200, "succeeded"))
        self.node.check_quiet_books()

    def test_a_rejected_resolve_leaves_it_parked(self):
        recharge = self.parked_recharge("error_before", LARGE)
        path = f"bank-transfers/{recharge['bank_transfer_id']}"
        proposed = self.act(path + "/resolve", dict(decision="failed", reason="looks so"))
        self.act(f"approvals/{proposed['approval_id']}/reject", dict(reason="no"), token=self.lee)
        self.assertEqual(self.node.must(200, "GET", path)["status"], "parked")
        self.assertEqual(self.act(path + "/inquire")["status"], "succeeded")
        self.status(f"recharges/{recharge['id']}", "succeeded")

    def test_a_bank_that_paid_what_was_resolved_as_failed_is_found_out(self):
        for asks in (True, False):  # By an operator; or by itself
            before, recharge = self.suspense(), self.node.recharge(self.person, 20_000)
            self.assertEqual(recharge.status, 201, recharge)
            self.bank.misbehave("error_after")
            sent = self.node.call("POST", f"wallets/{self.person['wallet']}/withdrawals", dict(
                amount=4_000, currency="KRW", bank_account_id=self.person["account"]),
                headers={"Prefer": "respond-async"})
            sent = self.status(f"withdrawals/{sent['id']}", "parked")
            wallet = self.node.balance(self.person)
            path = f"bank-transfers/{sent['bank_transfer_id']}"
            resolved = self.act(path + "/resolve", dict(decision="failed", reason="not on paper"))
            self.assertEqual((resolved["status"], resolved["bank_agrees"]), ("failed", None))
            self.status(f"withdrawals/{sent['id']}", "failed")
            self.assertEqual(self.node.balance(self.person), wallet)
            self.bank.behave()
            if asks:
                # The node may be asking by itself just then
                asked = lib.wait_until("an inquiry", lambda: next((answer for answer in [
                    self.act(path + "/inquire")] if answer.get("code") != "inquiry_open"), None))
                self.assertEqual((asked.status, asked.get("contradicted")), (200, True), asked)
            lib.wait_until("the contradiction",
                           lambda: self.node.must(200, "GET", path)["contradicted"])
            found = self.node.must(200, "GET", path)
            self.assertEqual((found["status"], found["bank_agrees"]), ("failed", False))
            self.assertEqual(before - self.suspense(), 4_000)
            self.node.check_quiet_books()

    def test_money_that_cannot_go_back_is_retried_and_then_given_up_by_two(self):
        person, before = self.node.person(), self.suspense()
        self.bank.misbehave("slow", delay_ms=1000, count=1)
        recharge = self.node.recharge(person, LARGE, **{"Prefer": "respond-async"})
        self.status(f"recharges/{recharge['id']}", "processing")
        lib.wait_until("the bank's call",
                       lambda: not self.bank.call("GET", "/admin/faults")["faults"])
        self.node.must(200, "POST", f"wallets/{person['wallet']}/close",
                       dict(reason="gone", void_expects=True))
        self.bank.misbehave("decline")  # All that would go back
        path = f"sagas/{recharge['id']}"
        saga = self.status(path, "parked")
        self.assertEqual((saga["step"], saga["failure"]["code"]), ("returning", "bank_declined"))
        retried = self.act(path + "/retry")
        self.assertEqual((retried.status, retried["status"]), (200, "parked"), retried)
        body = dict(decision="give_up", reason="the account is gone")
        self.assertProblem(self.act(path + "/resolve", dict(body, decision="failed")), 409,
                           "state_conflict")
        proposed = self.act(path + "/resolve", body)
        self.assertEqual((proposed.status, proposed["status"]), (202, "awaiting_approval"))
        self.assertEqual(self.confirm(proposed["approval_id"]).status, 200)
        self.assertEqual(self.status(path, "ended")["failure"]["code"], "kept_in_suspense")
        ended = self.node.must(200, "GET", f"recharges/{recharge['id']}")
        self.assertEqual((ended["status"], ended["failure"]["code"]), ("compensated", "kept_in_suspense"))
        self.assertEqual(self.suspense() - before, LARGE)
        self.node.check_quiet_books()
        self.bank.behave()  # And by hand it goes where it belongs
        target = self.outside()
        sent = self.instruct(OURS, target, LARGE)
        self.confirm(sent["approval_id"])
        self.status(f"bank-transfers/{sent['id']}", "succeeded")
        self.assertEqual(self.suspense(), before)

    # ---- lists and what makes no sense

    def test_transfers_are_listed_by_account_member_and_status(self):
        person = self.node.person()
        recharge = self.node.recharge(person, 3_000)
        transfer = recharge["bank_transfer_id"]
        token = self.node.token("member", person["member"])
        member, account = f"member_id={person['member']}", f"bank_account_id={person['account']}"
        for query in (member, account, f"{member}&{account}"):
            for status, expected in (("", [transfer]), ("&status=succeeded", [transfer]),
                                     ("&status=parked", [])):
                for caller in (self.kim, token):
                    listed = self.node.must(200, "GET", f"bank-transfers?{query}{status}",
                                            token=caller)
                    self.assertEqual([row["id"] for row in listed["data"]], expected)
        self.assertEqual(self.node.must(200, "GET", f"bank-transfers/{transfer}",
                                        token=token)["id"], transfer)
        stranger = self.node.token("member", self.person["member"])
        for path in (f"bank-transfers/{transfer}", f"bank-transfers?member_id={person['member']}",
                     f"bank-transfers?bank_account_id={person['account']}"):
            self.assertProblem(self.node.call("GET", path, token=stranger), 404, "not_found")
        both = f"bank-transfers?member_id={self.person['member']}&{account}"
        self.assertEqual(self.node.must(200, "GET", both)["data"], [])
        self.assertProblem(self.node.call("GET", "bank-transfers?status=lost"), 400,
                           "invalid_request")

    def test_a_member_that_names_nobody_sees_its_own(self):
        other = self.node.person()
        assert self.node.recharge(other, 2_000).status == 201
        assert self.node.recharge(self.person, 3_000).status == 201
        token = self.node.token("member", self.person["member"])
        for path in ("bank-accounts", "bank-transfers", "remittances"):
            own, named = ([row["id"] for row in self.node.must(
                200, "GET", f"{path}?limit=100{whose}", token=token)["data"]]
                          for whose in ("", f"&member_id={self.person['member']}"))
            self.assertEqual(own, named)
            self.assertTrue(own or path == "remittances")
            self.assertProblem(self.node.call(
                "GET", f"{path}?member_id={other['member']}", token=token), 404, "not_found")
            every = self.node.must(200, "GET", f"{path}?limit=100")["data"]    # an operator
            self.assertLessEqual(set(own), {row["id"] for row in every})

    def test_what_makes_no_sense_is_refused(self):
        recharge = self.node.recharge(self.person, 1_000)
        transfer, nobody = recharge["bank_transfer_id"], "0" * 26
        for path, body, status, code in (
                (f"bank-transfers/{transfer}/resolve", dict(decision="failed", reason="x"), 409,
                 "state_conflict"),
                (f"bank-transfers/{transfer}/resolve", dict(decision="maybe", reason="x"), 400,
                 "invalid_request"),
                (f"bank-transfers/{transfer}/resolve", dict(decision="failed"), 400,
                 "invalid_request"),
                (f"bank-transfers/{transfer}/resolve", dict(reason="x"), 400, "invalid_request"),
                (f"bank-transfers/{transfer}/resolve",
                 dict(decision="failed", outcome="failed", reason="x"), 400, "invalid_request"),
                (f"bank-transfers/btr_{nobody}/inquire", None, 404, "not_found"),
                (f"approvals/apr_{nobody}/confirm", None, 404, "not_found"),
                (f"sagas/rch_{nobody}/retry", None, 404, "not_found"),
                (f"sagas/mem_{nobody}/retry", None, 404, "not_found"),
                (f"sagas/rch_{nobody}/resolve", dict(decision="cheat", reason="x"), 404,
                 "not_found"),
                (f"sagas/{recharge['id']}/resolve", dict(decision="cheat", reason="x"), 400,
                 "invalid_request")):
            self.assertProblem(self.act(path, body), status, code)
        self.assertProblem(self.node.call("GET", "sagas?type=wallet"), 400, "invalid_request")
        self.assertProblem(self.node.call("GET", "sagas?status=done"), 400, "invalid_request")
        member = self.node.token("member", self.person["member"])
        for path in ("sagas", "approvals"):
            self.assertProblem(self.node.call("GET", path, token=member), 403, "forbidden")


if __name__ == "__main__":
    lib.main()
