"""What the tests from outside share: bank and node as processes of their own, HTTP, stories.

Only the standard library, and only what api.md promises. HAPPY_BIN names the binary
(build/happypay by default); HAPPY_TMP the folder for data; HAPPY_KEEP=1 keeps both data and
logs of a run. Every test is a unittest whose name is a sentence:

    class Payments(lib.TestCase):
        def test_a_payment_retried_with_the_same_key_takes_the_money_once(self): ...

    if __name__ == "__main__":
        lib.main()

Objects here belong to one thread, except Node.call and Bank.call: each thread gets its own
connection.
"""
import argparse
import atexit
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import uuid

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.path.abspath(os.environ.get("HAPPY_BIN", os.path.join(ROOT, "build", "happypay")))
CORPORATE = ("happy", "1234-1234-111")
CORPORATE_ACCOUNT = "bank:happy/1234-1234-111"
FINISHED = {"succeeded", "failed", "compensated", "parked", "authorized", "captured", "refunded",
            "partially_refunded", "canceled", "expired", "linked", "settled", "carried"}

IDLE_S = 15     # A connection that rested longer is left: its server may close it just then

_processes, _folders = [], []


@atexit.register
def _leave_nothing_behind():
    for process in _processes:
        if process.poll() is None:
            process.kill()
            process.wait()
    if not os.environ.get("HAPPY_KEEP"):
        for folder in _folders:
            shutil.rmtree(folder, ignore_errors=True)


def folder(name):
    path = tempfile.mkdtemp(prefix=f"happypay-{name}-", dir=os.environ.get("HAPPY_TMP"))
    _folders.append(path)
    return path


#  Below the ephemeral range, so that no connection of ours takes one in between.
_ports = iter(random.sample(range(20000, 32000, 2), 6000))


def free_port():
    """A free port whose next one is free too (the tap takes both)."""
    for port in _ports:
        with socket.socket() as one, socket.socket() as two:
            try:
                one.bind(("127.0.0.1", port))
                two.bind(("127.0.0.1", port + 1))
                return port
            except OSError:
                continue
    raise RuntimeError("no free port")


def wait_until(what, condition, seconds=20.0, pause=0.02):
    """Asks again and again until condition() is true; its value, or a failure that says what."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(pause)


def run(*words, timeout=60, **environment):
    """One command of the binary to its end."""
    return subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=timeout,
                          env={**os.environ, **environment})


def drip(connection, text, every_s=0.1, seconds=30):
    """Sends a byte at a time until the other side ends the connection; how long that took."""
    began, parts = time.monotonic(), iter(text)
    while time.monotonic() < began + seconds:
        try:
            connection.settimeout(every_s)
            part = next(parts, None)
            if part is not None:
                connection.sendall(bytes([part]))
            if not connection.recv(65536):
                return time.monotonic() - began
        except TimeoutError:
            pass
        except OSError:
            return time.monotonic() - began
    raise AssertionError(f"a connection that drips was not ended within {seconds} s")


class Unreachable(Exception):
    """No answer: whether the request took effect is unknown."""


class Answer:
    def __init__(self, status, headers, raw):
        self.status, self.raw = status, raw
        self.headers = {name.lower(): value for name, value in headers}
        kind = self.headers.get("content-type", "")
        self.json = json.loads(raw) if raw and "json" in kind else None

    def __getitem__(self, name):
        return self.json[name]

    def get(self, name, otherwise=None):
        return (self.json or {}).get(name, otherwise)

    def __repr__(self):
        return f"<{self.status} {self.raw[:400]!r}>"


class Server:
    """A process of the binary that answers HTTP on its own port."""

    def __init__(self, name):
        self.port = free_port()
        self.process = None
        self.log_path = os.path.join(folder("log"), name + ".log")
        self._local = threading.local()

    def command(self):
        raise NotImplementedError

    def ready(self):
        raise NotImplementedError

    def start(self, environment=None):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log,
                                            env={**os.environ, **(environment or {})})
        _processes.append(self.process)
        wait_until(f"{self.command()[1]} ready", self._came_up, seconds=60)
        return self

    def _came_up(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{' '.join(self.command())} ended with "
                                 f"{self.process.returncode}: {self.log()[-800:]}")
        try:
            return self.ready()
        except Unreachable:
            return False

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def kill(self, number=signal.SIGKILL, seconds=60):
        """Sends a signal and waits for the end; returns the exit status."""
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def connect(self, timeout=40):
        """A connection of http.client, not yet open."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def forget_connection(self):
        """This thread's next request goes on a new one."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
        self._local.connection = None

    def request(self, method, path, body=None, headers=None, raw=None, timeout=40):
        """One exchange on this thread's connection; Unreachable if there was no answer."""
        headers = dict(headers or {})
        data = raw
        if body is not None:
            data = json.dumps(body).encode()
        if data is not None:
            headers.setdefault("Content-Type", "application/json")
        connection = getattr(self._local, "connection", None)
        if connection is not None and time.monotonic() - self._local.used > IDLE_S:
            connection.close()
            connection = None
        if connection is None:
            connection = self.connect(timeout)
            self._local.connection = connection
        try:
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.getheaders(), response.read())
            self._local.used = time.monotonic()
            return answer
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self._local.connection = None
            raise Unreachable(f"{method} {path}: {error!r}") from error


class Bank(Server):
    def __init__(self):
        super().__init__("bank")
        self.data = folder("bank")
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def command(self):
        return [BINARY, "bank", "--data", self.data, "--http", f"127.0.0.1:{self.port}"]

    def ready(self):
        return self.request("GET", "/v1/accounts/%s/%s" % CORPORATE).status == 200

    def call(self, method, path, body=None):
        answer = self.request(method, path, body)
        if answer.status not in (200, 201, 204):
            raise AssertionError(f"bank: {method} {path} {body}: {answer}")
        return answer

    def open_account(self, number, holder, balance, code="apple"):
        self.call("POST", "/admin/accounts", dict(bank_code=code, account_number=number,
                                                  holder_name=holder, balance=balance))

    def balance(self, number, code="apple"):
        return self.call("GET", f"/admin/accounts/{code}/{number}")["balance"]

    def corporate_balance(self):
        return self.balance(CORPORATE[1], CORPORATE[0])

    def misbehave(self, kind, **how):
        self.call("POST", "/admin/faults", dict(kind=kind, **how))

    def behave(self):
        self.call("DELETE", "/admin/faults")


class Node(Server):
    def __init__(self, bank, *options, data=None, start=True):
        super().__init__("node")
        self.bank, self.options = bank, list(options)
        self.data = data or os.path.join(folder("node"), "data")
        self.tap = f"tcp://127.0.0.1:{free_port()}"
        self._operator = None
        if start:
            self.start()

    def command(self):
        return [BINARY, "serve", "--data", self.data, "--http", f"127.0.0.1:{self.port}",
                "--tap", self.tap, "--bank", self.bank.url, *self.options]

    def ready(self):
        return self.request("GET", "/readyz").status == 200

    def token(self, role="operator", subject=None):
        words = ["token", "--data", self.data, "--role", role]
        result = run(*words, *(["--subject", subject] if subject else []))
        if result.returncode:
            raise AssertionError(f"happypay token: {result.stderr}")
        return result.stdout.strip()

    def operator(self):
        if self._operator is None:
            self._operator = self.token()
        return self._operator

    def call(self, method, path, body=None, key=None, token=None, headers=None, raw=None):
        """A request of the operator to /v1/PATH, a POST with a key of its own unless told."""
        headers = {"Authorization": "Bearer " + (token or self.operator()), **(headers or {})}
        if method == "POST" and key is not False:
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        return self.request(method, "/v1/" + path, body, headers, raw)

    def must(self, status, method, path, body=None, **how):
        answer = self.call(method, path, body, **how)
        if answer.status != status:
            raise AssertionError(f"{method} {path} {json.dumps(body)}: {answer}, not {status}")
        return answer

    # ---- stories

    def person(self, bank_balance=10_000_000, corporate=False):
        """A member with a linked bank account and a wallet."""
        tag = uuid.uuid4().hex[:12]
        person = dict(name=f"Person {tag}", number=f"{uuid.uuid4().int % 10**12:012d}")
        self.bank.open_account(person["number"], person["name"], bank_balance)
        person["member"] = self.must(201, "POST", "members", dict(
            name=person["name"], email=f"{tag}@example.com", address="Seoul",
            corporate=corporate))["id"]
        person["account"] = self.must(201, "POST", "bank-accounts", dict(
            member_id=person["member"], bank_code="apple", account_number=person["number"]))["id"]
        person["wallet"] = self.must(201, "POST", "wallets", dict(
            member_id=person["member"], currency="KRW"))["id"]
        return person

    def merchant(self, fee_bps=250):
        owner = self.person(bank_balance=0, corporate=True)
        owner["merchant"] = self.must(201, "POST", "merchants", dict(
            member_id=owner["member"], name=owner["name"], bank_account_id=owner["account"],
            fee_bps=fee_bps))["id"]
        return owner

    def recharge(self, person, amount, key=None, **headers):
        return self.call("POST", f"wallets/{person['wallet']}/recharges",
                         dict(amount=amount, currency="KRW", bank_account_id=person["account"]),
                         key=key, headers=headers)

    def pay(self, person, merchant, amount, order=None, key=None, **more):
        return self.call("POST", "payments", dict(
            member_id=person["member"], merchant_id=merchant["merchant"],
            order_id=order or uuid.uuid4().hex, amount=amount, currency="KRW", capture=True,
            **more), key=key)

    def balance(self, person):
        wallet = self.must(200, "GET", f"wallets/{person['wallet']}")
        assert wallet["balance"] == wallet["available"] + wallet["held"], wallet
        return wallet["balance"]

    def finished(self, path, seconds=60):
        """The saga at this path once it has ended."""
        def ended():
            answer = self.must(200, "GET", path)
            return answer if answer["status"] in FINISHED else None
        return wait_until(f"the end of {path}", ended, seconds)

    def books(self):
        """{account: debit - credit} of the whole trial balance, which must balance."""
        accounts, cursor = {}, ""
        while True:
            page = self.must(200, "GET", "reports/trial-balance?limit=1000" + cursor)
            if page["total_debit"] != page["total_credit"]:
                raise AssertionError(f"books: {page['total_debit']} / {page['total_credit']}")
            for row in page["accounts"]:
                accounts[row["account"]] = row["debit"] - row["credit"]
            if not page.get("has_more"):
                return accounts
            cursor = "&cursor=" + page["next_cursor"]

    def check_quiet_books(self):
        """After quiescence: nothing in transit or held, and the bank agrees with us."""
        books = self.books()
        for account, net in books.items():
            kind = account.split(":")[0]
            if kind in ("transit", "hold", "bank_transit") and net:
                raise AssertionError(f"{account} holds {net} after all is done")
        ours, theirs = books.get(CORPORATE_ACCOUNT, 0), self.bank.corporate_balance()
        if ours != theirs:
            raise AssertionError(f"our bank account: {ours}, the bank says {theirs}")
        return books

    def check_sound(self):
        """verify says so; the node must not run."""
        result = run("verify", "--data", self.data, timeout=300)
        if result.returncode:
            raise AssertionError(f"verify ended with {result.returncode}: {result.stdout[-800:]}"
                                 f"{result.stderr[-800:]}")


class TestCase(unittest.TestCase):
    longMessage = True
    maxDiff = 4000

    def assertProblem(self, answer, status, code):
        """problem+json as RFC 9457 and api.md have it."""
        self.assertEqual((answer.status, answer.get("code")), (status, code), repr(answer))
        self.assertTrue(answer.headers["content-type"].startswith("application/problem+json"))
        self.assertLessEqual({"type", "title", "status", "code", "request_id", "retryable"},
                             set(answer.json), repr(answer))
        self.assertEqual(answer["status"], status)


options = argparse.Namespace()


def main(**more):
    """Runs this file's tests; more = options of this file: name=(default, help)."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    for name, (default, text) in more.items():
        parser.add_argument("--" + name, type=type(default), default=default, help=text)
    parser.add_argument("names", nargs="*", help="only these tests")
    parser.parse_args(namespace=options)
    print(f"{os.path.basename(sys.argv[0])} --seed {options.seed}", flush=True)
    unittest.main(argv=[sys.argv[0], *options.names], verbosity=2, warnings="ignore")
