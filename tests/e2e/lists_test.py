"""Every list route by one table: pages, times, filters in all combinations, and what it waits for."""
import concurrent.futures
import itertools
import re
import threading
import urllib.parse
import uuid

import lib

FAR = "99999999999"             # a sequence that no partition reaches here


class Lists(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank, "--webhook-allow", "127.0.0.0/8")
        cls.people = [cls.node.person() for _ in range(3)]
        cls.kim, cls.lee, cls.park = cls.people
        cls.shops = [cls.node.merchant() for _ in range(3)]
        cls.stranger = f"{uuid.uuid4().int % 10**12:012d}"
        cls.bank.open_account(cls.stranger, "Stranger", 0)
        cls._move_money()
        cls._stop_sagas()
        cls._routes()

    @classmethod
    def tearDownClass(cls):
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]
        cls.node.check_sound()

    @classmethod
    def _move_money(cls):
        node = cls.node
        for person in cls.people:
            for amount in (300_000, 200_000, 100_000):
                assert node.recharge(person, amount).status == 201
            for _ in range(2):
                node.must(201, "POST", f"wallets/{person['wallet']}/withdrawals", dict(
                    amount=1_000, currency="KRW", bank_account_id=person["account"]))
        for person, shop in itertools.product(cls.people[:2], cls.shops[:2]):
            cls._pay(person, shop, 1_000, "1001" if person is cls.kim else None)
            for capture in (True, False, False):
                cls._pay(person, shop, 1_000, capture=capture)
            cls._pay(person, shop, 900_000)          # fails
        paid = node.must(201, "POST", "payments", dict(
            member_id=cls.kim["member"], merchant_id=cls.shops[0]["merchant"], order_id="back",
            amount=1_000, currency="KRW", capture=True))
        cls.paid = paid["id"]
        for _ in range(3):
            node.must(201, "POST", f"payments/{cls.paid}/refunds", dict(amount=10))
        for sender, receiver in itertools.permutations(cls.people, 2):
            for amount in (100, 999_999):
                cls._send(sender, amount, dict(member_id=receiver["member"]))
        cls._send(cls.kim, 100, dict(bank_code="apple", account_number=cls.stranger))
        for _ in range(3):
            cls.run_id = node.must(202, "POST", "settlements", {})["data"][0]["run_id"]
            for shop in cls.shops[:2]:
                node.pay(cls.lee, shop, 500)
        for shop in cls.shops[:2]:
            cls.node.must(202, "POST", "settlements", dict(merchant_id=shop["merchant"]))

    @classmethod
    def _pay(cls, person, shop, amount, order=None, capture=True):
        return cls.node.call("POST", "payments", dict(
            member_id=person["member"], merchant_id=shop["merchant"],
            order_id=order or uuid.uuid4().hex, amount=amount, currency="KRW", capture=capture))

    @classmethod
    def _send(cls, sender, amount, to):
        return cls.node.call("POST", "remittances", dict(
            from_member_id=sender["member"], to=to, amount=amount, currency="KRW"))

    #  Sagas that stay open, approvals that wait, members of each status.
    @classmethod
    def _stop_sagas(cls):
        node = cls.node
        for _ in range(3):
            node.must(202, "POST", f"wallets/{cls.park['wallet']}/adjustments", dict(
                amount=1_500_000, currency="KRW", direction="increase", reason="wait"))
        cls.bank.misbehave("error_before")
        for amount in (1_001, 1_002, 1_003):
            assert node.recharge(cls.park, amount, Prefer="respond-async").status == 202
        for day in ("2026-01-01", "2026-01-02", "2026-01-03"):
            node.call("POST", "reconciliations", dict(date=day),
                      headers={"Prefer": "respond-async"})
        url = f"http://127.0.0.1:{lib.free_port()}/"      # nobody is there
        cls.hooks = [node.must(201, "POST", "webhook-endpoints", dict(
            url=url, events=["member.registered"]))["id"] for _ in range(3)]
        cls.members = [node.must(201, "POST", "members", dict(
            name="Same", email=f"{uuid.uuid4().hex}@example.com", address="Jeju"))["id"]
            for _ in range(4)]
        for member, what in zip(cls.members, ("suspend", "close", "erase")):
            node.must(200, "POST", f"members/{member}/{'close' if what == 'erase' else what}", {})
        node.must(200, "POST", f"members/{cls.members[2]}/erase", {})

    #  Each list, and a query that selects part of it.
    @classmethod
    def _routes(cls):
        shop, kim = cls.shops[0], cls.kim
        deliveries = f"webhook-endpoints/{cls.hooks[0]}/deliveries"
        lib.wait_until("a delivery for each member", lambda: len(cls.node.must(
            200, "GET", deliveries)["data"]) == len(cls.members))
        settlement = cls.node.must(
            200, "GET", f"settlements?merchant_id={shop['merchant']}&limit=100")["data"][-1]["id"]
        member = dict(member_id=kim["member"])
        cls.routes = (
            ("members", {}), ("members", dict(status="active")), ("members", dict(address="Jeju")),
            ("members", dict(address="seoul", status="active")),
            ("merchants", {}), ("bank-accounts", {}),
            ("bank-transfers", {}), ("bank-transfers", member),
            ("bank-transfers", dict(bank_account_id=kim["account"])),
            ("bank-transfers", dict(status="succeeded")),
            ("payments", {}), ("payments", member), ("payments", dict(order_id="1001")),
            ("payments", dict(merchant_id=shop["merchant"])),
            ("payments", dict(member, merchant_id=shop["merchant"])),
            ("payments", dict(status="authorized")), ("payments", dict(status="failed")),
            ("remittances", {}), ("remittances", member),
            ("remittances", dict(direction="received")), ("remittances", dict(status="failed")),
            ("remittances", dict(member, direction="sent", status="succeeded")),
            ("settlements", {}), ("settlements", dict(merchant_id=shop["merchant"])),
            ("settlements", dict(status="settled")), ("settlements", dict(run_id=cls.run_id)),
            ("approvals", {}), ("approvals", dict(status="awaiting_approval")),
            ("sagas", {}), ("sagas", dict(type="recharge")), ("reconciliations", {}),
            (f"payments/{cls.paid}/refunds", {}), (f"settlements/{settlement}/items", {}),
            (f"wallets/{kim['wallet']}/entries", {}), (f"wallets/{kim['wallet']}/recharges", {}),
            (f"wallets/{kim['wallet']}/withdrawals", {}),
            ("webhook-endpoints", {}), (deliveries, {}),
        )

    def get(self, path, query, token=None, **more):
        return self.node.call("GET", path + "?" + urllib.parse.urlencode({**query, **more}),
                              token=token)

    def page(self, path, query, **more):
        answer = self.get(path, query, **more)
        self.assertEqual(answer.status, 200, f"{path} {query} {more}: {answer}")
        self.assertEqual(answer["has_more"], answer["next_cursor"] is not None)
        return answer

    def every(self, path, query, limit=100):
        rows, cursor = [], {}
        while True:
            page = self.page(path, query, limit=limit, **cursor)
            self.assertLessEqual(len(page["data"]), limit)
            rows += page["data"]
            if not page["has_more"]:
                return rows
            cursor = dict(cursor=page["next_cursor"])

    def assertFault(self, answer, pointer):
        self.assertProblem(answer, 400, "invalid_request")
        self.assertEqual([error["pointer"] for error in answer["errors"]], [pointer])

    # ---- the table

    def test_the_table_names_every_list_route_there_is(self):
        paths = self.node.request("GET", "/openapi.json")["paths"]
        lists = {path for path, methods in paths.items() if "/components/parameters/Limit" in
                 str(methods.get("get", {}).get("parameters"))}
        lists -= {path for path in lists if path.endswith("events")}  # events_test has those
        named = {"/v1/" + re.sub(r"/[a-z]{3}_[^/]*", "/{id}", path) for path, _ in self.routes}
        self.assertEqual(lists, named)

    def test_pages_hold_every_row_once_newest_first_and_end_exactly(self):
        for path, query in self.routes:
            with self.subTest(path=path, query=query):
                rows = self.every(path, query)
                self.assertGreaterEqual(len(rows), 2)
                times = [row["created_at"] for row in rows]
                self.assertEqual(times, sorted(times, reverse=True))
                keys = [row.get("id") or row["reference"] for row in rows]
                self.assertEqual(len(set(keys)), len(keys))
                for limit in (1, 2, len(rows) - 1):
                    self.assertEqual(self.every(path, query, limit), rows)
                if len(rows) <= 100:
                    self.assertFalse(self.page(path, query, limit=len(rows))["has_more"])
                first = self.page(path, query, limit=len(rows) - 1)
                self.assertTrue(first["has_more"])
                last = self.page(path, query, limit=1, cursor=first["next_cursor"])
                self.assertEqual((last["data"], last["has_more"]), (rows[-1:], False))

    def test_times_cut_every_list_and_exclude_their_moment(self):
        for path, query in self.routes:
            with self.subTest(path=path, query=query):
                rows = self.every(path, query)
                at = rows[len(rows) // 2]["created_at"]
                newer = [row for row in rows if row["created_at"] > at]
                older = [row for row in rows if row["created_at"] < at]
                self.assertEqual(self.every(path, dict(query, created_after=at)), newer)
                self.assertEqual(self.every(path, dict(query, created_before=at), 1), older)
                self.assertEqual(self.every(path, dict(
                    query, created_after=at, created_before=at)), [])
                for name, bad in itertools.product(("created_after", "created_before"),
                                                   ("", "x", "2026-02-30T00:00:00Z")):
                    self.assertFault(self.get(path, query, **{name: bad}), name)

    def test_a_cursor_is_good_for_its_list_and_its_filters_only(self):
        cursors = {(path, str(query)): self.page(path, query, limit=1)["next_cursor"]
                   for path, query in self.routes}
        for path, query in self.routes:
            with self.subTest(path=path, query=query):
                for (other, other_query), cursor in cursors.items():
                    if (other, other_query) != (path, str(query)):
                        self.assertFault(self.get(path, query, cursor=cursor), "cursor")
                own = cursors[path, str(query)]
                self.assertFault(self.get(path, query, cursor=own,
                                          created_after="2020-01-01T00:00:00Z"), "cursor")
                for bad in ("", "x", own[:-1], own + "A", "!" + own[1:]):
                    self.assertFault(self.get(path, query, cursor=bad), "cursor")
        filters = [("status", "captured"), ("member_id", self.kim["member"])]
        page = self.page("payments", dict(filters), limit=1)
        again = self.page("payments", dict(reversed(filters)), cursor=page["next_cursor"])
        self.assertTrue(again["data"])

    def test_limits_and_parameters_are_checked_on_every_list(self):
        for path, query in self.routes:
            with self.subTest(path=path, query=query):
                for bad in ("0", "101", "x", "-1", "", "1.0", "99999999999999999999"):
                    self.assertFault(self.get(path, query, limit=bad), "limit")
                self.assertEqual(len(self.page(path, query, limit=1)["data"]), 1)
                self.assertFault(self.get(path, query, colour="red"), "colour")
                self.assertFault(self.get(path, {}, Limit=1), "Limit")

    # ---- what a list waits for

    def test_a_malformed_sequence_is_400_on_every_list(self):
        for path, query in self.routes:
            with self.subTest(path=path, query=query):
                for bad in ("", "x", "1", "1.", ".1", "1.1,", "99999.1", "1.18446744073709551616",
                            "1.-1", "1.1 "):
                    self.assertFault(self.get(path, query, min_sequence=bad), "min_sequence")
                self.assertFault(self.node.call("GET", path, headers={"Happypay-Sequence": "x"}),
                                 "min_sequence")

    def test_every_list_says_how_far_it_is_and_can_be_asked_for_that(self):
        for path, query in (*self.routes, ("wallets", dict(member_id=self.kim["member"]))):
            with self.subTest(path=path, query=query):
                answer = self.get(path, query)
                sequence = answer.headers["happypay-sequence"]
                self.assertRegex(sequence, r"^\d+\.\d+(,\d+\.\d+)*$")
                again = self.get(path, query, min_sequence=sequence)
                self.assertEqual(again["data"], answer["data"])

    def test_a_list_of_the_future_is_503_after_five_seconds(self):
        def ask(route):
            return route, self.get(*route, min_sequence="0." + FAR)
        with concurrent.futures.ThreadPoolExecutor(len(self.routes)) as askers:
            begun = lib.time.monotonic()
            for (path, query), answer in askers.map(ask, self.routes):
                with self.subTest(path=path, query=query):
                    self.assertProblem(answer, 503, "projection_timeout")
                    self.assertTrue(answer["retryable"])
                    self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
            took = lib.time.monotonic() - begun
        self.assertGreaterEqual(took, 4.9)
        self.assertLess(took, 8)

    def test_writes_reads_and_replays_all_say_where_they_are(self):
        key, refused = uuid.uuid4().hex, uuid.uuid4().hex
        order = dict(order_id=uuid.uuid4().hex)
        for path, answers in (
                ("payments", [self.node.pay(self.kim, self.shops[0], 5, order["order_id"], key)
                              for _ in range(2)]),
                ("payments", [self.node.pay(self.kim, self.shops[0], 990_000, "no", refused)
                              for _ in range(2)]),
                ("wallets", [self.node.call("POST", "wallets", dict(
                    member_id=self.kim["member"], currency="KRW"), key=refused)
                    for _ in range(2)])):
            for answer in answers:
                self.assertRegex(answer.headers.get("happypay-sequence", ""), r"^\d+\.\d+")
            self.assertEqual(answers[1].headers.get("idempotent-replayed"), "true", path)
            self.assertEqual(self.page(path, dict(member_id=self.kim["member"]),
                                       min_sequence=answers[1].headers["happypay-sequence"]).status,
                             200)

    # ---- filters, in all combinations

    def combine(self, path, filters, matches, token=None):
        """Every choice of at most one value per filter, against what the whole list says."""
        rows = self.every(path, {})
        names = list(filters)
        for values in itertools.product(*([None, *filters[name]] for name in names)):
            query = {name: value for name, value in zip(names, values) if value is not None}
            with self.subTest(path=path, query=query):
                self.assertEqual([row["id"] for row in self.every(path, query)],
                                 [row["id"] for row in rows if matches(row, query)])

    def test_payments_by_any_combination(self):
        def matches(row, query):
            return all(row[name] == value for name, value in query.items())
        self.combine("payments", dict(
            member_id=[person["member"] for person in self.people],
            merchant_id=[shop["merchant"] for shop in self.shops],
            status=["captured", "authorized", "failed", "partially_refunded", "expired"],
            order_id=["1001", "back", "nobody's"]), matches)

    def test_remittances_by_any_combination(self):
        #  A receiver has to do with those alone that set out: here, those that arrived
        def matches(row, query):
            member, direction = query.get("member_id"), query.get("direction")
            sides = []
            if direction != "received":
                sides.append(row["from_member_id"])
            if direction != "sent" and row["status"] == "succeeded":
                sides.append(row["to"].get("member_id"))
            return (any(side == member if member else side for side in sides)
                    and query.get("status") in (None, row["status"]))
        self.combine("remittances", dict(
            member_id=[person["member"] for person in self.people] + [self.shops[0]["member"]],
            direction=["sent", "received"], status=["succeeded", "failed", "parked"]), matches)

    def test_bank_transfers_by_any_combination(self):
        self.combine("bank-transfers", dict(
            member_id=[person["member"] for person in self.people],
            bank_account_id=[person["account"] for person in self.people],
            status=["succeeded", "unknown", "failed"]),
            lambda row, query: all(row[name] == value for name, value in query.items()))

    def test_settlements_by_any_combination(self):
        self.combine("settlements", dict(
            merchant_id=[shop["merchant"] for shop in self.shops], run_id=[self.run_id],
            status=["settled", "parked"]),
            lambda row, query: all(row[name] == value for name, value in query.items()))

    def test_members_by_any_combination_and_the_erased_by_no_trait_of_theirs(self):
        emails = [row["email"] for row in self.every("members", dict(address="Jeju"))]
        self.assertEqual(len(emails), 3)
        self.combine("members", dict(
            address=["Jeju", "jeju ", "Busan"], status=["active", "suspended", "closed", "erased"],
            email=emails),
            lambda row, query: query.get("status") in (None, row["status"])
            and ("email" not in query        # an email of who has left may be another's by now
                 or query["email"] == row["email"] and row["status"] != "closed")
            and query.get("address", row["address"] or "").strip().lower()
            == (row["address"] or "").lower())
        erased = self.members[2]
        self.assertIn(erased, [row["id"] for row in self.every("members", dict(status="erased"))])
        row = self.node.must(200, "GET", f"members/{erased}")
        self.assertEqual((row["email"], row["address"], row["name"]), (None, None, None))

    def test_members_and_merchants_get_their_own_without_a_filter(self):
        kim = self.node.token("member", self.kim["member"])
        shop = self.node.token("merchant", self.shops[0]["merchant"])
        member, merchant = self.kim["member"], self.shops[0]["merchant"]
        for token, path, query in ((kim, "payments", dict(member_id=member)),
                                   (kim, "remittances", dict(member_id=member)),
                                   (kim, "bank-transfers", dict(member_id=member)),
                                   (kim, "bank-accounts", dict(member_id=member)),
                                   (kim, "wallets", dict(member_id=member)),
                                   (shop, "payments", dict(merchant_id=merchant)),
                                   (shop, "settlements", dict(merchant_id=merchant))):
            with self.subTest(path=path, query=query):
                own = self.get(path, {}, token=token)
                self.assertEqual(own.status, 200, repr(own))
                self.assertTrue(own["data"])
                self.assertEqual([row["id"] for row in own["data"]],
                                 [row["id"] for row in self.get(path, query)["data"]])
        for row in self.get("payments", dict(order_id="1001"), token=kim)["data"]:
            self.assertEqual(row["member_id"], member)
        lee = self.node.token("member", self.lee["member"])
        self.assertEqual(self.get("payments", dict(order_id="back"), token=lee)["data"], [])


class Waiting(lib.TestCase):
    """A node on which nothing moves but what the test does: its next record is known."""

    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank)
        cls.person, cls.shop = cls.node.person(), cls.node.merchant()
        assert cls.node.recharge(cls.person, 1_000).status == 201
        cls.node.check_quiet_books()

    def test_a_list_waits_for_what_is_about_to_be_written_and_shows_it(self):
        path = f"wallets/{self.person['wallet']}/entries"
        wallet = self.node.must(200, "GET", f"wallets/{self.person['wallet']}")
        partition, sequence = wallet.headers["happypay-sequence"].split(".")
        answers = []
        reader = threading.Thread(target=lambda: answers.append(self.node.call(
            "GET", path, headers={"Happypay-Sequence": f"{partition}.{int(sequence) + 1}"})))
        reader.start()
        reader.join(0.5)
        self.assertTrue(reader.is_alive(), answers)
        paid = self.node.pay(self.person, self.shop, 7)
        reader.join(10)
        self.assertEqual(answers[0].status, 200, repr(answers))
        self.assertIn(paid["id"], answers[0]["data"][0]["reference"])


if __name__ == "__main__":
    lib.main()
