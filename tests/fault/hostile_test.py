#!/usr/bin/env python3
"""Hundreds of hostile requests, each on a connection of its own: what is refused leaves nothing.

After each of them the next good request works. No answer is a 5xx but 503 (libmicrohttpd's own
501 and 505 to what is not HTTP/1.1 apart); whatever the API answers is a problem with a code.
The journal has no record of any of it, the books are as before, and a second and third time
through the whole list costs no memory.
"""
import os
import socket
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
import hostile_cases
import json
import lib

CASES_MIN = 300
IDLE_S = 1
ONCE = {"Connection": "close"}          # Else the node closes it while a case takes long
#  What a worker's arenas, stacks and full caches (tokens, keys) still take after the first
#  pass; a leak of 1 KiB a request would be 1.5 MiB a pass of 1,500, and of a body 90 MiB.
GROWTH_MAX_KIB = 1536


class Reply:
    """The first answer on a connection; status None: closed without one."""

    def __init__(self, raw):
        self.status, self.headers, self.body = None, {}, b""
        head, _, rest = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        words = lines[0].split(" ")
        if len(words) > 1 and words[0].startswith("HTTP/") and words[1].isdigit():
            self.status = int(words[1])
            self.headers = {name.lower(): value.strip() for name, _, value in
                            (line.partition(":") for line in lines[1:])}
            self.body = rest[:int(self.headers.get("content-length", 0))]

    def __repr__(self):
        return f"<{self.status} {self.headers.get('content-type')} {self.body[:300]!r}>"


def whole(raw, bodiless):
    """True if the bytes hold one answer to its end."""
    head, found, rest = raw.partition(b"\r\n\r\n")
    if not found or head.startswith(b"HTTP/1.1 100"):
        return False
    if bodiless:
        return True
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return len(rest) >= int(line.split(b":")[1])
    return True


def exchange(port, case):
    """Sends all (and closes the sending side, if the case is half); reads one answer, or to
    the end: what is incomplete ends when the node has waited for IDLE_S."""
    pieces = case.sent if isinstance(case.sent, list) else [case.sent]
    bodiless = pieces[0].startswith(b"HEAD ")
    raw = b""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in pieces:
                connection.sendall(piece)
            if case.half:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass                        # It was refused before it had ended
        try:
            while not whole(raw, bodiless):
                more = connection.recv(65536)
                if not more:
                    break
                raw += more
        except ConnectionResetError:
            pass
        except TimeoutError:
            raw = b"HTTP/1.1 0 no answer within 10 s\r\n\r\n"
    return Reply(raw)


class Hostile(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank, "--rate-address", "0", "--rate-member", "0",
                            "--http-timeout-s", str(IDLE_S))
        cls.person = cls.node.person()
        assert cls.node.recharge(cls.person, 5000, **ONCE).status == 201
        cls.cases = list(hostile_cases.Cases(
            cls.node.operator(), cls.node.token("member", cls.person["member"]),
            cls.person["wallet"], cls.person["account"]).all())

    def metric(self, name):
        lines = self.node.request("GET", "/metrics", headers=ONCE).raw.decode().splitlines()
        return next(float(line.split(" ")[1]) for line in lines if line.startswith(name + " "))

    def memory_kib(self):
        with open(f"/proc/{self.node.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))

    def wrong_with(self, case, reply):
        """Why this answer is not right; or None."""
        if reply.status not in case.statuses:
            return "not an answer to that"
        if reply.status in (501, 505) and not case.plain:
            return "a 5xx"
        if reply.status is None or reply.status < 400 or case.name.startswith("method HEAD"):
            return None
        if not reply.headers.get("content-type", "").startswith("application/problem+json"):
            return None if case.plain else "no problem"
        problem = json.loads(reply.body)
        if problem["status"] != reply.status or not problem["code"] or not problem["request_id"]:
            return "not a whole problem"
        return None

    def attack(self):
        for case in self.cases:
            reply = exchange(self.node.port, case)
            wrong = self.wrong_with(case, reply)
            if wrong:
                self.failures.append(f"{case}: {wrong}: {reply}")
            good = self.node.must(200, "GET", f"wallets/{self.person['wallet']}", headers=ONCE)
            self.assertEqual(good["balance"], 5000, case)

    def test_nothing_hostile_does_anything(self):
        self.assertGreaterEqual(len(self.cases), CASES_MIN)
        print(f"{len(self.cases)} cases", flush=True)
        self.failures = []
        books, records = self.node.books(), self.metric("happypay_journal_records_total")
        memory = []
        for _ in range(3):
            self.attack()
            memory.append(self.memory_kib())
            self.assertFalse(self.failures, "\n".join(self.failures[:40])
                             + f"\n{len(self.failures)} in all")
        print("RssAnon after each pass, KiB:", memory, flush=True)
        self.assertEqual(self.metric("happypay_journal_records_total"), records)
        self.assertEqual(self.metric("happypay_dead_letters_total"), 0)
        self.assertLess(memory[2] - memory[1], GROWTH_MAX_KIB, memory)
        self.assertEqual(self.node.books(), books)
        self.node.check_quiet_books()
        self.assertEqual(self.node.process.poll(), None)


if __name__ == "__main__":
    lib.main()
