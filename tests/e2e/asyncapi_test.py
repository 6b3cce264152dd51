#!/usr/bin/env python3
"""What is published, against the description that the server gives of it (/asyncapi.json).

Real messages of the tap, and webhooks as they came in, are held against the schemas by ajv, each
by the channel that it belongs to.
"""
import re

import api_lib
import lib
import webhook_lib
from tap_test import Follower

SPECIAL = {"happypay.task.recharge": "RechargeTask",
           "happypay.task.recharge.result": "RechargeTask",
           "happypay.task.firmbanking": "FirmbankingTask",
           "happypay.task.firmbanking.result": "FirmbankingTask",
           "happypay.logging.out.stdout": "LogLine"}


class Published(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank, "--bank-inquiry-first-ms", "50", *webhook_lib.ANYWHERE)
        cls.api = cls.node.request("GET", "/asyncapi.json").json
        cls.validator = api_lib.Validator()
        cls.addClassCleanup(cls.validator.end)
        errors = cls.validator.ask(document="asyncapi.json", content=cls.api)
        assert not errors, errors

    @classmethod
    def tearDownClass(cls):
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]

    def errors(self, message, value, part="payload"):
        """What is wrong with a message's payload, or its headers."""
        at = f"/components/messages/{message}/{part}"
        if "schemaFormat" in self.api["components"]["messages"][message][part]:
            at += "/schema"
        return self.validator.ask(document="asyncapi.json", at=at, value=value)

    def play(self):
        """All five services' events, a refused recharge among them."""
        shop, person = self.node.merchant(), self.node.person()
        self.assertEqual(self.node.recharge(person, 50_000).status, 201)
        payment = self.node.pay(person, shop, 12_000)
        self.node.must(201, "POST", f"payments/{payment['id']}/refunds", dict(amount=1_000))
        self.node.must(201, "POST", "remittances", dict(
            from_member_id=person["member"], to=dict(member_id=shop["member"]), amount=2_000,
            currency="KRW", memo="for your eyes only"))
        self.node.must(202, "POST", "settlements", dict(merchant_id=shop["merchant"]))
        self.bank.misbehave("decline", count=1)
        self.assertEqual(self.node.recharge(person, 3_000).status, 422)
        self.node.must(200, "POST", f"members/{person['member']}/suspend", dict(reason="x"))
        return person

    def test_it_is_asyncapi_3_0(self):
        self.assertEqual(self.api["asyncapi"], "3.0.0")
        self.assertEqual(self.validator.ask(specification="asyncapi", value=self.api), [])
        self.assertTrue(self.validator.ask(specification="asyncapi",
                                           value=dict(self.api, channels=7)))

    def test_every_message_has_an_example_that_is_valid(self):
        for name, message in self.api["components"]["messages"].items():
            with self.subTest(message=name):
                self.assertTrue(message["examples"])
                for example in message["examples"]:
                    for part in example.keys() - {"name"}:
                        self.assertEqual(self.errors(name, example[part], part), [])

    def test_messages_of_the_tap_are_as_described(self):
        follower = Follower(self.node, "--topic", "event.", "--topic", "happypay.")
        self.addCleanup(follower.end)
        lib.wait_until("the subscription", lambda: (self.node.request("GET", "/healthz"),
                                                    follower.messages)[1])
        person = self.play()
        follower.wait("event.member.suspended", person["member"])
        follower.wait("event.settlement.closed")
        messages = list(follower.messages)
        kinds = {message["type"] for message in messages}
        self.assertLessEqual(set(SPECIAL), kinds)
        self.assertGreater(len(kinds), 25, kinds)
        for message in messages:
            name = SPECIAL.get(message["type"], "Event")
            self.assertEqual(self.errors(name, message), [], message)
            self.assertIn("count", message)

    def test_webhooks_are_as_described(self):
        receiver = webhook_lib.Receiver()
        self.addCleanup(receiver.end)
        box = receiver.box()
        made = self.node.must(201, "POST", "webhook-endpoints", dict(
            url=box.url, events=["payment.*", "wallet.*"]))
        shop, person = self.node.merchant(), self.node.person()
        self.assertEqual(self.node.recharge(person, 20_000).status, 201)
        self.assertEqual(self.node.pay(person, shop, 6_000).status, 201)
        for letter in list(box.wait(4)):
            self.assertTrue(letter.is_signed_by(made["secret"]))
            self.assertEqual(self.errors("WebhookDelivery", letter.headers, "headers"), [])
            self.assertEqual(self.errors("WebhookDelivery", letter.event), [], letter.event)

    def test_each_topic_belongs_to_a_channel(self):
        addresses = {channel["address"] for channel in self.api["channels"].values()}
        self.assertLessEqual(set(SPECIAL), addresses)
        self.assertIn("event.{aggregate}.{event}", addresses)

    def test_the_schemas_refuse_what_is_wrong(self):
        good = self.api["components"]["messages"]["Event"]["examples"][0]["payload"]
        for wrong in (dict(good, specversion="2.0"), dict(good, sequence="17"),
                      dict(good, time="yesterday"), dict(good, type="event"),
                      dict(good, count=0), dict(good, email="kim@example.com"),
                      dict(good, data={})):
            self.assertTrue(self.errors("Event", wrong), wrong)

    def test_a_replay_sends_the_same_events_without_count(self):
        person = self.node.person()
        recharge = self.node.recharge(person, 10_000)
        self.assertEqual(recharge.status, 201)
        follower = Follower(self.node, "--topic", "event.", "--from", "")
        self.addCleanup(follower.end)
        follower.wait("event.recharge.succeeded", recharge["id"])
        self.assertNotIn("count", follower.messages[0])
        for message in list(follower.messages):
            self.assertRegex(message["sequence"], re.compile(r"^\d+\.\d+$"))
            self.assertEqual(self.errors("Event", message), [], message)


if __name__ == "__main__":
    lib.main()
