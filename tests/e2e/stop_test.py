#!/usr/bin/env python3
"""Stopping and starting, with work in flight: who asks is told first, what was accepted is
finished, what cannot be finished goes on after the next start, and nobody meets half a node.

    HAPPY_BIN=build/happypay tests/e2e/stop_test.py [NAME...]
"""
import concurrent.futures
import http.client
import json
import signal
import socket
import threading
import time
import unittest
import uuid

import lib

AMOUNT = 1000


class Stop(lib.TestCase):
    def setUp(self):
        self.bank = lib.Bank()
        self.pool = concurrent.futures.ThreadPoolExecutor(32)
        self.addCleanup(self.pool.shutdown)

    def node(self, *options):
        node = lib.Node(self.bank, "--bank-inquiry-first-ms", "200", "--bank-inquiry-last-ms",
                        "500", *options)
        self.addCleanup(lambda: node.process.poll() is None and node.kill())
        return node

    def begin(self, node, people, wait_s):
        """One recharge each, waiting for the bank; {key: answer to come}."""
        waiting = [self.pool.submit(node.recharge, person, AMOUNT, "key-" + person["wallet"],
                                    Prefer=f"wait={wait_s}") for person in people]
        for person in people:
            lib.wait_until("the recharge", lambda: node.must(
                200, "GET", f"wallets/{person['wallet']}/recharges")["data"])
        return waiting

    def check_ended(self, node, people):
        """Each has its money once, our books and the bank's agree, and the folder is sound."""
        for person in people:
            found = node.must(200, "GET", f"wallets/{person['wallet']}/recharges")["data"]
            self.assertEqual(len(found), 1)
            self.assertEqual(node.finished("recharges/" + found[0]["id"])["status"], "succeeded")
            again = node.recharge(person, AMOUNT, "key-" + person["wallet"])
            self.assertEqual((again.status, again["id"]), (201, found[0]["id"]), repr(again))
            self.assertEqual(again.headers["idempotent-replayed"], "true")
            self.assertEqual(node.balance(person), AMOUNT)
        node.check_quiet_books()
        self.assertEqual(node.kill(signal.SIGTERM), 0, node.log()[-800:])
        node.check_sound()

    def test_who_asks_whether_it_is_ready_hears_of_the_stop_first(self):
        node = self.node("--stop-delay", "2")
        person, shop = node.person(), node.merchant()
        node.recharge(person, 10 * AMOUNT)
        node.process.send_signal(signal.SIGTERM)
        told = lib.wait_until("a readyz that says so", lambda: (
            lambda answer: answer if answer.status == 503 else None)(
                node.request("GET", "/readyz")), 2, 0.01)
        self.assertProblem(told, 503, "not_ready")
        paid = node.pay(person, shop, 10)
        self.assertEqual(paid.status, 201, repr(paid))
        self.assertNotEqual(paid.headers.get("connection"), "close")
        self.assertEqual(node.process.wait(30), 0)
        node.check_sound()

    def test_what_was_accepted_is_answered_and_what_comes_then_is_told_to_go(self):
        node = self.node()
        people = [node.person() for _ in range(8)]
        self.bank.misbehave("slow", delay_ms=2000)
        waiting = self.begin(node, people, 20)
        node.process.send_signal(signal.SIGTERM)
        lib.wait_until("the stop", lambda: node.request("GET", "/readyz").status == 503, 2, 0.01)
        refused = node.call("GET", "wallets/" + people[0]["wallet"])
        self.assertProblem(refused, 503, "not_ready")
        self.assertEqual(refused.headers["connection"], "close")
        self.assertIn("retry-after", refused.headers)
        for path in ("/healthz", "/metrics"):
            self.assertEqual(node.request("GET", path).status, 200)
        for answer in waiting:
            self.assertEqual((answer.result().status, answer.result()["status"]),
                             (201, "succeeded"), repr(answer.result()))
        self.assertEqual(node.process.wait(30), 0, node.log()[-800:])
        with self.assertRaises(lib.Unreachable):
            node.request("GET", "/healthz")
        self.bank.behave()
        node.start()
        self.check_ended(node, people)

    def test_waits_end_before_the_grace_does_and_the_sagas_go_on_at_the_next_start(self):
        node = self.node("--grace", "3", "--bank-timeout-ms", "20000")
        people = [node.person() for _ in range(8)]
        self.bank.misbehave("hang_after", delay_ms=60_000)
        waiting = self.begin(node, people, 30)
        began = time.monotonic()
        node.process.send_signal(signal.SIGTERM)
        for answer in waiting:
            self.assertEqual((answer.result().status, answer.result()["status"]),
                             (202, "processing"), repr(answer.result()))
        self.assertEqual(node.process.wait(30), 0, node.log()[-800:])
        self.assertLess(time.monotonic() - began, 5)
        node.check_sound()
        self.bank.behave()
        node.start()
        self.check_ended(node, people)

    def test_a_request_that_is_not_whole_is_not_waited_for(self):
        node = self.node()
        with socket.create_connection(("127.0.0.1", node.port), 10) as half:
            half.sendall(b"POST /v1/payments HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
            began = time.monotonic()
            self.assertEqual(node.kill(signal.SIGTERM), 0)
            self.assertLess(time.monotonic() - began, 5)

    def test_a_second_signal_leaves_at_once_and_loses_nothing_acknowledged(self):
        node = self.node("--bank-timeout-ms", "20000")
        people = [node.person() for _ in range(4)]
        rich, shop = node.person(), node.merchant()
        node.recharge(rich, 10 * AMOUNT)
        self.bank.misbehave("hang_after", delay_ms=60_000)
        waiting = self.begin(node, people, 30)
        paid = node.pay(rich, shop, AMOUNT)
        self.assertEqual(paid.status, 201)
        for number in (signal.SIGTERM, signal.SIGINT):
            began = time.monotonic()
            node.process.send_signal(number)
            if number == signal.SIGTERM:
                lib.wait_until("the stop",
                               lambda: node.request("GET", "/readyz").status == 503, 2, 0.01)
        self.assertEqual(node.process.wait(10), -signal.SIGINT)
        self.assertLess(time.monotonic() - began, 2)
        for answer in waiting:
            self.assertIsInstance(answer.exception(), lib.Unreachable)
        node.check_sound()
        self.bank.behave()
        node.start()
        self.assertEqual(node.must(200, "GET", "payments/" + paid["id"])["status"], "captured")
        self.assertEqual(node.balance(rich), 9 * AMOUNT)
        self.check_ended(node, people)


class Start(lib.TestCase):
    def test_who_is_answered_at_all_meets_a_whole_node(self):
        bank = lib.Bank()
        node = lib.Node(bank, "--bank-inquiry-first-ms", "200")
        person, shop = node.person(), node.merchant()
        node.recharge(person, 100_000)
        for _ in range(300):
            self.assertEqual(node.pay(person, shop, 1).status, 201)
        balance, token = node.balance(person), node.operator()
        order = dict(member_id=person["member"], merchant_id=shop["merchant"], amount=1,
                     currency="KRW", capture=True)
        for _ in range(3):
            node.kill(signal.SIGKILL)
            first, end = {}, time.monotonic() + 60

            def ask(what, method, path, body):
                """The first answer that there is, of a client that tries without a pause."""
                while time.monotonic() < end:
                    connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=10)
                    try:
                        connection.request(method, path, body and json.dumps(body), {
                            "Authorization": "Bearer " + token, "Content-Type": "application/json",
                            "Idempotency-Key": uuid.uuid4().hex})
                        answer = connection.getresponse()
                        first[what] = (answer.status, answer.read())
                        return
                    except ConnectionError:
                        time.sleep(0.001)
                    finally:
                        connection.close()
            asked = [threading.Thread(target=ask, args=words) for words in (
                ("ready", "GET", "/readyz", None),
                ("wallet", "GET", "/v1/wallets/" + person["wallet"], None),
                ("list", "GET", f"/v1/payments?member_id={person['member']}", None),
                ("payment", "POST", "/v1/payments", dict(order, order_id=uuid.uuid4().hex)))]
            for thread in asked:
                thread.start()
            node.start()
            for thread in asked:
                thread.join()
            self.assertEqual({what: answer[0] for what, answer in first.items()},
                             dict(ready=200, wallet=200, list=200, payment=201), repr(first))
            host, port = node.tap[len("tcp://"):].split(":")
            socket.create_connection((host, int(port)), 5).close()
            balance -= 1
            self.assertEqual(node.balance(person), balance)
        self.assertEqual(node.kill(signal.SIGTERM), 0)
        node.check_sound()


if __name__ == "__main__":
    lib.main()
