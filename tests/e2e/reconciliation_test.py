#!/usr/bin/env python3
"""Our account at the bank against our books, day by day."""
import datetime
import uuid

import lib

SEOUL = datetime.timezone(datetime.timedelta(hours=9))


def today():
    return datetime.datetime.now(SEOUL).date().isoformat()


class Reconciliations(lib.TestCase):
    def setUp(self):
        self.bank = lib.Bank()
        self.node = lib.Node(self.bank, "--bank-inquiry-first-ms", "20",
                             "--bank-inquiry-last-ms", "100", "--bank-timeout-ms", "1000")

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
        self.assertEqual(answer["object"]["status"], "failed")


if __name__ == "__main__":
    lib.main()
