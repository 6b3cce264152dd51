#!/usr/bin/env python3
"""What happypay tap shows of recharges and firm banking, and from where."""
import json
import subprocess
import threading

import lib


class Follower:
    """A happypay tap process and the messages it has printed."""

    def __init__(self, node, *options):
        self.messages = []
        self.process = subprocess.Popen(
            [lib.BINARY, "tap", "--connect", node.tap, "--json", *options],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        lib._processes.append(self.process)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.messages.append(json.loads(line))

    def of(self, kind, subject=None):
        return [message for message in list(self.messages) if message["type"] == kind
                and subject in (None, message["subject"])]

    def wait(self, kind, subject=None):
        return lib.wait_until(kind, lambda: self.of(kind, subject))[0]

    def end(self):
        self.process.terminate()
        self.process.wait(20)
        self._reader.join()
        self.process.stdout.close()


class Tap(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank)
        cls.kim, cls.lee = cls.node.person(), cls.node.person()

    @classmethod
    def tearDownClass(cls):
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]

    def follow(self, *options):
        """A follower whose subscription has arrived."""
        follower = Follower(self.node, "--topic", "happypay.logging", *options)
        self.addCleanup(follower.end)

        def heard():
            self.node.request("GET", "/healthz")
            return follower.messages
        lib.wait_until("the subscription", heard)
        return follower

    def checks(self, message):
        return [check["state"] for check in message["data"]["subtasks"]]

    def test_tasks_have_ids_of_their_own_and_masked_accounts(self):
        tap = self.follow("--topic", "happypay.task", "--topic", "event.")
        recharge = self.node.recharge(self.kim, 1000)["id"]
        done = tap.wait("happypay.task.recharge.result", recharge)
        self.assertEqual((done["data"]["state"], self.checks(done)),
                         ("SUCCESS", ["SUCCESS", "SUCCESS"]))
        asked = tap.wait("happypay.task.firmbanking")["data"]
        self.assertEqual(asked["saga"], recharge)
        self.assertEqual(asked["from"], dict(bank_code="apple", account_number="***-***-"
                                             + self.kim["number"][-4:]))
        self.assertEqual(asked["to"], dict(bank_code="happy", account_number="***-***-4111"))
        self.assertEqual(asked["amount_minor"], 1000)
        result = tap.wait("happypay.task.firmbanking.result")["data"]
        self.assertEqual((result["state"], result["saga"]), ("SUCCESS", recharge))
        self.assertEqual((result["from"], result["to"], result["amount_minor"]),
                         (asked["from"], asked["to"], 1000))
        ids = [(message["source"], message["id"]) for message in tap.messages]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertNotIn(self.kim["number"], json.dumps(tap.messages))

    def test_a_recharge_that_is_begun_has_its_checks_ahead(self):
        tap = self.follow("--topic", "happypay.task")
        recharge = self.node.recharge(self.kim, 1000)["id"]
        begun = tap.wait("happypay.task.recharge", recharge)
        self.assertEqual((begun["data"]["state"], self.checks(begun)),
                         ("READY", ["READY", "READY"]))
        self.assertEqual([check["name"] for check in begun["data"]["subtasks"]],
                         ["membership check", "banking check"])

    def test_a_withdrawal_asks_firm_banking_for_the_other_direction(self):
        tap = self.follow("--topic", "happypay.task.firmbanking")
        self.assertEqual(self.node.recharge(self.lee, 5000).status, 201)
        done = self.node.must(201, "POST", f"wallets/{self.lee['wallet']}/withdrawals", dict(
            amount=700, currency="KRW", bank_account_id=self.lee["account"]))
        result = tap.wait("happypay.task.firmbanking.result", done["bank_transfer_id"])["data"]
        self.assertEqual((result["saga"], result["from"]["bank_code"], result["to"]),
                         (done["id"], "happy", dict(bank_code="apple", account_number="***-***-"
                                                    + self.lee["number"][-4:])))

    def test_a_recharge_that_failed_says_which_check_did(self):
        tap = self.follow("--topic", "happypay.task")

        def failed(account):
            answer = self.node.recharge(dict(self.kim, account=account), 1000)
            self.assertEqual(answer.status, 422)
            message = tap.wait("happypay.task.recharge.result", answer["object"]["id"])
            self.assertEqual((message["data"]["state"], message["data"]["verdict_code"]),
                             ("FAILED", answer["code"]))
            return self.checks(message)

        self.assertEqual(failed(self.lee["account"]), ["SUCCESS", "FAILED"])
        self.bank.misbehave("decline", count=1)
        self.assertEqual(failed(self.kim["account"]), ["SUCCESS", "SUCCESS"])
        self.node.must(200, "POST", f"members/{self.kim['member']}/suspend", {})
        self.assertEqual(failed(self.kim["account"]), ["FAILED", "READY"])
        self.node.must(200, "POST", f"members/{self.kim['member']}/activate", {})

    def test_empty_options_mean_from_the_start_and_all(self):
        everything = Follower(self.node, "--from", "", "--topic", "")
        self.addCleanup(everything.end)
        everything.wait("event.member.registered", self.kim["member"])
        everything.wait("event.member.registered", self.lee["member"])


if __name__ == "__main__":
    lib.main()
