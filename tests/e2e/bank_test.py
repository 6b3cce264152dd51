#!/usr/bin/env python3
"""happypay bank from outside: a real process, real sockets, every fault, kill -9.

    HAPPY_BIN=build/happypay tests/e2e/bank_test.py [-v] [NAME...]
"""
import base64
import concurrent.futures
import datetime
import hashlib
import hmac
import http.client
import http.server
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

BINARY = os.environ.get("HAPPY_BIN", os.path.join(os.path.dirname(__file__), "../../build/happypay"))
CORPORATE = {"bank_code": "happy", "account_number": "1234-1234-111"}
KIM = {"bank_code": "apple", "account_number": "110-22-333"}
CUT = "cut"  # What call () returns when the connection ends without an answer


def seoul_today():
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=9)).date()


class Answer:
    def __init__(self, response):
        self.status, self.headers, raw = response.status, response.headers, response.read()
        is_json = self.headers.get_content_type() in ("application/json", "application/problem+json")
        self.json = json.loads(raw) if is_json else None

    def __getitem__(self, key):
        return self.json[key]


class Bank:
    """A bank process; its port is its own choice."""

    def __init__(self, folder, *options):
        self.process = subprocess.Popen(
            [BINARY, "bank", "--data", folder, "--http", "127.0.0.1:0", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("ready http://127.0.0.1:"):
            raise AssertionError(f"not ready: {line!r} {self.process.stderr.read()!r}")
        self.port = int(line.rsplit(":", 1)[1])

    def call(self, method, path, body=None, raw=None, timeout=20):
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, data)
            return Answer(connection.getresponse())
        except (http.client.RemoteDisconnected, ConnectionError):
            return CUT
        finally:
            connection.close()

    def open(self, account, balance=0, holder="김철수"):
        return self.call("POST", "/admin/accounts", dict(account, holder_name=holder, balance=balance))

    def fault(self, kind, **more):
        answer = self.call("POST", "/admin/faults", dict(more, kind=kind))
        assert answer.status == 201, answer.json
        return answer

    def pay(self, transfer_id, amount=100, source=KIM, target=CORPORATE, **more):
        return self.call("POST", "/v1/transfers", dict(
            {"transfer_id": transfer_id, "from": source, "to": target, "amount": amount,
             "currency": "KRW"}, **more))

    def outcome(self, transfer_id):
        return self.call("GET", f"/v1/transfers/{transfer_id}")

    def balance(self, account):
        return self.call("GET", f"/admin/accounts/{account['bank_code']}/{account['account_number']}")["balance"]

    def lines(self, account, date):
        answer = self.call("GET", f"/v1/statements/{account['bank_code']}/{account['account_number']}?date={date}")
        return answer["lines"]

    def end(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(20)
        self.process.stdout.close()
        self.process.stderr.close()
        return self.process.returncode


class BankTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="bank-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.bank = self.start()
        self.assertEqual(self.bank.open(KIM, 10_000).status, 201)

    def start(self, *options):
        bank = Bank(self.folder, *options)
        self.addCleanup(bank.end, signal.SIGKILL)
        return bank

    def then_moved(self, transfer_id, amount=100):
        self.assertEqual(self.bank.outcome(transfer_id)["result"], "succeeded")
        self.assertEqual(self.bank.balance(KIM), 10_000 - amount)
        self.assertEqual(self.bank.balance(CORPORATE), amount)

    def then_nothing_happened(self, transfer_id):
        self.assertEqual(self.bank.outcome(transfer_id).status, 404)
        self.assertEqual(self.bank.balance(KIM), 10_000)

    def await_no_fault(self):
        """Until every fault with a count has hit its calls."""
        while self.bank.call("GET", "/admin/faults")["faults"]:
            time.sleep(0.01)

    def refused(self, *arguments):
        """Starts a bank that must not come up: exit status 2 and one line."""
        ended = subprocess.run([BINARY, "bank", *arguments], capture_output=True, text=True, timeout=20)
        self.assertEqual((ended.returncode, ended.stdout), (2, ""), ended)
        self.assertEqual(ended.stderr.count("\n"), 1, ended)
        return ended.stderr


class Accounts(BankTest):
    def test_the_corporate_account_is_there_with_nothing_on_it(self):
        answer = self.bank.call("GET", "/v1/accounts/happy/1234-1234-111")
        self.assertEqual(answer.json, dict(CORPORATE, holder_name="Happy Pay", status="open"))
        self.assertEqual(self.bank.balance(CORPORATE), 0)

    def test_opening_again_is_200_with_the_same_content_and_409_with_other(self):
        self.assertEqual(self.bank.open(KIM, 10_000).status, 200)
        self.bank.pay("t")
        self.assertEqual(self.bank.open(KIM, 10_000).status, 200)
        self.assertEqual(self.bank.open(KIM, 10_001).status, 409)
        self.assertEqual(self.bank.open(KIM, 10_000, holder="이영희").status, 409)
        self.assertEqual(self.bank.balance(KIM), 9_900)

    def test_a_closed_account_says_so_and_moves_nothing(self):
        self.assertEqual(self.bank.call("POST", "/admin/accounts/apple/110-22-333/close")["status"], "closed")
        self.assertEqual(self.bank.call("POST", "/admin/accounts/apple/110-22-333/close").status, 200)
        self.assertEqual(self.bank.call("GET", "/v1/accounts/apple/110-22-333")["status"], "closed")
        self.assertEqual(self.bank.pay("t")["reason"], "account_closed")
        self.assertEqual(self.bank.balance(KIM), 10_000)

    def test_names_are_percent_decoded(self):
        strange = {"bank_code": "은행", "account_number": "1%2-é"}
        self.bank.open(strange, 5)
        answer = self.bank.call("GET", "/v1/accounts/%EC%9D%80%ED%96%89/1%252-%C3%A9")
        self.assertEqual((answer.status, answer["account_number"]), (200, "1%2-é"))
        for path in ("%2F/x", "apple/%00", "apple/%FF", "apple/"):
            self.assertEqual(self.bank.call("GET", f"/v1/accounts/{path}").status, 404, path)


class Transfers(BankTest):
    def test_a_transfer_moves_money_once_and_repeats_its_outcome(self):
        first = self.bank.pay("t")
        self.assertEqual((first.status, first["result"], first["reason"]), (200, "succeeded", None))
        self.assertEqual(self.bank.pay("t").json, first.json)
        self.assertEqual(self.bank.outcome("t").json, first.json)
        self.then_moved("t")

    def test_another_body_under_the_same_id_is_409(self):
        self.bank.pay("t")
        for answer in (self.bank.pay("t", 101), self.bank.pay("t", source=CORPORATE, target=KIM)):
            self.assertEqual(answer.status, 409)
            self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
            self.assertEqual(answer["code"], "transfer_id_reused")
        self.then_moved("t")

    def test_every_reason_is_a_failed_outcome_that_stays(self):
        nobody = {"bank_code": "apple", "account_number": "0"}
        for transfer_id, reason, more in (
                ("a", "insufficient_funds", dict(amount=10_001)),
                ("b", "account_not_found", dict(target=nobody)),
                ("c", "account_not_found", dict(source=nobody)),
                ("d", "insufficient_funds", dict(source=CORPORATE, target=KIM))):
            answer = self.bank.pay(transfer_id, **more)
            self.assertEqual((answer.status, answer["result"], answer["reason"]), (200, "failed", reason))
        self.bank.open(nobody, 1_000_000)
        self.assertEqual(self.bank.pay("c", source=nobody)["reason"], "account_not_found")
        self.assertEqual(self.bank.pay("c2", source=nobody)["result"], "succeeded")

    def test_what_cannot_be_understood_is_400_and_leaves_nothing(self):
        good = {"transfer_id": "t", "from": KIM, "to": CORPORATE, "amount": 100, "currency": "KRW"}
        text = json.dumps(good)
        bad = [b"", b"{", b"[]", b"null", text.encode() + b"x", text.replace("100", "1e2").encode(),
               text.replace("100", "100.0").encode(), text.replace("100", "9007199254740992").encode(),
               text.replace("100", "99999999999999999999").encode(),
               (text[:-1] + ', "amount": 100}').encode(), text.encode().replace(b"KRW", b"\xff\xfe"),
               b"[" * 10_000]
        for field, value in (("transfer_id", ""), ("transfer_id", "x" * 129), ("transfer_id", "a/b"),
                             ("transfer_id", 7), ("from", None), ("from", {}), ("to", dict(KIM, more=1)),
                             ("amount", 0), ("amount", -1), ("amount", "100"), ("amount", True),
                             ("amount", None), ("currency", "USD"), ("memo", "hello")):
            bad.append(json.dumps(dict(good, **{field: value})).encode())
        for field in good:
            bad.append(json.dumps({key: good[key] for key in good if key != field}).encode())
        for raw in bad:
            answer = self.bank.call("POST", "/v1/transfers", raw=raw)
            self.assertEqual(answer.status, 400, raw)
            self.assertEqual((answer["status"], answer["code"]), (400, "malformed"), raw)
        self.then_nothing_happened("t")

    def test_wrong_paths_methods_and_sizes_have_their_status(self):
        call = self.bank.call
        self.assertEqual(call("GET", "/v1/nothing").status, 404)
        self.assertEqual(call("GET", "/v1/transfers/never").status, 404)
        answer = call("PUT", "/admin/faults")
        self.assertEqual((answer.status, answer.headers["Allow"]), (405, "POST, GET, DELETE"))
        self.assertEqual(call("POST", "/v1/transfers", raw=b"x" * 16_385).status, 413)
        self.assertEqual(call("POST", "/v1/transfers", raw=b"x" * 16_384).status, 400)
        self.assertEqual(call("POST", "/v1/transfers", raw=b"x" * 4_000_000), CUT)
        self.assertEqual(call("GET", "/v1/transfers/" + "x" * 60_000).status, 414)

    def test_a_statement_has_the_lines_of_its_day_in_order(self):
        for number in range(200):
            self.bank.pay(f"t{number:03}", 1 + number % 3)
        self.bank.pay("failed", 1_000_000)
        self.bank.pay("back", 7, source=CORPORATE, target=KIM)
        today = seoul_today()
        lines = self.bank.lines(KIM, today)
        self.assertEqual([line["transfer_id"] for line in lines], [f"t{n:03}" for n in range(200)] + ["back"])
        balance = 10_000
        for line in lines:
            balance += line["amount"] if line["direction"] == "in" else -line["amount"]
            self.assertEqual((line["balance_after"], line["counterparty"]), (balance, CORPORATE))
        self.assertEqual(balance, self.bank.balance(KIM))
        self.assertEqual(self.bank.lines(KIM, today - datetime.timedelta(days=1)), [])
        for query in ("", "?date=2026-02-29", "?date=2026-1-1", "?date=today", "?day=2026-01-01",
                      "?date=2026-01-01&more=1"):
            self.assertEqual(self.bank.call("GET", "/v1/statements/apple/110-22-333" + query).status, 400, query)
        self.assertEqual(self.bank.call("GET", f"/v1/statements/apple/0?date={today}").status, 404)


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
        self.bank.fault("slow", count=1, delay_ms=600)
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            slow = pool.submit(self.bank.pay, "t")
            self.await_no_fault()
            self.assertEqual(self.bank.pay("quick")["result"], "succeeded")
            self.assertLess(time.monotonic() - began, 0.6)
            self.assertEqual(self.bank.outcome("t").status, 404)
            self.assertEqual(slow.result()["result"], "succeeded")
        self.assertGreaterEqual(time.monotonic() - began, 0.6)

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

    def test_calls_that_hang_hold_up_no_other(self):
        self.bank.fault("hang_before", count=200, delay_ms=60_000)
        waiting = []
        for number in range(200):
            body = json.dumps({"transfer_id": f"h{number}", "from": KIM, "to": CORPORATE, "amount": 1,
                               "currency": "KRW"}).encode()
            waiting.append(socket.create_connection(("127.0.0.1", self.bank.port)))
            self.addCleanup(waiting[-1].close)
            waiting[-1].sendall(b"POST /v1/transfers HTTP/1.1\r\nHost: bank\r\nContent-Length: %d\r\n\r\n%s"
                                % (len(body), body))
        self.await_no_fault()
        began = time.monotonic()
        for number in range(50):
            self.assertEqual(self.bank.pay(f"t{number}", 1)["result"], "succeeded")
        self.assertLess(time.monotonic() - began, 5)
        began = time.monotonic()
        self.assertEqual(self.bank.end(), 0)  # And do not keep it from stopping
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(waiting[0].recv(1), b"")

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


class Process(BankTest):
    def test_kill_9_under_load_loses_no_answered_outcome(self):
        answers, stop = {}, threading.Event()

        def load(worker):
            number = 0
            while not stop.is_set():
                number += 1
                try:
                    answer = self.bank.pay(f"w{worker}-{number}", 1)
                except OSError:
                    return
                if answer == CUT:
                    return
                answers[f"w{worker}-{number}"] = answer.json

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for worker in range(8):
                pool.submit(load, worker)
            while len(answers) < 300:
                time.sleep(0.01)
            self.bank.end(signal.SIGKILL)
            stop.set()
        self.bank = self.start()
        for transfer_id, answer in answers.items():
            self.assertEqual(self.bank.outcome(transfer_id).json, answer)
        lines = self.bank.lines(CORPORATE, seoul_today())
        self.assertTrue(set(answers) <= {line["transfer_id"] for line in lines})
        self.assertEqual(self.bank.balance(CORPORATE), len(lines))
        self.assertEqual(self.bank.balance(KIM), 10_000 - len(lines))

    def test_a_clean_stop_keeps_all_and_frees_folder_and_port(self):
        first = self.bank.pay("t")
        self.assertEqual(self.bank.end(signal.SIGINT), 0)
        self.bank = self.start()
        self.assertEqual(self.bank.outcome("t").json, first.json)
        self.then_moved("t")

    def test_a_slow_call_is_finished_before_it_stops(self):
        self.bank.fault("slow", count=1, delay_ms=30_000)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            slow = pool.submit(self.bank.pay, "t")
            self.await_no_fault()
            self.assertEqual(self.bank.end(), 0)
            self.assertEqual(slow.result()["result"], "succeeded")

    def test_a_second_process_on_the_folder_is_refused(self):
        self.assertIn(self.folder, self.refused("--data", self.folder, "--http", "127.0.0.1:0"))

    def test_a_taken_port_is_refused(self):
        other = tempfile.mkdtemp(prefix="bank-test-")
        self.addCleanup(shutil.rmtree, other, ignore_errors=True)
        said = self.refused("--data", other, "--http", f"127.0.0.1:{self.bank.port}")
        self.assertIn(f"127.0.0.1:{self.bank.port}", said)

    def test_unusable_values_are_refused(self):
        for arguments in (["--colour", "red"], ["--http", "nowhere"], ["--http", "127.0.0.1:99999"],
                          ["--http", "203.0.113.1:8090", "--data", self.folder + "/n"],
                          ["--data", "/proc/nothing"], ["--data", __file__],
                          ["--callback", "http://127.0.0.1:1/"],
                          ["--callback", "gopher://x/", "--callback-secret", __file__],
                          ["--callback", "http://127.0.0.1:1/", "--callback-secret", "/nothing",
                           "--data", self.folder + "/m"], ["surplus"]):
            with self.subTest(arguments=arguments):
                self.refused(*arguments)

    def test_help_and_version_are_answered(self):
        for option, word in (("--help", "--callback-secret"), ("--version", "0.")):
            ended = subprocess.run([BINARY, "bank", option], capture_output=True, text=True, timeout=20)
            self.assertEqual((ended.returncode, ended.stderr), (0, ""))
            self.assertIn(word, ended.stdout)


if __name__ == "__main__":
    unittest.main()
