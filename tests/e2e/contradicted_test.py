#!/usr/bin/env python3
"""A bank that paid out after it, or an operator, had said that it did not: found in the
statement of suspense, and put right in one of two ways.

    HAPPY_BIN=build/happypay tests/e2e/contradicted_test.py [NAME...]
"""
import datetime

import lib

AMOUNT = 30_000
SEOUL = datetime.timezone(datetime.timedelta(hours=9))


class Contradicted(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank, "--bank-inquiry-first-ms", "50", "--bank-inquiry-last-ms",
                            "100", "--bank-inquiry-give-up-s", "1", "--bank-breaker-failures",
                            "100000", "--reconciliation-after-s", "0")

    @classmethod
    def tearDownClass(cls):
        cls.node.check_quiet_books()
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]
        cls.node.check_sound()

    def tearDown(self):
        self.bank.behave()

    def suspense(self):
        return -self.node.books().get("suspense", 0)

    def paid_after_all(self):
        """A withdrawal that failed, its money back in the wallet, and paid by the bank."""
        person = self.node.person(bank_balance=100_000)
        self.assertEqual(self.node.recharge(person, 100_000).status, 201)
        self.bank.misbehave("error_after")  # It pays, and we do not hear of it
        begun = self.node.call("POST", f"wallets/{person['wallet']}/withdrawals", dict(
            amount=AMOUNT, currency="KRW", bank_account_id=person["account"]),
            headers={"Prefer": "respond-async"})
        self.assertEqual(begun.status, 202, begun)
        parked = self.node.finished(f"withdrawals/{begun['id']}")
        self.assertEqual(parked["status"], "parked", parked)
        self.bank.behave()
        person["transfer"] = parked["bank_transfer_id"]
        path = f"bank-transfers/{person['transfer']}"
        resolved = self.node.must(200, "POST", path + "/resolve",
                                  dict(decision="failed", reason="not on paper"))
        self.assertEqual(resolved["status"], "failed")
        lib.wait_until("the withdrawal has failed", lambda: self.node.must(
            200, "GET", f"withdrawals/{begun['id']}")["status"] == "failed")
        lib.wait_until("the contradiction",
                       lambda: self.node.must(200, "GET", path)["contradicted"])
        self.assertEqual(self.node.must(200, "GET", path)["status"], "failed")
        return person

    def assertFound(self, person):
        """The statement of suspense names the transfer, and nothing differs from the bank."""
        lines = self.node.must(200, "GET", "reports/account?account=suspense&limit=1000")["lines"]
        self.assertEqual([(line["event"], line["debit"]) for line in lines
                          if line["reference"] == person["transfer"]],
                         [("bank_transfer.contradicted", AMOUNT)])
        books = self.node.books()
        self.assertEqual(books[lib.CORPORATE_ACCOUNT], self.bank.corporate_balance())
        today = datetime.datetime.now(SEOUL).date().isoformat()
        day = self.node.must(201, "POST", "reconciliations", dict(date=today))
        self.assertEqual((day["status"], day["differences"]), ("succeeded", 0), day)

    def test_it_is_collected_where_it_went(self):
        before, person = self.suspense(), self.paid_after_all()
        self.assertEqual((self.suspense() - before, self.node.balance(person),
                          self.bank.balance(person["number"])), (-AMOUNT, 100_000, AMOUNT))
        self.assertFound(person)
        collected = self.node.call("POST", "bank-transfers", {
            "from": dict(bank_code="apple", account_number=person["number"]),
            "to": dict(bank_code=lib.CORPORATE[0], account_number=lib.CORPORATE[1]),
            "amount": AMOUNT, "currency": "KRW",
            "reason": f"{person['transfer']} was paid after all"})
        self.assertEqual((collected.status, collected["status"]), (201, "succeeded"), collected)
        self.assertEqual((self.suspense(), self.node.balance(person),
                          self.bank.balance(person["number"])), (before, 100_000, 0))
        self.node.check_quiet_books()

    def test_it_is_taken_out_of_the_wallet_that_kept_it(self):
        before, person = self.suspense(), self.paid_after_all()
        adjustments = self.node.books().get("adjustments", 0)
        self.assertFound(person)
        path = f"wallets/{person['wallet']}/adjustments"
        body = dict(amount=AMOUNT, currency="KRW", direction="decrease", against="suspense",
                    reason=f"{person['transfer']} was paid after all")
        taken = self.node.must(201, "POST", path, body)
        self.assertEqual((taken["status"], taken["against"]), ("succeeded", "suspense"))
        self.assertEqual((self.suspense(), self.node.balance(person),
                          self.bank.balance(person["number"])), (before, 70_000, AMOUNT))
        self.assertEqual(self.node.books().get("adjustments", 0), adjustments)
        entry = self.node.must(200, "GET", f"wallets/{person['wallet']}/entries")["data"][0]
        self.assertEqual((entry["direction"], entry["amount"]), ("out", AMOUNT))
        self.node.check_quiet_books()
        wrong = self.node.call("POST", path, dict(body, against="fees"))
        self.assertProblem(wrong, 400, "invalid_request")
        self.assertEqual([error["pointer"] for error in wrong["errors"]], ["/against"])


if __name__ == "__main__":
    lib.main()
