#!/usr/bin/env python3
"""Merchants are settled: windows, runs, payouts that fail, and nodes that die meanwhile."""
import datetime
import signal
import threading
import time

import lib

FAST = ("--bank-inquiry-first-ms", "50", "--bank-inquiry-last-ms", "300",
        "--bank-timeout-ms", "1000")


class SettlementCase(lib.TestCase):
    options = FAST

    def setUp(self):
        self.bank = lib.Bank()
        self.node = lib.Node(self.bank, *self.options)
        self.payer = self.node.person()
        self.assertEqual(self.node.recharge(self.payer, 900_000).status, 201)

    def tearDown(self):
        for server in (self.node, self.bank):
            if server.process.poll() is None:
                server.kill()

    def pay(self, merchant, amount):
        answer = self.node.pay(self.payer, merchant, amount)
        self.assertEqual(answer.status, 201, repr(answer))
        return answer["id"]

    def run_now(self, merchant=None, **more):
        body = dict(merchant_id=merchant["merchant"]) if merchant else {}
        return self.node.must(202, "POST", "settlements", dict(body, **more))["data"]

    def settled(self, settlement):
        return self.node.finished(f"settlements/{settlement['id']}")

    def items(self, settlement):
        return self.node.must(200, "GET", f"settlements/{settlement['id']}/items?limit=100")["data"]


class Settlements(SettlementCase):
    def test_a_run_pays_what_the_window_came_to_and_its_items_are_the_ledgers_delta(self):
        shop = self.node.merchant(fee_bps=250)
        before = self.node.books()
        payments = [self.pay(shop, amount) for amount in (10_000, 3_999, 39)]
        refund = self.node.must(201, "POST", f"payments/{payments[0]}/refunds",
                                dict(amount=4_000, reason="broken"))
        opened = self.node.must(200, "GET", f"merchants/{shop['merchant']}")["open_window"]
        self.assertEqual((opened["gross"], opened["refunds"], opened["fee"]), (14_038, 4_000, 249))
        (cut,) = self.run_now(shop)
        self.assertIn(cut["status"], ("closed", "paying", "settled"))
        end = self.settled(cut)
        self.assertEqual(
            {name: end[name] for name in ("status", "merchant_id", "window", "item_count", "gross",
                                          "refunds", "fee", "carried", "net", "attempts")},
            dict(status="settled", merchant_id=shop["merchant"], window=1, item_count=4,
                 gross=14_038, refunds=4_000, fee=249, carried=0, net=9_789, attempts=1))
        self.assertEqual(self.bank.balance(shop["number"]), 9_789)
        self.assertEqual(self.node.must(200, "GET", f"bank-transfers/{end['bank_transfer_id']}")
                         ["status"], "succeeded")

        items = self.items(cut)
        self.assertEqual(sorted((item["type"], item["amount"], item["fee"]) for item in items),
                         [("capture", 39, 0), ("capture", 3_999, 99), ("capture", 10_000, 250),
                          ("refund", 4_000, -100)])
        self.assertEqual({item.get("payment_id", refund["id"]) for item in items},
                         {*payments, refund["id"]})
        books = self.node.check_quiet_books()
        self.assertEqual(sum(item["net"] for item in items), end["net"])
        self.assertEqual(sum(item["fee"] for item in items),
                         before.get("fees", 0) - books.get("fees", 0))
        self.assertEqual(books.get("merchant:" + shop["merchant"], 0), 0)

    def test_an_empty_window_makes_no_settlement(self):
        shop = self.node.merchant()
        self.assertEqual(self.run_now(shop), [])
        self.pay(shop, 1_000)
        self.assertEqual(len(self.run_now(shop)), 1)
        self.assertEqual(self.run_now(shop), [])

    def test_a_past_until_cuts_nothing_and_shows_what_was_cut_before(self):
        shop = self.node.merchant()
        self.pay(shop, 1_000)
        long_ago = "2026-01-01T00:00:00Z"
        self.assertEqual(self.run_now(shop, until=long_ago), [])
        self.assertIsNotNone(self.node.must(200, "GET", f"merchants/{shop['merchant']}")
                             ["open_window"])
        (cut,) = self.run_now(shop)
        closed = cut["closed_at"]
        lib.wait_until("the cut is past", lambda: time.time() > _seconds(closed) + 0.05)
        self.assertEqual([one["id"] for one in self.run_now(shop, until=closed)], [cut["id"]])
        self.assertEqual(self.run_now(shop, until=_before(closed)), [])
        now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 1)) + "Z"
        lib.wait_until("now is past", lambda: time.time() > _seconds(now) + 0.05)
        self.pay(shop, 2_000)
        self.assertEqual([one["id"] for one in self.run_now(shop, until=now)], [cut["id"]])
        self.assertIsNotNone(self.node.must(200, "GET", f"merchants/{shop['merchant']}")
                             ["open_window"])
        self.assertProblem(self.node.call("POST", "settlements", dict(until="tomorrow")), 400,
                           "invalid_request")

    def test_a_run_of_all_visits_every_merchant_and_is_replayed_by_its_key(self):
        shops = [self.node.merchant() for _ in range(5)]
        for shop in shops[:4]:
            self.pay(shop, 1_000)
        first = self.node.must(202, "POST", "settlements", {}, key="all of them")
        self.assertEqual({one["merchant_id"] for one in first["data"]},
                         {shop["merchant"] for shop in shops[:4]})
        self.pay(shops[4], 1_000)
        again = self.node.must(202, "POST", "settlements", {}, key="all of them")
        self.assertEqual(again.headers.get("idempotent-replayed"), "true")
        self.assertEqual({one["id"] for one in again["data"]},
                         {one["id"] for one in first["data"]})
        run = first["data"][0]["run_id"]
        listed = self.node.must(200, "GET", f"settlements?run_id={run}")
        self.assertEqual(len(listed["data"]), 4)

    def test_runs_at_once_cut_and_pay_once(self):
        shops = [self.node.merchant() for _ in range(3)]
        for shop in shops:
            self.pay(shop, 1_000)
        cut, start = [], threading.Barrier(6)

        def run():
            start.wait()
            cut.extend(self.run_now())

        threads = [threading.Thread(target=run) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(one["merchant_id"] for one in cut),
                         sorted(shop["merchant"] for shop in shops))
        for one in cut:
            self.assertEqual(self.settled(one)["status"], "settled")
        self.assertEqual([self.bank.balance(shop["number"]) for shop in shops], [975] * 3)
        self.node.check_quiet_books()

    def test_what_is_not_positive_is_carried_into_the_next_window(self):
        shop = self.node.merchant(fee_bps=0)
        payment = self.pay(shop, 5_000)
        self.settled(self.run_now(shop)[0])
        self.node.must(201, "POST", f"payments/{payment}/refunds", dict(amount=5_000))
        (cut,) = self.run_now(shop)
        carried = self.settled(cut)
        self.assertEqual((carried["status"], carried["net"], carried["bank_transfer_id"]),
                         ("carried", -5_000, None))
        self.pay(shop, 8_000)
        end = self.settled(self.run_now(shop)[0])
        self.assertEqual((end["carried"], end["net"], end["window"]), (-5_000, 3_000, 3))
        self.assertEqual(self.bank.balance(shop["number"]), 8_000)
        self.node.check_quiet_books()

    def test_the_account_is_the_one_of_the_cut_and_the_fee_the_one_of_the_capture(self):
        shop = self.node.merchant(fee_bps=100)
        self.pay(shop, 1_000)
        path = f"merchants/{shop['merchant']}"
        was = self.node.must(200, "GET", path)
        changed = self.node.call("PATCH", path, dict(fee_bps=1_000, name="New"),
                                 headers={"If-Match": was.headers["etag"]})
        self.assertEqual((changed.status, changed["fee_bps"], changed["name"]), (200, 1_000, "New"))
        stale = self.node.call("PATCH", path, dict(fee_bps=5), headers={"If-Match": '"1"'})
        self.assertProblem(stale, 412, "precondition_failed")
        self.pay(shop, 1_000)
        other = self.node.person(bank_balance=0)
        refused = self.node.call("PATCH", path, dict(bank_account_id=other["account"]))
        self.assertProblem(refused, 422, "bank_account_not_owned")
        end = self.settled(self.run_now(shop)[0])
        self.assertEqual((end["fee"], end["net"]), (110, 1_890))

    def test_a_merchant_reads_its_own_and_nobody_elses(self):
        shop, other = self.node.merchant(), self.node.merchant()
        for one in (shop, other):
            self.pay(one, 1_000)
        cut = {one["merchant_id"]: one for one in self.run_now()}
        token = self.node.token("merchant", shop["merchant"])
        own, foreign = cut[shop["merchant"]], cut[other["merchant"]]
        self.assertEqual(self.node.call("GET", f"settlements/{own['id']}", token=token).status, 200)
        self.assertEqual(self.node.call("GET", f"settlements/{own['id']}/items",
                                        token=token).status, 200)
        for path in (f"settlements/{foreign['id']}", f"settlements/{foreign['id']}/items",
                     f"settlements?merchant_id={other['merchant']}"):
            self.assertProblem(self.node.call("GET", path, token=token), 404, "not_found")
        listed = self.node.call("GET", "settlements", token=token)
        self.assertEqual([one["id"] for one in listed["data"]], [own["id"]])
        self.assertProblem(self.node.call("POST", "settlements", {}, token=token), 403, "forbidden")

    def test_settlements_are_listed_by_status(self):
        shop = self.node.merchant()
        self.pay(shop, 1_000)
        end = self.settled(self.run_now(shop)[0])
        path = f"settlements?merchant_id={shop['merchant']}&status="
        self.assertEqual([one["id"] for one in self.node.must(200, "GET", path + "settled")["data"]],
                         [end["id"]])
        self.assertEqual(self.node.must(200, "GET", path + "parked")["data"], [])
        self.assertProblem(self.node.call("GET", path + "lost"), 400, "invalid_request")


class Payouts(SettlementCase):
    options = ("--settlement-retry-first-ms", "300", "--settlement-retry-last-ms", "500")

    def test_a_payout_is_tried_again_after_the_bank_finally_failed_it(self):
        shop = self.node.merchant(fee_bps=0)
        self.pay(shop, 1_000)
        self.bank.misbehave("decline", count=2)
        end = self.settled(self.run_now(shop)[0])
        self.assertEqual((end["status"], end["attempts"]), ("settled", 3))
        self.assertEqual(self.bank.balance(shop["number"]), 1_000)
        self.node.check_quiet_books()

    def test_a_payout_that_failed_says_when_it_is_tried_again(self):
        shop = self.node.merchant(fee_bps=0)
        self.pay(shop, 1_000)
        self.bank.misbehave("decline", count=1)
        path, started = f"settlements/{self.run_now(shop)[0]['id']}", time.monotonic()
        waiting = lib.wait_until("the wait", lambda: (
            lambda now: now if now["next_attempt_at"] else None)(self.node.must(200, "GET", path)))
        self.assertEqual((waiting["status"], waiting["attempts"]), ("paying", 1))
        end = self.node.finished(path)
        self.assertGreater(time.monotonic() - started, 0.3)
        self.assertEqual((end["status"], end["next_attempt_at"]), ("settled", None))

    def test_three_failures_park_it_and_nothing_is_paid(self):
        shop = self.node.merchant(fee_bps=0)
        self.pay(shop, 1_000)
        self.bank.misbehave("decline", count=3)
        end = self.settled(self.run_now(shop)[0])
        self.assertEqual((end["status"], end["attempts"]), ("parked", 3))
        self.assertEqual(end["failure"]["code"], "bank_declined")
        self.assertEqual(self.bank.balance(shop["number"]), 0)

    def test_an_unknown_outcome_waits_and_pays_once(self):
        shop = self.node.merchant(fee_bps=0)
        self.pay(shop, 1_000)
        self.bank.misbehave("cut_after", count=2)
        end = self.settled(self.run_now(shop)[0])
        self.assertEqual((end["status"], end["attempts"]), ("settled", 1))
        self.assertEqual(self.bank.balance(shop["number"]), 1_000)
        self.node.check_quiet_books()

    def test_killed_again_and_again_every_window_is_paid_once(self):
        shops = [self.node.merchant(fee_bps=0) for _ in range(4)]
        for kind in ("cut_before", "cut_after"):
            self.bank.misbehave(kind, probability=0.3, seed=lib.options.seed)
        for turn in range(6):
            for shop in shops:
                self.pay(shop, 1_000)
            key = f"run {turn}"
            thread = threading.Thread(target=self._run_until_answered, args=(key,))
            thread.start()
            time.sleep(0.004 * turn)    # the moment is what differs
            self.node.kill(signal.SIGKILL)
            self.node.start()
            thread.join()
        self.bank.behave()
        self._run_until_answered("the last one")
        for shop in shops:
            listed = self.node.must(
                200, "GET", f"settlements?merchant_id={shop['merchant']}&limit=100")["data"]
            ends = [self.settled(one) for one in listed]
            self.assertEqual({one["status"] for one in ends}, {"settled"})
            self.assertEqual(sum(one["net"] for one in ends), 6_000)
            self.assertEqual(self.bank.balance(shop["number"]), 6_000)
        self.node.check_quiet_books()
        self.assertEqual(self.node.kill(signal.SIGTERM), 0)
        self.node.check_sound()

    def _run_until_answered(self, key):
        def answered():
            try:
                return self.node.call("POST", "settlements", {}, key=key).status == 202
            except lib.Unreachable:
                return False
        lib.wait_until(f"an answer to {key}", answered, 60)


class Timers(SettlementCase):
    options = (*FAST, "--settlement-window-s", "2")

    def test_the_merchants_own_timer_cuts_and_pays_without_anybody_asking(self):
        shop = self.node.merchant(fee_bps=0)
        self.pay(shop, 1_000)
        path = f"settlements?merchant_id={shop['merchant']}"
        (cut,) = lib.wait_until("a settlement", lambda: self.node.must(200, "GET", path)["data"])
        self.assertIsNone(cut["run_id"])
        self.assertEqual(self.settled(cut)["status"], "settled")
        self.assertEqual(self.bank.balance(shop["number"]), 1_000)
        time.sleep(2.5)                 # the next cutoff passes over an empty window
        self.assertEqual(len(self.node.must(200, "GET", path)["data"]), 1)
        self.node.check_quiet_books()


def _seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _before(text):
    """A millisecond earlier."""
    at = datetime.datetime.fromtimestamp(_seconds(text) - 0.001, datetime.timezone.utc)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


if __name__ == "__main__":
    lib.main()
