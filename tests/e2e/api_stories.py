"""What is said to every operation of the description: stories, and what is refused everywhere.

Each story is a method of the class that has node, bank, call (api_lib.Caller), kim and lee (two
operators), a shop and a payer with tokens of their own; they follow each other in this order.
"""
import datetime
import uuid

import lib
import webhook_lib
from tap_test import Follower

PASSWORD = "correct horse battery"
SEOUL = datetime.timezone(datetime.timedelta(hours=9))


class Stories:
    @classmethod
    def says(cls, status, operation, *words, **how):
        """One exchange that must end so."""
        answer = cls.call(operation, *words, **how)
        assert answer.status == status, f"{operation}: {answer}, not {status}"
        return answer

    @classmethod
    def operation(cls):
        for name in ("getHealth", "headHealth", "getReadiness", "headReadiness", "getMetrics",
                     "getOpenapi", "getAsyncapi", "getDocs", "getDocsStyle", "getDocsScript"):
            cls.says(200, name, token=False)

    @classmethod
    def members(cls):
        cls.email = f"{uuid.uuid4().hex}@example.com"
        body = dict(name="홍길동", email=cls.email, password=PASSWORD, address="Mapo, Seoul",
                    wallet=True)
        cls.member = cls.says(201, "registerMember", body, token=False)["id"]
        cls.says(409, "registerMember", body, token=False)
        cls.says(400, "registerMember", dict(body, email=7, unknown=True), token=False)
        cls.says(200, "listMembers", query=dict(email=cls.email))
        tag = cls.says(200, "getMember", of=cls.member).headers["etag"]
        cls.says(200, "changeMember", dict(address="Jung, Seoul"), of=cls.member, If_Match=tag)
        cls.says(412, "changeMember", dict(address="Nowhere"), of=cls.member, If_Match=tag)
        cls.says(200, "suspendMember", dict(reason="asked for"), of=cls.member)
        cls.says(200, "activateMember", {}, of=cls.member)

    @classmethod
    def sessions(cls):
        login = dict(email=cls.email, password=PASSWORD)
        first = cls.says(201, "logIn", login, token=False)
        cls.says(401, "logIn", dict(login, password="wrong"), token=False)
        cls.says(200, "refreshSession", dict(refresh_token=first["refresh_token"]), token=False)
        cls.says(401, "refreshSession", dict(refresh_token="hpr_" + "A" * 86), token=False)
        follower = Follower(cls.node, "--topic", "event.login", "--topic", "happypay.logging")
        lib.wait_until("the subscription", lambda: (cls.node.request("GET", "/healthz"),
                                                    follower.messages)[1])
        cls.says(202, "requestPasswordReset", dict(email=cls.email), token=False)
        asked = follower.wait("event.login.reset_requested")
        follower.end()
        token = cls.says(200, "issuePasswordReset", {}, of=asked["subject"])["token"]
        confirm = dict(token=token, new="staple of another kind")
        cls.says(200, "confirmPasswordReset", confirm, token=False)
        cls.says(422, "confirmPasswordReset", confirm, token=False)
        session = cls.says(201, "logIn", dict(login, password=confirm["new"]), token=False)
        cls.says(200, "setPassword", dict(current=confirm["new"], new=PASSWORD), of=cls.member,
                 token=session["access_token"])
        cls.says(204, "logOut", token=session["access_token"])
        cls.says(401, "getMember", of=cls.member, token=session["access_token"])
        guess = dict(email=f"{uuid.uuid4().hex}@example.com", password="guess")
        lib.wait_until("a locked login", lambda: cls.call("logIn", guess,
                                                          token=False).status == 429)

    @classmethod
    def bank_accounts(cls):
        number = f"{uuid.uuid4().int % 10**12:012d}"
        cls.bank.open_account(number, "홍길동", 5_000_000)
        body = dict(member_id=cls.member, bank_code="apple", account_number=number)
        cls.account = cls.says(201, "linkBankAccount", body)["id"]
        cls.says(409, "linkBankAccount", body)
        cls.says(422, "linkBankAccount", dict(body, account_number="404-404"))
        cls.says(200, "listBankAccounts", query=dict(member_id=cls.member))
        cls.says(200, "getBankAccount", of=cls.account)
        cls.says(204, "unlinkBankAccount", of=cls.account)
        cls.says(200, "findRecipient", query=dict(member_id=cls.payer["member"]))
        cls.says(200, "findRecipient", query=dict(bank_code="apple", account_number=number))
        cls.says(400, "findRecipient")

    @classmethod
    def wallets(cls):
        member = cls.says(201, "registerMember", dict(name="Lee", email=f"{uuid.uuid4().hex}@x.kr"))
        body = dict(member_id=member["id"], currency="KRW")
        cls.empty = cls.says(201, "openWallet", body)["id"]
        cls.says(409, "openWallet", body)
        cls.says(200, "listWallets", query=dict(member_id=[cls.member, member["id"]]))
        for name in ("getWallet", "getWalletLimits"):
            cls.says(200, name, of=cls.payer["wallet"], token=cls.payer["token"])
        cls.says(200, "suspendWallet", dict(reason="lost phone"), of=cls.empty)
        cls.says(200, "activateWallet", {}, of=cls.empty)
        adjust = dict(amount=1000, currency="KRW", direction="increase", reason="found")
        done = cls.says(201, "adjustWallet", adjust, of=cls.payer["wallet"])
        cls.says(200, "getAdjustment", of=done["id"])
        cls.says(422, "adjustWallet", dict(adjust, direction="decrease", amount=99_999),
                 of=cls.payer["wallet"])

    @classmethod
    def money(cls):
        move = dict(amount=90_000, currency="KRW", bank_account_id=cls.payer["account"])
        wallet, token = cls.payer["wallet"], cls.payer["token"]
        key = uuid.uuid4().hex
        recharge = cls.says(201, "rechargeWallet", move, of=wallet, token=token, key=key)
        again = cls.says(201, "rechargeWallet", move, of=wallet, token=token, key=key)
        assert again.headers["idempotent-replayed"] == "true" and again["id"] == recharge["id"]
        cls.says(422, "rechargeWallet", dict(move, amount=1), of=wallet, token=token, key=key)
        cls.says(202, "rechargeWallet", move, of=wallet, Prefer="respond-async")
        cls.says(200, "getRecharge", of=recharge["id"])
        cls.says(200, "listWalletEntries", of=wallet, token=token)
        cls.says(200, "listWalletRecharges", of=wallet, query=dict(limit=1))
        sent = cls.says(201, "withdrawFromWallet", dict(move, amount=500), of=wallet)
        cls.says(200, "getWithdrawal", of=sent["id"])
        cls.says(200, "listWalletWithdrawals", of=wallet)
        cls.says(422, "withdrawFromWallet", dict(move, amount=1_900_000), of=wallet)

    @classmethod
    def remittances(cls):
        body = dict(from_member_id=cls.payer["member"], to=dict(member_id=cls.shop["member"]),
                    amount=2_000, currency="KRW", memo="점심값")
        sent = cls.says(201, "remit", body, token=cls.payer["token"])
        cls.says(200, "getRemittance", of=sent["id"])
        cls.says(200, "listRemittances", query=dict(member_id=cls.payer["member"]))
        cls.says(422, "remit", dict(body, amount=1_900_000))

    @classmethod
    def merchants(cls):
        owner = cls.node.person(corporate=True)
        body = dict(member_id=owner["member"], name="Corner shop",
                    bank_account_id=owner["account"], fee_bps=100)
        merchant = cls.says(201, "registerMerchant", body)["id"]
        cls.says(422, "registerMerchant", dict(body, member_id=cls.payer["member"]))
        cls.says(200, "listMerchants")
        cls.says(200, "getMerchant", of=merchant)
        cls.says(200, "changeMerchant", dict(fee_bps=120), of=merchant)
        cls.says(200, "suspendMerchant", {}, of=merchant)
        cls.says(200, "activateMerchant", {}, of=merchant)

    @classmethod
    def order(cls, amount, **more):
        return dict(dict(member_id=cls.payer["member"], merchant_id=cls.shop["merchant"],
                         order_id=uuid.uuid4().hex, amount=amount, currency="KRW"), **more)

    @classmethod
    def payments(cls):
        order = cls.order(6_000)
        cls.paid = cls.says(201, "createPayment", order, token=cls.payer["token"])["id"]
        cls.says(409, "createPayment", order)
        cls.says(422, "createPayment", cls.order(1_900_000))
        cls.says(200, "getPayment", of=cls.paid)
        cls.says(200, "listPayments", query=dict(merchant_id=cls.shop["merchant"]))
        held = cls.says(201, "createPayment", cls.order(3_000, capture=False))["id"]
        cls.says(200, "capturePayment", dict(amount=1_000), of=held, token=cls.shop["token"])
        cls.says(422, "capturePayment", dict(amount=9_000), of=held, token=cls.shop["token"])
        cls.says(200, "cancelPayment", dict(reason="sold out"), of=held)
        cls.says(409, "cancelPayment", {}, of=held)
        asked = cls.says(201, "createPayment", cls.order(4_000), token=cls.shop["token"])["id"]
        cls.says(422, "confirmPayment", dict(amount=3_999), of=asked, token=cls.payer["token"])
        cls.says(200, "confirmPayment", dict(amount=4_000), of=asked, token=cls.payer["token"])

    @classmethod
    def refunds(cls):
        body = dict(amount=1_000, reason="broken", refundable_before=6_000)
        refund = cls.says(201, "refundPayment", body, of=cls.paid, token=cls.shop["token"])["id"]
        cls.says(409, "refundPayment", body, of=cls.paid, token=cls.shop["token"])
        cls.says(422, "refundPayment", dict(amount=5_001), of=cls.paid)
        cls.says(200, "getRefund", of=refund)
        cls.says(200, "listPaymentRefunds", of=cls.paid)

    @classmethod
    def webhooks(cls):
        receiver, token = webhook_lib.Receiver(), cls.shop["token"]
        box = receiver.box()
        body = dict(url=box.url, events=["payment.captured"])
        made = cls.says(201, "createWebhookEndpoint", body, token=token)
        cls.says(400, "createWebhookEndpoint", dict(body, events=["no.such"]), token=token)
        cls.says(422, "createWebhookEndpoint", dict(body, url="http://10.0.0.1/"), token=token)
        tag = cls.says(200, "getWebhookEndpoint", of=made["id"]).headers["etag"]
        cls.says(200, "changeWebhookEndpoint", dict(events=["payment.*"]), of=made["id"],
                 If_Match=tag)
        cls.says(412, "changeWebhookEndpoint", dict(enabled=False), of=made["id"], If_Match=tag)
        cls.says(200, "rotateWebhookSecret", {}, of=made["id"], token=token)
        cls.says(200, "listWebhookEndpoints", token=token)
        cls.says(201, "createPayment", cls.order(100))
        (delivery, *_) = lib.wait_until("a delivery", lambda: cls.says(
            200, "listDeliveries", of=made["id"], query=dict(status="succeeded"))["data"])
        cls.says(200, "getDelivery", of=delivery["id"], token=token)
        cls.says(202, "retryDelivery", {}, of=delivery["id"], token=token)
        cls.says(204, "deleteWebhookEndpoint", of=made["id"], token=token)
        lib.wait_until("the answer to it", lambda: not cls.says(
            200, "getDelivery", of=delivery["id"])["in_flight"])
        cls.says(409, "retryDelivery", {}, of=delivery["id"])
        receiver.end()

    @classmethod
    def settlements(cls):
        (one,) = cls.says(202, "settle", dict(merchant_id=cls.shop["merchant"]))["data"]
        cls.node.finished(f"settlements/{one['id']}")
        cls.says(200, "getSettlement", of=one["id"], token=cls.shop["token"])
        cls.says(200, "listSettlementItems", of=one["id"])
        cls.says(200, "listSettlements", query=dict(merchant_id=cls.shop["merchant"]))

    @classmethod
    def by_hand(cls):
        ours = dict(zip(("bank_code", "account_number"), lib.CORPORATE))
        move = {"from": dict(bank_code="apple", account_number=cls.payer["number"]), "to": ours,
                "amount": 700, "currency": "KRW", "reason": "a correction"}
        moved = cls.says(201, "transferByHand", move, token=cls.kim)["id"]
        cls.says(200, "getBankTransfer", of=moved)
        cls.says(200, "listBankTransfers", query=dict(status="succeeded"))
        for decision in ("confirmApproval", "rejectApproval"):
            large = cls.says(202, "transferByHand", dict(move, amount=100_001), token=cls.kim)
            approval = large["approval_id"]
            cls.says(200, "getApproval", of=approval)
            cls.says(409, decision, {}, of=approval, token=cls.kim)
            cls.says(200, decision, dict(reason="seen"), of=approval, token=cls.lee)
        cls.says(200, "listApprovals")

    @classmethod
    def park(cls, fault):
        """A recharge that an operator must look at."""
        cls.bank.misbehave(fault)
        recharge = cls.node.recharge(cls.payer, 1_000, Prefer="respond-async")
        parked = cls.node.finished(f"recharges/{recharge['id']}")
        cls.bank.behave()
        assert parked["status"] == "parked", parked
        return parked

    @classmethod
    def parked(cls):
        one, two = cls.park("error_before"), cls.park("error_after")
        cls.says(200, "listSagas", query=dict(status="parked"))
        cls.says(200, "getSaga", of=one["id"])
        cls.says(409, "retrySaga", of=one["id"])
        cls.says(200, "inquireBankTransfer", of=one["bank_transfer_id"])
        resolve = dict(decision="succeeded", reason="on the bank's statement")
        cls.says(409, "resolveSaga", dict(resolve, decision="give_up"), of=two["id"])
        cls.says(200, "resolveBankTransfer", resolve, of=two["bank_transfer_id"])
        cls.says(409, "resolveBankTransfer", resolve, of=two["bank_transfer_id"])
        cls.stranded()

    @classmethod
    def stranded(cls):
        """Money that can neither reach its wallet nor go back: the saga itself is parked."""
        stranger = cls.node.person()
        cls.bank.misbehave("slow", delay_ms=1000, count=1)
        recharge = cls.node.recharge(stranger, 1_000, Prefer="respond-async")
        path = f"recharges/{recharge['id']}"
        lib.wait_until("charging", lambda: cls.node.must(200, "GET", path)["bank_transfer_id"])
        cls.says(200, "closeWallet", dict(void_expects=True), of=stranger["wallet"])
        cls.bank.misbehave("decline")
        saga = cls.node.finished(path)
        assert saga["status"] == "parked", saga
        cls.says(200, "retrySaga", of=saga["id"])
        cls.says(200, "resolveSaga", dict(decision="give_up", reason="to suspense"), of=saga["id"])
        cls.bank.behave()

    @classmethod
    def reports(cls):
        day = datetime.datetime.now(SEOUL).date().isoformat()
        cls.says(200, "getTrialBalance")
        cls.says(200, "getTrialBalance", query={"as_of": day, "class": "wallet"})
        account = "wallet:" + cls.payer["wallet"]
        cls.says(200, "getAccountStatement", query={"account": account, "from": day, "to": day})
        cls.says(200, "getAccountStatement", query={"account": account, "from": day, "to": day},
                 Accept="text/csv")
        cls.says(400, "getAccountStatement")
        cls.says(200, "getMoneyByAddress", query=dict(address="Seoul"))
        cls.says(400, "getMoneyByAddress")

    @classmethod
    def reconciliations(cls):
        cls.bank.call("POST", "/v1/transfers", {
            "transfer_id": "foreign-" + uuid.uuid4().hex, "amount": 777, "currency": "KRW",
            "from": dict(bank_code="apple", account_number=cls.payer["number"]),
            "to": dict(bank_code=lib.CORPORATE[0], account_number=lib.CORPORATE[1])})
        day = datetime.datetime.now(SEOUL).date().isoformat()
        done = cls.says(201, "reconcile", dict(date=day))
        cls.says(200, "getReconciliation", of=done["id"])
        cls.says(200, "listReconciliations")
        open_item = next(one for one in done["items"] if one["kind"] == "missing_with_us")
        resolve = dict(item=open_item["item"], reason="a gift")
        cls.says(200, "resolveReconciliationItem", resolve, of=done["id"])
        cls.says(409, "resolveReconciliationItem", resolve, of=done["id"])

    @classmethod
    def batches(cls):
        read = dict(method="GET", path=f"/v1/wallets/{cls.payer['wallet']}")
        cls.says(200, "sendBatch", dict(operations=[
            read, dict(read, path="/v1/nothing"), dict(read, method="POST", path="/v1/batch"),
            dict(method="POST", path="/v1/payments", body=dict(amount=-1), idempotency_key="k")]))
        cls.says(200, "sendBatch", dict(operations=[read]), token=cls.payer["token"])
        cls.says(400, "sendBatch", dict(operations=[dict(read, surplus=1)]))
        cls.says(413, "sendBatch", dict(operations=[dict(read, body="x" * 65_536)]))

    @classmethod
    def events(cls):
        cls.says(200, "listEvents", query=dict(type="payment", limit=2))
        cls.says(400, "listEvents", query={"from": "nowhere"})
        cls.says(200, "listAggregateEvents", of=cls.payer["wallet"], query=dict(limit=2))

    @classmethod
    def endings(cls):
        cls.says(409, "closeMember", {}, of=cls.payer["member"])
        cls.says(200, "closeMember", dict(reason="moving away"), of=cls.member)
        cls.says(200, "eraseMember", {}, of=cls.member)
        cls.says(200, "closeWallet", {}, of=cls.empty)

    # ---- what is refused everywhere

    @classmethod
    def refusals(cls):
        tokens = dict(member=cls.payer["token"], merchant=cls.shop["token"], operator=cls.kim)
        for name, (_, _, operation) in cls.described.operations.items():
            body = cls.example(operation)
            of = cls.described.nobody(name)
            roles = cls.described.roles(name)
            token = False if None in roles else tokens[sorted(roles)[-1]]
            cls.says(400, name, body, of=of, token=token, query=dict(nonsense=1))
            if None not in roles:
                cls.says(401, name, body, of=of, token=False)
                for role in tokens.keys() - roles:
                    answer = cls.call(name, body, of=of, token=tokens[role])
                    assert answer.status in (403, 404), f"{name} by {role}: {answer}"
            if of:
                answer = cls.call(name, body, of=of, token=token)
                assert answer.status == 404, f"{name} of nobody: {answer}"
            if "requestBody" in operation:
                cls.says(415, name, body, of=of, token=token, Content_Type="text/plain")
                size = 4_200_000 if name == "sendBatch" else 70_000
                cls.says(413, name, dict(reason="x" * size), of=of, token=token)
            if "414" in operation["responses"]:
                cls.says(414, name, body, of=of, token=token, query=dict(nonsense="x" * 9_000))

    @classmethod
    def example(cls, operation):
        """A body that can be read; None: it takes none."""
        if "requestBody" not in operation:
            return None
        return operation["requestBody"]["content"]["application/json"]["example"]
