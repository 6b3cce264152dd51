#!/usr/bin/env python3
"""HTTPS: what it speaks, which certificate it shows, how that is exchanged, what is refused.

The certificates are made here by openssl; clients trust the root alone, so that each handshake
checks the chain.

    HAPPY_BIN=build/happypay tests/e2e/tls_test.py [NAME...]
"""
import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest
import warnings

import lib

warnings.simplefilter("ignore", DeprecationWarning)     # of the protocols that are to be refused


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


class Authority:
    """A root, what it signs, and the server's certificates under that."""

    def __init__(self):
        self.folder = lib.folder("tls")
        self.count = 0
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.path("root.key"),
                "-out", self.path("root.pem"), "-days", "30", "-subj", "/CN=Root",
                "-addext", "basicConstraints=critical,CA:TRUE")
        self.issue("between", "root", "/CN=Between", "basicConstraints=critical,CA:TRUE")

    def path(self, name):
        return os.path.join(self.folder, name)

    def issue(self, name, by, subject, extension, days=20):
        self.count += 1
        with open(self.path("extensions"), "w", encoding="ascii") as file:
            file.write(extension + "\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", self.path(name + ".key"),
                "-out", self.path("request"), "-subj", subject)
        openssl("x509", "-req", "-in", self.path("request"), "-CA", self.path(by + ".pem"),
                "-CAkey", self.path(by + ".key"), "-set_serial", str(self.count), "-out",
                self.path(name + ".pem"), "-days", str(days), "-extfile", self.path("extensions"))
        os.chmod(self.path(name + ".key"), 0o600)

    def server(self, name, days=20):
        """(chain, key) of a server on this machine; its serial is self.count."""
        self.issue(name, "between", "/CN=localhost", "subjectAltName=IP:127.0.0.1", days)
        with open(self.path(name + ".chain"), "wb") as chain:
            for part in (name, "between"):
                with open(self.path(part + ".pem"), "rb") as file:
                    chain.write(file.read())
        return self.path(name + ".chain"), self.path(name + ".key")

    def trust(self):
        return ssl.create_default_context(cafile=self.path("root.pem"))


class SecureNode(lib.Node):
    def __init__(self, bank, authority, *options, pair=None, **how):
        self.authority = authority
        folder = lib.folder("pair")
        self.chain, self.key = os.path.join(folder, "chain.pem"), os.path.join(folder, "key.pem")
        self.put(pair or authority.server("first"))
        super().__init__(bank, "--tls-cert", self.chain, "--tls-key", self.key, *options, **how)

    def put(self, pair):
        """These files in the place of the node's."""
        for source, target in zip(pair, (self.chain, self.key)):
            shutil.copy(source, target + ".new")
            os.rename(target + ".new", target)

    def reload(self, says):
        """SIGHUP, and the line that answers it."""
        before = self.log().count(says)
        self.process.send_signal(signal.SIGHUP)
        lib.wait_until(says, lambda: self.log().count(says) > before)

    def connect(self, timeout=40):
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout,
                                           context=self.authority.trust())

    def serial(self):
        """Of the certificate that a new connection is shown."""
        connection = self.connect()
        connection.connect()
        serial = int(connection.sock.getpeercert()["serialNumber"], 16)
        connection.close()
        return serial


class Tls(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.authority = Authority()
        cls.node = SecureNode(cls.bank, cls.authority)

    @classmethod
    def tearDownClass(cls):
        assert cls.node.kill(signal.SIGTERM) == 0, cls.node.log()[-800:]
        cls.node.check_sound()

    def handshake(self, **how):
        """The protocol that a client ends up with, or the error."""
        context = self.authority.trust()
        context.set_ciphers(how.get("ciphers", "ALL:@SECLEVEL=0"))
        context.minimum_version = how.get("lowest", ssl.TLSVersion.TLSv1)
        context.maximum_version = how.get("highest", ssl.TLSVersion.TLSv1_3)
        with socket.create_connection(("127.0.0.1", self.node.port), 10) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
                return secure.version()

    # ---- what it speaks

    def test_money_moves_over_https_and_every_answer_says_to_stay_with_it(self):
        self.assertIn(f"ready https://127.0.0.1:{self.node.port}\n", self.node.log())
        person, shop = self.node.person(), self.node.merchant()
        self.assertEqual(self.node.recharge(person, 50_000).status, 201)
        paid = self.node.pay(person, shop, 12_345)
        self.assertEqual((paid.status, paid["status"]), (201, "captured"), repr(paid))
        self.assertEqual(self.node.balance(person), 50_000 - 12_345)
        for path in ("/healthz", "/v1/wallets/" + person["wallet"], "/v1/nothing"):
            answer = self.node.request("GET", path)
            self.assertEqual(answer.headers["strict-transport-security"], "max-age=31536000")

    def test_a_body_of_many_records_comes_whole(self):
        for size in (65_536, 65_537):
            answer = self.node.call("POST", "payments", raw=b" " * size)
            self.assertEqual(answer.status, 400 if size == 65_536 else 413, repr(answer))

    def test_tls_1_2_and_1_3_are_spoken_and_nothing_older(self):
        self.assertEqual(self.handshake(), "TLSv1.3")
        self.assertEqual(self.handshake(highest=ssl.TLSVersion.TLSv1_2), "TLSv1.2")
        for old in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                self.handshake(lowest=old, highest=old)

    def test_a_cipher_without_forward_secrecy_or_authentication_is_not_spoken(self):
        newest = ssl.TLSVersion.TLSv1_2
        self.assertEqual(self.handshake(ciphers="ECDHE-RSA-AES128-GCM-SHA256", highest=newest),
                         "TLSv1.2")
        for weak in ("AES128-GCM-SHA256", "AES256-SHA256", "ECDHE-RSA-AES128-SHA256"):
            with self.assertRaises((ssl.SSLError, ConnectionError), msg=weak):
                self.handshake(ciphers=weak + ":@SECLEVEL=0", highest=newest)

    def test_plain_http_is_not_answered_and_harms_nobody(self):
        with socket.create_connection(("127.0.0.1", self.node.port), 10) as plain:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertNotIn(b"HTTP/1.1 200", plain.recv(4096))
        self.assertEqual(self.node.request("GET", "/healthz").status, 200)

    def test_a_handshake_that_drips_or_never_begins_is_ended(self):
        node = SecureNode(self.bank, self.authority, "--http-timeout-s", "2")
        for hello in (b"", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc" + b"\x00" * 200):
            with socket.create_connection(("127.0.0.1", node.port), 10) as silent:
                self.assertLess(lib.drip(silent, hello), 6)
        self.assertEqual(node.kill(signal.SIGTERM), 0)

    # ---- the certificate is exchanged

    def test_a_reload_shows_the_new_certificate_and_keeps_open_connections(self):
        held = self.node.connect()
        held.request("GET", "/healthz")
        held.getresponse().read()
        first = held.sock.getpeercert()["serialNumber"]
        self.node.put(self.authority.server("next"))
        self.assertNotEqual(self.node.serial(), self.authority.count)
        self.node.reload("the certificate was exchanged")
        self.assertEqual(self.node.serial(), self.authority.count)
        held.request("GET", "/healthz")
        self.assertEqual(held.getresponse().read(), b'{"status":"ok"}')
        self.assertEqual(held.sock.getpeercert()["serialNumber"], first)
        held.close()

    def test_a_request_that_waits_for_the_bank_outlives_a_reload(self):
        person = self.node.person()
        self.bank.misbehave("slow", count=1, delay_ms=1500)
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(self.node.recharge(person, 1000)))
        waiting.start()
        lib.wait_until("the recharge", lambda: self.node.must(
            200, "GET", f"wallets/{person['wallet']}/recharges")["data"])
        self.node.put(self.authority.server("meanwhile"))
        self.node.reload("the certificate was exchanged")
        waiting.join()
        self.assertEqual(answers[0].status, 201, repr(answers))

    def test_many_reloads_under_load_lose_no_request(self):
        pairs = [self.authority.server(f"load-{number}") for number in range(2)]
        over, seen, failed = threading.Event(), set(), []

        def ask():
            while not over.is_set():
                try:
                    seen.add(self.node.serial())
                    self.assertEqual(self.node.request("GET", "/healthz").status, 200)
                except Exception as error:      # noqa: whatever it is, the test says it
                    failed.append(repr(error))
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(20):
            self.node.put(pairs[number % 2])
            self.node.reload("the certificate was exchanged")
        over.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])
        self.assertGreater(len(seen), 1)

    def test_files_that_cannot_be_used_change_nothing_and_say_why(self):
        good, other = self.authority.server("good"), self.authority.server("other")
        self.node.put(good)
        self.node.reload("the certificate was exchanged")
        serial = self.node.serial()
        open_to_all = self.authority.path("open.key")
        shutil.copy(other[1], open_to_all)
        os.chmod(open_to_all, 0o644)
        for pair, says in (((other[0], good[1]), "is not that of the certificate"),
                           ((good[1], good[1]), "is not a certificate chain in PEM"),
                           ((other[0], other[0]), "too open"),
                           ((other[0], open_to_all), "too open")):
            self.node.put(pair)
            self.node.reload(says)
            self.assertEqual(self.node.serial(), serial)
        os.remove(self.node.key)
        self.node.reload("No such file")
        self.assertEqual(self.node.serial(), serial)
        self.node.put(other)
        self.node.reload("the certificate was exchanged")
        self.assertEqual(self.node.serial(), serial + 1)

    def test_when_the_certificate_ends_is_a_metric(self):
        page = self.node.request("GET", "/metrics").raw.decode()
        line = [line for line in page.splitlines()
                if line.startswith("happypay_tls_certificate_expiry_timestamp_seconds ")]
        self.assertAlmostEqual(float(line[0].split()[1]), time.time() + 20 * 86400, delta=3600)


class Starting(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.authority = Authority()
        cls.chain, cls.key = cls.authority.server("start")

    def serve(self, *options, http="127.0.0.1:0"):
        return lib.run("serve", "--data", os.path.join(lib.folder("data"), "d"), "--http", http,
                       "--tap", f"tcp://127.0.0.1:{lib.free_port()}", *options, timeout=20)

    def refused(self, *options, says, **how):
        result = self.serve(*options, **how)
        self.assertEqual((result.returncode, result.stdout), (2, ""), result)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn(says, result.stderr)

    def test_what_cannot_be_served_with_is_one_line_and_exit_2(self):
        other = self.authority.server("another")[1]
        locked, open_to_all = self.authority.path("locked"), self.authority.path("readable")
        openssl("rsa", "-in", self.key, "-aes256", "-passout", "pass:secret", "-out", locked)
        os.chmod(locked, 0o600)
        shutil.copy(self.key, open_to_all)
        os.chmod(open_to_all, 0o640)
        for chain, key, says in ((self.chain, other, "is not that of the certificate"),
                                 (self.chain, locked, "passphrase"),
                                 (self.chain, open_to_all, "chmod 600"),
                                 (self.chain, "/nowhere/key", "/nowhere/key"),
                                 ("/nowhere/chain", self.key, "/nowhere/chain"),
                                 (self.authority.folder, self.key, "not a file"),
                                 (self.key, self.key, "is not a certificate chain"),
                                 ("/dev/null", self.key, "/dev/null")):
            with self.subTest(says=says):
                self.refused("--tls-cert", chain, "--tls-key", key, says=says)
        self.refused("--tls-cert", self.chain, says="--tls-key")
        self.refused("--tls-key", self.key, says="--tls-cert")

    def test_where_others_can_reach_it_there_is_no_plain_http(self):
        for http_ in ("0.0.0.0:0", "[::]:0"):
            self.refused(says="--insecure", http=http_)

    def started(self, *options, http_="0.0.0.0:0"):
        """The lines of a node that starts and is stopped."""
        process = subprocess.Popen(
            [lib.BINARY, "serve", "--data", os.path.join(lib.folder("data"), "d"), "--http", http_,
             "--tap", f"tcp://127.0.0.1:{lib.free_port()}", *options], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            ready = process.stdout.readline()
        finally:
            process.send_signal(signal.SIGTERM)
            errors = process.communicate(timeout=30)[1]
        self.assertEqual(process.returncode, 0, errors)
        return ready, errors

    def test_a_proxy_or_a_certificate_makes_it_possible(self):
        self.assertRegex(self.started("--insecure")[0], r"^ready http://0\.0\.0\.0:\d+\n$")
        self.assertRegex(self.started("--tls-cert", self.chain, "--tls-key", self.key)[0],
                         r"^ready https://0\.0\.0\.0:\d+\n$")
        self.assertRegex(self.started(http_="127.0.0.2:0")[0], r"^ready http://127\.0\.0\.2:\d+\n$")

    def test_an_expired_certificate_is_served_with_a_warning(self):
        chain, key = self.authority.server("expired", days=0)
        lib.wait_until("its end", lambda: subprocess.run(
            ["openssl", "x509", "-in", chain, "-checkend", "0"], capture_output=True).returncode)
        ready, errors = self.started("--tls-cert", chain, "--tls-key", key)
        self.assertTrue(ready.startswith("ready https://"), ready)
        self.assertRegex(errors, r"^happypay serve: warning: the certificate .* expired on 20\d\d-")

    def test_a_hangup_without_tls_ends_the_node_as_any_program(self):
        #  Under nohup we ignore it, and so would the node
        before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
        self.addCleanup(signal.signal, signal.SIGHUP, before)
        node = lib.Node(self.bank)
        self.assertEqual(node.kill(signal.SIGHUP), -signal.SIGHUP)
        node.check_sound()

    def test_help_tells_of_it_and_bench_says_that_it_cannot(self):
        page = lib.run("serve", "--help").stdout
        for name in ("--tls-cert", "--tls-key", "--insecure", "--stop-delay", "--http-transfer-s"):
            self.assertIn(name, page)
        result = lib.run("bench", "--http", "https://127.0.0.1:1", "--scenario", "payment")
        self.assertEqual(result.returncode, 2)
        self.assertIn("TLS", result.stderr)


if __name__ == "__main__":
    lib.main()
