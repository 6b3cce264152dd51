#!/usr/bin/env python3
"""happypay bank from outside: accounts, transfers, statements, kill -9, refused starts.

    HAPPY_BIN=build/happypay tests/e2e/bank_test.py [-v] [NAME...]
"""
import concurrent.futures
import datetime
import json
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from bank_lib import BINARY, CORPORATE, CUT, KIM, BankTest, seoul_today


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
