"""The stories of a payment, through the real binary and bank: authorized, confirmed,
recharged on the way, captured in parts, canceled, expired - by payer, merchant and operator,
each with its own token - and every won where it belongs at the end.
"""
import concurrent.futures
import itertools
import random
import uuid

import lib
import payment_lib


class Payments(payment_lib.Story):
    # ---- authorize and capture

    def test_an_authorization_is_captured_in_parts(self):
        kim = self.payer(10_000)
        payment = self.authorized(kim, 6_000)
        self.assertWallet(kim, 4_000, held=6_000)
        read = self.read(payment)
        self.assertPayment(read, "authorized", capturable=6_000)
        self.assertIsNotNone(read["approved_at"])
        self.assertGreater(read["expires_at"], read["approved_at"])
        self.assertIs(read["capture"], False)
        first = self.act(payment, "capture", dict(amount=2_000))
        self.assertEqual(first.status, 200, repr(first))
        self.assertPayment(first, "partially_captured", captured=2_000, capturable=4_000,
                           refundable=2_000)
        self.assertProblem(self.act(payment, "capture", dict(amount=4_001)), 422,
                           "amount_not_capturable")
        self.assertPayment(self.act(payment, "capture"), "captured", captured=6_000,
                           refundable=6_000)
        self.assertIsNone(self.read(payment)["expires_at"])
        self.assertProblem(self.act(payment, "capture"), 409, "state_conflict")
        self.assertWallet(kim, 4_000)
        entries = self.node.must(200, "GET", f"wallets/{kim['wallet']}/entries")["data"]
        self.assertEqual([(row["direction"], row["amount"]) for row in entries[:2]],
                         [("out", 4_000), ("out", 2_000)])

    def test_captures_at_once_never_take_more_than_is_held(self):
        kim = self.payer(10_000)
        payment = self.authorized(kim, 5_000)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(
                lambda _: self.act(payment, "capture", dict(amount=1_000)), range(12)))
        taken = [answer for answer in answers if answer.status in (200, 202)]
        self.assertEqual(len(taken), 5, answers)
        for answer in answers:
            if answer not in taken:
                self.assertIn((answer.status, answer["code"]), {
                    (422, "amount_not_capturable"), (409, "state_conflict")})
        self.node.finished(f"payments/{payment}")
        lib.wait_until("all captured", lambda: self.read(payment)["amount_captured"] == 5_000)
        self.assertPayment(payment, "captured", captured=5_000, refundable=5_000)
        self.assertWallet(kim, 5_000)

    def test_a_repeated_capture_is_the_same_capture(self):
        kim = self.payer(5_000)
        payment = self.authorized(kim, 3_000)
        first = self.act(payment, "capture", dict(amount=1_000), key="one")
        self.act(payment, "capture", dict(amount=500))
        again = self.act(payment, "capture", dict(amount=1_000), key="one")
        self.assertEqual((first.status, again.status), (200, 200))
        self.assertEqual(again.headers["idempotent-replayed"], "true")
        self.assertPayment(payment, "partially_captured", captured=1_500, capturable=1_500,
                           refundable=1_500)
        refused = self.act(payment, "capture", dict(amount=1_501), key="two")
        self.act(payment, "cancel")
        self.assertProblem(refused, 422, "amount_not_capturable")
        self.assertProblem(self.act(payment, "capture", dict(amount=1_501), key="two"), 422,
                           "amount_not_capturable")
        self.assertWallet(kim, 3_500)

    def test_too_little_money_fails_and_the_order_may_be_tried_again(self):
        kim = self.payer(1_000)
        order = self.order(kim, 2_000, capture=False)
        self.assertProblem(self.node.call("POST", "payments", order, token=kim["token"]), 422,
                           "insufficient_funds")
        self.node.recharge(kim, 5_000)
        again = self.node.must(201, "POST", "payments", order, token=kim["token"])
        self.assertEqual(again["status"], "authorized")
        self.act(again["id"], "capture")
        self.assertPayment(again["id"], "captured", captured=2_000, refundable=2_000)
        self.assertWallet(kim, 4_000)

    # ---- cancel and expire

    def test_what_is_not_captured_is_given_back(self):
        kim = self.payer(10_000)
        whole, part = self.authorized(kim, 3_000), self.authorized(kim, 4_000)
        self.assertWallet(kim, 3_000, held=7_000)
        canceled = self.act(whole, "cancel", dict(reason="out of stock"))
        self.assertEqual(canceled.status, 200, repr(canceled))
        self.assertPayment(canceled, "canceled", canceled=3_000)
        self.act(part, "capture", dict(amount=1_500))
        self.assertPayment(self.act(part, "cancel"), "captured", captured=1_500, canceled=2_500,
                           refundable=1_500)
        self.assertWallet(kim, 8_500)
        for what in ("cancel", "capture"):
            self.assertProblem(self.act(whole, what), 409, "state_conflict")

    def test_the_payer_cancels_until_something_is_captured(self):
        kim = self.payer(10_000)
        first, second = self.authorized(kim, 3_000), self.authorized(kim, 3_000)
        self.assertPayment(self.act(first, "cancel", token=kim["token"]), "canceled",
                           canceled=3_000)
        self.act(second, "capture", dict(amount=1))
        self.assertProblem(self.act(second, "cancel", token=kim["token"]), 409, "state_conflict")
        self.assertPayment(self.act(second, "cancel"), "captured", captured=1, canceled=2_999,
                           refundable=1)

    def test_a_capture_and_a_cancel_at_once_share_the_hold(self):
        chance = random.Random(lib.options.seed)
        for _ in range(10):
            kim = self.payer(1_000)
            payment = self.authorized(kim, 1_000)
            amount = chance.randrange(1, 1_000)
            jobs = [("capture", dict(amount=amount)), ("cancel", {})]
            chance.shuffle(jobs)
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda job: self.act(payment, *job), jobs))
            ended = lib.wait_until("the hold gone", lambda: (
                read := self.read(payment))["amount_capturable"] == 0
                and read["status"] in ("captured", "canceled") and read)
            self.assertEqual(ended["amount_captured"] + ended["amount_canceled"], 1_000)
            self.assertIn(ended["amount_captured"], (0, amount))
            self.assertWallet(kim, 1_000 - ended["amount_captured"])

    # ---- requested by the merchant, confirmed by the payer

    def test_a_merchant_asks_and_the_payer_confirms(self):
        kim = self.payer(10_000)
        asked = self.create(kim, 2_500, token=self.shop_token)
        self.assertEqual((asked.status, asked["status"]), (201, "requires_confirmation"))
        self.assertWallet(kim, 10_000)
        payment = asked["id"]
        self.assertProblem(self.act(payment, "confirm", dict(amount=2_500)), 403, "forbidden")
        self.assertProblem(self.act(payment, "confirm", dict(amount=2_400), token=kim["token"]),
                           422, "amount_mismatch")
        self.assertProblem(self.act(payment, "capture"), 409, "state_conflict")
        done = self.act(payment, "confirm", dict(amount=2_500), token=kim["token"], key="yes")
        self.assertEqual(done.status, 200, repr(done))
        self.assertPayment(done, "captured", captured=2_500, refundable=2_500)
        again = self.act(payment, "confirm", dict(amount=2_500), token=kim["token"], key="yes")
        self.assertEqual((again.status, again["status"]), (200, "captured"))
        self.assertProblem(self.act(payment, "confirm", dict(amount=2_500), token=kim["token"]),
                           409, "state_conflict")
        self.assertWallet(kim, 7_500)

    def test_a_merchant_asks_for_an_authorization(self):
        kim = self.payer(10_000)
        payment = self.create(kim, 2_500, token=self.shop_token, capture=False)["id"]
        self.assertPayment(self.act(payment, "confirm", dict(amount=2_500), token=kim["token"]),
                           "authorized", capturable=2_500)
        self.act(payment, "cancel")
        self.assertWallet(kim, 10_000)

    def test_the_payer_declines_what_was_asked(self):
        kim = self.payer(1_000)
        payment = self.create(kim, 500, token=self.shop_token)["id"]
        self.assertPayment(self.act(payment, "cancel", token=kim["token"]), "canceled",
                           canceled=500)
        self.assertProblem(self.act(payment, "confirm", dict(amount=500), token=kim["token"]), 409,
                           "state_conflict")
        self.assertWallet(kim, 1_000)

    def test_a_merchant_never_spends_its_payers_money(self):
        kim = self.payer(1_000)
        for more in (dict(auto_recharge=True, bank_account_id=kim["account"]),):
            self.assertProblem(self.create(kim, 500, token=self.shop_token, **more), 400,
                               "invalid_request")
        strange = dict(self.order(kim, 500), merchant_id=self.other_shop["merchant"])
        self.assertProblem(self.node.call("POST", "payments", strange, token=self.shop_token), 404,
                           "not_found")

    # ---- auto-recharge

    def test_a_shortfall_is_recharged_on_the_way(self):
        kim = self.payer(1_000)
        paid = self.create(kim, 5_500, auto_recharge=True, bank_account_id=kim["account"])
        self.assertEqual(paid.status, 201, repr(paid))
        self.assertPayment(paid, "captured", captured=5_500, refundable=5_500)
        self.assertWallet(kim, 1_000 + 10_000 - 5_500)
        enough = self.create(kim, 5_500, auto_recharge=True, bank_account_id=kim["account"])
        self.assertPayment(enough, "captured", captured=5_500, refundable=5_500)
        self.assertWallet(kim, 0)
        asked = self.create(kim, 30_001, token=self.shop_token, capture=False)["id"]
        held = self.act(asked, "confirm", dict(amount=30_001, auto_recharge=True,
                                               bank_account_id=kim["account"]), token=kim["token"])
        self.assertPayment(held, "authorized", capturable=30_001)
        self.assertWallet(kim, 40_000 - 30_001, held=30_001)
        self.act(asked, "cancel")
        recharges = self.node.must(200, "GET", f"wallets/{kim['wallet']}/recharges")["data"]
        self.assertEqual([row["amount"] for row in recharges], [40_000, 10_000, 1_000])

    def test_a_recharge_that_the_bank_declines_fails_the_payment(self):
        kim = self.payer()
        self.bank.misbehave("decline", count=1)
        order = self.order(kim, 5_000, auto_recharge=True, bank_account_id=kim["account"])
        self.assertProblem(self.node.call("POST", "payments", order, token=kim["token"]), 422,
                           "bank_declined")
        self.assertWallet(kim, 0)
        self.node.must(201, "POST", "payments", order, token=kim["token"])
        self.assertWallet(kim, 5_000)

    def test_an_unknown_outcome_of_the_recharge_is_waited_for(self):
        kim = self.payer()
        self.bank.misbehave("cut_after", count=2)
        body = self.order(kim, 5_000, auto_recharge=True, bank_account_id=kim["account"])
        begun = self.node.call("POST", "payments", body, token=kim["token"], key="once",
                               headers={"Prefer": "respond-async"})
        self.assertEqual((begun.status, begun["status"]), (202, "recharging"), repr(begun))
        self.assertProblem(self.act(begun["id"], "cancel"), 409, "state_conflict")
        self.assertPayment(self.node.finished(f"payments/{begun['id']}"), "captured",
                           captured=5_000, refundable=5_000)
        again = self.node.call("POST", "payments", body, token=kim["token"], key="once")
        self.assertEqual((again.status, again["status"]), (201, "captured"))
        self.assertWallet(kim, 5_000)
        self.assertEqual(self.bank.balance(kim["number"]), 10_000_000 - 10_000)

    def test_nobody_pays_from_anothers_bank_account(self):
        kim, lee = self.payer(), self.payer()
        for token, code in ((self.node.operator(), "bank_account_not_owned"),
                            (kim["token"], "bank_account_not_found")):
            self.assertProblem(
                self.create(kim, 5_000, auto_recharge=True, bank_account_id=lee["account"],
                            token=token), 422, code)
        self.assertProblem(self.create(kim, 5_000, auto_recharge=True), 400, "invalid_request")
        self.assertEqual(self.bank.balance(lee["number"]), 10_000_000)

    # ---- who may, and who may see

    def test_someone_elses_payment_is_not_there(self):
        kim, lee = self.payer(1_000), self.payer()
        payment = self.create(kim, 100)["id"]
        refund = self.act(payment, "refunds", dict(amount=10))["id"]
        stranger = self.node.token("merchant", self.other_shop["merchant"])
        for token in (lee["token"], stranger):
            for path in (f"payments/{payment}", f"payments/{payment}/refunds",
                         f"refunds/{refund}"):
                self.assertProblem(self.node.call("GET", path, token=token), 404, "not_found")
            for what in ("confirm", "capture", "cancel", "refunds"):
                body = dict(amount=1) if what in ("confirm", "refunds") else {}
                self.assertProblem(self.act(payment, what, body, token=token), 404, "not_found")
        self.assertProblem(self.act(payment, "capture", token=kim["token"]), 403, "forbidden")

    def test_lists_by_payer_merchant_status_and_order(self):
        kim = self.payer(10_000)
        captured = self.create(kim, 100, order_id="first")
        held = self.authorized(kim, 200)
        elsewhere = self.node.must(201, "POST", "payments", dict(
            self.order(kim, 300), merchant_id=self.other_shop["merchant"]), token=kim["token"])
        sequence = self.read(held).headers["happypay-sequence"]

        def ids(query, token=None):
            page = self.node.must(200, "GET", f"payments?{query}&min_sequence={sequence}",
                                  token=token)
            return [row["id"] for row in page["data"]]

        member = f"member_id={kim['member']}"
        shop = f"merchant_id={self.shop['merchant']}"
        self.assertEqual(ids(member), [elsewhere["id"], held, captured["id"]])
        self.assertEqual(ids(f"{member}&{shop}"), [held, captured["id"]])
        self.assertEqual(ids(f"{member}&status=authorized"), [held])
        self.assertEqual(ids(f"{member}&{shop}&status=captured"), [captured["id"]])
        self.assertEqual(ids(f"{shop}&order_id=first&{member}"), [captured["id"]])
        self.assertEqual(ids("order_id=first", token=self.shop_token), [captured["id"]])
        self.assertEqual(ids("order_id=first&status=failed", token=self.shop_token), [])
        self.assertEqual(ids("status=authorized", token=kim["token"]), [held])
        self.assertIn(held, ids("limit=100", token=self.shop_token))
        self.assertNotIn(elsewhere["id"], ids("limit=100", token=self.shop_token))
        self.assertIn(captured["id"], ids("order_id=first"))
        self.assertEqual(ids("order_id=first&status=failed"), [])
        self.assertEqual(ids("order_id=first", token=kim["token"]), [captured["id"]])
        self.assertEqual(ids("limit=1"), [elsewhere["id"]])
        for query, pointer in (("status=open", "status"), ("member_id=x", "member_id"),
                               ("merchant_id=x", "merchant_id")):
            answer = self.node.call("GET", f"payments?{query}")
            self.assertProblem(answer, 400, "invalid_request")
            self.assertEqual([error["pointer"] for error in answer["errors"]], [pointer])
        self.assertProblem(self.node.call(
            "GET", f"payments?merchant_id={self.other_shop['merchant']}", token=self.shop_token),
            404, "not_found")
        self.act(held, "cancel")

    def test_a_suspended_merchant_captures_nothing_and_still_gives_back(self):
        kim, shop = self.payer(1_000), self.node.merchant()
        paid, held = (self.node.must(201, "POST", "payments", dict(
            self.order(kim, 300, capture=capture), merchant_id=shop["merchant"]))["id"]
            for capture in (True, False))
        self.node.must(200, "POST", f"merchants/{shop['merchant']}/suspend", dict(reason="why"))
        token = self.node.token("merchant", shop["merchant"])
        self.assertProblem(self.act(held, "capture", token=token), 422, "merchant_suspended")
        self.assertEqual(self.act(paid, "refunds", dict(amount=300), token=token).status, 201)
        self.assertEqual(self.act(held, "cancel", token=token).status, 200)
        self.assertWallet(kim, 1_000)


class Expiry(lib.TestCase):
    """With an authorization that lives a second."""

    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank, "--payment-authorization-s", "1",
                            "--payment-confirmation-s", "1")
        cls.shop = cls.node.merchant(payment_lib.FEE_BPS)

    @classmethod
    def tearDownClass(cls):
        cls.node.check_quiet_books()
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]
        cls.node.check_sound()

    def test_what_nobody_captures_or_confirms_expires_also_across_a_crash(self):
        kim = self.node.person()
        self.node.recharge(kim, 10_000)

        def create(amount, **how):
            return self.node.must(201, "POST", "payments", dict(
                member_id=kim["member"], merchant_id=self.shop["merchant"], amount=amount,
                order_id=uuid.uuid4().hex, currency="KRW", capture=False), **how)["id"]

        whole, part = create(1_000), create(2_000)
        asked = create(500, token=self.node.token("merchant", self.shop["merchant"]))
        self.node.must(200, "POST", f"payments/{part}/capture", dict(amount=700))
        self.node.kill()
        self.node.start()

        def status(payment):
            return self.node.must(200, "GET", f"payments/{payment}")["status"]

        for payment, end in ((whole, "expired"), (part, "captured"), (asked, "expired")):
            lib.wait_until(f"{end}", lambda: status(payment) == end)  # noqa: B023
        read = self.node.must(200, "GET", f"payments/{part}")
        self.assertEqual((read["amount_captured"], read["amount_canceled"]), (700, 1_300))
        for payment, what in itertools.product((whole, asked), ("capture", "cancel", "confirm")):
            body = dict(amount=500) if what == "confirm" else {}
            self.assertProblem(self.node.call("POST", f"payments/{payment}/{what}", body), 409,
                               "payment_expired")
        self.assertEqual(self.node.balance(kim), 10_000 - 700)


if __name__ == "__main__":
    lib.main()
