"""What the stories of payments share: a shop, payers, and what is asked in whose name."""
import uuid

import lib

FEE_BPS = 250


class Story(lib.TestCase):
    """A shop with a token of its own; at the end the books are quiet and the journal sound."""

    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank, "--bank-inquiry-first-ms", "50", "--bank-timeout-ms", "400",
                            "--bank-inquiry-last-ms", "200")
        cls.shop = cls.node.merchant(FEE_BPS)
        cls.shop_token = cls.node.token("merchant", cls.shop["merchant"])
        cls.other_shop = cls.node.merchant()

    @classmethod
    def tearDownClass(cls):
        cls.node.check_quiet_books()
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]
        cls.node.check_sound()

    def tearDown(self):
        self.bank.behave()

    def payer(self, money=0):
        person = self.node.person()
        person["token"] = self.node.token("member", person["member"])
        if money:
            self.assertEqual(self.node.recharge(person, money).status, 201)
        return person

    def order(self, person, amount, **more):
        return dict(dict(member_id=person["member"], merchant_id=self.shop["merchant"],
                         order_id=uuid.uuid4().hex, amount=amount, currency="KRW"), **more)

    def create(self, person, amount, token=None, key=None, **more):
        return self.node.call("POST", "payments", self.order(person, amount, **more), key=key,
                              token=token or person["token"])

    def authorized(self, person, amount):
        answer = self.create(person, amount, capture=False)
        self.assertEqual((answer.status, answer["status"]), (201, "authorized"), repr(answer))
        return answer["id"]

    def act(self, payment, what, body=None, token=None, key=None, **headers):
        return self.node.call("POST", f"payments/{payment}/{what}", body or {}, key=key,
                              token=token or self.shop_token, headers=headers)

    def read(self, payment):
        return self.node.must(200, "GET", f"payments/{payment}")

    def assertPayment(self, payment, status, **amounts):
        read = payment if isinstance(payment, lib.Answer) else self.read(payment)
        wanted = dict(dict(captured=0, capturable=0, refunded=0, refundable=0, canceled=0),
                      **amounts)
        got = {name: read["amount_" + name] for name in wanted}
        self.assertEqual((read["status"], got), (status, wanted), repr(read))

    def assertWallet(self, person, available, held=0):
        wallet = self.node.must(200, "GET", f"wallets/{person['wallet']}")
        self.assertEqual((wallet["available"], wallet["held"]), (available, held))
