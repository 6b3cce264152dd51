#!/usr/bin/env python3
"""Webhook endpoints: who may have which, what is shown of them, and what they refuse.

    HAPPY_BIN=build/happypay tests/e2e/webhook_endpoints_test.py [NAME...]
"""
import re
import uuid

import lib

URL = "https://shop.example/hooks"
SECRET = re.compile(r"^whsec_[A-Za-z0-9+/]{43}=$")
LIMIT = 5


class Endpoints(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank, "--webhook-endpoints-per-owner", str(LIMIT))

    @classmethod
    def tearDownClass(cls):
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]
        cls.node.check_sound()

    def setUp(self):
        self.shop, self.other = self.node.merchant(), self.node.merchant()
        self.token = self.node.token("merchant", self.shop["merchant"])
        self.other_token = self.node.token("merchant", self.other["merchant"])

    def create(self, status=201, token=None, key=None, **body):
        return self.node.must(status, "POST", "webhook-endpoints",
                              dict(dict(url=URL, events=["payment.*"]), **body),
                              token=token or self.token, key=key)

    def call(self, method, path, body=None, token=None, **how):
        return self.node.call(method, "webhook-endpoints" + path, body,
                              token=token or self.token, **how)

    def ids(self, query="", token=None):
        answer = self.call("GET", query, token=token)
        self.assertEqual(answer.status, 200, answer)
        return [row["id"] for row in answer["data"]]

    # ---- secrets

    def test_the_secret_is_shown_once(self):
        key = str(uuid.uuid4())
        made = self.create(key=key)
        self.assertRegex(made["secret"], SECRET)
        again = self.create(key=key)
        self.assertEqual(again.headers["idempotent-replayed"], "true")
        self.assertEqual(again["id"], made["id"])
        self.assertNotIn("secret", again.json)
        self.assertNotIn("secret", self.call("GET", f"/{made['id']}").json)
        self.assertNotIn("secret", self.call("GET", "")["data"][0])
        changed = self.call("PATCH", f"/{made['id']}", dict(enabled=False))
        self.assertNotIn("secret", changed.json)

    def test_a_rotated_secret_is_another_and_shown_once(self):
        made = self.create()
        self.assertIsNone(made["old_secret_until"])
        key = str(uuid.uuid4())
        rotated = self.call("POST", f"/{made['id']}/rotate-secret", key=key)
        self.assertEqual(rotated.status, 200, rotated)
        self.assertRegex(rotated["secret"], SECRET)
        self.assertNotEqual(rotated["secret"], made["secret"])
        self.assertIsNotNone(rotated["old_secret_until"])
        again = self.call("POST", f"/{made['id']}/rotate-secret", key=key)
        self.assertEqual(again.headers["idempotent-replayed"], "true")
        self.assertNotIn("secret", again.json)
        self.assertEqual(again["version"], 2)

    def test_no_secret_is_in_the_log(self):
        made = self.create()
        self.assertNotIn(made["secret"][6:], self.node.log())

    # ---- whose

    def test_an_endpoint_is_its_merchants_and_the_operators(self):
        made = self.create()
        self.assertEqual(made["merchant_id"], self.shop["merchant"])
        member = self.node.token("member", self.shop["member"])
        self.assertProblem(self.call("GET", "", token=member), 403, "forbidden")
        for method, path, body in (("GET", "", None), ("PATCH", "", dict(enabled=False)),
                                   ("DELETE", "", None), ("POST", "/rotate-secret", None),
                                   ("GET", "/deliveries", None)):
            with self.subTest(method=method, path=path):
                for token in (self.other_token, member):
                    answer = self.call(method, f"/{made['id']}{path}", body, token=token)
                    self.assertProblem(answer, 404, "not_found")
        self.assertEqual(self.ids(), [made["id"]])
        self.assertEqual(self.ids(token=self.other_token), [])
        operator = self.node.operator()
        self.assertIn(made["id"], self.ids("?limit=100", operator))
        self.assertEqual(self.ids(f"?merchant_id={self.shop['merchant']}", operator),
                         [made["id"]])
        self.assertProblem(self.call("GET", f"?merchant_id={self.shop['merchant']}",
                                     token=self.other_token), 404, "not_found")
        self.assertEqual(self.call("GET", f"/{made['id']}", token=operator)["version"], 1)

    def test_an_operator_makes_one_for_a_merchant_or_for_the_operators(self):
        operator = self.node.operator()
        theirs = self.create(token=operator, merchant_id=self.shop["merchant"])
        self.assertEqual(self.ids(), [theirs["id"]])
        ours = self.create(token=operator, events=["wallet.*"])
        self.assertIsNone(ours["merchant_id"])
        self.assertProblem(self.call("GET", f"/{ours['id']}"), 404, "not_found")
        self.assertEqual(self.call("DELETE", f"/{ours['id']}", token=operator).status, 204)
        self.create(404, merchant_id=self.other["merchant"])
        self.create(merchant_id=self.shop["merchant"])
        nobody = "mrc_01ARZ3NDEKTSV4RRFFQ69G5FAV"
        answer = self.create(422, token=operator, merchant_id=nobody)
        self.assertEqual(answer["code"], "merchant_not_found")

    def test_an_owner_has_as_many_as_it_may(self):
        keys = [str(uuid.uuid4()) for _ in range(LIMIT)]
        made = [self.create(key=key)["id"] for key in keys]
        answer = self.create(422)
        self.assertEqual(answer["code"], "webhook_endpoint_limit_exceeded")
        self.assertEqual(self.create(key=keys[-1])["id"], made[-1])  # A replay is no other
        self.create(token=self.other_token)
        self.assertEqual(self.call("DELETE", f"/{made[0]}").status, 204)
        self.create()

    # ---- what is refused

    def test_urls_that_cannot_be_posted_to_are_refused(self):
        for url in ("shop.example", "ftp://shop.example/", "https://", "javascript:alert(1)",
                    "https://kim:secret@shop.example/", "https://shop.example/a b"):
            with self.subTest(url=url):
                answer = self.create(400, url=url)
                self.assertEqual(answer["errors"][0]["pointer"], "/url")
        self.create(400, url="https://shop.example/" + "x" * 512)
        for url in ("http://127.0.0.1:1/", "http://10.0.0.1/", "http://[::1]/",
                    "http://169.254.169.254/latest", "http://[::ffff:10.0.0.1]/"):
            with self.subTest(url=url):
                answer = self.create(422, url=url)
                self.assertEqual(answer["code"], "webhook_address_refused")
        made = self.create()
        self.assertProblem(self.call("PATCH", f"/{made['id']}", dict(url="http://10.0.0.1/")),
                           422, "webhook_address_refused")

    def test_events_that_never_come_are_refused(self):
        for events, pointer in ((["payment.*", "payment.capture"], "/events/1"),
                                (["wallet.*"], "/events/0"), (["delivery.*"], "/events/0"),
                                (["payment"], "/events/0"), ([""], "/events/0"),
                                ([], "/events"), (["*"] * 17, "/events"), ("*", "/events"),
                                ([7], "/events/0"), ([None], "/events/0")):
            with self.subTest(events=events):
                answer = self.create(400, events=events)
                self.assertEqual(answer["errors"][0]["pointer"], pointer)
        self.create(events=["*"] * 16)
        self.create(token=self.node.operator(), events=["wallet.*", "member.registered"])

    # ---- changing

    def test_what_a_change_leaves_out_stays(self):
        made = self.create()
        path = f"/{made['id']}"
        tag = made.headers["etag"]
        changed = self.call("PATCH", path, dict(url=URL + "/2"), headers={"If-Match": tag})
        self.assertEqual((changed.status, changed["url"], changed["events"], changed["status"]),
                         (200, URL + "/2", ["payment.*"], "enabled"), changed)
        stale = self.call("PATCH", path, dict(events=["*"]), headers={"If-Match": tag})
        self.assertProblem(stale, 412, "precondition_failed")
        changed = self.call("PATCH", path, dict(events=["refund.*", "*"], enabled=False))
        self.assertEqual((changed["url"], changed["events"], changed["status"],
                          changed["disabled_reason"]),
                         (URL + "/2", ["refund.*", "*"], "disabled", "requested"), changed)
        self.assertEqual(self.call("PATCH", path, {})["version"], changed["version"])
        self.assertEqual(self.ids("?status=disabled"), [made["id"]])
        self.assertEqual(self.ids("?status=enabled"), [])
        self.assertEqual(self.call("PATCH", path, dict(enabled=True))["disabled_reason"], None)

    def test_a_deleted_one_is_not_there(self):
        made = self.create()
        path = f"/{made['id']}"
        key = str(uuid.uuid4())
        headers = {"Idempotency-Key": key}
        self.assertEqual(self.call("DELETE", path, headers=headers).status, 204)
        for method, more in (("GET", ""), ("PATCH", ""), ("DELETE", ""),
                             ("POST", "/rotate-secret")):
            self.assertProblem(self.call(method, path + more, {} if method == "PATCH" else None),
                               404, "not_found")
        self.assertEqual(self.ids(), [])
        deliveries = self.call("GET", path + "/deliveries")
        self.assertEqual((deliveries.status, deliveries["data"]), (200, []))

    # ---- lists, crashes

    def test_lists_come_in_pages_newest_first(self):
        made = [self.create()["id"] for _ in range(4)]
        first = self.call("GET", "?limit=3")
        self.assertTrue(first["has_more"])
        rest = self.call("GET", f"?limit=3&cursor={first['next_cursor']}")
        self.assertFalse(rest["has_more"])
        self.assertEqual([row["id"] for row in first["data"] + rest["data"]], made[::-1])
        self.assertProblem(self.call("GET", f"?cursor={first['next_cursor']}",
                                     token=self.other_token), 400, "invalid_request")
        self.assertProblem(self.call("GET", "?status=deleted"), 400, "invalid_request")

    def test_endpoints_survive_a_crash(self):
        made = self.create(events=["payment.*", "settlement.*"])
        self.node.kill()
        self.node.start()
        read = self.call("GET", f"/{made['id']}")
        self.assertEqual({**read.json, "secret": made["secret"]}, made.json)
        self.assertEqual(self.ids(), [made["id"]])

    def test_a_delivery_of_nobody_is_not_found(self):
        nobody = "dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV"
        for token in (self.token, self.node.operator()):
            self.assertProblem(self.node.call("GET", f"deliveries/{nobody}", token=token),
                               404, "not_found")
            self.assertProblem(self.node.call("POST", f"deliveries/{nobody}/retry", token=token),
                               404, "not_found")


if __name__ == "__main__":
    lib.main()
