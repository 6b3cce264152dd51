"""The stories of refunds: in parts, at once, repeated, and to a payer who has left."""
import concurrent.futures

import lib
import payment_lib


class Refunds(payment_lib.Story):
    def test_refunds_go_up_to_what_was_captured(self):
        kim = self.payer(10_000)
        payment = self.create(kim, 4_000)["id"]
        self.assertWallet(kim, 6_000)
        first = self.act(payment, "refunds", dict(amount=1_500, reason="one was broken",
                                                  refundable_before=4_000), key="first")
        self.assertEqual((first.status, first["status"]), (201, "succeeded"), repr(first))
        self.assertEqual((first["payment_id"], first["amount"], first["reason"]),
                         (payment, 1_500, "one was broken"))
        self.assertEqual(first.headers["location"], f"/v1/refunds/{first['id']}")
        self.assertPayment(payment, "partially_refunded", captured=4_000, refunded=1_500,
                           refundable=2_500)
        again = self.act(payment, "refunds", dict(amount=1_500, reason="one was broken",
                                                  refundable_before=4_000), key="first")
        self.assertEqual(again["id"], first["id"])
        self.assertEqual(again.headers["idempotent-replayed"], "true")
        self.assertProblem(self.act(payment, "refunds", dict(amount=1, refundable_before=4_000)),
                           409, "refundable_stale")
        self.assertProblem(self.act(payment, "refunds", dict(amount=2_501)), 422,
                           "amount_not_refundable")
        self.assertProblem(self.act(payment, "refunds", dict(amount=1), token=kim["token"]), 403,
                           "forbidden")
        self.act(payment, "refunds", dict(amount=2_500))
        self.assertPayment(payment, "refunded", captured=4_000, refunded=4_000)
        self.assertWallet(kim, 10_000)
        for token in (kim["token"], self.shop_token, self.node.operator()):
            rows = self.node.must(200, "GET", f"payments/{payment}/refunds", token=token)["data"]
            self.assertEqual([row["amount"] for row in rows], [2_500, 1_500])
            self.node.must(200, "GET", f"refunds/{first['id']}", token=token)

    def test_refunds_at_once_never_give_more_than_was_captured(self):
        kim = self.payer(10_000)
        payment = self.create(kim, 5_000)["id"]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(
                lambda _: self.act(payment, "refunds", dict(amount=1_000)), range(12)))
        self.assertEqual(sum(answer.status in (201, 202) for answer in answers), 5, answers)
        lib.wait_until("all refunded", lambda: self.read(payment)["status"] == "refunded")
        self.assertWallet(kim, 10_000)

    def test_a_refunds_id_can_be_read_as_soon_as_it_is_told(self):
        kim = self.payer(1_000)
        payment = self.create(kim, 1_000)["id"]
        begun = self.act(payment, "refunds", dict(amount=400), Prefer="respond-async")
        self.assertIn(begun.status, (201, 202), repr(begun))
        self.assertEqual(begun["amount"], 400)
        self.assertEqual(self.node.finished(f"refunds/{begun['id']}")["status"], "succeeded")
        lib.wait_until("told", lambda: self.read(payment)["amount_refunded"] == 400)

    def test_an_order_takes_a_hundred_captures_and_refunds(self):
        kim = self.payer(1_000)
        payment = self.authorized(kim, 200)
        for _ in range(60):
            self.act(payment, "capture", dict(amount=1))
        for _ in range(40):
            self.act(payment, "refunds", dict(amount=1))
        for what in ("capture", "refunds"):
            self.assertProblem(self.act(payment, what, dict(amount=1)), 422,
                               "operation_limit_exceeded")
        self.assertPayment(self.act(payment, "cancel"), "partially_refunded", captured=60,
                           canceled=140, refunded=40, refundable=20)
        self.assertWallet(kim, 1_000 - 20)

    # ---- a payer who has left

    def suspended(self, amount):
        """A refund whose payer's wallet is closed."""
        kim = self.payer(amount)
        payment = self.create(kim, amount)["id"]
        self.node.must(200, "POST", f"wallets/{kim['wallet']}/close", dict(reason="leaves"))
        before = self.node.books().get("suspense", 0)
        refund = self.act(payment, "refunds", dict(amount=amount))
        self.assertEqual((refund.status, refund["status"]), (202, "parked"), repr(refund))
        self.assertEqual(refund["failure"]["code"], "wallet_closed")
        self.assertEqual(self.node.books()["suspense"], before - amount)
        self.assertPayment(payment, "refunded", captured=amount, refunded=amount)
        return refund["id"]

    def test_money_for_a_closed_wallet_is_kept_until_an_operator_decides(self):
        refund = self.suspended(700)
        parked = self.node.must(200, "GET", "sagas?status=parked&type=refund&limit=100",
                                headers={"Happypay-Sequence": self.node.must(
                                    200, "GET", f"refunds/{refund}").headers["happypay-sequence"]})
        self.assertIn(refund, [row["id"] for row in parked["data"]])
        self.node.call("POST", f"sagas/{refund}/retry")
        lib.wait_until("parked again", lambda: self.node.must(
            200, "GET", f"refunds/{refund}")["status"] == "parked")
        self.assertEqual(self.node.must(200, "GET", f"refunds/{refund}")["failure"]["code"],
                         "wallet_closed")
        saga = self.node.must(200, "GET", f"sagas/{refund}")
        self.assertEqual((saga["step"], saga["amount"], saga["currency"]),
                         ("suspended", 700, "KRW"))
        self.node.must(200, "POST", f"sagas/{refund}/resolve",
                       dict(decision="give_up", reason="paid out by hand"))
        ended = self.node.must(200, "GET", f"refunds/{refund}")
        self.assertEqual((ended["status"], ended["failure"]["code"]), ("compensated", "kept_in_suspense"))


if __name__ == "__main__":
    lib.main()
