"""How often a caller may ask: by member, by address, and how it is told (api.md, headers;
draft-ietf-httpapi-ratelimit-headers). A long window, so that nothing comes back by itself.
"""
import http.client
import re

import lib

QUOTA, WINDOW_S = 6, 60


class Rates(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank, "--rate-address", str(QUOTA), "--rate-member", str(QUOTA),
                            "--rate-window-s", str(WINDOW_S))

    @classmethod
    def tearDownClass(cls):
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]

    def ask(self, address, path="/v1/merchants", token=None, method="GET"):
        """From one of this host's own addresses."""
        connection = http.client.HTTPConnection("127.0.0.1", self.node.port, timeout=20,
                                                source_address=(address, 0))
        connection.request(method, path,
                           headers={"Authorization": "Bearer " + token} if token else {})
        response = connection.getresponse()
        answer = lib.Answer(response.status, response.getheaders(), response.read())
        connection.close()
        return answer

    def left(self, answer):
        self.assertEqual(answer.headers["ratelimit-policy"], f'"default";q={QUOTA};w={WINDOW_S}')
        left, full_s = re.fullmatch(r'"default";r=(\d+);t=(\d+)',
                                    answer.headers["ratelimit"]).groups()
        self.assertLessEqual(int(full_s), WINDOW_S)
        return int(left)

    def assertLimited(self, answer):
        self.assertProblem(answer, 429, "rate_limited")
        self.assertIs(answer["retryable"], True)
        self.assertEqual(self.left(answer), 0)
        self.assertTrue(1 <= int(answer.headers["retry-after"]) <= WINDOW_S // QUOTA)

    def member(self):
        member = self.node.person()["member"]
        return self.node.token("member", member), f"/v1/members/{member}"

    def test_an_address_without_a_token_is_limited_whatever_it_asks_for(self):
        answers = [self.ask("127.0.0.2", path) for path in (
            "/v1/merchants", "/v1/nothing", "/openapi.json", "/v1/merchants?colour=red",
            "/v1/sessions", "/v1/merchants")]
        self.assertEqual([answer.status for answer in answers], [401, 404, 200, 401, 405, 401])
        self.assertEqual([self.left(answer) for answer in answers], [5, 4, 3, 2, 1, 0])
        for path in ("/v1/merchants", "/v1/nothing", "/openapi.json", "/v1/sessions"):
            self.assertLimited(self.ask("127.0.0.2", path))
        self.assertEqual(self.left(self.ask("127.0.0.3")), QUOTA - 1)

    def test_a_token_that_is_not_valid_counts_for_its_address(self):
        good, path = self.member()
        for _ in range(QUOTA):
            self.assertEqual(self.ask("127.0.0.4", path, good[:-3] + "abc").status, 401)
        self.assertLimited(self.ask("127.0.0.4", path, "x.y.z"))
        self.assertLimited(self.ask("127.0.0.4", path))
        self.assertEqual(self.left(self.ask("127.0.0.4", path, good)), QUOTA - 1)

    def test_a_member_is_limited_from_wherever_it_asks_and_no_other_is(self):
        (kim, path), (lee, other) = self.member(), self.member()
        for number in range(QUOTA):
            answer = self.ask(f"127.0.1.{number + 1}", path, kim)
            self.assertEqual((answer.status, self.left(answer)), (200, QUOTA - 1 - number))
        self.assertLimited(self.ask("127.0.1.9", path, kim))
        self.assertLimited(self.ask("127.0.1.9", "/v1/nothing", kim))
        self.assertEqual(self.ask("127.0.1.9", other, lee).status, 200)

    def test_merchants_and_operators_are_not_limited(self):
        shop = self.node.merchant()["merchant"]
        for token in (self.node.token("merchant", shop), self.node.operator()):
            for _ in range(3 * QUOTA):
                answer = self.ask("127.0.0.5", f"/v1/merchants/{shop}", token)
                self.assertEqual(answer.status, 200, repr(answer))
                self.assertNotIn("ratelimit", answer.headers)
                self.assertNotIn("ratelimit-policy", answer.headers)

    def test_health_and_metrics_are_never_refused(self):
        for _ in range(QUOTA + 1):
            self.ask("127.0.0.6")
        self.assertLimited(self.ask("127.0.0.6"))
        for method, path in (("GET", "/healthz"), ("HEAD", "/healthz"), ("GET", "/readyz"),
                             ("HEAD", "/readyz"), ("GET", "/metrics")):
            answer = self.ask("127.0.0.6", path, method=method)
            self.assertEqual(answer.status, 200, path)
            self.assertNotIn("ratelimit", answer.headers)


class ShortWindow(lib.TestCase):
    def test_after_the_time_that_it_is_told_a_caller_passes(self):
        node = lib.Node(lib.Bank(), "--rate-address", "2", "--rate-window-s", "2")
        answers = [node.request("GET", "/v1/merchants") for _ in range(3)]
        self.assertEqual([answer.status for answer in answers], [401, 401, 429])
        self.assertEqual(answers [2].headers["retry-after"], "1")
        lib.wait_until("a token is back",
                       lambda: node.request("GET", "/v1/merchants").status == 401, seconds=5)


class NoLimit(lib.TestCase):
    def test_a_limit_of_zero_is_none(self):
        node = lib.Node(lib.Bank(), "--rate-address", "0")
        for _ in range(150):
            answer = node.request("GET", "/v1/merchants")
            self.assertEqual(answer.status, 401)
            self.assertNotIn("ratelimit", answer.headers)


if __name__ == "__main__":
    lib.main()
