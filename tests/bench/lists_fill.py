"""Fills a node through its API until every list has the rows asked for.

usage: lists_fill.py parked|rest NODE BANK TOKEN_FILE STORY_FILE ROWS

"parked" is for a node that gives up asking the bank after a second, "rest" for one that
goes on asking; the story file says to "rest" and to lists.py what there is. A line of
progress goes to stderr.
"""
import concurrent.futures
import itertools
import json
import sys
import threading
import time
import uuid

from client import Connection

CONNECTIONS = 32                # Fewer than the 64 holds and expectations a wallet may have
REFUNDS_MAX = 99                # 100 captures and refunds per payment, one of them the capture
PATIENCE_S = 60                 # With a node that is overloaded
LIST_PATIENCE_S = 600           # With a list that fills: a run visits one merchant after the other
ALONE_MAX = 100_000_000         # --approval-amount-minor: what one operator may add to a wallet
OURS = dict(bank_code="happy", account_number="1234-1234-111")


class Fill:
    def __init__(self, node, bank, token, story, rows):
        self.node, self.bank, self.token = node, bank, token
        self.story, self.rows = story, rows
        self.failed = threading.Event()     # What runs beside it need not go on either
        self.connection = Connection(node, token)

    def post(self, path, body, wanted=201, connection=None, prefer=None):
        """Again with the same key while the node says that it has enough to do."""
        connection, key = connection or self.connection, uuid.uuid4().hex
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            status, answer = connection.call("POST", "/v1/" + path, body, key, prefer)
            if status != 503:
                break
            time.sleep(0.1)
        if status not in (wanted if isinstance(wanted, tuple) else (wanted,)):
            sys.exit(f"{path} {json.dumps(body)}: {status} {json.dumps(answer)}")
        return answer

    def many(self, what, one, count=None, connections=CONNECTIONS):
        """one (connection, index) for each index below count, over parallel connections."""
        count = count or self.rows
        turn, begin = itertools.count(), time.monotonic()

        def work():
            connection = Connection(self.node, self.token)
            try:
                #  next () of a counter is one step for all threads
                while (index := next(turn)) < count and not self.failed.is_set():
                    one(connection, index)
                    if index % 500 == 0:
                        print(f"fill: {what} {index} / {count}", end="   \r", file=sys.stderr)
            except BaseException:
                self.failed.set()
                raise

        with concurrent.futures.ThreadPoolExecutor(connections) as pool:
            for done in [pool.submit(work) for _ in range(connections)]:
                done.result()
        print(f"fill: {what} {count} in {time.monotonic() - begin:.1f} s   ", file=sys.stderr)

    # ---- who is there

    def at_bank(self, method, path, body=None):
        """A connection each: the bank closes one that is idle for a minute."""
        Connection(self.bank).must((200, 201, 204), method, "/admin/" + path, body)

    def open_at_bank(self, holder, number):
        self.at_bank("POST", "accounts", dict(bank_code="apple", account_number=number,
                                              holder_name=holder, balance=10**9))

    def person(self, name, money=0, corporate=False):
        number = f"{uuid.uuid4().int % 10**12:012d}"
        self.open_at_bank(name, number)
        member = self.post("members", dict(name=name, email=f"{number}@example.com",
                                           address="Seoul", corporate=corporate))["id"]
        account = self.post("bank-accounts", dict(member_id=member, bank_code="apple",
                                                  account_number=number))["id"]
        wallet = self.post("wallets", dict(member_id=member, currency="KRW"))["id"]
        if money:
            self.post(f"wallets/{wallet}/adjustments", dict(
                amount=money, currency="KRW", direction="increase", reason="to spend"))
        return dict(name=name, member=member, account=account, wallet=wallet, number=number)

    def shop(self, owner, name, connection=None):
        return self.post("merchants", dict(member_id=owner["member"], name=name, fee_bps=100,
                                           bank_account_id=owner["account"]),
                         connection=connection)["id"]

    def pay(self, payer, shop, amount, connection=None):
        return self.post("payments", dict(
            member_id=payer["member"], merchant_id=shop, order_id=uuid.uuid4().hex,
            amount=amount, currency="KRW", capture=True), connection=connection)

    # ---- many of each

    def unknown_transfers(self, status):
        """Transfers of which the bank does not say what became of them, each seen as such."""
        self.at_bank("POST", "faults", dict(kind="error_before", probability=1))
        to = dict(bank_code="apple", account_number=self.story["payer"]["number"])
        self.many(f"bank transfers, {status}", lambda connection, index: self.post(
            "bank-transfers", {"from": OURS, "to": to, "amount": 1 + index % 1000,
                               "currency": "KRW", "reason": "to be asked for"}, wanted=202,
            connection=connection, prefer="respond-async"))
        self.until(f"bank-transfers?status={status}")
        self.at_bank("DELETE", "faults")

    def count(self, path):
        """The rows of a list."""
        rows, cursor = 0, ""
        while cursor is not None:
            page = self.connection.must(200, "GET", f"/v1/{path}&limit=100{cursor}")
            rows += len(page["data"])
            cursor = "&cursor=" + page["next_cursor"] if page["has_more"] else None
        return rows

    def until(self, path):
        """The list has as many rows as were asked for."""
        end = time.monotonic() + LIST_PATIENCE_S
        while self.count(path) < self.rows:
            if time.monotonic() > end:
                sys.exit(f"{path}: fewer than {self.rows} rows after {LIST_PATIENCE_S} s")
            time.sleep(0.5)

    def parked(self):
        self.story["payer"] = self.person("Payer", money=ALONE_MAX // 2)
        self.unknown_transfers("parked")

    def moves(self):
        payer, friend = self.story["payer"], self.story["friend"]
        wallet = f"wallets/{payer['wallet']}/"
        money = dict(currency="KRW", bank_account_id=payer["account"])
        self.many("recharges", lambda connection, _: self.post(
            wallet + "recharges", dict(money, amount=1000), connection=connection))
        self.many("withdrawals", lambda connection, _: self.post(
            wallet + "withdrawals", dict(money, amount=10), connection=connection))
        self.many("remittances", lambda connection, _: self.post("remittances", dict(
            from_member_id=payer["member"], to=dict(member_id=friend["member"]), amount=100,
            currency="KRW"), connection=connection))

    def refunds(self, payment):
        self.many("refunds of one payment", lambda connection, _: self.post(
            f"payments/{payment}/refunds", dict(amount=1), connection=connection), REFUNDS_MAX, 8)

    def payments(self):
        story, shop = self.story, self.story["shop"]
        self.many("payments", lambda connection, _: self.pay(
            story["payer"], shop, 10, connection))
        paid = self.pay(story["payer"], shop, 1000)
        story.update(payment=paid["id"], order=paid["order_id"], refunds=REFUNDS_MAX)
        self.refunds(paid["id"])
        run = self.post("settlements", dict(merchant_id=shop), wanted=202)
        story["settlement"] = run["data"][0]["id"]

    def windows(self, count=None):
        """A payment, and a cut behind it that nobody waits for: one connection, or a cut
        finds the payments of several."""
        friend, shop = self.story["friend"], self.story["busy_shop"]

        def settle(connection, _):
            self.pay(friend, shop, 10, connection)
            self.post("settlements", dict(merchant_id=shop), wanted=202, connection=connection,
                      prefer="respond-async")
        self.many("windows of one merchant", settle, count, connections=1)

    def more_windows(self):
        """As often as a cut came too late for its own window."""
        while (rows := self.count(f"settlements?merchant_id={self.story['busy_shop']}")) < self.rows:
            self.windows(self.rows - rows)

    def people(self):
        payer = self.story["payer"]
        self.many("members", lambda connection, index: self.post("members", dict(
            name=f"Member {index}", email=f"member.{index}@example.com", address="Busan"),
            connection=connection))

        def link(connection, index):
            number = f"77{index:010d}"
            self.open_at_bank(payer["name"], number)
            self.post("bank-accounts", dict(member_id=payer["member"], bank_code="apple",
                                            account_number=number), connection=connection)
        self.many("bank accounts of one member", link)

    def merchants(self):
        """Each with a payment, then settled by one run."""
        owner, payer = self.story["owner"], self.story["payer"]
        self.many("merchants, each paid once", lambda connection, index: self.pay(
            payer, self.shop(owner, f"Shop {index}", connection), 10, connection))
        self.story["run"] = self.post("settlements", {}, wanted=202)["data"][0]["run_id"]

    def operations(self):
        payer = self.story["payer"]
        self.many("approvals", lambda connection, _: self.post(
            f"wallets/{payer['wallet']}/adjustments", dict(
                amount=ALONE_MAX + 1, currency="KRW", direction="increase", reason="a lot"),
            wanted=202, connection=connection))
        self.many("reconciliations", lambda connection, _: self.post(
            "reconciliations", dict(date="2020-01-01"), wanted=(201, 202), connection=connection,
            prefer="respond-async"))

    def everything_else(self):
        self.moves()
        self.payments()
        self.people()
        self.merchants()
        self.operations()

    def rest(self):
        story = self.story
        story["friend"] = self.person("Friend", money=ALONE_MAX // 2)
        story["owner"] = self.person("Owner", corporate=True)
        story["shop"] = self.shop(story["owner"], "Shop")
        story["busy_shop"] = self.shop(story["owner"], "Busy shop")
        with concurrent.futures.ThreadPoolExecutor(1) as beside:
            windows = beside.submit(self.windows)
            try:
                self.everything_else()
            except BaseException:
                self.failed.set()
                raise
            windows.result()
        self.more_windows()
        self.until(f"settlements?run_id={story['run']}")
        self.until(f"settlements?merchant_id={story['busy_shop']}&status=settled")
        self.unknown_transfers("unknown")


def main():
    what, node, bank, token_file, story_file, rows = sys.argv[1:]
    with open(token_file) as file:
        token = file.read().strip()
    story = {}
    if what == "rest":
        with open(story_file) as file:
            story = json.load(file)
    fill = Fill(node, bank, token, story, int(rows))
    (fill.parked if what == "parked" else fill.rest)()
    with open(story_file, "w") as file:
        json.dump(fill.story, file)


if __name__ == "__main__":
    main()
