#!/usr/bin/env python3
"""The journal as operators read it: all of it, one aggregate's, who asked for what.

    HAPPY_BIN=build/happypay tests/e2e/events_test.py [NAME...]
"""
import lib

OPERATOR = "kim@ledger"
ORDERED = ["wallet.opened", "wallet.expected", "wallet.credited", "wallet.suspended",
           "wallet.activated"]


class Events(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank)
        cls.kim = cls.node.token(subject=OPERATOR)
        cls.person = cls.node.person()
        cls.wallet = cls.person["wallet"]
        cls.node.recharge(cls.person, 50_000)
        for action in ("suspend", "activate"):
            cls.node.must(200, "POST", f"wallets/{cls.wallet}/{action}", dict(reason="to see"),
                          token=cls.kim)

    @classmethod
    def tearDownClass(cls):
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]

    def pages(self, path, limit):
        """Every event under a path, page by page; and how many pages that took."""
        events, pages, cursor = [], 0, ""
        while cursor is not None:
            answer = self.node.must(200, "GET", f"{path}limit={limit}"
                                    + (f"&cursor={cursor}" if cursor else ""))
            self.assertLessEqual(len(answer["data"]), limit)
            self.assertEqual(answer["has_more"], answer["next_cursor"] is not None)
            events += answer["data"]
            cursor = answer["next_cursor"]
            pages += 1
        return events, pages

    def of_wallet(self, query=""):
        return self.node.must(200, "GET",
                              f"aggregates/wallet/{self.wallet}/events?limit=100{query}")["data"]

    def test_an_aggregates_events_come_from_its_first_to_its_last(self):
        events = self.of_wallet()
        self.assertEqual([event["type"] for event in events],
                         ["event." + name for name in ORDERED])
        self.assertEqual({event["subject"] for event in events}, {self.wallet})
        self.assertEqual([event["data"]["version"] for event in events],
                         sorted(event["data"]["version"] for event in events))
        credited = events[2]["data"]
        self.assertEqual(credited["amount_minor"], 50_000)

    def test_who_asked_is_named_if_it_was_an_operator(self):
        by = {event["type"][len("event."):]: event["operator"] for event in self.of_wallet()}
        self.assertEqual((by["wallet.suspended"], by["wallet.activated"]), (OPERATOR, OPERATOR))
        self.assertIsNone(by["wallet.credited"])

    def test_every_page_size_shows_every_event_once(self):
        whole, _ = self.pages("events?", 100)
        self.assertGreater(len(whole), 15)
        ids = [event["id"] for event in whole]
        self.assertEqual(len(ids), len(set(ids)))
        for limit in (1, 3, 7):
            events, pages = self.pages("events?", limit)
            self.assertEqual([event["id"] for event in events], ids)
            self.assertGreaterEqual(pages, len(ids) // limit)

    def test_filters_show_exactly_what_they_name(self):
        whole, _ = self.pages("events?", 100)
        for query, wanted in (
                ("type=wallet.credited&", lambda event: event["type"] == "event.wallet.credited"),
                ("type=recharge&", lambda event: event["type"].startswith("event.recharge.")),
                ("type=wall&", lambda event: False),
                (f"aggregate={self.wallet}&", lambda event: event["subject"] == self.wallet)):
            with self.subTest(query):
                found, _ = self.pages("events?" + query, 2)
                self.assertEqual([event["id"] for event in found],
                                 [event["id"] for event in whole if wanted(event)])

    def test_what_was_seen_is_left_out(self):
        events = self.of_wallet()
        later = self.of_wallet("&from=" + events[2]["sequence"])
        self.assertEqual([event["id"] for event in later], [event["id"] for event in events[3:]])
        self.assertEqual(self.of_wallet("&from=" + events[-1]["sequence"]), [])

    def test_nobody_but_operators_reads_it_and_nothing_personal_is_in_it(self):
        member = self.node.token("member", self.person["member"])
        for path in ("events", f"aggregates/wallet/{self.wallet}/events"):
            self.assertProblem(self.node.call("GET", path, token=member), 403, "forbidden")
        text = self.node.call("GET", "events?limit=100").raw.decode()
        self.assertIn("member.registered", text)
        for secret in (self.person["number"], self.person["name"]):
            self.assertNotIn(secret, text)

    def test_what_is_no_place_type_or_cursor_is_refused(self):
        cursor = self.node.must(200, "GET", "events?limit=1")["next_cursor"]
        for path, status, code in (
                ("events?from=x", 400, "invalid_request"),
                ("events?from=99999.1", 400, "invalid_request"),
                ("events?aggregate=wallet", 400, "invalid_request"),
                ("events?limit=101", 400, "invalid_request"),
                (f"events?type=wallet&cursor={cursor}", 400, "invalid_request"),
                (f"aggregates/member/{self.wallet}/events", 404, "not_found"),
                ("aggregates/wallet/none/events", 404, "not_found")):
            with self.subTest(path):
                self.assertProblem(self.node.call("GET", path), status, code)


if __name__ == "__main__":
    lib.main()
