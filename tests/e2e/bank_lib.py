"""What the tests of `happypay bank` share: a process, calls to it, and what must hold.

HAPPY_BIN names the binary (build/happypay by default). Only the standard library.
"""
import datetime
import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
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
