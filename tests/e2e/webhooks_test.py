#!/usr/bin/env python3
"""Webhooks as their receiver sees them: signed, once per event, again after a failure.

    HAPPY_BIN=build/happypay tests/e2e/webhooks_test.py [NAME...]
"""
import time
import uuid

import lib
import webhook_lib

CAPTURED = "payment.captured"


class Webhooks(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank, *webhook_lib.ANYWHERE)
        cls.receiver = webhook_lib.Receiver()
        cls.shop, cls.other = cls.node.merchant(), cls.node.merchant()
        cls.token = cls.node.token("merchant", cls.shop["merchant"])
        cls.payer = cls.node.person()
        assert cls.node.recharge(cls.payer, 1_000_000).status == 201

    @classmethod
    def tearDownClass(cls):
        cls.receiver.end()
        cls.node.check_quiet_books()
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]
        cls.node.check_sound()

    def setUp(self):
        self.box = self.receiver.box()
        self.endpoint = None

    def tearDown(self):
        self.box.gate.set()
        if self.endpoint:
            self.call("DELETE", f"webhook-endpoints/{self.endpoint['id']}")

    # ---- what the stories share

    def call(self, method, path, body=None, token=None, **how):
        return self.node.call(method, path, body, token=token or self.token, **how)

    def listen(self, *events, token=None):
        answer = self.call("POST", "webhook-endpoints",
                           dict(url=self.box.url, events=list(events or [CAPTURED])), token=token)
        self.assertEqual(answer.status, 201, answer)
        self.endpoint = answer
        return answer

    def pay(self, merchant=None, amount=100):
        answer = self.node.pay(self.payer, merchant or self.shop, amount)
        self.assertEqual(answer["status"], "captured", answer)
        return answer["id"]

    def deliveries(self, status=None):
        query = f"?limit=100&status={status}" if status else "?limit=100"
        return self.call("GET", f"webhook-endpoints/{self.endpoint['id']}/deliveries" + query)[
            "data"]

    def delivery(self, payment, status=None):
        """The delivery of this payment's event, once it has this status and is at rest."""
        def there():
            for row in self.deliveries():
                if row["event_subject"] == payment and not row["in_flight"] \
                        and status in (None, row["status"]):
                    return row
            return None
        return lib.wait_until(f"the delivery of {payment}: {status}", there)

    def retry(self, delivery, key=None):
        return self.call("POST", f"deliveries/{delivery['id']}/retry", key=key)

    # ---- stories

    def test_each_event_comes_once_and_is_signed(self):
        made = self.listen()
        other = self.pay(self.other)
        payments = {self.pay() for _ in range(8)}
        lib.wait_until("all delivered", lambda: len(self.deliveries("succeeded")) == 8)
        letters = list(self.box.letters)
        self.assertEqual(self.box.subjects(), payments)
        self.assertNotIn(other, self.box.subjects())
        self.assertEqual(len(letters), 8)
        self.assertEqual(len(set(self.box.ids())), 8)
        for letter in letters:
            self.assertTrue(letter.is_signed_by(made["secret"]), letter.headers)
            self.assertEqual(len(letter.signatures), 1)
            self.assertLess(abs(int(letter.timestamp) - time.time()), 60)
            self.assertEqual(letter.headers["content-type"].split(";")[0],
                             "application/cloudevents+json")
            self.assertRegex(letter.headers["traceparent"], "^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$")
            event = letter.event
            self.assertEqual((event["specversion"], event["type"]), ("1.0", CAPTURED), event)
            self.assertTrue({"id", "source", "time", "data"} <= set(event), event)
        for row in self.deliveries():
            self.assertEqual([attempt["http_status"] for attempt in row["attempts"]], [204], row)
            self.assertEqual((row["attempt_count"], row["next_attempt_at"], row["event_type"]),
                             (1, None, CAPTURED), row)

    def test_a_forged_or_changed_letter_is_not_signed(self):
        made = self.listen()
        self.pay()
        (letter,) = self.box.wait(1)
        self.assertTrue(letter.is_signed_by(made["secret"]))
        letter.body += b" "
        self.assertFalse(letter.is_signed_by(made["secret"]))

    def test_operators_hear_of_everything_that_they_ask_for(self):
        operator = self.node.operator()
        self.listen("wallet.*", "member.registered", token=operator)
        person = self.node.person()
        self.token, token = operator, self.token
        try:
            self.box.wait(2)
            lib.wait_until("the wallet's event", lambda: person["wallet"] in self.box.subjects())
            lib.wait_until("the member's event", lambda: person["member"] in self.box.subjects())
            kinds = {letter.event["type"].split(".")[0] for letter in self.box.letters}
            self.assertEqual(kinds, {"wallet", "member"})
            self.assertNotIn(person["name"].encode(), b"".join(
                letter.body for letter in self.box.letters))
        finally:
            self.call("DELETE", f"webhook-endpoints/{self.endpoint['id']}")
            self.endpoint, self.token = None, token

    def test_a_failure_is_repeated_after_five_seconds(self):
        self.listen()
        self.box.answers = [(500, {})]
        payment = self.pay()
        failed = self.delivery(payment, "pending")
        self.assertIsNotNone(failed["next_attempt_at"])
        first, second = self.box.wait(2)
        self.assertEqual(first.id, second.id)
        self.assertEqual(first.body, second.body)
        self.assertGreaterEqual(second.at - first.at, 4.9)
        done = self.delivery(payment, "succeeded")
        self.assertEqual([(attempt["number"], attempt["http_status"], attempt["requested"])
                          for attempt in done["attempts"]], [(2, 204, False), (1, 500, False)])
        self.assertEqual(done["attempt_count"], 2)

    def test_redirects_are_not_followed(self):
        elsewhere = self.receiver.box()
        self.listen()
        self.box.answers = [(302, {"Location": elsewhere.url})]
        payment = self.pay()
        failed = self.delivery(payment, "pending")
        self.assertEqual(failed["attempts"][0]["http_status"], 302)
        self.assertEqual(elsewhere.letters, [])

    def test_gone_disables_the_endpoint(self):
        made = self.listen()
        path = f"webhook-endpoints/{made['id']}"
        self.box.answers = [(410, {})]
        payment = self.pay()
        discarded = self.delivery(payment, "discarded")
        self.assertEqual(discarded["attempts"][0]["http_status"], 410)
        lib.wait_until("disabled", lambda: self.call("GET", path)["status"] == "disabled")
        self.assertEqual(self.call("GET", path)["disabled_reason"], "gone")
        self.assertProblem(self.retry(discarded), 409, "webhook_endpoint_disabled")
        self.pay()  # Nobody hears of this one
        enabled = self.call("PATCH", path, dict(enabled=True))
        self.assertEqual((enabled["status"], enabled["disabled_reason"]), ("enabled", None))
        again = self.pay()
        self.delivery(again, "succeeded")
        self.assertEqual(self.retry(discarded).status, 202)
        self.delivery(payment, "succeeded")
        self.assertEqual(self.box.subjects(), {payment, again})

    def test_what_was_delivered_is_sent_again_on_request(self):
        self.listen()
        payment = self.pay()
        delivered = self.delivery(payment, "succeeded")
        key = str(uuid.uuid4())
        self.box.gate.clear()
        again = self.retry(delivered, key=key)
        self.assertEqual((again.status, again["in_flight"], again["status"]),
                         (202, True, "succeeded"), again)
        self.assertProblem(self.retry(delivered), 409, "answer_pending")
        self.box.gate.set()
        first, second = self.box.wait(2)
        self.assertEqual((first.id, first.body), (second.id, second.body))
        done = self.delivery(payment, "succeeded")
        self.assertEqual([attempt["requested"] for attempt in done["attempts"]], [True, False])
        replayed = self.retry(delivered, key=key)
        self.assertEqual((replayed.status, replayed["attempt_count"]), (200, 2), replayed)
        self.assertEqual(len(self.box.letters), 2)
        other = self.node.token("merchant", self.other["merchant"])
        for method, more in (("GET", ""), ("POST", "/retry")):
            answer = self.call(method, f"deliveries/{done['id']}{more}", token=other)
            self.assertProblem(answer, 404, "not_found")

    def test_both_secrets_sign_after_a_rotation(self):
        made = self.listen()
        self.pay()
        self.box.wait(1)
        rotated = self.call("POST", f"webhook-endpoints/{made['id']}/rotate-secret")

        def signed_by_both():
            self.pay()
            letter = self.box.wait(len(self.box.letters))[-1]
            return letter if len(letter.signatures) == 2 else None
        letter = lib.wait_until("two signatures", signed_by_both)
        self.assertTrue(letter.is_signed_by(made["secret"]))
        self.assertTrue(letter.is_signed_by(rotated["secret"]))
        self.assertFalse(self.box.letters[0].is_signed_by(rotated["secret"]))

    def test_letters_are_signed_after_the_keys_were_rotated_and_the_old_ones_retired(self):
        made = self.listen()

        def keys(*words):
            return lib.run("keys", *words, "--data", self.node.data)
        rotated = keys("rotate", "--master")
        self.assertEqual(rotated.returncode, 0, rotated)
        lib.wait_until("the old master key is retired",
                       lambda: keys("retire", "--master", "1").returncode == 0)
        self.node.kill()  # Nothing is left in memory of the old one
        self.node.start()
        self.pay()
        (letter,) = self.box.wait(1)
        self.assertTrue(letter.is_signed_by(made["secret"]))

    def test_a_crash_loses_no_event(self):
        self.listen()
        self.box.gate.clear()
        payments = {self.pay() for _ in range(4)}
        self.box.wait(1)
        self.node.kill()  # Attempts are on the wire, others are to be made
        self.box.gate.set()
        self.node.start()
        payments |= {self.pay() for _ in range(4)}
        lib.wait_until("all delivered", lambda: len(self.deliveries("succeeded")) == 8)
        self.assertEqual(self.box.subjects(), payments)
        self.assertEqual(len(set(self.box.ids())), 8)  # Who came twice is known by its id
        self.assertEqual({row["event_subject"] for row in self.deliveries()}, payments)

    def test_a_retry_survives_a_crash(self):
        self.listen()
        self.box.answers = [(503, {})]
        payment = self.pay()
        self.delivery(payment, "pending")
        self.node.kill()
        self.node.start()
        first, second = self.box.wait(2)
        self.assertEqual(first.id, second.id)
        self.delivery(payment, "succeeded")

    def test_a_deleted_endpoint_gets_nothing_more(self):
        made = self.listen()
        self.box.answers = [(500, {})]
        payment = self.pay()
        self.delivery(payment, "pending")
        self.assertEqual(self.call("DELETE", f"webhook-endpoints/{made['id']}").status, 204)
        discarded = self.delivery(payment, "discarded")  # When its next attempt is due
        self.assertEqual([attempt["error"] for attempt in discarded["attempts"]],
                         ["endpoint_deleted", None])
        self.assertProblem(self.retry(discarded), 409, "webhook_endpoint_disabled")
        later = self.pay()
        self.box, deleted = self.receiver.box(), self.box
        self.listen()
        after = self.pay()
        self.delivery(after, "succeeded")
        self.assertNotIn(later, self.box.subjects())
        self.assertEqual(deleted.subjects(), {payment})
        self.assertEqual(len(deleted.letters), 1)


class Guarded(lib.TestCase):
    """Without --webhook-allow nothing of this machine is connected to."""

    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank)
        cls.receiver = webhook_lib.Receiver()

    @classmethod
    def tearDownClass(cls):
        cls.receiver.end()
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]
        cls.node.check_sound()

    def test_a_name_that_resolves_to_us_is_refused_when_it_is_connected_to(self):
        box = self.receiver.box()
        answer = self.node.call("POST", "webhook-endpoints",
                                dict(url=box.url, events=["member.*"]))
        self.assertProblem(answer, 422, "webhook_address_refused")
        named = box.url.replace("127.0.0.1", "localhost")
        made = self.node.must(201, "POST", "webhook-endpoints",
                              dict(url=named, events=["member.*"]))
        self.node.person()

        def refused():
            rows = self.node.must(200, "GET", f"webhook-endpoints/{made['id']}/deliveries")["data"]
            return [row for row in rows if row["attempts"]]
        for row in lib.wait_until("an attempt", refused):
            self.assertEqual({attempt["error"] for attempt in row["attempts"]},
                             {"address_refused"}, row)
        self.assertEqual(box.letters, [])


if __name__ == "__main__":
    lib.main()
