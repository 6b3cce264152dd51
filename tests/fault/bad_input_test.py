#!/usr/bin/env python3
"""Hostile requests change nothing and are told why; a node that cannot start says so."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import lib

DEEP = "[" * 5000 + "]" * 5000
BIG = json.dumps(dict(amount=1, currency="KRW", bank_account_id="x" * 70_000)).encode()


class BadRequests(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank)
        cls.person = cls.node.person()
        cls.path = f"wallets/{cls.person['wallet']}/recharges"
        cls.good = dict(amount=1000, currency="KRW", bank_account_id=cls.person["account"])

    def setUp(self):
        self.before = self.everything()

    def tearDown(self):
        self.assertEqual(self.everything(), self.before, "a bad request changed something")

    def everything(self):
        return (self.node.books(), self.node.balance(self.person),
                self.node.must(200, "GET", self.path).json["data"],
                self.bank.balance(self.person["number"]))

    def text(self, **other):
        return json.dumps({**self.good, **other}).encode()

    def test_what_is_not_json_is_400_with_the_place(self):
        good = self.text()
        for raw in (b"{", b"", b"null", b"[]", b'"amount"', b"1", good + b"x", good + good,
                    good[:-1] + b",}", good.replace(b"1000", b"01000"), b"\xff\xfe",
                    good.replace(b"KRW", b"K\xc3W"), good.replace(b"KRW", b"K\\ud800W"),
                    good.replace(b"KRW", b"K\x00W"), DEEP.encode(), b"\xef\xbb\xbf" + good,
                    good.replace(b"1000", b"NaN"), good.replace(b"1000", b"Infinity")):
            with self.subTest(raw=raw[:60]):
                answer = self.node.call("POST", self.path, raw=raw)
                self.assertEqual(answer.status, 400, repr(answer))
                self.assertProblem(answer, 400, answer["code"])

    def test_wrong_values_are_400_with_the_pointer(self):
        wrong = [(dict(amount=value), "/amount") for value in
                 (0, -1, 1.5, "1000", None, True, [], {}, 2**53, 2**63 - 1, -2**63)]
        wrong += [(dict(currency=value), "/currency") for value in ("USD", "krw", "", None, 410)]
        wrong += [(dict(bank_account_id=value), "/bank_account_id") for value in
                  (None, 7, "", "bac_", "wal_" + "0" * 26, "bac_" + "u" * 26, "x" * 300)]
        wrong += [(dict(extra=1), "/extra"), ({"a/b~c": 1}, "/a~1b~0c")]
        for other, pointer in wrong:
            with self.subTest(other=other):
                answer = self.node.call("POST", self.path, raw=self.text(**other))
                self.assertEqual(answer.status, 400, repr(answer))
                self.assertProblem(answer, 400, answer["code"])
                self.assertIn(pointer, [error["pointer"] for error in answer["errors"]])

    def test_numbers_in_other_clothes_are_400(self):
        for number in (b"1e3", b"1000.0", b"1E3", b"-0", b"99999999999999999999999999"):
            with self.subTest(number=number):
                answer = self.node.call("POST", self.path,
                                        raw=self.text().replace(b"1000", number))
                self.assertProblem(answer, 400, answer["code"])

    def test_a_field_twice_or_missing_is_400(self):
        double = self.text()[:-1] + b', "amount": 1000}'
        self.assertEqual(self.node.call("POST", self.path, raw=double).status, 400)
        for name in self.good:
            body = {key: value for key, value in self.good.items() if key != name}
            answer = self.node.call("POST", self.path, body)
            self.assertEqual(answer.status, 400, repr(answer))
            self.assertIn("/" + name, [error["pointer"] for error in answer["errors"]])

    def test_a_body_beyond_the_limit_is_413_and_another_type_is_415(self):
        self.assertProblem(self.node.call("POST", self.path, raw=BIG), 413, "payload_too_large")
        answer = self.node.call("POST", self.path, raw=b"amount=1",
                                headers={"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(answer.status, 415, repr(answer))

    def test_keys_must_be_there_and_usable(self):
        self.assertProblem(self.node.call("POST", self.path, self.good, key=False), 400,
                           "idempotency_key_missing")
        for key in ("", "x" * 256, "a\tb"):
            with self.subTest(key=key[:20]):
                answer = self.node.call("POST", self.path, self.good, key=False,
                                        headers={"Idempotency-Key": key})
                self.assertEqual(answer.status, 400, repr(answer))

    def test_addresses_that_lead_nowhere(self):
        for method, path, status in (
                ("GET", "wallets/wal_" + "0" * 26, 404), ("GET", "wallets/x", 404),
                ("GET", "nothing", 404), ("DELETE", self.path, 405), ("PUT", "payments", 405),
                ("GET", f"wallets/{self.person['wallet']}?colour=red", 400),
                ("GET", self.path + "?limit=0", 400), ("GET", self.path + "?limit=101", 400),
                ("GET", self.path + "?cursor=nonsense", 400),
                ("GET", "wallets/" + "x" * 9000, 414)):
            with self.subTest(path=path[:60]):
                answer = self.node.call(method, path)
                self.assertEqual(answer.status, status, repr(answer))
                self.assertProblem(answer, status, answer["code"])

    def test_without_a_good_token_there_is_nothing(self):
        for value in ("", "Bearer", "Bearer x", "Basic YTpi", "Bearer " + "a.b.c",
                      "Bearer " + self.node.operator()[:-2]):
            with self.subTest(value=value[:20]):
                answer = self.node.call("POST", self.path, self.good,
                                        headers={"Authorization": value})
                self.assertEqual(answer.status, 401, repr(answer))

    def test_garbage_instead_of_http_harms_nobody_else(self):
        for raw in (b"\x00" * 64, b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                    b"GET / HTTP/9.9\r\n\r\n", os.urandom(4096)):
            with socket.create_connection(("127.0.0.1", self.node.port), 5) as connection:
                connection.sendall(raw)
                self.assertEqual(self.node.request("GET", "/healthz").status, 200)


class Starting(lib.TestCase):
    """Each trouble is one line on stderr and exit status 2."""

    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()

    def refused(self, *words, says):
        result = lib.run(*words, timeout=30)
        self.assertEqual(result.returncode, 2, result)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn(says, result.stderr)
        self.assertEqual(result.stdout, "")

    def serve(self, data=None, port=None, tap=None):
        return ["serve", "--data", data or os.path.join(lib.folder("data"), "d"), "--http",
                f"127.0.0.1:{port or lib.free_port()}", "--tap",
                tap or f"tcp://127.0.0.1:{lib.free_port()}", "--bank", self.bank.url]

    def test_unknown_words_are_refused(self):
        self.refused("fly", says="fly")
        self.refused(says="--help")
        for command in ("serve", "bank", "demo", "token", "tap", "verify", "bench"):
            with self.subTest(command=command):
                self.refused(command, "--colour", "red", says="--colour")
        self.refused("serve", "--pool", "7", says="--pool")
        self.refused("serve", "--cluster", "http://127.0.0.1:2379", says="not for this version")

    def test_help_and_version_are_everywhere(self):
        for command in ("serve", "bank", "demo", "token", "tap", "verify", "bench"):
            with self.subTest(command=command):
                result = lib.run(command, "--help")
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertIn("--", result.stdout)
                self.assertEqual(lib.run(command, "--version").returncode, 0)

    def test_a_taken_port_is_refused(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.refused(*self.serve(port=port), says=str(port))
            self.refused("bank", "--data", lib.folder("bank"), "--http", f"127.0.0.1:{port}",
                         says=str(port))

    def test_a_taken_tap_is_refused(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", lib.free_port()))
            taken.listen()
            port = taken.getsockname()[1]
            self.refused(*self.serve(tap=f"tcp://127.0.0.1:{port}"), says=str(port))

    def test_a_folder_that_cannot_be_one_is_refused(self):
        with tempfile.NamedTemporaryFile() as file:
            self.refused(*self.serve(data=file.name), says=file.name)
        self.refused(*self.serve(data="/nonexistent/data"), says="/nonexistent/data")

    def test_a_folder_without_permission_is_refused(self):
        data = os.path.join(lib.folder("data"), "d")
        os.mkdir(data, 0)
        words = self.serve(data=data)
        if os.geteuid() == 0:           # root may read everything: ask as somebody else
            shutil.chown(os.path.dirname(data), "nobody")
            os.chown(data, 0, 0)
            result = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", lib.BINARY,
                                     *words], capture_output=True, text=True, timeout=30)
        else:
            result = subprocess.run([lib.BINARY, *words], capture_output=True, text=True,
                                    timeout=30)
        if "setpriv: " in result.stderr:
            self.skipTest("cannot become somebody else here: " + result.stderr.strip())
        self.assertEqual(result.returncode, 2, result)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)

    def test_a_folder_in_use_is_refused_and_its_owner_does_not_notice(self):
        node = lib.Node(self.bank)
        self.refused(*self.serve(data=node.data), says="in use")
        self.refused("verify", "--data", node.data, says="in use")
        self.assertEqual(node.request("GET", "/readyz").status, 200)

    def test_data_without_its_keyring_is_refused_rather_than_given_new_keys(self):
        node = lib.Node(self.bank)
        self.assertEqual(node.kill(signal.SIGTERM), 0)
        os.remove(os.path.join(node.data, "keyring"))
        self.refused(*self.serve(data=node.data), says="keyring")
        self.assertFalse(os.path.exists(os.path.join(node.data, "keyring")))


class FullDisk(lib.TestCase):
    def setUp(self):
        self.mount = tempfile.mkdtemp(prefix="happypay-full-")
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "happypay", self.mount],
                                 capture_output=True, text=True)
        if mounted.returncode:
            os.rmdir(self.mount)
            self.skipTest("A SMALL FILE SYSTEM CANNOT BE MOUNTED HERE, SO A FULL DISK WAS NOT "
                          "TRIED: " + mounted.stderr.strip())
        self.addCleanup(os.rmdir, self.mount)
        self.addCleanup(subprocess.run, ["umount", self.mount], check=True)

    def test_a_full_disk_refuses_new_work_and_goes_on_when_there_is_space(self):
        bank = lib.Bank()
        node = lib.Node(bank, data=os.path.join(self.mount, "data"))
        self.addCleanup(lambda: node.process.poll() is None and node.kill())
        person = node.person(10**9)
        self.assertEqual(node.recharge(person, 1000).status, 201)
        ballast = os.path.join(self.mount, "ballast")
        with open(ballast, "wb", buffering=0) as file:
            try:
                while file.write(b"\0" * 65536):
                    pass
            except OSError:
                pass

        def refused():
            answer = node.recharge(person, 1000)
            return answer if answer.status == 503 else None
        answer = lib.wait_until("a refusal for want of space", refused)
        self.assertProblem(answer, 503, "storage_full")
        self.assertIn("retry-after", answer.headers)
        held = node.balance(person)
        os.remove(ballast)
        lib.wait_until("work again", lambda: node.recharge(person, 1).status == 201)
        self.assertGreater(node.balance(person), held)
        self.assertEqual(node.kill(signal.SIGTERM), 0)
        node.check_sound()


if __name__ == "__main__":
    lib.main()
