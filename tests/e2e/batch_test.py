"""Batches: many operations in one round trip, each a request of its own (edge/batch.h)."""
import concurrent.futures
import http.client
import json
import socket
import uuid

import lib


class Batches(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank)
        cls.shop = cls.node.merchant()

    @classmethod
    def tearDownClass(cls):
        cls.bank.behave()
        cls.node.check_quiet_books()
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]
        cls.node.check_sound()

    def tearDown(self):
        self.bank.behave()

    def payer(self, money):
        person = self.node.person()
        self.assertEqual(self.node.recharge(person, money).status, 201)
        person["token"] = self.node.token("member", person["member"])
        return person

    def payment(self, person, amount=10, key=None, **more):
        return dict(method="POST", path="/v1/payments", idempotency_key=key or uuid.uuid4().hex,
                    body=dict(dict(member_id=person["member"], merchant_id=self.shop["merchant"],
                                   order_id=uuid.uuid4().hex, amount=amount, currency="KRW",
                                   capture=True), **more))

    def batch(self, operations, token=None, **headers):
        return self.node.call("POST", "batch", dict(operations=operations), key=False, token=token,
                              headers=headers)

    def results(self, operations, token=None, **headers):
        answer = self.batch(operations, token, **headers)
        self.assertEqual(answer.status, 200, repr(answer))
        self.assertEqual(len(answer["results"]), len(operations))
        for result in answer["results"]:
            self.assertEqual(set(result), {"status", "headers", "body"})
        return answer["results"]

    def alone(self, operation, token=None):
        """The same operation as a request of its own."""
        return self.node.call(operation["method"], operation["path"].removeprefix("/v1/"),
                              operation.get("body"), key=operation.get("idempotency_key", False),
                              token=token)

    def assertRefused(self, result, status, code):
        self.assertEqual((result["status"], result["body"]["code"]), (status, code), result)
        self.assertEqual(result["body"]["status"], status)

    # ---- once

    def test_a_thousand_payments_in_one_batch_are_made_exactly_once(self):
        kim = self.payer(500_000)
        operations = [self.payment(kim, 100) for _ in range(1000)]
        first = self.results(operations)
        self.assertEqual({result["status"] for result in first}, {201})
        self.assertEqual(self.node.balance(kim), 400_000)
        for result, operation in zip(first, operations):
            self.assertEqual(result["body"]["order_id"], operation["body"]["order_id"])
            self.assertEqual(result["headers"]["Location"], f"/v1/payments/{result['body']['id']}")
            self.assertEqual(result["headers"]["ETag"], f'"{result["body"]["version"]}"')
            self.assertRegex(result["headers"]["Happypay-Sequence"], r"^\d+\.\d+$")
            self.assertNotIn("Idempotent-Replayed", result["headers"])
        again = self.results(operations)
        self.assertEqual({result["headers"].get("Idempotent-Replayed") for result in again},
                         {"true"})
        self.assertEqual([(result["status"], result["body"]) for result in again],
                         [(result["status"], result["body"]) for result in first])
        self.assertEqual(self.node.balance(kim), 400_000)

    def test_the_same_batch_many_times_at_once_pays_each_once(self):
        kim = self.payer(100_000)
        operations = [self.payment(kim) for _ in range(200)]
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            batches = list(pool.map(lambda _: self.results(operations), range(6)))
        for results in zip(*batches):
            for result in results:
                if result["status"] == 409:
                    self.assertRefused(result, 409, "idempotency_in_flight")
                    self.assertIn("Retry-After", result["headers"])
                else:
                    self.assertEqual(result["status"], 201, result)
            self.assertEqual(len({result["body"]["id"] for result in results
                                  if result["status"] == 201}), 1)
        self.assertEqual(self.node.balance(kim), 98_000)

    def test_a_key_means_the_same_outside_of_a_batch(self):
        kim = self.payer(10_000)
        inside, outside = self.payment(kim), self.payment(kim)
        (first,) = self.results([inside])
        answer = self.alone(inside)
        self.assertEqual((answer.status, answer.headers["idempotent-replayed"]), (201, "true"))
        self.assertEqual(answer.json, first["body"])
        answer = self.alone(outside)
        (again,) = self.results([outside])
        self.assertEqual((again["status"], again["body"]), (201, answer.json))
        self.assertEqual(again["headers"]["Idempotent-Replayed"], "true")
        other = dict(inside, body=dict(inside["body"], amount=11))
        quoted = dict(inside, idempotency_key=f'"{inside["idempotency_key"]}"')
        (refused,) = self.results([other])      # Beside it the same key may be in flight
        self.assertRefused(refused, 422, "idempotency_key_reused")
        (replayed,) = self.results([quoted])
        self.assertEqual(replayed["headers"]["Idempotent-Replayed"], "true")
        self.assertEqual(self.node.balance(kim), 9_980)

    # ---- each alone

    def test_good_and_bad_stand_beside_each_other_in_order(self):
        kim = self.payer(1_000)
        wallet = f"/v1/wallets/{kim['wallet']}"
        good = self.payment(kim, 400)
        results = self.results([
            good, self.payment(kim, 5_000), dict(method="GET", path="/v1/nothing"),
            dict(self.payment(kim), idempotency_key=""), dict(method="GET", path=wallet),
            dict(method="PUT", path=wallet), self.payment(kim, -1), self.payment(kim, 10**30),
            dict(method="GET", path=wallet + "?colour=red"), dict(method="GET", path=wallet, body=7),
            dict(method="GET", path="/v1/wallets?member_id=" + "x" * 9000),
            {name: value for name, value in good.items() if name != "idempotency_key"},
            dict(method="POST", path="/v1/batch", body=dict(operations=[])),
            dict(method="POST", path="/v1/sessions", body=dict(email="a@b.kr", password="x")),
            dict(method="GET", path="/healthz"), dict(method="GET", path="/metrics"), good,
            dict(method="GET", path=wallet + "/entries?limit=1"),
            dict(method="PATCH", path=f"/v1/members/{kim['member']}", body=dict(address="Jung"),
                 if_match='"77"'),
            dict(method="DELETE", path=f"/v1/bank-accounts/{kim['account']}")])
        expected = [(201, None), (422, "insufficient_funds"), (404, "not_found"),
                    (400, "idempotency_key_invalid"), (200, None), (405, "method_not_allowed"),
                    (400, "invalid_request"), (400, "invalid_request"), (400, "invalid_request"),
                    (400, "invalid_request"), (414, "uri_too_long"),
                    (400, "idempotency_key_missing"), (422, "not_in_batch"),
                    (422, "not_in_batch"), (422, "not_in_batch"), (422, "not_in_batch"),
                    None, (200, None), (412, "precondition_failed"), (204, None)]
        for number, (result, wanted) in enumerate(zip(results, expected)):
            if wanted:
                code = (result["body"] or {}).get("code")
                self.assertEqual((result["status"], code), wanted, (number, result))
        self.assertIn(results[16]["status"], (201, 409))  #  The key of the first, beside it
        self.assertEqual(results[5]["headers"]["Allow"], "GET")
        self.assertIsNone(results[19]["body"])
        for number, pointer in ((6, "/amount"), (8, "colour")):
            self.assertEqual(results[number]["body"]["errors"][0]["pointer"], pointer)
        self.assertEqual(self.node.balance(kim), 600)

    def test_whatever_an_operation_waits_for_it_comes_back_to_its_batch(self):
        """The password pool, the bank's names of holders, the reporter, the lists, a saga."""
        kim = self.payer(1_000)
        member = dict(name="Choi", email=f"{uuid.uuid4().hex}@example.com", password="long enough")
        results = self.results([
            dict(method="POST", path="/v1/members", body=member,
                 idempotency_key=uuid.uuid4().hex),
            dict(method="GET",
                 path=f"/v1/recipients?bank_code=apple&account_number={kim['number']}"),
            dict(method="GET", path="/v1/reports/trial-balance?as_of=2020-01-01T00:00:00Z"),
            dict(method="GET", path=f"/v1/wallets/{kim['wallet']}/recharges"),
            dict(method="POST", path=f"/v1/wallets/{kim['wallet']}/withdrawals",
                 body=dict(amount=500, currency="KRW", bank_account_id=kim["account"]),
                 idempotency_key=uuid.uuid4().hex)])
        self.assertEqual([result["status"] for result in results], [201, 200, 200, 200, 201],
                         results)
        self.assertNotIn("password", results[0]["body"])
        self.assertIn("*", results[1]["body"]["name_masked"])
        self.assertEqual(results[2]["body"]["accounts"], [])
        self.assertEqual(len(results[3]["body"]["data"]), 1)
        self.assertEqual(self.node.balance(kim), 500)

    def test_each_operation_has_an_id_of_its_own_and_is_counted(self):
        operations = [dict(method="GET", path=f"/v1/merchants/{self.shop['merchant']}")] * 3

        def served():
            page = self.node.request("GET", "/metrics").raw.decode()
            (line,) = [line for line in page.splitlines() if line.startswith(
                'happypay_http_requests_total{method="GET",route="/v1/merchants/{id}"') and
                '2xx' in line] or ["x 0"]
            return int(line.split()[-1])

        before = served()
        results = self.results(operations, **{"Request-Id": "mine"})
        self.assertEqual([result["headers"]["Request-Id"] for result in results],
                         ["mine.0", "mine.1", "mine.2"])
        self.assertEqual(served() - before, 3)

    def test_a_member_does_in_a_batch_what_it_may_do_alone(self):
        kim, lee = self.payer(1_000), self.payer(1_000)
        results = self.results([
            dict(method="GET", path=f"/v1/wallets/{kim['wallet']}"),
            dict(method="GET", path=f"/v1/wallets/{lee['wallet']}"), self.payment(lee),
            dict(method="GET", path="/v1/reports/trial-balance"), self.payment(kim)], kim["token"])
        self.assertEqual([result["status"] for result in results], [200, 404, 404, 403, 201])
        self.assertEqual((self.node.balance(kim), self.node.balance(lee)), (990, 1_000))

    def test_each_operation_counts_for_the_rate_of_its_caller(self):
        kim = self.payer(1_000)
        read = dict(method="GET", path=f"/v1/wallets/{kim['wallet']}")
        answer = self.batch([read] * 400, kim["token"])
        results = answer["results"]
        passed = [result for result in results if result["status"] == 200]
        self.assertGreaterEqual(len(passed), 90)
        self.assertLess(len(passed), 400)
        for result in results:
            if result["status"] != 200:
                self.assertRefused(result, 429, "rate_limited")
                self.assertEqual(result["headers"]["Retry-After"], "1")
        self.assertRegex(answer.headers["ratelimit"], r'^"default";r=\d+;t=1$')
        self.assertLess(int(answer.headers["ratelimit"].split("r=")[1].split(";")[0]), 100)

    def test_the_wait_is_for_all(self):
        kim = self.payer(1_000)
        self.bank.misbehave("slow", delay_ms=1500)
        recharge = dict(method="POST", path=f"/v1/wallets/{kim['wallet']}/recharges")
        body = dict(amount=1_000, currency="KRW", bank_account_id=kim["account"])
        operations = [dict(recharge, body=body, idempotency_key=uuid.uuid4().hex)
                      for _ in range(3)]
        results = self.results(operations, Prefer="respond-async")
        for result in results:
            self.assertEqual(result["status"], 202, result)
            self.assertIn(result["body"]["status"], ("requested", "processing"))
        results = self.results(operations, Prefer="wait=20")
        self.assertEqual({(result["status"], result["body"]["status"]) for result in results},
                         {(201, "succeeded")})
        self.assertEqual(self.node.balance(kim), 4_000)

    # ---- as a whole

    def test_an_empty_batch_is_answered(self):
        self.assertEqual(self.results([]), [])

    def test_a_malformed_batch_does_nothing_and_says_where(self):
        kim = self.payer(1_000)
        good = self.payment(kim)
        for operations, pointer in (([good, dict(good, headers={})], "/operations/1/headers"),
                                    ([good, 7], "/operations/1"),
                                    ([good, dict(path="/v1/x")], "/operations/1/method"),
                                    ([good] * 1001, "/operations"), ({}, "/operations")):
            answer = self.batch(operations)
            self.assertProblem(answer, 400, "invalid_request")
            self.assertEqual(answer["errors"][0]["pointer"], pointer)
        text = json.dumps(dict(operations=[good]))
        for raw in (text[:-1], text + "x", text.replace('"POST"', "POST")):
            answer = self.node.call("POST", "batch", raw=raw.encode(), key=False)
            self.assertProblem(answer, 400, "invalid_request")
        answer = self.batch([good, dict(good, body=dict(memo="x" * 65_536))])
        self.assertProblem(answer, 413, "payload_too_large")
        self.assertEqual(answer["errors"][0]["pointer"], "/operations/1")
        self.assertEqual(self.node.balance(kim), 1_000)

    def test_a_batch_may_be_four_mebibytes_and_no_more(self):
        read = dict(method="GET", path=f"/v1/merchants/{self.shop['merchant']}")
        text = json.dumps(dict(operations=[read]))
        fits = text + " " * (4 * 1024 * 1024 - len(text))
        self.assertEqual(self.node.call("POST", "batch", raw=fits.encode(), key=False).status, 200)
        answer = self.node.call("POST", "batch", raw=(fits + " ").encode(), key=False)
        self.assertProblem(answer, 413, "payload_too_large")
        for headers in ({"Content-Type": "text/plain"}, {"Content-Encoding": "gzip"}):
            answer = self.node.call("POST", "batch", raw=text.encode(), key=False, headers=headers)
            self.assertProblem(answer, 415, "unsupported_media_type")

    def test_nobody_without_a_token_has_a_large_body_read(self):
        answer = self.node.request("POST", "/v1/batch", raw=b"[" * 1_000_000)
        self.assertProblem(answer, 401, "unauthorized")
        with socket.create_connection(("127.0.0.1", self.node.port), timeout=20) as connection:
            connection.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                               b"Content-Length: 4000000\r\n\r\n")
            self.assertIn(b" 401 ", connection.recv(4096)[:20])

    def test_it_is_posted_and_nothing_else(self):
        answer = self.node.call("GET", "batch")
        self.assertProblem(answer, 405, "method_not_allowed")
        self.assertEqual(answer.headers["allow"], "POST")

    # ---- leaving in the middle

    def test_a_client_that_leaves_finds_what_was_done(self):
        kim = self.payer(100_000)
        operations = [self.payment(kim) for _ in range(500)]
        body = json.dumps(dict(operations=operations))
        with socket.create_connection(("127.0.0.1", self.node.port)) as connection:
            connection.sendall((f"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/"
                                f"json\r\nAuthorization: Bearer {self.node.operator()}\r\n"
                                f"Content-Length: {len(body)}\r\n\r\n{body}").encode())
        lib.wait_until("all payments", lambda: self.node.balance(kim) == 95_000)
        self.assertEqual({result["headers"].get("Idempotent-Replayed")
                          for result in self.results(operations)}, {"true"})
        self.assertEqual(self.node.balance(kim), 95_000)


class Limits(lib.TestCase):
    """A node with few places and small windows."""

    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()

    def start(self, *options):
        return lib.Node(self.bank, *options)

    def begin(self, node, operations, token=None):
        """A batch that is sent and not waited for: its connection."""
        connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=40)
        connection.request("POST", "/v1/batch", json.dumps(dict(operations=operations)),
                           {"Authorization": "Bearer " + (token or node.operator()),
                            "Content-Type": "application/json", "Prefer": "wait=30"})
        return connection

    def slow(self, node, person, count=1):
        """Recharges at a bank that takes its time."""
        return [dict(method="POST", path=f"/v1/wallets/{person['wallet']}/recharges",
                     idempotency_key=uuid.uuid4().hex,
                     body=dict(amount=1_000, currency="KRW", bank_account_id=person["account"]))
                for _ in range(count)]

    def busy(self, node):
        return int(node.request("GET", "/metrics").raw.decode().split(
            "\nhappypay_http_requests_in_flight ")[1].split()[0])

    def tearDown(self):
        self.bank.behave()

    def test_one_batch_does_not_keep_others_out(self):
        node = self.start("--batch-window", "2")
        kim = node.person()
        self.bank.misbehave("slow", delay_ms=1000)
        long = self.begin(node, self.slow(node, kim, 6))
        lib.wait_until("its window", lambda: self.busy(node) >= 3)
        read = dict(method="GET", path=f"/v1/wallets/{kim['wallet']}")
        answer = node.must(200, "POST", "batch", dict(operations=[read] * 50), key=False)
        self.assertEqual({result["status"] for result in answer["results"]}, {200})
        self.assertLessEqual(self.busy(node), 4)  #  The long one, its window, and this question
        results = json.loads(long.getresponse().read())["results"]
        self.assertEqual({result["status"] for result in results}, {201})
        self.assertEqual(node.balance(kim), 6_000)
        self.assertEqual(node.kill(lib.signal.SIGTERM), 0)

    def test_beyond_its_places_a_batch_is_refused_and_a_member_has_few(self):
        node = self.start("--batches", "3", "--bank-timeout-ms", "20000")
        kim, lee = node.person(), node.person()
        tokens = [node.token("member", person["member"]) for person in (kim, lee)]
        self.bank.misbehave("slow", delay_ms=8000)
        first = self.begin(node, self.slow(node, kim), tokens[0])
        lib.wait_until("its operation", lambda: self.busy(node) >= 3)
        body = dict(operations=[])
        answer = node.call("POST", "batch", body, key=False, token=tokens[0])
        self.assertEqual((answer.status, answer["code"]), (503, "overloaded"), repr(answer))
        self.assertIn("retry-after", answer.headers)
        node.must(200, "POST", "batch", body, key=False, token=tokens[1])
        #  Its place is free once its answer is taken, a moment after we have read it
        lib.wait_until("the place", lambda: self.busy(node) == 3)
        others = [self.begin(node, self.slow(node, lee)) for _ in range(2)]
        lib.wait_until("all three", lambda: self.busy(node) >= 7)
        self.assertEqual(node.call("POST", "batch", body, key=False).status, 503)
        for connection in [first, *others]:
            response = connection.getresponse()
            self.assertEqual((response.status, json.loads(response.read())["results"][0]["status"]),
                             (200, 201))
        node.must(200, "POST", "batch", body, key=False)
        self.assertEqual(node.kill(lib.signal.SIGTERM), 0)

    def test_a_stop_in_the_middle_finishes_what_was_accepted(self):
        node = self.start("--batch-window", "4")
        kim, shop = node.person(), node.merchant()
        self.assertEqual(node.recharge(kim, 100_000).status, 201)
        self.bank.misbehave("slow", delay_ms=700)
        operations = self.slow(node, kim, 12)
        batch = self.begin(node, operations)
        lib.wait_until("its window", lambda: self.busy(node) >= 5)
        node.process.send_signal(lib.signal.SIGTERM)
        response = batch.getresponse()
        results = json.loads(response.read())["results"]
        self.assertEqual({result["status"] for result in results}, {201}, results)
        self.assertEqual(node.process.wait(60), 0)
        node.check_sound()
        self.bank.behave()
        node.start()
        answer = node.must(200, "POST", "batch", dict(operations=operations), key=False)
        self.assertEqual({result["headers"].get("Idempotent-Replayed")
                          for result in answer["results"]}, {"true"})
        self.assertEqual(node.balance(kim), 112_000)
        self.assertEqual(node.kill(lib.signal.SIGTERM), 0)

    def test_a_kill_in_the_middle_and_the_same_again_pays_each_once(self):
        node = self.start()
        kim, shop = node.person(), node.merchant()
        self.assertEqual(node.recharge(kim, 100_000).status, 201)
        operations = [dict(method="POST", path="/v1/payments", idempotency_key=uuid.uuid4().hex,
                           body=dict(member_id=kim["member"], merchant_id=shop["merchant"],
                                     order_id=uuid.uuid4().hex, amount=10, currency="KRW",
                                     capture=True)) for _ in range(1000)]
        batch = self.begin(node, operations)
        lib.wait_until("some payments", lambda: node.balance(kim) < 99_000, pause=0.005)
        node.kill()
        batch.close()
        node.start()
        answer = node.must(200, "POST", "batch", dict(operations=operations), key=False,
                           headers={"Prefer": "wait=30"})
        self.assertEqual({result["status"] for result in answer["results"]}, {201})
        self.assertEqual(node.balance(kim), 90_000)
        node.check_quiet_books()
        self.assertEqual(node.kill(lib.signal.SIGTERM), 0)
        node.check_sound()

    def test_an_answer_does_not_grow_without_end(self):
        node = self.start("--batch-answer-bytes", "65536", "--batch-window", "2")
        shop = node.merchant()
        read = dict(method="GET", path=f"/v1/merchants/{shop['merchant']}")
        answer = node.must(200, "POST", "batch", dict(operations=[read] * 1000), key=False)
        codes = [(result["status"], result["body"].get("code")) for result in answer["results"]]
        self.assertEqual(set(codes), {(200, None), (503, "overloaded")})
        full = codes.index((503, "overloaded"))
        self.assertNotIn((200, None), codes[full:])
        self.assertLess(len(json.dumps(answer["results"][:full])), 80_000)
        self.assertEqual(node.kill(lib.signal.SIGTERM), 0)


if __name__ == "__main__":
    lib.main()
