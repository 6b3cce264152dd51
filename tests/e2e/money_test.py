"""Wallets from outside: paid out, put right, suspended, closed; and what their limits say."""
import lib

FAST = ("--bank-inquiry-first-ms", "50", "--bank-inquiry-last-ms", "300",
        "--bank-timeout-ms", "500")


class MoneyCase(lib.TestCase):
    options = FAST

    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank, *cls.options)

    @classmethod
    def tearDownClass(cls):
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]
        cls.node.check_sound()

    def tearDown(self):
        self.bank.behave()

    def rich(self, amount=100_000):
        """Somebody with this much in the wallet, and a million at the bank beside it."""
        person = self.node.person(bank_balance=1_000_000 + amount)
        self.assertEqual(self.node.recharge(person, amount).status, 201)
        return person

    def withdraw(self, person, amount, key=None, token=None, **headers):
        return self.node.call("POST", f"wallets/{person['wallet']}/withdrawals",
                              dict(amount=amount, currency="KRW",
                                   bank_account_id=person["account"]),
                              key=key, token=token, headers=headers)

    def adjust(self, person, amount, direction="increase", token=None, key=None, **more):
        return self.node.call("POST", f"wallets/{person['wallet']}/adjustments",
                              dict(dict(amount=amount, currency="KRW", direction=direction,
                                        reason="the old system lost it"), **more),
                              token=token, key=key)

    def wallet(self, person):
        return self.node.must(200, "GET", f"wallets/{person['wallet']}")

    def act(self, person, action, token=None, **body):
        return self.node.call("POST", f"wallets/{person['wallet']}/{action}", body, token=token)

    def member(self, person):
        return self.node.token("member", person["member"])

    def entries(self, person):
        return self.node.must(200, "GET", f"wallets/{person['wallet']}/entries?limit=100")["data"]

    def assertMoney(self, person, available, held=0):
        wallet = self.wallet(person)
        self.assertEqual((wallet["balance"], wallet["available"], wallet["held"]),
                         (available + held, available, held))


class Withdrawals(MoneyCase):
    def test_money_goes_out_to_the_owners_account(self):
        kim = self.rich()
        answer = self.withdraw(kim, 30_000, token=self.member(kim))
        self.assertEqual((answer.status, answer["object"], answer["status"]),
                         (201, "withdrawal", "succeeded"), repr(answer))
        self.assertTrue(answer["id"].startswith("wdr_"))
        self.assertEqual(answer.headers["location"], f"/v1/withdrawals/{answer['id']}")
        self.assertMoney(kim, 70_000)
        self.assertEqual(self.bank.balance(kim["number"]), 1_030_000)
        entry = self.entries(kim)[0]
        self.assertEqual((entry["direction"], entry["amount"], entry["balance_after"],
                          entry["reference"]),
                         ("out", 30_000, 70_000, f"{answer['id']}/capture/1"))
        self.assertEqual(self.node.must(200, "GET", f"withdrawals/{answer['id']}").json,
                         answer.json)
        self.node.check_quiet_books()

    def test_a_key_withdraws_once(self):
        kim = self.rich()
        first = self.withdraw(kim, 10_000, key="the-same")
        again = self.withdraw(kim, 10_000, key="the-same")
        self.assertEqual((first.status, again.status, again["id"]), (201, 201, first["id"]))
        self.assertEqual(again.headers["idempotent-replayed"], "true")
        self.assertProblem(self.withdraw(kim, 10_001, key="the-same"), 422,
                           "idempotency_key_reused")
        self.assertMoney(kim, 90_000)
        self.assertEqual(self.bank.balance(kim["number"]), 1_010_000)

    def test_what_is_not_there_cannot_be_withdrawn(self):
        kim = self.rich()
        answer = self.withdraw(kim, 100_001)
        self.assertProblem(answer, 422, "insufficient_funds")
        self.assertEqual((answer["object"]["status"], answer["object"]["failure"]["code"]),
                         ("failed", "insufficient_funds"))
        read = self.node.must(200, "GET", f"withdrawals/{answer['object']['id']}")
        self.assertEqual((read["status"], read["failure"]["code"]),
                         ("failed", "insufficient_funds"))
        self.assertMoney(kim, 100_000)

    def test_a_declined_withdrawal_leaves_the_money_spendable(self):
        kim = self.rich()
        self.bank.misbehave("decline", count=1)
        answer = self.withdraw(kim, 40_000)
        self.assertProblem(answer, 422, "bank_declined")
        self.assertMoney(kim, 100_000)
        self.assertEqual([entry["direction"] for entry in self.entries(kim)], ["in"])
        limits = self.node.must(200, "GET", f"wallets/{kim['wallet']}/limits")
        self.assertEqual(limits["daily_outflow"]["remaining"], limits["daily_outflow"]["limit"])
        self.node.check_quiet_books()

    def test_while_the_outcome_is_unknown_the_money_stays_held(self):
        for kind in ("error_before", "error_after", "cut_after", "hang_after"):
            with self.subTest(kind):
                kim = self.rich()
                self.bank.misbehave(kind, delay_ms=700)
                answer = self.withdraw(kim, 40_000, Prefer="wait=1")
                self.assertEqual((answer.status, answer["status"]), (202, "processing"),
                                 repr(answer))
                self.assertMoney(kim, 60_000, held=40_000)
                self.bank.behave()
                done = self.node.finished(f"withdrawals/{answer['id']}")
                self.assertEqual(done["status"], "succeeded")
                self.assertMoney(kim, 60_000)
                self.assertEqual(self.bank.balance(kim["number"]), 1_040_000)
        self.node.check_quiet_books()

    def test_an_account_that_is_not_the_members_is_refused(self):
        kim, lee = self.rich(), self.node.person()
        theirs = dict(kim, account=lee["account"])
        self.assertProblem(self.withdraw(theirs, 10), 422, "bank_account_not_owned")
        made_up = dict(kim, account="bac_" + "0" * 26)
        for stranger in (theirs, made_up):  #  Its member cannot tell one from the other
            self.assertProblem(self.withdraw(stranger, 10, token=self.member(kim)), 422,
                               "bank_account_not_found")
        self.node.must(204, "DELETE", f"bank-accounts/{kim['account']}")
        self.assertProblem(self.withdraw(kim, 10), 422, "bank_account_not_linked")
        self.assertMoney(kim, 100_000)

    def test_nobody_sees_or_makes_a_strangers_withdrawal(self):
        kim, lee = self.rich(), self.rich()
        made = self.withdraw(kim, 10)["id"]
        self.assertProblem(self.withdraw(kim, 10, token=self.member(lee)), 404, "not_found")
        for path in (f"withdrawals/{made}", f"wallets/{kim['wallet']}/withdrawals"):
            self.assertProblem(self.node.call("GET", path, token=self.member(lee)), 404,
                               "not_found")
            self.node.must(200, "GET", path, token=self.member(kim))

    def test_withdrawals_are_listed_newest_first_with_the_failed_ones(self):
        kim = self.rich()
        made = [self.withdraw(kim, 10)["id"], self.withdraw(kim, 1_000_000)["object"]["id"],
                self.withdraw(kim, 20)["id"]]
        rows = self.node.must(200, "GET", f"wallets/{kim['wallet']}/withdrawals")["data"]
        self.assertEqual([row["id"] for row in rows], made[::-1])
        self.assertEqual([row["status"] for row in rows], ["succeeded", "failed", "succeeded"])

    def test_a_bad_body_names_every_field(self):
        kim = self.node.person()
        answer = self.node.call("POST", f"wallets/{kim['wallet']}/withdrawals",
                                dict(amount=0, currency="USD", memo="x"))
        self.assertProblem(answer, 400, "invalid_request")
        self.assertEqual({error["pointer"] for error in answer["errors"]},
                         {"/amount", "/currency", "/bank_account_id", "/memo"})


class AwayBank(MoneyCase):
    options = (*FAST, "--bank-breaker-failures", "2", "--bank-breaker-open-ms", "60000")

    def test_a_bank_that_is_away_takes_no_new_withdrawal_and_records_nothing(self):
        kim = self.rich()
        self.bank.misbehave("outage", delay_ms=60_000)
        began = self.withdraw(kim, 10, key="begun", Prefer="respond-async")
        self.assertEqual(began.status, 202, repr(began))
        refused = lib.wait_until("the breaker opens", lambda: next(
            (answer for answer in [self.withdraw(kim, 20, Prefer="respond-async")]
             if answer.status == 503), None))
        self.assertProblem(refused, 503, "bank_unavailable")
        self.assertIn("retry-after", refused.headers)
        again = self.withdraw(kim, 10, key="begun", Prefer="respond-async")
        self.assertEqual((again.status, again["id"]), (202, began["id"]))

    @classmethod
    def tearDownClass(cls):
        cls.node.kill(lib.signal.SIGTERM)


class SilentBank(MoneyCase):
    options = (*FAST, "--bank-inquiry-give-up-s", "1", "--bank-breaker-failures", "100000")

    def test_a_transfer_that_nobody_knows_of_parks_it_and_a_late_word_ends_it(self):
        kim = self.rich()
        self.bank.misbehave("error_after")
        begun = self.withdraw(kim, 40_000, Prefer="respond-async")
        self.assertEqual(begun.status, 202, repr(begun))
        parked = self.node.finished(f"withdrawals/{begun['id']}")
        self.assertEqual((parked["status"], parked["failure"]["code"]),
                         ("parked", "bank_unavailable"))
        self.assertMoney(kim, 60_000, held=40_000)
        self.assertProblem(self.node.call("POST", f"sagas/{begun['id']}/retry", {}), 409,
                           "transfers_open")
        self.bank.behave()
        self.node.must(200, "POST", f"bank-transfers/{parked['bank_transfer_id']}/inquire", {})
        lib.wait_until("the bank's word", lambda: self.node.must(
            200, "GET", f"withdrawals/{begun['id']}")["status"] == "succeeded")
        self.assertMoney(kim, 60_000)
        self.assertEqual(self.bank.balance(kim["number"]), 1_040_000)
        self.node.check_quiet_books()


class Adjustments(MoneyCase):
    def test_an_operator_puts_a_wallet_right_and_it_shows(self):
        kim = self.rich()
        up = self.adjust(kim, 5_000)
        self.assertEqual((up.status, up["object"], up["status"], up["direction"]),
                         (201, "adjustment", "succeeded", "increase"), repr(up))
        self.assertTrue(up["id"].startswith("adj_") and up["reason"] and up["operator_id"])
        self.assertIsNone(up["approval_id"])
        self.assertEqual(self.adjust(kim, 25_000, "decrease").status, 201)
        self.assertMoney(kim, 80_000)
        self.assertEqual([(entry["direction"], entry["amount"], entry["balance_after"])
                          for entry in self.entries(kim)][:2],
                         [("out", 25_000, 80_000), ("in", 5_000, 105_000)])
        self.assertEqual(self.entries(kim)[1]["reference"], f"{up['id']}/adjust/1")
        self.assertEqual(self.node.must(200, "GET", f"adjustments/{up['id']}").json, up.json)
        self.node.check_quiet_books()

    def test_the_books_show_adjustments_on_the_other_side(self):
        kim = self.node.person()
        before = self.node.books().get("adjustments", 0)
        self.assertEqual(self.adjust(kim, 700).status, 201)
        books = self.node.books()
        self.assertEqual((books["adjustments"] - before, books["wallet:" + kim["wallet"]]),
                         (700, -700))

    def test_no_adjustment_takes_a_wallet_below_zero(self):
        kim = self.rich(1_000)
        answer = self.adjust(kim, 1_001, "decrease")
        self.assertProblem(answer, 422, "insufficient_funds")
        self.assertEqual(answer["object"]["status"], "failed")
        self.assertMoney(kim, 1_000)

    def test_only_operators_adjust_or_see_adjustments(self):
        kim = self.rich()
        self.assertProblem(self.adjust(kim, 5, token=self.member(kim)), 403, "forbidden")
        made = self.adjust(kim, 5)["id"]
        self.assertProblem(self.node.call("GET", f"adjustments/{made}", token=self.member(kim)),
                           404, "not_found")

    def test_an_adjustment_needs_a_wallet_a_direction_and_a_reason(self):
        kim = self.node.person()
        nobody = dict(wallet="wal_01ARZ3NDEKTSV4RRFFQ69G5FAV")
        self.assertProblem(self.adjust(nobody, 5), 404, "not_found")
        for body, pointer in ((dict(direction="sideways"), "/direction"),
                              (dict(reason=""), "/reason")):
            answer = self.adjust(kim, 5, **body) if "reason" in body else self.adjust(
                kim, 5, body["direction"])
            self.assertProblem(answer, 400, "invalid_request")
            self.assertEqual([error["pointer"] for error in answer["errors"]], [pointer])

    def test_a_large_one_waits_until_another_operator_confirms(self):
        kim = self.node.person()
        lee, park = (self.node.token("operator", name) for name in ("lee", "park"))
        answer = self.adjust(kim, 1_000_001, token=lee, key="large")
        self.assertEqual((answer.status, answer["status"]), (202, "awaiting_approval"),
                         repr(answer))
        self.assertMoney(kim, 0)
        path = f"approvals/{answer['approval_id']}"
        lib.wait_until("the approval is there", lambda: self.node.call(
            "POST", path + "/confirm", dict(reason="mine"), token=lee).status == 409)
        self.node.must(200, "POST", path + "/confirm", dict(reason="I have looked"), token=park)
        done = self.node.finished(f"adjustments/{answer['id']}")
        self.assertEqual((done["status"], done["operator_id"], done["decided_by"]),
                         ("succeeded", "lee", "park"))
        self.assertMoney(kim, 1_000_001)
        again = self.adjust(kim, 1_000_001, token=lee, key="large")
        self.assertEqual((again.status, again["id"]), (201, answer["id"]))

    def test_a_rejected_one_changes_nothing(self):
        kim = self.node.person()
        lee, park = (self.node.token("operator", name) for name in ("lee", "park"))
        answer = self.adjust(kim, 1_000_001, token=lee)
        path = f"approvals/{answer['approval_id']}/reject"
        lib.wait_until("it is rejected", lambda: self.node.call(
            "POST", path, dict(reason="no"), token=park).status == 200)
        done = self.node.finished(f"adjustments/{answer['id']}")
        self.assertEqual((done["status"], done["failure"]["code"]),
                         ("failed", "approval_rejected"))
        self.assertMoney(kim, 0)


class Life(MoneyCase):
    def test_a_suspended_wallet_spends_nothing_and_can_be_woken(self):
        kim, shop = self.rich(), self.node.merchant()
        answer = self.act(kim, "suspend", reason="asked to")
        self.assertEqual((answer.status, answer["status"]), (200, "suspended"), repr(answer))
        self.assertProblem(self.withdraw(kim, 10), 422, "wallet_suspended")
        self.assertProblem(self.node.recharge(kim, 10), 422, "wallet_suspended")
        self.assertProblem(self.node.pay(kim, shop, 10), 422, "wallet_suspended")
        self.assertProblem(self.act(kim, "suspend"), 409, "state_conflict")
        self.assertEqual(self.act(kim, "activate")["status"], "active")
        self.assertEqual(self.withdraw(kim, 10).status, 201)

    def test_members_cannot_suspend_or_wake_wallets(self):
        kim, lee = self.node.person(), self.node.person()
        for action in ("suspend", "activate"):
            self.assertProblem(self.act(kim, action, token=self.member(kim)), 403, "forbidden")
            self.assertProblem(self.act(kim, action, token=self.member(lee)), 404, "not_found")

    def test_a_member_closes_its_own_empty_wallet_and_no_other(self):
        kim, lee = self.rich(1_000), self.node.person()
        mine = self.member(kim)
        self.assertProblem(self.act(kim, "close", token=self.member(lee)), 404, "not_found")
        self.assertProblem(self.act(kim, "close", token=mine), 409, "wallet_not_empty")
        self.assertProblem(self.act(kim, "close", token=mine, void_expects=True), 403, "forbidden")
        self.assertEqual(self.withdraw(kim, 1_000).status, 201)
        self.assertEqual(self.act(kim, "close", token=mine)["status"], "closed")
        self.assertProblem(self.act(kim, "close", token=mine), 409, "state_conflict")
        self.assertProblem(self.node.recharge(kim, 10), 422, "wallet_closed")
        self.assertProblem(self.adjust(kim, 10), 422, "wallet_closed")

    def test_money_on_its_way_keeps_a_wallet_open_until_an_operator_closes_it(self):
        kim = self.node.person(bank_balance=50_000)
        self.bank.misbehave("slow", count=1, delay_ms=1_500)
        recharge = self.node.recharge(kim, 20_000, Prefer="respond-async")
        self.assertEqual(recharge.status, 202)
        for how in (dict(token=self.member(kim)), dict(void_expects=False)):
            self.assertProblem(self.act(kim, "close", **how), 409, "wallet_expects_credit")
        closed = self.act(kim, "close", reason="fraud")
        self.assertEqual((closed.status, closed["status"]), (200, "closed"), repr(closed))
        done = self.node.finished(f"recharges/{recharge['id']}")
        self.assertEqual((done["status"], done["failure"]["code"]),
                         ("compensated", "wallet_closed"))
        self.assertEqual(self.bank.balance(kim["number"]), 50_000)
        self.node.check_quiet_books()

    def test_limits_say_what_is_left_today(self):
        kim = self.rich(100_000)
        self.assertEqual(self.withdraw(kim, 30_000).status, 201)
        limits = self.node.must(200, "GET", f"wallets/{kim['wallet']}/limits")
        self.assertEqual(limits["balance"], dict(limit=2_000_000, remaining=1_930_000))
        self.assertEqual(limits["movement"], dict(limit=1_000_000, remaining=1_000_000))
        self.assertEqual(limits["daily_outflow"], dict(limit=5_000_000, remaining=4_970_000))

    def test_wallets_of_several_members_come_in_the_order_asked(self):
        people = [self.node.person() for _ in range(3)]
        query = "&".join("member_id=" + person["member"] for person in people[::-1])
        rows = self.node.must(200, "GET", "wallets?" + query)["data"]
        self.assertEqual([row["id"] for row in rows],
                         [person["wallet"] for person in people[::-1]])
        self.assertEqual({row["held"] for row in rows}, {0})
        too_many = "&".join(["member_id=" + people[0]["member"]] * 101)
        self.assertProblem(self.node.call("GET", "wallets?" + too_many), 400, "invalid_request")
        self.assertProblem(self.node.call("GET", "wallets"), 400, "invalid_request")


if __name__ == "__main__":
    lib.main()
