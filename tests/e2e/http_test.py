"""The HTTP conventions (api.md, section 2), held against a running node.

Stories of money are told by other files; this one is about the protocol: who may ask, what a
request may look like, how it is refused, repeated, waited for and read.
"""
import concurrent.futures
import http.client
import json
import re
import socket
import unittest
import uuid

import lib

NOBODY = "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV"


class Http(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank)
        cls.kim = cls.node.person()
        cls.lee = cls.node.person()
        cls.shop = cls.node.merchant()
        cls.node.recharge(cls.kim, 500_000)

    @classmethod
    def tearDownClass(cls):
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]

    def order(self, **more):
        return dict(dict(member_id=self.kim["member"], merchant_id=self.shop["merchant"],
                         order_id=uuid.uuid4().hex, amount=10, currency="KRW"), **more)

    def raw(self, text):
        """The bytes that come back for raw bytes."""
        with socket.create_connection(("127.0.0.1", self.node.port), timeout=20) as connection:
            connection.sendall(text)
            connection.settimeout(5)
            parts = []
            try:
                while part := connection.recv(65536):
                    parts.append(part)
            except TimeoutError:
                pass
            return b"".join(parts)

    # ---- who may ask

    def test_without_a_valid_token_nobody_gets_in(self):
        for token in (None, "", "x.y.z", self.node.operator()[:-3] + "abc"):
            headers = {} if token is None else {"Authorization": "Bearer " + token}
            answer = self.node.request("GET", "/v1/merchants", headers=headers)
            self.assertProblem(answer, 401, "unauthorized")
            self.assertEqual(answer.headers["www-authenticate"], "Bearer")

    def test_a_token_for_another_audience_is_refused(self):
        token = lib.run("token", "--data", self.node.data, "--role", "operator", "--audience",
                        "someone").stdout.strip()
        self.assertProblem(self.node.call("GET", "merchants", token=token), 401, "unauthorized")

    def test_a_member_sees_and_moves_only_its_own(self):
        mine = self.node.token("member", self.lee["member"])
        for path in (f"members/{self.kim['member']}", f"wallets/{self.kim['wallet']}",
                     f"bank-accounts/{self.kim['account']}",
                     f"wallets/{self.kim['wallet']}/entries",
                     f"bank-accounts?member_id={self.kim['member']}",
                     f"wallets?member_id={self.kim['member']}"):
            self.assertProblem(self.node.call("GET", path, token=mine), 404, "not_found")
        self.assertProblem(self.node.call("POST", "payments", self.order(), token=mine), 404,
                           "not_found")
        self.node.must(200, "GET", f"members/{self.lee['member']}", token=mine)
        self.node.must(200, "GET", f"wallets/{self.lee['wallet']}", token=mine)

    def test_what_is_for_operators_is_forbidden_to_others(self):
        mine = self.node.token("member", self.lee["member"])
        shop = self.node.token("merchant", self.shop["merchant"])
        self.assertProblem(self.node.call("GET", "reports/trial-balance", token=mine), 403,
                           "forbidden")
        self.assertProblem(self.node.call("POST", "merchants", {}, token=shop), 403, "forbidden")
        self.node.must(200, "GET", f"merchants/{self.shop['merchant']}", token=shop)
        self.node.must(200, "GET", f"payments?merchant_id={self.shop['merchant']}", token=shop)

    def test_someone_elses_object_is_not_there_whatever_the_role(self):
        mine = self.node.token("member", self.lee["member"])
        shop = self.node.token("merchant", self.shop["merchant"])
        for token, method, path in (
                (shop, "GET", f"wallets/{self.kim['wallet']}"),
                (shop, "GET", f"members/{self.kim['member']}"),
                (shop, "GET", f"bank-accounts/{self.kim['account']}"),
                (mine, "POST", f"members/{self.kim['member']}/suspend"),
                (mine, "POST", f"merchants/{self.shop['merchant']}/activate"),
                (mine, "GET", "bank-transfers/btr_01ARZ3NDEKTSV4RRFFQ69G5FAV")):
            self.assertProblem(self.node.call(method, path, token=token), 404, "not_found")
        for token, path in ((mine, f"members/{self.lee['member']}/suspend"),
                            (shop, f"merchants/{self.shop['merchant']}/suspend")):
            self.assertProblem(self.node.call("POST", path, token=token), 403, "forbidden")

    def test_many_wallets_are_read_at_once_each_one_once(self):
        kim, lee = self.kim, self.lee
        path = f"wallets?member_id={kim['member']}&member_id={lee['member']}"
        page = self.node.must(200, "GET", path + f"&member_id={kim['member']}&min_sequence=0.1")
        self.assertEqual([wallet["id"] for wallet in page["data"]], [kim["wallet"], lee["wallet"]])
        self.assertProblem(self.node.call("GET", path + "&min_sequence=x"), 400, "invalid_request")
        self.assertProblem(self.node.call("GET", path, headers={"Happypay-Sequence": "x"}), 400,
                           "invalid_request")
        self.assertProblem(self.node.call("GET", "wallets?min_sequence=0.1"), 400,
                           "invalid_request")

    def test_a_stranger_may_join_but_needs_a_password(self):
        person = dict(name="New", email=uuid.uuid4().hex + "@example.com")
        headers = {"Idempotency-Key": "k"}
        answer = self.node.request("POST", "/v1/members", person, headers)
        self.assertProblem(answer, 400, "invalid_request")
        self.assertEqual(answer["errors"][0]["pointer"], "/password")
        person["password"] = "correct horse"
        first = self.node.request("POST", "/v1/members", person, headers)
        again = self.node.request("POST", "/v1/members", person, headers)
        self.assertEqual((first.status, again.status), (201, 201), (first, again))
        self.assertEqual(first["id"], again["id"])
        self.assertNotIn("password", first.json)
        other = self.node.request("POST", "/v1/members", dict(person, name="Other"), headers)
        self.assertProblem(other, 409, "email_exists")

    # ---- what a request may look like

    def test_bad_bodies_are_400_and_say_where(self):
        good = json.dumps(self.order(amount=1234567))

        def amount(text):
            return good.replace('"amount": 1234567', f'"amount": {text}'), "/amount"

        for body, where in (("{", "byte"), (good + "x", "byte"), ('{"a":1,"a":2}', "byte"),
                            amount("10.0"), amount("1e1"), amount('"10"'), amount("null"),
                            amount("0"), amount("-1"), amount("9007199254740992"), amount("9" * 30),
                            (good.replace("KRW", "USD"), "/currency"),
                            (good.replace("}", ',"surplus":1}'), "/surplus"),
                            ("[]", "object"), ("", "/amount"), ("{}", "/merchant_id")):
            answer = self.node.call("POST", "payments", raw=body.encode())
            self.assertProblem(answer, 400, "invalid_request")
            self.assertIn(where, answer.raw.decode(), body)
        answer = self.node.call("POST", "payments", raw=b'{"order_id":"\xff"}')
        self.assertProblem(answer, 400, "invalid_request")

    def test_unknown_query_parameters_are_named(self):
        answer = self.node.call("GET", f"wallets/{self.kim['wallet']}?colour=red")
        self.assertProblem(answer, 400, "invalid_request")
        self.assertEqual(answer["errors"][0]["pointer"], "colour")

    def test_a_body_must_be_json_and_not_too_large(self):
        answer = self.node.call("POST", "payments", self.order(),
                                headers={"Content-Type": "text/plain"})
        self.assertProblem(answer, 415, "unsupported_media_type")
        for headers in ({"Content-Type": "application/json;charset=latin1"},
                        {"Content-Encoding": "gzip"}):
            answer = self.node.call("POST", "payments", self.order(), headers=headers)
            self.assertProblem(answer, 415, "unsupported_media_type")
        answer = self.node.call("POST", "payments", raw=b" " * 65_537)
        self.assertProblem(answer, 413, "payload_too_large")

    def test_a_chunked_body_that_is_too_large_is_refused_too(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.node.port, timeout=20)
        connection.request("POST", "/v1/payments", iter([b" " * 8192] * 10), {
            "Authorization": "Bearer " + self.node.operator(), "Idempotency-Key": "k",
            "Content-Type": "application/json"}, encode_chunked=True)
        self.assertEqual(connection.getresponse().status, 413)
        connection.close()

    def test_long_urls_and_many_headers_have_their_own_codes(self):
        answer = self.node.call("GET", "wallets?member_id=" + "x" * 9000)
        self.assertProblem(answer, 414, "uri_too_long")
        answer = self.node.call("GET", "merchants", headers={f"X-{n}": "1" for n in range(101)})
        self.assertProblem(answer, 431, "header_fields_too_large")
        self.assertIn(b" 414 ", self.raw(b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n")[:40])

    def test_a_large_header_is_refused_as_a_problem_and_a_huge_one_at_least_by_its_code(self):
        def ask(fields):
            return self.raw(b"GET /v1/merchants HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                            + fields + b"\r\n")

        for fields in (b"X: " + b"y" * 33_000 + b"\r\n", b"X: " + b"y" * 56_000 + b"\r\n",
                       b"".join(b"X-%d: %s\r\n" % (n, b"y" * 500) for n in range(90))):
            answer = ask(fields)
            self.assertIn(b" 431 ", answer[:20])
            self.assertIn(b"application/problem+json", answer)
            self.assertIn(b'"code":"header_fields_too_large"', answer)
        self.assertIn(b" 401 ", ask(b"X: " + b"y" * 32_000 + b"\r\n")[:20])
        self.assertIn(b" 431 ", ask(b"X: " + b"y" * 200_000 + b"\r\n")[:20])

    def test_other_methods_are_405_with_allow(self):
        for method, path, allow in (("PUT", "payments", "POST, GET"), ("DELETE", "merchants",
                                    "POST, GET"), ("OPTIONS", "payments", "POST, GET"),
                                    ("HEAD", f"wallets/{self.kim['wallet']}", "GET")):
            answer = self.node.call(method, path)
            self.assertEqual((answer.status, answer.headers["allow"]), (405, allow), answer)

    def test_what_is_not_there_is_404(self):
        for path in ("nothing", "members/x", f"members/{NOBODY}", f"wallets/{NOBODY}",
                     "payments/pay_01ARZ3NDEKTSV4RRFFQ69G5FAV", ""):
            self.assertProblem(self.node.call("GET", path), 404, "not_found")

    # ---- repeating

    def test_a_post_needs_a_good_key(self):
        self.assertProblem(self.node.call("POST", "payments", self.order(), key=False), 400,
                           "idempotency_key_missing")
        self.assertProblem(self.node.call("POST", "payments", self.order(), key="k" * 256), 400,
                           "idempotency_key_invalid")

    def test_two_keys_are_none(self):
        body = json.dumps(self.order())
        answer = self.raw((f"POST /v1/payments HTTP/1.1\r\nHost: x\r\nIdempotency-Key: one\r\n"
                           f"Idempotency-Key: two\r\nAuthorization: Bearer {self.node.operator()}"
                           f"\r\nContent-Type: application/json\r\nConnection: close\r\n"
                           f"Content-Length: {len(body)}\r\n\r\n{body}").encode())
        self.assertIn(b" 400 ", answer[:20])
        self.assertIn(b"idempotency_key_invalid", answer)

    def test_raw_and_quoted_keys_are_one(self):
        key, order = uuid.uuid4().hex, self.order()
        first = self.node.must(201, "POST", "payments", order, key=key)
        again = self.node.must(201, "POST", "payments", order, key=f'"{key}"')
        self.assertEqual(first.json, again.json)
        self.assertNotIn("idempotent-replayed", first.headers)
        self.assertEqual(again.headers["idempotent-replayed"], "true")

    def test_the_order_of_names_is_no_other_body_but_another_value_is(self):
        key, order = uuid.uuid4().hex, self.order()
        self.node.must(201, "POST", "payments", order, key=key)
        turned = dict(reversed(list(order.items())))
        self.node.must(201, "POST", "payments", turned, key=key)
        self.assertProblem(self.node.call("POST", "payments", dict(order, amount=11), key=key),
                           422, "idempotency_key_reused")

    def test_refusals_replay_but_for_the_request_id(self):
        key, order = uuid.uuid4().hex, self.order(amount=999_999)
        first = self.node.call("POST", "payments", order, key=key)
        again = self.node.call("POST", "payments", order, key=key)
        self.assertProblem(first, 422, "insufficient_funds")
        self.assertEqual(first["object"]["status"], "failed")
        self.assertEqual(first["object"]["failure"]["code"], "insufficient_funds")
        self.assertEqual(again.headers["idempotent-replayed"], "true")
        first.json.pop("request_id"), again.json.pop("request_id")
        self.assertEqual(first.json, again.json)
        read = self.node.must(200, "GET", f"payments/{first['object']['id']}")
        self.assertEqual(read.json, first["object"])

    def test_many_at_once_with_one_key_pay_once(self):
        key, order = uuid.uuid4().hex, self.order(amount=7)
        before = self.node.balance(self.kim)
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(
                lambda _: self.node.call("POST", "payments", order, key=key), range(48)))
        for answer in answers:
            if answer.status == 409:
                self.assertProblem(answer, 409, "idempotency_in_flight")
                self.assertIn("retry-after", answer.headers)
            else:
                self.assertEqual(answer.status, 201, answer)
        self.assertEqual(len({a["id"] for a in answers if a.status == 201}), 1)
        self.assertEqual(self.node.balance(self.kim), before - 7)

    # ---- waiting

    def test_an_unknown_outcome_is_202_then_its_end(self):
        self.bank.misbehave("error_after", count=1)
        key = uuid.uuid4().hex
        first = self.node.recharge(self.kim, 1000, key=key, Prefer="wait=0")
        self.assertEqual((first.status, first["object"]), (202, "recharge"), first)
        self.assertIn(first["status"], ("requested", "processing"))
        self.node.finished(f"recharges/{first['id']}")
        again = self.node.recharge(self.kim, 1000, key=key)
        self.assertEqual((again.status, again["status"]), (201, "succeeded"), again)
        self.assertEqual(again.headers["idempotent-replayed"], "true")

    def test_respond_async_and_a_short_wait_do_not_wait(self):
        self.bank.misbehave("slow", count=2, delay_ms=1500)
        try:
            for prefer in ("respond-async", "wait=1"):
                answer = self.node.recharge(self.kim, 1000, Prefer=prefer)
                self.assertEqual(answer.status, 202, answer)
                self.node.finished(f"recharges/{answer['id']}")
        finally:
            self.bank.behave()

    def test_a_declined_recharge_is_422_with_the_saga(self):
        self.bank.misbehave("decline", count=1)
        answer = self.node.recharge(self.kim, 1000)
        self.assertProblem(answer, 422, "bank_declined")
        self.assertEqual(answer["object"]["object"], "recharge")
        read = self.node.must(200, "GET", f"recharges/{answer['object']['id']}")
        self.assertEqual((read["status"], read["failure"]["code"]), ("failed", "bank_declined"))

    # ---- reading

    def test_lists_have_what_was_just_written(self):
        for _ in range(20):
            paid = self.node.must(201, "POST", "payments", self.order(amount=1))
            page = self.node.must(200, "GET", f"payments?member_id={self.kim['member']}&limit=1",
                                  headers={"Happypay-Sequence":
                                           paid.headers["happypay-sequence"]})
            self.assertEqual(page["data"][0]["id"], paid["id"])

    def test_pages_hold_everything_once_newest_first(self):
        everything = self.node.must(
            200, "GET", f"wallets/{self.kim['wallet']}/entries?limit=100")["data"]
        pages, cursor = [], ""
        while True:
            page = self.node.must(
                200, "GET", f"wallets/{self.kim['wallet']}/entries?limit=3{cursor}")
            pages += page["data"]
            if not page["has_more"]:
                self.assertIsNone(page["next_cursor"])
                break
            cursor = "&cursor=" + page["next_cursor"]
        self.assertEqual(pages[:len(everything)], everything)
        balance = pages[0]["balance_after"]
        for entry in pages:
            self.assertEqual(entry["balance_after"], balance)
            balance -= entry["amount"] if entry["direction"] == "in" else -entry["amount"]
        self.assertEqual(balance, 0)

    def test_a_list_is_cut_by_time(self):
        path = f"wallets/{self.kim['wallet']}/entries?limit=100"
        for _ in range(3):
            self.node.must(201, "POST", "payments", self.order(amount=1))
        every = self.node.must(200, "GET", path + "&min_sequence=0.1")["data"]
        at = every[1]["created_at"]
        times = [entry["created_at"] for entry in every]
        for zone in (at, at.replace("Z", "%2B00:00")):
            newer = self.node.must(200, "GET", f"{path}&created_after={zone}")["data"]
            older = self.node.must(200, "GET", f"{path}&created_before={zone}")["data"]
            self.assertEqual(len(newer), len([time for time in times if time > at]))
            self.assertTrue(older)
            self.assertTrue(all(entry["created_at"] < at for entry in older))
        page = self.node.must(200, "GET", f"{path[:-3]}1&created_before={at}")
        self.assertEqual(page["data"], older[:1])
        page = self.node.must(
            200, "GET", f"{path[:-3]}1&created_before={at}&cursor={page['next_cursor']}")
        self.assertEqual(page["data"], older[1:2])
        for name in ("created_after", "created_before"):
            for bad in ("", "x", "2026-02-30T00:00:00Z", "2026-01-01", at[:-1], at + "x"):
                answer = self.node.call("GET", f"{path}&{name}={bad}")
                self.assertProblem(answer, 400, "invalid_request")
                self.assertEqual(answer["errors"][0]["pointer"], name)

    def test_limits_and_cursors_are_checked(self):
        path = f"wallets/{self.kim['wallet']}/entries?"
        for query in ("limit=0", "limit=101", "limit=x", "cursor=abc", "limit=1&limit=2",
                      "min_sequence=x"):
            self.assertProblem(self.node.call("GET", path + query), 400, "invalid_request")
        page = self.node.must(200, "GET", path + "limit=1")
        self.assertProblem(self.node.call(
            "GET", f"wallets/{self.lee['wallet']}/entries?cursor={page['next_cursor']}"), 400,
            "invalid_request")

    def test_an_object_carries_its_version_and_times(self):
        answer = self.node.must(200, "GET", f"wallets/{self.kim['wallet']}")
        self.assertEqual(answer.headers["etag"], f'"{answer["version"]}"')
        self.assertRegex(answer["created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertRegex(answer.headers["happypay-sequence"], r"^\d+\.\d+$")

    def test_personal_data_is_masked_or_absent(self):
        account = self.node.must(200, "GET", f"bank-accounts/{self.kim['account']}")
        self.assertEqual(account["account_number"], "***-***-" + self.kim["number"][-4:])
        for secret in (self.kim["number"], self.kim["name"]):
            self.assertNotIn(secret, self.node.log())

    def test_a_suspension_is_seen_by_the_very_next_payment(self):
        person = self.node.person()
        self.node.recharge(person, 10_000)
        for _ in range(5):
            self.assertEqual(self.node.pay(person, self.shop, 1).status, 201)
            self.node.must(200, "POST", f"members/{person['member']}/suspend", {"reason": "test"})
            self.assertProblem(self.node.pay(person, self.shop, 1), 422, "member_suspended")
            self.node.must(200, "POST", f"members/{person['member']}/activate", raw=b"")

    def test_request_ids_are_echoed_or_made(self):
        answer = self.node.call("GET", "merchants", headers={"Request-Id": "mine-1"})
        self.assertEqual(answer.headers["request-id"], "mine-1")
        answer = self.node.call("GET", "nothing", headers={"Request-Id": "not good"})
        self.assertNotEqual(answer.headers["request-id"], "not good")
        self.assertEqual(answer["request_id"], answer.headers["request-id"])

    # ---- operation

    def test_health_metrics_and_description_need_no_token(self):
        for path in ("/healthz", "/readyz", "/metrics", "/openapi.json"):
            self.assertEqual(self.node.request("GET", path).status, 200)
        for path in ("/healthz", "/readyz"):
            answer = self.node.request("HEAD", path)
            self.assertEqual((answer.status, answer.raw), (200, b""))
        page = self.node.request("GET", "/metrics").raw.decode()
        self.assertIn('happypay_http_requests_total{method="POST",route="/v1/payments"', page)
        for line in page.splitlines():
            self.assertRegex(line, r'^(# (HELP|TYPE) \w+ .+|\w+(\{[^{}]*\})? [-+0-9.e]+|'
                                   r'\w+\{.*le="\+Inf".*\} \d+|\w+\{.*\} [-+0-9.e]+)$')

    def test_the_description_names_every_route_and_code(self):
        api = self.node.request("GET", "/openapi.json").json
        with open(f"{lib.ROOT}/runtime/verdict.h", encoding="utf-8") as table:
            codes = re.findall(r"X \((\w+), [1-9]\d*, \d+,", table.read())
        with open(f"{lib.ROOT}/edge/problem.h", encoding="utf-8") as table:
            codes += re.findall(r"X \((\w+), +[45]\d\d,", table.read())
        listed = api["components"]["schemas"]["Code"]["enum"]
        self.assertEqual({code.lower() for code in codes}, set(listed))
        page = self.node.request("GET", "/metrics").raw.decode()
        for method, route in re.findall(r'method="(\w+)",route="(/[^"]+)"', page):
            self.assertIn(method.lower(), api["paths"][route])

    def test_malformed_http_does_not_hurt(self):
        for text in (b"\x00\xff\xfe\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                     b"POST /v1/payments HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                     b"POST /v1/payments HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"):
            with socket.create_connection(("127.0.0.1", self.node.port)) as connection:
                connection.sendall(text)
        self.assertEqual(self.node.request("GET", "/healthz").status, 200)

    def test_clients_that_leave_do_not_hurt(self):
        body = json.dumps(self.order())
        head = (f"POST /v1/payments HTTP/1.1\r\nHost: x\r\nIdempotency-Key: %s\r\nAuthorization: "
                f"Bearer {self.node.operator()}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}")
        for _ in range(100):
            with socket.create_connection(("127.0.0.1", self.node.port)) as connection:
                connection.sendall((head % uuid.uuid4().hex).encode())
        self.node.must(201, "POST", "payments", self.order())


class Limits(lib.TestCase):
    def test_connections_beyond_the_limit_are_told_so(self):
        node = lib.Node(lib.Bank(), "--http-connections", "8")
        held = [http.client.HTTPConnection("127.0.0.1", node.port, timeout=10) for _ in range(12)]
        statuses = []
        for connection in held:
            connection.request("GET", "/v1/merchants",
                               headers={"Authorization": "Bearer " + node.operator()})
            response = connection.getresponse()
            statuses.append(response.status)
            response.read()
            if response.status == 503:
                self.assertEqual(response.headers["connection"], "close")
                self.assertIsNotNone(response.headers["retry-after"])
        self.assertGreaterEqual(statuses.count(200), 6)
        self.assertGreaterEqual(statuses.count(503), 4)
        for connection in held:
            connection.close()
        lib.wait_until("room again",
                       lambda: node.call("GET", "merchants").status == 200)
        self.assertEqual(node.kill(lib.signal.SIGTERM), 0)

    def test_long_waiters_leave_room_for_others(self):
        bank = lib.Bank()
        node = lib.Node(bank, "--http-connections", "8", "--bank-timeout-ms", "10000")
        people = [node.person() for _ in range(6)]
        bank.misbehave("hang_before", delay_ms=8000)
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            waiting = [pool.submit(node.recharge, person, 1000, None, Prefer="wait=5")
                       for person in people]
            first, _ = concurrent.futures.wait(waiting, 3, concurrent.futures.FIRST_COMPLETED)
            self.assertTrue(first, "somebody must be told 202 before the wait is over")
            for answer in first:
                self.assertEqual(answer.result().status, 202)
            self.assertEqual(node.request("GET", "/healthz").status, 200)
        bank.behave()
        self.assertEqual(node.kill(lib.signal.SIGTERM), 0)

    def test_a_taken_port_is_one_clear_line(self):
        node = lib.Node(lib.Bank())
        result = lib.run("serve", "--data", lib.folder("other"), "--http",
                         f"127.0.0.1:{node.port}", "--tap", f"tcp://127.0.0.1:{lib.free_port()}")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
        self.assertIn(str(node.port), result.stderr)


if __name__ == "__main__":
    lib.main()
