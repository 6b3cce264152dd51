#!/usr/bin/env python3
"""What a path names and is not there, or is somebody else's: 404 on every route, and the journal
holds not one record of it. The routes are those of the node's own description.

    HAPPY_BIN=build/happypay tests/e2e/absent_test.py [NAME...]
"""
import re
import uuid

import lib

COLLECTIONS = {"wallets": "wal_", "bank-accounts": "bac_", "merchants": "mrc_", "payments": "pay_",
               "members": "mem_", "bank-transfers": "btr_", "approvals": "apr_",
               "reconciliations": "rec_", "recharges": "rch_", "withdrawals": "wdr_",
               "remittances": "rem_", "refunds": "ref_", "settlements": "stl_",
               "adjustments": "adj_", "sagas": "rch_", "webhook-endpoints": "whe_",
               "deliveries": "dlv_"}
NOBODYS = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
ROUTE = re.compile(r"^/v1/([a-z-]+)/\{id\}(/[a-z-]+)?$")

#  By "METHOD collection/action": a body that only what the path names can be wrong with.
BODIES = {
    "POST wallets/recharges": dict(amount=1000, currency="KRW", bank_account_id="bac_" + NOBODYS),
    "POST wallets/withdrawals": dict(amount=1000, currency="KRW", bank_account_id="bac_" + NOBODYS),
    "POST wallets/adjustments": dict(amount=1000, currency="KRW", direction="increase",
                                     reason="found"),
    "PATCH members": dict(name="Somebody Else", email="somebody@example.com"),
    "POST members/password": dict(current="not this one", new="nor is it this"),
    "PATCH merchants": dict(name="Another Name"),
    "POST payments/confirm": dict(amount=1000),
    "POST payments/refunds": dict(amount=1000),
    "POST bank-transfers/resolve": dict(decision="failed", reason="seen"),
    "POST reconciliations/resolve": dict(item=1, reason="seen"),
    "POST sagas/resolve": dict(decision="give_up", reason="seen"),
}


class Absent(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        #  No timer of its own may add a record while the test counts.
        cls.node = lib.Node(cls.bank, "--reconciliation-after-s", "0")
        cls.routes = cls.described()
        cls.owner, cls.stranger = cls.node.person(), cls.node.person()
        cls.shop, cls.other_shop = cls.node.merchant(), cls.node.merchant()
        assert cls.node.recharge(cls.owner, 100_000).status == 201
        cls.theirs = cls.objects()
        cls.member = cls.node.token("member", cls.stranger["member"])
        cls.merchant = cls.node.token("merchant", cls.other_shop["merchant"])

    @classmethod
    def described(cls):
        """(method, collection, action) of every route under a collection's {id}."""
        paths = cls.node.request("GET", "/openapi.json")["paths"]
        return [(method.upper(), *match.groups())
                for path, methods in paths.items() if (match := ROUTE.match(path))
                for method in methods if method in ("get", "post", "patch", "delete")]

    @classmethod
    def objects(cls):
        """One object of the owner (or its shop) per collection."""
        node, owner = cls.node, cls.owner
        move = dict(amount=1000, currency="KRW", bank_account_id=owner["account"])
        recharge = node.must(201, "POST", f"wallets/{owner['wallet']}/recharges", move)
        withdrawal = node.must(201, "POST", f"wallets/{owner['wallet']}/withdrawals", move)
        payment = node.pay(owner, cls.shop, 5000)
        refund = node.must(201, "POST", f"payments/{payment['id']}/refunds", dict(amount=1000))
        remittance = node.must(201, "POST", "remittances", dict(
            from_member_id=owner["member"], to=dict(member_id=cls.shop["member"]), amount=1000,
            currency="KRW"))
        run = node.must(202, "POST", "settlements", dict(merchant_id=cls.shop["merchant"]))
        adjustment = node.must(201, "POST", f"wallets/{owner['wallet']}/adjustments", dict(
            amount=1000, currency="KRW", direction="increase", reason="found"))
        node.finished(f"settlements/{run['data'][0]['id']}")
        return {"wallets": owner["wallet"], "bank-accounts": owner["account"],
                "merchants": cls.shop["merchant"], "payments": payment["id"],
                "members": owner["member"], "recharges": recharge["id"],
                "withdrawals": withdrawal["id"], "remittances": remittance["id"],
                "refunds": refund["id"], "settlements": run["data"][0]["id"],
                "adjustments": adjustment["id"], "bank-transfers": recharge["bank_transfer_id"],
                "sagas": recharge["id"]}

    def recorded(self):
        """How many records the journal has, by `verify`; the node starts again after."""
        self.assertEqual(self.node.kill(lib.signal.SIGTERM), 0, self.node.log()[-800:])
        said = lib.run("verify", "--data", self.node.data)
        self.assertEqual(said.returncode, 0, said.stdout + said.stderr)
        self.node.start()
        return int(re.search(r"sound: (\d+) records", said.stdout)[1])

    def ask(self, method, collection, action, oid, token=None):
        body = BODIES.get(f"{method} {collection}{action or ''}")
        if body is None and method in ("POST", "PATCH"):
            body = {}
        return self.node.call(method, f"{collection}/{oid}{action or ''}", body, token=token)

    def refused(self, rows):
        """Each of (name, ask's arguments) is 404, and nothing of them is recorded."""
        before = self.recorded()
        for name, how in rows:
            with self.subTest(name):
                self.assertProblem(self.ask(*how), 404, "not_found")
        self.assertEqual(self.recorded(), before)

    def test_every_collection_of_the_description_is_known_here(self):
        self.assertEqual({collection for _, collection, _ in self.routes}, set(COLLECTIONS))
        known = {f"{method} {collection}{action or ''}" for method, collection, action in self.routes}
        self.assertLessEqual(set(BODIES), known)
        self.assertGreater(len(self.routes), 40)

    def test_an_id_that_nobody_has_is_not_found_on_any_route_and_leaves_no_record(self):
        self.refused([
            (f"{method} {collection}{action or ''}",
             (method, collection, action, COLLECTIONS[collection] + NOBODYS))
            for method, collection, action in self.routes])

    def test_what_is_somebody_elses_is_not_there_for_a_member_and_leaves_no_record(self):
        self.refused([
            (f"{method} {collection}{action or ''}",
             (method, collection, action, self.theirs[collection], self.member))
            for method, collection, action in self.routes if self.hides(collection)
            if (method, collection, action) != ("GET", "merchants", None)])

    def test_what_is_somebody_elses_is_not_there_for_a_merchant_and_leaves_no_record(self):
        self.refused([
            (f"{method} {collection}{action or ''}",
             (method, collection, action, self.theirs[collection], self.merchant))
            for method, collection, action in self.routes if self.hides(collection)])

    #  `sagas` serves ids of every kind, so a role is told that it may not.
    def hides(self, collection):
        return collection in self.theirs and collection != "sagas"

    def test_a_key_that_met_nothing_is_as_good_as_new(self):
        kim, key = self.node.person(), uuid.uuid4().hex
        nowhere = dict(kim, wallet="wal_" + NOBODYS)
        self.assertProblem(self.node.recharge(nowhere, 1000, key=key), 404, "not_found")
        self.assertProblem(self.node.recharge(nowhere, 2000, key=key), 404, "not_found")


if __name__ == "__main__":
    lib.main()
