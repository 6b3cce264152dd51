#!/usr/bin/env python3
"""Clients that are slow, many, or odd: they are ended or told so, and nobody else notices.

    HAPPY_BIN=build/happypay tests/fault/slow_clients_test.py [NAME...]
"""
import concurrent.futures
import json
import os
import signal
import socket
import sys
import time
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import lib

TRANSFER_S, IDLE_S = 2, 4
SLACK_S = 2                     # A sweep is every 250 ms; the machine may be busy
HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"


class Client(lib.TestCase):
    def connect(self, node, source=None):
        connection = socket.create_connection(("127.0.0.1", node.port), 20, source)
        self.addCleanup(connection.close)
        return connection

    def metric(self, node, name):
        page = node.request("GET", "/metrics").raw.decode()
        return next(float(line.split()[1]) for line in page.splitlines()
                    if line.startswith(name + " "))

    def read_answer(self, file):
        """(status, headers, body) of the next answer on this connection."""
        status = int(file.readline().split()[1])
        headers = {}
        while (line := file.readline().strip()):
            name, value = line.decode().split(":", 1)
            headers[name.lower()] = value.strip()
        return status, headers, file.read(int(headers.get("content-length", 0)))


class Slow(Client):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank, "--http-transfer-s", str(TRANSFER_S), "--http-timeout-s",
                            str(IDLE_S), "--http-connections", "32")
        cls.kim = cls.node.person()

    @classmethod
    def tearDownClass(cls):
        assert cls.node.kill(signal.SIGTERM) == 0, cls.node.log()[-800:]

    def setUp(self):
        self.node.forget_connection()   # It may have been idle for too long

    def call(self, *words, **how):
        self.node.forget_connection()
        return self.node.call(*words, **how)

    def ended_within(self, began_with, then, least_s, most_s):
        connection = self.connect(self.node)
        connection.sendall(began_with)
        took_s = lib.drip(connection, then)
        self.assertGreater(took_s, least_s - 0.5)
        self.assertLess(took_s, most_s + SLACK_S)

    def test_a_header_that_drips_is_ended_however_steadily_it_drips(self):
        self.ended_within(HEAD, b"X-Slow: " + b"y" * 4000, TRANSFER_S, TRANSFER_S)

    def test_a_body_that_drips_is_ended(self):
        head = (f"POST /v1/payments HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n"
                f"Content-Type: application/json\r\nIdempotency-Key: k\r\nAuthorization: Bearer "
                f"{self.node.operator()}\r\n\r\n").encode()
        self.ended_within(head, b" " * 4000, TRANSFER_S, TRANSFER_S)
        self.ended_within(head.replace(b"Content-Length: 4000", b"Transfer-Encoding: chunked"),
                          b"1\r\n \r\n" * 1000, TRANSFER_S, TRANSFER_S)

    def test_a_request_line_that_drips_or_never_comes_is_ended(self):
        for text in (b"G" * 4000, b"", b"\r\n" * 2000):
            self.ended_within(b"", text, IDLE_S, IDLE_S)

    def test_an_idle_connection_is_ended_also_after_a_good_request(self):
        connection = self.connect(self.node)
        connection.sendall(HEAD + b"\r\n")
        self.assertEqual(self.read_answer(connection.makefile("rb"))[0], 200)
        self.assertLess(lib.drip(connection, b"GET /he" + b"a" * 4000), IDLE_S + SLACK_S)

    def test_an_answer_that_is_not_taken_is_ended(self):
        late = self.metric(self.node, "happypay_http_connections_late_total")
        connection = socket.socket()
        self.addCleanup(connection.close)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", self.node.port))
        connection.settimeout(1)
        try:                                        # Until nothing more is taken from us
            while True:
                connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
        except OSError:
            pass
        lib.wait_until("its end", lambda: self.metric(
            self.node, "happypay_http_connections_late_total") > late, TRANSFER_S + SLACK_S)

    def test_who_waits_for_the_bank_is_not_slow(self):
        self.bank.misbehave("slow", count=1, delay_ms=2500)
        began = time.monotonic()
        answer = self.call("POST", f"wallets/{self.kim['wallet']}/recharges", dict(
            amount=1000, currency="KRW", bank_account_id=self.kim["account"]),
            headers={"Prefer": "wait=20"})
        self.assertEqual((answer.status, answer["status"]), (201, "succeeded"), repr(answer))
        self.assertGreater(time.monotonic() - began, TRANSFER_S)

    def test_all_connections_held_by_slow_ones_are_free_again_soon(self):
        held = [self.connect(self.node) for _ in range(32)]
        for connection in held:
            connection.sendall(HEAD)
        self.assertEqual(self.node.request("GET", "/healthz").status, 200)
        answer = self.call("GET", "wallets/" + self.kim["wallet"])
        self.assertProblem(answer, 503, "too_many_connections")
        self.assertEqual(answer.headers["connection"], "close")
        self.assertIn("retry-after", answer.headers)
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            took = list(pool.map(lambda one: lib.drip(one, b"X: " + b"y" * 4000), held))
        self.assertLess(max(took), TRANSFER_S + SLACK_S)
        self.assertEqual(self.call("GET", "wallets/" + self.kim["wallet"]).status, 200)


class Many(Client):
    def test_one_address_cannot_take_all_connections(self):
        node = lib.Node(lib.Bank(), "--http-connections-per-address", "4")
        token = node.operator()
        ask = (f"GET /v1/merchants HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
               ).encode()
        node.forget_connection()
        lib.wait_until("an empty node", lambda: self.metric_alone(node) == 1)
        held = [self.connect(node, ("127.0.0.3", 0)) for _ in range(6)]
        answers = []
        for connection in held:
            connection.sendall(ask)
            answers.append(self.read_answer(connection.makefile("rb")))
        self.assertEqual([answer[0] for answer in answers], [200] * 4 + [503] * 2)
        for _, headers, body in answers[4:]:
            self.assertEqual(headers["connection"], "close")
            self.assertIn("retry-after", headers)
            self.assertEqual(json.loads(body)["code"], "too_many_connections")
            self.assertIn("address", json.loads(body)["detail"])
        other = self.connect(node, ("127.0.0.4", 0))
        other.sendall(ask)
        self.assertEqual(self.read_answer(other.makefile("rb"))[0], 200)
        held[0].close()

        def room():
            again = self.connect(node, ("127.0.0.3", 0))
            again.sendall(ask)
            status = self.read_answer(again.makefile("rb"))[0]
            again.close()
            return status == 200
        lib.wait_until("room for one more", room)
        self.assertEqual(node.kill(signal.SIGTERM), 0)

    def metric_alone(self, node):
        """Open connections, asked on one that is closed afterwards."""
        try:
            return self.metric(node, "happypay_http_connections")
        finally:
            node.forget_connection()


class Odd(Client):
    @classmethod
    def setUpClass(cls):
        cls.node = lib.Node(lib.Bank())
        cls.kim, cls.shop = cls.node.person(), cls.node.merchant()
        cls.node.recharge(cls.kim, 100_000)

    @classmethod
    def tearDownClass(cls):
        assert cls.node.kill(signal.SIGTERM) == 0, cls.node.log()[-800:]

    def payment(self, *fields):
        """(head, body) of a payment of 1 won."""
        body = json.dumps(dict(member_id=self.kim["member"], merchant_id=self.shop["merchant"],
                               order_id=uuid.uuid4().hex, amount=1, currency="KRW")).encode()
        head = [b"POST /v1/payments HTTP/1.1", b"Host: x", b"Content-Type: application/json",
                b"Idempotency-Key: " + uuid.uuid4().hex.encode(),
                b"Authorization: Bearer " + self.node.operator().encode(), *fields]
        return b"\r\n".join(head) + b"\r\n", body

    def test_requests_in_one_piece_are_answered_in_order_and_each_takes_effect_once(self):
        before = self.node.balance(self.kim)
        text = HEAD + b"\r\n"
        for _ in range(10):
            head, body = self.payment()
            text += head + b"Content-Length: %d\r\n\r\n" % len(body) + body
        text += b"HEAD /readyz HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
        connection = self.connect(self.node)
        connection.sendall(text)
        file, statuses = connection.makefile("rb"), []
        statuses.append(self.read_answer(file)[0])
        for _ in range(10):
            status, _, body = self.read_answer(file)
            statuses.append(status)
            self.assertEqual(json.loads(body)["amount"], 1)
        line = file.readline()
        while (field := file.readline().strip()):
            self.assertTrue(field)
        statuses += [int(line.split()[1]), self.read_answer(file)[0]]
        self.assertEqual(statuses, [200] + [201] * 10 + [200, 404])
        self.assertEqual(self.node.balance(self.kim), before - 10)

    def test_who_asks_before_sending_a_body_is_told_to_go_on(self):
        head, body = self.payment(b"Expect: 100-continue")
        connection = self.connect(self.node)
        file = connection.makefile("rb")
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body))
        self.assertIn(b" 100 ", file.readline())
        self.assertEqual(file.readline(), b"\r\n")
        connection.sendall(body)
        self.assertEqual(self.read_answer(file)[0], 201)

    def test_who_asks_before_sending_too_large_a_body_is_spared_it(self):
        head, _ = self.payment(b"Expect: 100-continue")
        connection = self.connect(self.node)
        connection.sendall(head + b"Content-Length: 1000000\r\n\r\n")
        status, headers, body = self.read_answer(connection.makefile("rb"))
        self.assertEqual((status, json.loads(body)["code"]), (413, "payload_too_large"))
        self.assertEqual(headers["connection"].lower(), "close")

    def test_a_body_without_an_end_is_cut(self):
        head, _ = self.payment(b"Transfer-Encoding: chunked")
        connection = self.connect(self.node)
        connection.sendall(head + b"\r\n")
        sent = 0
        with self.assertRaises(OSError):
            while sent < 256 * 1024 * 1024:
                connection.sendall(b"8000\r\n" + b" " * 0x8000 + b"\r\n")
                sent += 0x8000
        self.assertLess(sent, 32 * 1024 * 1024)
        self.assertEqual(self.node.request("GET", "/healthz").status, 200)

    def test_other_methods_are_refused_without_a_body_where_there_is_none(self):
        connection = self.connect(self.node)
        file = connection.makefile("rb")
        for method in (b"OPTIONS", b"TRACE", b"PUT", b"BREW"):
            connection.sendall(method + b" /v1/payments HTTP/1.1\r\nHost: x\r\n\r\n")
            status, headers, body = self.read_answer(file)
            self.assertEqual((status, headers["allow"]), (405, "POST, GET"), method)
            self.assertEqual(json.loads(body)["code"], "method_not_allowed")
        connection.sendall(b"HEAD /v1/payments HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        head = file.read()
        self.assertIn(b" 405 ", head[:20])
        self.assertTrue(head.endswith(b"\r\n\r\n"), head)


if __name__ == "__main__":
    lib.main()
