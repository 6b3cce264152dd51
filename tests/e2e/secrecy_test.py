#!/usr/bin/env python3
"""Personal data is ciphertext wherever the node leaves bytes: data folder, log, tap.

Stories of all six services are told with values that occur nowhere else. Then every file of the
data folder is searched for every one of them, raw and as UTF-16, base64 and hexadecimal digits, and
so are the node's log and all that the tap published. After erasing, the state is made again from
the journal, and nothing shows them any more.
"""
import base64
import os
import shutil
import subprocess
import urllib.parse
import uuid

import lib
from tap_test import Follower

PASSWORD = "correct horse of the secrets"


def written_as(text):
    """How bytes of this text could look in a file; base64 at each of its three offsets."""
    forms = {text.encode(), text.upper().encode(), text.lower().encode(),
             text.encode("utf-16-le"), text.encode("utf-16-be"),
             text.encode().hex().encode(), text.encode().hex().upper().encode()}
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + text.encode())
        #  Without the letters that share bits with what stands before and behind
        inner = coded[4 if shift else 0:len(coded) - 4]
        forms |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return {form for form in forms if len(form) >= 8}


def files_of(folder):
    for place, _, names in os.walk(folder):
        for name in names:
            yield os.path.join(place, name)


class Secrecy(lib.TestCase):
    def setUp(self):
        self.bank = lib.Bank()
        self.node = lib.Node(self.bank)
        self.secrets = set()

    def secret(self, text):
        self.secrets.add(text)
        return text

    def number(self):
        return self.secret(f"{uuid.uuid4().int % 10**14:014d}")

    def found(self, texts, blobs):
        """(where, text) of each that is there."""
        forms = [(text, form) for text in texts for form in written_as(text)]
        return {(where, text) for where, blob in blobs for text, form in forms if form in blob}

    def blobs(self):
        for path in files_of(self.node.data):
            with open(path, "rb") as file:
                yield path, file.read()
        yield "log", self.node.log().encode()

    # ---- stories

    def person(self, corporate=False):
        tag = uuid.uuid4().hex[:10]
        name = self.secret(f"김비밀 Secret-{tag}")
        number = self.number()
        self.bank.open_account(number, name, 5_000_000)
        body = dict(name=name, email=self.secret(f"mail-{tag}@example.com"), corporate=corporate,
                    address=self.secret(f"서울시 Secretgil {tag}"), password=PASSWORD)
        member = self.node.must(201, "POST", "members", body)
        wallet = self.node.must(201, "POST", "wallets", dict(member_id=member["id"],
                                                             currency="KRW"))["id"]
        account = self.node.must(201, "POST", "bank-accounts", dict(
            member_id=member["id"], bank_code="apple", account_number=number))["id"]
        return dict(body, number=number, member=member["id"], wallet=wallet, account=account)

    def stories(self):
        """All six services; returns the payer."""
        node, kim, lee, owner = self.node, self.person(), self.person(), self.person(True)
        #  Membership
        login = dict(email=kim["email"], password=PASSWORD)
        self.assertEqual(node.call("POST", "sessions", login, key=False).status, 201)
        nobody = self.secret(f"nobody-{uuid.uuid4().hex[:8]}@example.com")
        wrong = dict(email=nobody, password="wrong one")
        self.assertEqual(node.call("POST", "sessions", wrong, key=False).status, 401)
        node.must(200, "PATCH", f"members/{kim['member']}", dict(
            address=self.secret(f"부산 Otherway {uuid.uuid4().hex[:8]}")))
        node.must(200, "GET", "members?address=" + urllib.parse.quote(lee["address"]))
        #  Banking, money
        self.assertEqual(node.recharge(kim, 300_000).status, 201)
        node.must(201, "POST", f"wallets/{kim['wallet']}/withdrawals", dict(
            amount=20_000, currency="KRW", bank_account_id=kim["account"]))
        #  Remittance: to a member, to a stranger's account, to one that is unknown
        memo = self.secret(f"memo {uuid.uuid4().hex}")
        node.must(201, "POST", "remittances", dict(
            from_member_id=kim["member"], amount=10_000, currency="KRW", memo=memo,
            to=dict(member_id=lee["member"])))
        stranger, holder = self.number(), self.secret(f"박 Stranger-{uuid.uuid4().hex[:8]}")
        self.bank.open_account(stranger, holder, 0, code="pear")
        node.must(201, "POST", "remittances", dict(
            from_member_id=kim["member"], amount=5_000, currency="KRW",
            to=dict(bank_code="pear", account_number=stranger)))
        nowhere = dict(bank_code="pear", account_number=self.number())
        self.assertEqual(node.call("POST", "remittances", dict(
            from_member_id=kim["member"], amount=5_000, currency="KRW", to=nowhere)).status, 422)
        #  Payment, settlement
        shop = node.must(201, "POST", "merchants", dict(
            member_id=owner["member"], name="A shop", bank_account_id=owner["account"],
            fee_bps=250))["id"]
        payment = node.pay(kim, dict(merchant=shop), 50_000)
        self.assertEqual(payment.status, 201, payment)
        node.must(201, "POST", f"payments/{payment['id']}/refunds", dict(
            amount=10_000, reason="returned"))
        run = node.must(202, "POST", "settlements", dict(merchant_id=shop))
        node.finished(f"settlements/{run['data'][0]['id']}")
        #  Operators, and what is refused while it names somebody
        node.must(201, "POST", "bank-transfers", {
            "from": dict(bank_code=lib.CORPORATE[0], account_number=lib.CORPORATE[1]),
            "to": dict(bank_code="pear", account_number=stranger),
            "amount": 1_000, "currency": "KRW", "reason": "by hand"})
        unknown = dict(kim, extra="1")
        self.assertEqual(node.call("POST", "members", unknown).status, 400)
        self.assertEqual(node.call("POST", "members", dict(
            name=kim["name"], email=kim["email"], wallet=True)).status, 409)
        return kim

    def leave(self, kim):
        """Closes and erases."""
        node = self.node
        left = node.balance(kim)
        node.must(201, "POST", f"wallets/{kim['wallet']}/withdrawals", dict(
            amount=left, currency="KRW", bank_account_id=kim["account"]))
        node.must(200, "POST", f"members/{kim['member']}/close", dict(
            reason=self.secret(f"moves to {uuid.uuid4().hex}")))
        answer = node.must(200, "POST", f"members/{kim['member']}/erase", {})
        self.assertEqual(answer["status"], "erased")

    def assertNowhere(self, texts, messages=()):
        blobs = [*self.blobs(), ("tap", repr(messages).encode()),
                 ("tap", "\n".join(map(str, messages)).encode())]
        self.assertEqual(self.found(texts, blobs), set())

    # ----

    def test_the_search_finds_what_is_there(self):
        for form in written_as("mail-0123456789@example.com"):
            self.assertEqual(self.found(["mail-0123456789@example.com"],
                                        [("here", b"xx" + form + b"yy")]),
                             {("here", "mail-0123456789@example.com")})
        for shift in range(6):
            coded = base64.b64encode(b"p" * shift + b"mail-0123456789@example.com" + b"after")
            self.assertTrue(self.found(["mail-0123456789@example.com"], [("here", coded)]))
        self.node.kill()
        with open(os.path.join(self.node.data, "journal", "planted"), "wb") as file:
            file.write(b"\0" * 5000 + "서울시 Secretgil 1".encode() + b"\0")
        self.assertEqual(len(self.found(["서울시 Secretgil 1"], self.blobs())), 1)

    def test_no_story_leaves_personal_data_in_a_file_the_log_or_the_tap(self):
        everything = Follower(self.node, "--topic", "")
        self.addCleanup(everything.end)

        def heard():
            self.node.request("GET", "/healthz")
            return everything.messages
        lib.wait_until("the subscription", heard)
        kim = self.stories()
        everything.wait("event.member.registered", kim["member"])
        lib.wait_until("the last line", lambda: any(
            "409" in repr(message) for message in everything.of("happypay.logging.out.stdout")))
        messages = list(everything.messages)
        self.assertGreater(len(messages), 100)
        self.assertNowhere(self.secrets, messages)
        self.assertEqual(self.node.kill(lib.signal.SIGTERM), 0)
        self.assertNowhere(self.secrets)    # and with all that a stop writes
        self.assertGreater(len(self.secrets), 15)
        self.node.check_sound()

    def test_what_was_erased_comes_back_from_no_replay_and_no_journal(self):
        kim = self.stories()
        path = f"members/{kim['member']}"
        self.leave(kim)
        self.assertEqual(self.node.kill(lib.signal.SIGTERM), 0)
        replayed = lib.run("replay", "--data", self.node.data)
        self.assertEqual(replayed.returncode, 0, replayed.stderr)
        self.check_forgotten(kim, path)
        self.assertEqual(self.node.kill(), -9)
        shutil.rmtree(os.path.join(self.node.data, "state"))
        self.check_forgotten(kim, path)
        self.node.kill()

    def check_forgotten(self, kim, path):
        """Started again, nothing shows what was erased; and no file holds it."""
        node = self.node
        node.start()
        shown = node.must(200, "GET", path)
        self.assertEqual([shown["status"], shown["name"], shown["email"], shown["address"]],
                         ["erased", None, None, None])
        shown = node.must(200, "GET", f"bank-accounts/{kim['account']}")
        self.assertEqual((shown["status"], shown["account_number"]), ("erased", None))
        for query in ("members?status=erased", f"members?limit=100",
                      f"remittances?member_id={kim['member']}&direction=sent",
                      f"bank-accounts?member_id={kim['member']}",
                      f"payments?member_id={kim['member']}", "bank-transfers?limit=100"):
            raw = node.must(200, "GET", query).raw.decode()
            for text in (kim["name"], kim["email"], kim["address"], kim["number"]):
                self.assertNotIn(text, raw, query)
        self.assertNowhere(self.secrets)

    def test_a_copy_of_the_journal_without_the_keys_tells_nothing_of_anybody(self):
        kim = self.stories()
        self.assertEqual(self.node.kill(lib.signal.SIGTERM), 0)
        strings = subprocess.run(["grep", "-rlaF", kim["email"], self.node.data],
                                 capture_output=True, text=True, check=False)
        self.assertEqual((strings.returncode, strings.stdout), (1, ""), strings.stderr)
        shutil.rmtree(os.path.join(self.node.data, "keys"))
        self.node.start()
        shown = self.node.must(200, "GET", f"members/{kim['member']}")
        self.assertEqual([shown["name"], shown["email"], shown["address"]], [None] * 3)
        self.node.kill()


if __name__ == "__main__":
    lib.main()
