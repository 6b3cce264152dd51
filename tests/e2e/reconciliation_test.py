#!/usr/bin/env python3
"""Our account at the bank against our books, day by day."""
import datetime
import signal
import time
import uuid

import lib

SEOUL = datetime.timezone(datetime.timedelta(hours=9))


def today():
    return datetime.datetime.now(SEOUL).date().isoformat()


class Reconciliations(lib.TestCase):
    def setUp(self):
        self.bank = lib.Bank()
        self.node = lib.Node(self.bank, "--bank-inquiry-first-ms", "20",
                             "--bank-inquiry-last-ms", "100", "--bank-timeout-ms", "1000",
                             "--reconciliation-after-s", "0")

    def tearDown(self):
        for server in (self.node, self.bank):
            if server.process.poll() is None:
                server.kill()

    def test_a_day_on_which_all_went_right_matches_whole(self):
        person = self.node.person()
        for amount in (10_000, 20_000):
            self.assertEqual(self.node.recharge(person, amount).status, 201)
        done = self.node.must(201, "POST", "reconciliations", dict(date=today()))
        self.assertEqual({name: done[name] for name in (
            "status", "date", "matched", "matched_amount", "pending", "differences", "open",
            "bank_in", "bank_out", "items")},
            dict(status="succeeded", date=today(), matched=2, matched_amount=30_000, pending=0,
                 differences=0, open=0, bank_in=30_000, bank_out=0, items=[]))
        self.assertEqual(self.node.must(200, "GET", f"reconciliations/{done['id']}").json,
                         done.json)
        self.assertEqual([one["id"] for one in
                          self.node.must(200, "GET", "reconciliations")["data"]], [done["id"]])

    def test_an_id_that_the_bank_knows_with_another_amount_is_never_a_success(self):
        person = self.node.person()
        self.bank.misbehave("hang_before", delay_ms=600)
        recharge = self.node.recharge(person, 5_000, Prefer="wait=0")
        self.assertEqual(recharge.status, 202, repr(recharge))
        path = f"recharges/{recharge['id']}"
        transfer = lib.wait_until("the transfer", lambda: self.node.must(
            200, "GET", path)["bank_transfer_id"])
        #  The recharge names its transfer when it asks for it, so at first it is not there
        lib.wait_until("an unknown outcome", lambda: self.node.call(
            "GET", f"bank-transfers/{transfer}").get("status") == "unknown")
        self.node.kill()
        self.bank.behave()
        self.bank.call("POST", "/v1/transfers", {
            "transfer_id": transfer, "amount": 123, "currency": "KRW",
            "from": dict(bank_code="apple", account_number=person["number"]),
            "to": dict(bank_code=lib.CORPORATE[0], account_number=lib.CORPORATE[1])})
        self.node.start()
        before = self.node.must(200, "GET", f"bank-transfers/{transfer}")["posts"]
        asked = lib.wait_until("three more tries", lambda: next((answer for answer in [
            self.node.must(200, "GET", f"bank-transfers/{transfer}")]
            if answer["posts"] >= before + 3), None))
        self.assertEqual((asked["status"], asked["attempt"]), ("unknown", 1))
        self.assertEqual(self.node.must(200, "GET", path)["status"], "processing")
        self.assertEqual(self.node.balance(person), 0)
        done = self.node.must(201, "POST", "reconciliations", dict(date=today()))
        (item,) = done["items"]
        self.assertEqual((item["kind"], item["bank_transfer_id"], item["bank_amount"],
                          item["our_amount"]), ("different_amount", transfer, 123, 5_000))

    def test_money_that_came_by_itself_is_an_open_item_until_somebody_resolves_it(self):
        person = self.node.person()
        self.assertEqual(self.node.recharge(person, 10_000).status, 201)
        foreign = "foreign-" + uuid.uuid4().hex
        self.bank.call("POST", "/v1/transfers", {
            "transfer_id": foreign, "amount": 777, "currency": "KRW",
            "from": dict(bank_code="apple", account_number=person["number"]),
            "to": dict(bank_code=lib.CORPORATE[0], account_number=lib.CORPORATE[1])})
        done = self.node.must(201, "POST", "reconciliations", dict(date=today()))
        self.assertEqual((done["matched"], done["differences"], done["open"]), (1, 1, 1))
        (item,) = done["items"]
        self.assertEqual((item["kind"], item["bank_transfer_id"], item["bank_amount"],
                          item["our_amount"], item["status"]),
                         ("missing_with_us", foreign, 777, 0, "open"))
        path = f"reconciliations/{done['id']}/resolve"
        body = dict(item=item["item"], reason="a gift")
        resolved = self.node.must(200, "POST", path, body)
        self.assertEqual((resolved["open"], resolved["items"][0]["status"]), (0, "resolved"))
        self.assertProblem(self.node.call("POST", path, body), 409, "state_conflict")
        self.assertProblem(self.node.call("POST", path, dict(body, item=2)), 404, "not_found")

    def test_a_transfer_that_was_resolved_against_the_bank_is_found_and_sent_back(self):
        self.node.kill()
        self.node = lib.Node(self.bank, "--bank-inquiry-first-ms", "20", "--bank-inquiry-last-ms",
                             "100", "--bank-inquiry-give-up-s", "1", "--bank-breaker-failures",
                             "100000")
        person = self.node.person()
        self.bank.misbehave("error_after")  # It moves the money, and we do not hear of it
        recharge = self.node.recharge(person, 10_000, Prefer="respond-async")
        parked = self.node.finished(f"recharges/{recharge['id']}")
        self.assertEqual(parked["status"], "parked")
        self.bank.behave()
        transfer = parked["bank_transfer_id"]
        resolved = self.node.must(200, "POST", f"bank-transfers/{transfer}/resolve",
                                  dict(decision="failed", reason="not on paper"))
        self.assertEqual(resolved["status"], "failed")
        lib.wait_until("the money's way back", lambda: self.node.must(
            200, "GET", f"recharges/{recharge['id']}")["status"] == "compensated")
        self.assertTrue(self.node.must(200, "GET", f"bank-transfers/{transfer}")["contradicted"])
        self.assertEqual(self.node.balance(person), 0)
        done = self.node.must(201, "POST", "reconciliations", dict(date=today()))
        self.assertEqual((done["matched"], done["matched_amount"], done["differences"]), (2, 0, 0))

    def books(self):
        books = self.node.books()
        return books.get(lib.CORPORATE_ACCOUNT, 0), -books.get("suspense", 0)

    def test_money_that_came_by_itself_is_posted_once_and_reaches_its_owner(self):
        person = self.node.person()
        foreign = "foreign-" + uuid.uuid4().hex
        self.bank.call("POST", "/v1/transfers", {
            "transfer_id": foreign, "amount": 777, "currency": "KRW",
            "from": dict(bank_code="apple", account_number=person["number"]),
            "to": dict(bank_code=lib.CORPORATE[0], account_number=lib.CORPORATE[1])})
        one, two = (self.node.must(201, "POST", "reconciliations", dict(date=today()))
                    for _ in range(2))
        body = dict(item=1, reason="a gift", decision="post")
        self.assertProblem(self.node.call("POST", f"reconciliations/{one['id']}/resolve", dict(
            body, decision="maybe")), 400, "invalid_request")
        posted = self.node.must(200, "POST", f"reconciliations/{one['id']}/resolve", body)
        self.assertEqual([posted["open"]] + [posted["items"][0][name] for name in (
            "status", "resolved_as", "failure")], [0, "resolved", "post", None])
        self.assertEqual(self.books(), (777, 777))
        self.assertEqual(self.bank.corporate_balance(), 777)
        again = self.node.call("POST", f"reconciliations/{two['id']}/resolve", body)
        self.assertProblem(again, 409, "state_conflict")  # Once, whichever of them posts it
        self.assertEqual(again["object"]["items"][0]["status"], "open")
        self.assertEqual(self.books(), (777, 777))
        third = self.node.must(201, "POST", "reconciliations", dict(date=today()))
        self.assertEqual((third["matched"], third["differences"]), (1, 0))
        (line,) = self.node.must(200, "GET", "bank-transfers?status=foreign")["data"]
        self.assertEqual((line["bank_reference"], line["amount"], line["corrected"],
                          line["from"]["bank_code"]), (foreign, 777, 777, None))
        self.node.must(201, "POST", f"wallets/{person['wallet']}/adjustments", dict(
            amount=777, currency="KRW", direction="increase", against="suspense", reason="hers"))
        self.assertEqual((self.node.balance(person), self.books()), (777, (777, 0)))
        self.node.check_quiet_books()

    def test_a_failed_transfer_is_no_difference_and_yesterday_is_the_default(self):
        person = self.node.person()
        self.bank.misbehave("decline", count=1)
        self.assertEqual(self.node.recharge(person, 10_000).status, 422)
        done = self.node.must(201, "POST", "reconciliations", dict(date=today()))
        self.assertEqual((done["matched"], done["differences"], done["pending"]), (0, 0, 0))
        before = self.node.must(201, "POST", "reconciliations", {})
        yesterday = datetime.datetime.now(SEOUL).date() - datetime.timedelta(days=1)
        self.assertEqual((before["date"], before["matched"]), (yesterday.isoformat(), 0))

    def test_what_is_no_date_or_still_to_come_is_refused(self):
        for date in ("2026-13-01", "yesterday!", "2999-01-01", "1969-12-31"):
            self.assertProblem(self.node.call("POST", "reconciliations", dict(date=date)), 400,
                               "invalid_request")

    def test_without_a_bank_it_fails_and_says_so(self):
        self.bank.misbehave("outage", delay_ms=20_000)
        answer = self.node.call("POST", "reconciliations", dict(date=today()),
                                headers={"Prefer": "wait=20"})
        self.assertProblem(answer, 422, "bank_unavailable")
        self.assertTrue(answer["retryable"])
        self.assertEqual(answer["object"]["status"], "failed")


class DailyReconciliations(lib.TestCase):
    """Midnight cannot be waited for; how long after it the day is compared can be told."""

    def setUp(self):
        self.bank = lib.Bank()
        self.node = None

    def tearDown(self):
        for server in (self.node, self.bank):
            if server and server.process.poll() is None:
                server.kill()

    def start(self, after_s):
        self.node = lib.Node(self.bank, "--reconciliation-after-s", str(after_s),
                             "--bank-inquiry-first-ms", "20", "--bank-inquiry-last-ms", "100",
                             "--bank-timeout-ms", "1000", data=self.node and self.node.data)

    def stop(self):
        self.assertEqual(self.node.kill(signal.SIGTERM), 0)

    def soon(self, seconds=4):
        """(a limit that is met in so many seconds, the day that is compared then)"""
        at = datetime.datetime.now(SEOUL) + datetime.timedelta(seconds=seconds)
        after_s = at.hour * 3600 + at.minute * 60 + at.second
        return max(after_s, 1), (at.date() - datetime.timedelta(days=1)).isoformat()

    def listed(self):
        return self.node.must(200, "GET", "reconciliations")["data"]

    def first(self):
        return lib.wait_until("the daily reconciliation", lambda: [
            one for one in self.listed() if one["status"] != "processing"], seconds=30)

    def test_the_day_before_is_compared_by_itself_and_once(self):
        after_s, day = self.soon()
        self.start(after_s)
        (daily,) = self.first()
        self.assertEqual((daily["status"], daily["daily"], daily["date"], daily["matched"],
                          daily["differences"]), ("succeeded", True, day, 0, 0))
        asked = self.node.must(201, "POST", "reconciliations", dict(date=day))
        self.assertEqual((asked["daily"], asked["date"]), (False, day))
        self.node.kill()
        self.start(after_s)                 #  Woken again; what it had started is not started
        self.node.must(201, "POST", "reconciliations", dict(date=today()))
        self.assertEqual([one["daily"] for one in self.listed()], [False, False, True])
        self.stop()
        self.node.check_sound()

    def test_it_waits_for_a_bank_that_does_not_answer(self):
        self.bank.misbehave("outage", delay_ms=600_000)
        after_s, day = self.soon()
        self.start(after_s)
        lib.wait_until("more fetches than an operator's has", lambda: [
            one for one in self.listed() if one["version"] > 6], seconds=30)
        self.bank.behave()
        (daily,) = self.first()
        self.assertEqual((daily["status"], daily["date"]), ("succeeded", day))

    def test_turned_off_it_never_runs_and_turned_on_it_goes_on_from_its_plan(self):
        after_s, day = self.soon(seconds=6)
        its_time = time.monotonic() + 6
        self.start(after_s)                 #  It plans yesterday
        self.stop()
        self.start(0)
        lib.wait_until("its time", lambda: time.monotonic() > its_time, seconds=30)
        self.assertEqual(self.listed(), [])
        self.stop()
        self.start(1)                       #  Since a second after midnight it is due
        (daily,) = self.first()
        self.assertEqual((daily["daily"], daily["date"]), (True, day))


if __name__ == "__main__":
    lib.main()
