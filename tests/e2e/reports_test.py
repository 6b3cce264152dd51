"""Reports from outside: the books as they stood, one account's statement, money by address;
verify finds every row of the lists, and replay makes them again."""
import csv
import datetime
import io
import os
import time
import urllib.parse

import lib

SEOUL = datetime.timezone(datetime.timedelta(hours=9))


def query(path, **parameters):
    return path + "?" + urllib.parse.urlencode(parameters)


class Reports(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank)
        cls.start = cls.now()
        time.sleep(0.01)            # the stamps that follow differ from the moment
        cls.person = cls.node.person()
        assert cls.node.recharge(cls.person, 50_000).status == 201
        cls.merchant = cls.node.merchant()
        cls.middle_books = cls.node.must(200, "GET", "reports/trial-balance")
        time.sleep(0.01)
        cls.middle = cls.now()
        time.sleep(0.01)
        for amount in (1_000, 2_000, 3_000):
            assert cls.node.pay(cls.person, cls.merchant, amount).status == 201

    @classmethod
    def tearDownClass(cls):
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]
        cls.node.check_sound()

    @staticmethod
    def now():
        return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")

    def get(self, path, **parameters):
        return self.node.must(200, "GET", query(path, **parameters))

    def wallet_account(self):
        return f"wallet:{self.person['wallet']}"

    def test_the_books_as_of_a_moment_are_those_that_were_seen_then(self):
        then = self.get("reports/trial-balance", as_of=self.middle)
        for part in ("accounts", "classes", "total_debit", "total_credit"):
            self.assertEqual(then[part], self.middle_books[part])
        now = self.get("reports/trial-balance")
        self.assertNotEqual(then["accounts"], now["accounts"])

    def test_before_anything_happened_the_books_are_empty(self):
        then = self.get("reports/trial-balance", as_of=self.start)
        self.assertEqual((then["accounts"], then["classes"], then["total_debit"]), ([], [], 0))
        yesterday = (datetime.datetime.now(SEOUL) - datetime.timedelta(days=1)).date()
        self.assertEqual(self.get("reports/trial-balance", as_of=yesterday)["accounts"], [])

    def test_pages_of_the_past_are_the_whole(self):
        whole, seen, cursor = self.get("reports/trial-balance", as_of=self.middle), [], None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = self.get("reports/trial-balance", as_of=self.middle, limit=1, **more)
            seen += page["accounts"]
            cursor = page["next_cursor"]
            if not page["has_more"]:
                break
        self.assertEqual(seen, whole["accounts"])

    def test_a_cursor_is_good_for_its_own_report_only(self):
        cursor = self.get("reports/trial-balance", as_of=self.middle, limit=1)["next_cursor"]
        for other in (dict(), dict(as_of=self.start), {"as_of": self.middle, "class": "wallet"}):
            answer = self.node.call("GET", query("reports/trial-balance", cursor=cursor, **other))
            self.assertProblem(answer, 400, "invalid_request")

    def test_the_books_of_a_day_that_is_not_over_are_those_of_now(self):
        today = datetime.datetime.now(SEOUL).date()
        now, then = (self.get("reports/trial-balance", **asked)
                     for asked in (dict(), dict(as_of=today)))
        for part in ("accounts", "classes", "total_debit", "total_credit"):
            self.assertEqual(then[part], now[part])
        self.assertLessEqual(then["as_of"].rstrip("Z"), self.now())

    def test_the_future_is_refused(self):
        later = (datetime.datetime.now(SEOUL) + datetime.timedelta(days=2)).date()
        for moment in (later, "yesterday", "2024-02-30"):
            answer = self.node.call("GET", query("reports/trial-balance", as_of=moment))
            self.assertProblem(answer, 400, "invalid_request")

    def test_a_statement_leads_from_its_opening_to_its_closing_balance(self):
        statement = self.get("reports/account", account=self.wallet_account())
        self.assertEqual((statement["opening"], statement["closing"]), (0, 44_000))
        self.assertEqual([line["balance"] for line in statement["lines"]][-1], 44_000)
        balance = 0
        for line in statement["lines"]:
            balance += line["credit"] - line["debit"]
            self.assertEqual(line["balance"], balance)
        self.assertEqual(statement["lines"][0]["event"], "wallet.credited")
        self.assertRegex(statement["lines"][0]["reference"], "^rch_.*/credit/1$")

    def test_a_statement_of_a_past_time_has_only_its_lines(self):
        then = self.get("reports/account", account=self.wallet_account(), as_of=self.middle)
        self.assertEqual((then["opening"], then["closing"]), (0, 50_000))
        since = self.get("reports/account", account=self.wallet_account(),
                         **{"from": self.middle})
        self.assertEqual((since["opening"], since["closing"]), (50_000, 44_000))
        self.assertEqual(len(then["lines"]) + len(since["lines"]),
                         len(self.get("reports/account", account=self.wallet_account())["lines"]))

    def test_a_statement_comes_in_pages(self):
        whole = self.get("reports/account", account=self.wallet_account())
        lines, cursor = [], None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = self.get("reports/account", account=self.wallet_account(), limit=1, **more)
            self.assertEqual(page["closing"], 44_000)
            lines += page["lines"]
            cursor = page["next_cursor"]
            if not page["has_more"]:
                break
        self.assertEqual(lines, whole["lines"])

    def test_a_statement_is_a_table_if_that_is_asked_for(self):
        answer = self.node.call("GET", query("reports/account", account=self.wallet_account()),
                                headers={"Accept": "text/csv"})
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.headers["content-type"].startswith("text/csv"))
        rows = list(csv.DictReader(io.StringIO(answer.raw.decode())))
        self.assertEqual(list(rows[0]), ["at", "event", "reference", "debit", "credit", "balance"])
        self.assertEqual((rows[0]["event"], rows[-1]["event"]), ("opening", "closing"))
        self.assertEqual(rows[-1]["balance"], "44000")
        self.assertEqual(sum(int(row["credit"] or 0) - int(row["debit"] or 0) for row in rows),
                         44_000)

    def test_the_banks_account_grows_by_debits(self):
        statement = self.get("reports/account", account=lib.CORPORATE_ACCOUNT)
        self.assertEqual((statement["side"], statement["closing"]),
                         ("debit", self.node.books()[lib.CORPORATE_ACCOUNT]))

    def test_what_is_no_account_is_refused(self):
        for account in ("", "wallet", "wallet:mem_1", "gold", "fees:"):
            answer = self.node.call("GET", query("reports/account", account=account))
            self.assertProblem(answer, 400, "invalid_request")
        answer = self.node.call("GET", query("reports/account", account="fees", to=self.start,
                                             **{"from": self.middle}))
        self.assertProblem(answer, 400, "invalid_request")

    def test_money_is_counted_where_its_owners_live(self):
        address, other = f"Seoul, Mapo {time.time_ns()}", f"Busan {time.time_ns()}"
        people = [self.node.person() for _ in range(2)]
        for person in people:
            self.assertEqual(self.node.recharge(person, 20_000).status, 201)
            answer = self.node.call("PATCH", f"members/{person['member']}", dict(address=address))
            self.assertEqual(answer.status, 200, answer)
        report = self.get("reports/money-by-address", address=address)
        self.assertEqual((report["members"], report["total"]), (2, 40_000))
        answer = self.node.call("PATCH", f"members/{people[0]['member']}", dict(address=other))
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.get("reports/money-by-address", address=address)["total"], 20_000)
        today = datetime.datetime.now(SEOUL).date()
        week = self.get("reports/money-by-address", address=other, to=today,
                        **{"from": today - datetime.timedelta(days=6)})
        self.assertEqual(len(week["days"]), 7)
        self.assertEqual([day["total"] for day in week["days"]][-2:], [0, 20_000])
        self.assertEqual(week["days"][-1],
                         dict(date=str(today), change=20_000, total=20_000, members=1))

    def test_an_address_needs_a_name_and_both_days_or_none(self):
        for parameters in (dict(), dict(address=""), {"address": "x", "from": "2024-01-01"},
                           {"address": "x", "from": "2024-01-02", "to": "2024-01-01"},
                           {"address": "x", "from": "2024-01-01", "to": "2025-01-01"}):
            answer = self.node.call("GET", query("reports/money-by-address", **parameters))
            self.assertProblem(answer, 400, "invalid_request")

    def test_what_was_synced_has_no_lag(self):
        self.get("reports/trial-balance")
        lag = {}
        for line in self.node.request("GET", "/metrics").raw.decode().splitlines():
            if line.startswith("happypay_projection_lag"):
                lag[line.split()[0]] = float(line.split()[1])
        self.assertEqual(set(lag), {"happypay_projection_lag_events",
                                    "happypay_projection_lag_seconds"})
        self.assertLess(lag["happypay_projection_lag_seconds"], 5)

    def test_reports_are_for_operators(self):
        token = self.node.token("member", self.person["member"])
        for path in (query("reports/account", account="fees"), "reports/trial-balance",
                     query("reports/money-by-address", address="x")):
            self.assertEqual(self.node.call("GET", path, token=token).status, 403)


class Impatient(lib.TestCase):
    """A node that gives no report of the past any time."""

    def test_a_past_that_takes_too_long_to_read_is_refused_and_the_present_is_not(self):
        bank = lib.Bank()
        node = lib.Node(bank, "--report-timeout-ms", "0")
        person = node.person()
        self.assertEqual(node.recharge(person, 50_000).status, 201)
        today = datetime.datetime.now(SEOUL).date().isoformat()
        for path, field in ((query("reports/trial-balance", as_of=today), "as_of"),
                            (query("reports/account", account=f"wallet:{person['wallet']}"),
                             "from")):
            answer = node.call("GET", path)
            self.assertProblem(answer, 400, "invalid_request")
            self.assertEqual([(error["pointer"], error["code"]) for error in answer["errors"]],
                             [(field, "out_of_range")])
        node.must(200, "GET", "reports/trial-balance")
        self.assertEqual(node.kill(lib.signal.SIGTERM), 0, node.log()[-800:])


class Replay(lib.TestCase):
    def setUp(self):
        self.bank = lib.Bank()
        self.node = lib.Node(self.bank)
        person, merchant = self.node.person(), self.node.merchant()
        assert self.node.recharge(person, 30_000).status == 201
        for amount in (100, 200):
            assert self.node.pay(person, merchant, amount).status == 201
        self.paths = ("reports/trial-balance",
                      query("reports/money-by-address", address="Seoul"),
                      f"wallets/{person['wallet']}/entries",
                      query("payments", member_id=person["member"]))
        self.seen = self.look()
        assert self.node.kill(lib.signal.SIGTERM) == 0

    def look(self):
        return [self.node.must(200, "GET", path).json for path in self.paths]

    def replay(self, *options):
        return lib.run("replay", "--data", self.node.data, *options)

    def check_same(self):
        self.node.check_sound()
        self.node.start()
        self.assertEqual(self.look(), self.seen)
        self.assertEqual(self.node.kill(lib.signal.SIGTERM), 0)

    def test_read_models_that_were_made_again_say_the_same(self):
        result = self.replay()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"^replayed: \d+ records; all made again\n$")
        self.assertIn("records\n", result.stderr)
        self.check_same()

    def test_one_read_model_can_be_made_again(self):
        for name in ("lists", "books", "money-by-address"):
            result = self.replay("--projection", name)
            self.assertEqual(result.returncode, 0, result.stderr)
        self.check_same()

    def test_what_a_crash_left_behind_is_no_hindrance(self):
        os.makedirs(os.path.join(self.node.data, "replay", "state"))
        with open(os.path.join(self.node.data, "replay", "state", "data.mdb"), "wb") as file:
            file.write(b"half a file")
        self.assertEqual(self.replay().returncode, 0)
        self.assertFalse(os.path.exists(os.path.join(self.node.data, "replay")))
        self.check_same()

    def test_without_a_state_it_is_made(self):
        os.remove(os.path.join(self.node.data, "state", "data.mdb"))
        self.assertEqual(self.replay().returncode, 0)
        self.check_same()

    def test_a_node_that_runs_is_left_alone(self):
        self.node.start()
        result = self.replay()
        self.assertEqual(result.returncode, 2)
        self.assertEqual(len(result.stderr.splitlines()), 1)
        self.assertEqual(self.node.kill(lib.signal.SIGTERM), 0)

    def test_an_unknown_name_or_folder_is_one_line_and_2(self):
        for words in (("--projection", "everything"), ("--data", "/nowhere")):
            result = self.replay(*words)
            self.assertEqual(result.returncode, 2)
            self.assertEqual(len(result.stderr.splitlines()), 1)
        self.assertEqual(lib.run("replay", "--help").returncode, 0)


if __name__ == "__main__":
    lib.main()
