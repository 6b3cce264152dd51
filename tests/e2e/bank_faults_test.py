#!/usr/bin/env python3
"""happypay bank told to misbehave: every fault, and what becomes of callbacks.

    HAPPY_BIN=build/happypay tests/e2e/bank_faults_test.py [-v] [NAME...]
"""
import base64
import concurrent.futures
import hashlib
import hmac
import http.server
import json
import os
import queue
import socket
import struct
import threading
import time
import unittest

from bank_lib import CORPORATE, CUT, KIM, BankTest


class Faults(BankTest):
    def test_decline_is_a_failed_outcome_for_ever(self):
        self.bank.fault("decline", count=2)
        self.assertEqual(self.bank.pay("t")["reason"], "limit_exceeded")
        self.bank.call("DELETE", "/admin/faults")
        self.assertEqual(self.bank.pay("t")["result"], "failed")
        self.assertEqual(self.bank.balance(KIM), 10_000)

    def test_decline_gives_the_asked_reason(self):
        self.bank.fault("decline", reason="account_closed", count=1)
        self.assertEqual(self.bank.pay("t")["reason"], "account_closed")

    def test_slow_takes_the_call_up_later(self):
        self.bank.fault("slow", count=1, delay_ms=3000)
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            slow = pool.submit(self.bank.pay, "t")
            self.await_no_fault()
            self.assertEqual(self.bank.pay("quick")["result"], "succeeded")
            self.assertEqual(self.bank.outcome("t").status, 404)
            self.assertFalse(slow.done())
            self.assertEqual(slow.result()["result"], "succeeded")
        self.assertGreaterEqual(time.monotonic() - began, 3)

    def test_errors_and_cuts_happen_before_and_after_the_money_moved(self):
        for kind in ("error_before", "cut_before"):
            self.bank.fault(kind, count=1)
            answer = self.bank.pay("t")
            self.assertTrue(answer == CUT if "cut" in kind else answer.status == 500, kind)
            self.then_nothing_happened("t")
        for number, kind in enumerate(("error_after", "cut_after")):
            self.bank.fault(kind, count=1)
            answer = self.bank.pay(kind)
            self.assertTrue(answer == CUT if "cut" in kind else answer.status == 500, kind)
            self.then_moved(kind, 100 * (number + 1))
            self.assertEqual(self.bank.pay(kind)["result"], "succeeded")
            self.then_moved(kind, 100 * (number + 1))

    def test_a_hang_gives_no_answer_and_is_cut(self):
        for kind in ("hang_before", "hang_after"):
            self.bank.fault(kind, count=1, delay_ms=400)
            began = time.monotonic()
            self.assertEqual(self.bank.pay("t"), CUT)
            self.assertGreaterEqual(time.monotonic() - began, 0.4)
            if kind == "hang_before":
                self.then_nothing_happened("t")
        self.then_moved("t")

    def send(self, transfer_id):
        """A socket with an order sent on it and no answer awaited."""
        body = json.dumps({"transfer_id": transfer_id, "from": KIM, "to": CORPORATE, "amount": 1,
                           "currency": "KRW"}).encode()
        sock = socket.create_connection(("127.0.0.1", self.bank.port))
        self.addCleanup(sock.close)
        sock.sendall(b"POST /v1/transfers HTTP/1.1\r\nHost: bank\r\nContent-Length: %d\r\n\r\n%s"
                     % (len(body), body))
        return sock

    def hang(self, count, delay_ms):
        """Sockets of calls that hang."""
        self.bank.fault("hang_before", count=count, delay_ms=delay_ms)
        waiting = [self.send(f"h{number}") for number in range(count)]
        self.await_no_fault()
        return waiting

    def test_calls_that_hang_hold_up_no_other(self):
        waiting = self.hang(200, 60_000)
        began = time.monotonic()
        for number in range(50):
            self.assertEqual(self.bank.pay(f"t{number}", 1)["result"], "succeeded")
        self.assertLess(time.monotonic() - began, 5)
        began = time.monotonic()
        self.assertEqual(self.bank.end(), 0)  # And do not keep it from stopping
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(waiting[0].recv(1), b"")

    def test_clients_that_left_do_not_keep_it_from_stopping(self):
        for number in range(500):  # Most are with the disk when their client leaves
            sock = self.send(f"t{number}")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()  # By a reset
        for sock in self.hang(50, 60_000):
            sock.close()
        began = time.monotonic()
        self.assertEqual(self.bank.end(), 0)
        self.assertLess(time.monotonic() - began, 5)

    def test_an_outage_takes_all_of_v1_for_a_while_and_admin_never(self):
        self.bank.fault("outage", delay_ms=700)
        ends = time.monotonic() + 0.7
        for answer in (self.bank.pay("t"), self.bank.outcome("t"),
                       self.bank.call("GET", "/v1/accounts/happy/1234-1234-111"),
                       self.bank.call("GET", "/v1/nothing")):
            self.assertEqual((answer.status, answer["code"]), (503, "outage"))
        self.assertEqual(self.bank.balance(KIM), 10_000)
        time.sleep(max(0, ends - time.monotonic()))
        self.assertEqual(self.bank.pay("t")["result"], "succeeded")

    def test_faults_add_up_work_off_in_order_and_are_deleted(self):
        self.bank.fault("error_before", count=1)
        self.bank.fault("decline", count=1)
        self.bank.fault("cut_after")
        self.assertEqual(self.bank.pay("a").status, 500)
        self.assertEqual(self.bank.pay("b"), CUT)
        self.assertEqual(self.bank.outcome("b")["result"], "failed")
        self.assertEqual(self.bank.pay("c"), CUT)
        self.then_moved("c")
        self.assertEqual([fault["kind"] for fault in self.bank.call("GET", "/admin/faults")["faults"]],
                         ["cut_after"])
        self.assertEqual(self.bank.call("DELETE", "/admin/faults").status, 204)
        self.assertEqual(self.bank.pay("d")["result"], "succeeded")

    def test_a_seed_repeats_which_calls_are_hit(self):
        patterns = []
        for run in range(2):
            self.bank.fault("error_before", probability=0.5, seed=7)
            patterns.append([self.bank.pay(f"r{run}-{n}", 1).status for n in range(40)])
            self.bank.call("DELETE", "/admin/faults")
        self.assertEqual(patterns[0], patterns[1])
        self.assertEqual(set(patterns[0]), {200, 500})

    def test_a_fault_that_makes_no_sense_is_400(self):
        for fault in ({}, {"kind": "explode"}, {"kind": "slow", "delay_ms": -1},
                      {"kind": "slow", "probability": 1.1}, {"kind": "slow", "count": 0},
                      {"kind": "slow", "count": 1.5}, {"kind": "decline", "reason": "mood"},
                      {"kind": "slow", "colour": "red"}):
            self.assertEqual(self.bank.call("POST", "/admin/faults", fault).status, 400, fault)
        self.assertEqual(self.bank.call("GET", "/admin/faults")["faults"], [])


class Callbacks(BankTest):
    SECRET = b"a shared secret"

    def setUp(self):
        super().setUp()
        self.bank.end()
        letters, refusals = self.letters, self.refusals = queue.Queue(), queue.Queue()

        class Listener(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                letters.put((time.monotonic(), self.path, self.headers, body))
                self.send_response(204 if refusals.empty() else refusals.get())
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
        threading.Thread(target=self.listener.serve_forever, daemon=True).start()
        self.addCleanup(self.listener.server_close)
        self.addCleanup(self.listener.shutdown)
        secret = os.path.join(self.folder, "secret")
        with open(secret, "wb") as file:
            file.write(self.SECRET + b"\n")
        self.bank = self.start("--callback", f"http://127.0.0.1:{self.listener.server_port}/v1/bank-callbacks",
                               "--callback-secret", secret)

    def letter(self):
        at, path, headers, body = self.letters.get(timeout=10)
        signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
        tag = base64.b64encode(hmac.new(self.SECRET, signed, hashlib.sha256).digest()).decode()
        self.assertEqual(headers["webhook-signature"], "v1," + tag)
        self.assertEqual(path, "/v1/bank-callbacks")
        self.assertEqual(json.loads(body)["transfer_id"], headers["webhook-id"])
        return at, json.loads(body)

    def test_every_outcome_is_told_once_and_signed(self):
        answer = self.bank.pay("t")
        self.assertEqual(self.letter()[1], answer.json)
        self.bank.pay("t")
        self.bank.pay("u", 1_000_000)
        self.assertEqual(self.letter()[1]["reason"], "insufficient_funds")
        self.assertTrue(self.letters.empty())

    def test_duplicate_and_late_callbacks(self):
        self.bank.fault("duplicate_callback", count=1)
        self.bank.fault("late_callback", count=1, delay_ms=500)
        self.bank.fault("cut_after", count=1)
        began = time.monotonic()
        self.assertEqual(self.bank.pay("t"), CUT)
        (first_at, first), (_, second) = self.letter(), self.letter()
        self.assertGreaterEqual(first_at - began, 0.5)
        self.assertEqual(first, second)

    def test_a_callback_that_is_refused_comes_again(self):
        self.refusals.put(503)
        self.bank.pay("t")
        (first_at, first), (second_at, second) = self.letter(), self.letter()
        self.assertEqual(first, second)
        self.assertGreaterEqual(second_at - first_at, 0.9)

    def test_what_waits_is_sent_before_it_stops(self):
        self.bank.fault("late_callback", count=1, delay_ms=60_000)
        self.bank.pay("t")
        self.assertEqual(self.bank.end(), 0)
        self.assertEqual(self.letter()[1]["transfer_id"], "t")


if __name__ == "__main__":
    unittest.main()
