"""Pages of every list route, one after the other over one connection: the slowest 1 % counts.

usage: lists.py NODE TOKEN_FILE STORY_FILE ROWS PAGES LIMIT_MS

Exit status: 0 each p99 is below the limit and each list has its rows, 3 not so.
The story file is that of lists_fill.py. A route has to have ROWS rows, unless a rule of the
product bounds it lower (the table says which) or it is asked for what is not there.
"""
import json
import sys
import urllib.parse

from client import Connection

PAGE = 100
#  Rows that a route has to have: as many as were asked for, none, or a rule's own bound.
ALL, NONE = "", "matches nothing"


def routes(story):
    """(path, query, ALL | NONE | (rows, the rule that bounds them))"""
    payer, friend = story["payer"], story["friend"]
    member, account, shop = payer["member"], payer["account"], story["shop"]
    wallet, busy = f"wallets/{payer['wallet']}", story["busy_shop"]
    one = (1, "unique")
    return (
        ("members", {}, ALL),
        ("members", dict(status="active"), ALL),
        ("members", dict(address="Busan"), ALL),
        ("members", dict(address="Busan", status="active"), ALL),
        ("members", dict(email="member.7@example.com"), one),
        ("members", dict(address="Nowhere"), NONE),
        ("members", dict(address="Busan", status="suspended"), NONE),
        ("bank-accounts", {}, ALL),
        ("bank-accounts", dict(member_id=member), ALL),
        ("bank-accounts", dict(member_id=friend["member"], created_before="1971-01-01T00:00:00Z"),
         NONE),
        ("bank-transfers", {}, ALL),
        ("bank-transfers", dict(status="succeeded"), ALL),
        ("bank-transfers", dict(status="unknown"), ALL),
        ("bank-transfers", dict(member_id=member), ALL),
        ("bank-transfers", dict(member_id=member, status="succeeded"), ALL),
        ("bank-transfers", dict(bank_account_id=account), ALL),
        ("bank-transfers", dict(bank_account_id=account, status="succeeded"), ALL),
        ("bank-transfers", dict(bank_account_id=account, status="failed"), NONE),
        (wallet + "/entries", {}, ALL),
        (wallet + "/recharges", {}, ALL),
        (wallet + "/withdrawals", {}, ALL),
        (wallet + "/entries", dict(created_before="1971-01-01T00:00:00Z"), NONE),
        ("remittances", {}, ALL),
        ("remittances", dict(status="succeeded"), ALL),
        ("remittances", dict(direction="received", status="succeeded"), ALL),
        ("remittances", dict(status="parked"), NONE),
        ("remittances", dict(member_id=member), ALL),
        ("remittances", dict(member_id=member, direction="sent"), ALL),
        ("remittances", dict(member_id=friend["member"], direction="received"), ALL),
        ("remittances", dict(member_id=member, status="succeeded"), ALL),
        ("remittances", dict(member_id=member, direction="sent", status="succeeded"), ALL),
        ("remittances", dict(member_id=member, direction="received"), NONE),
        ("remittances", dict(member_id=member, status="parked"), NONE),
        ("merchants", {}, ALL),
        ("payments", {}, ALL),
        ("payments", dict(status="captured"), ALL),
        ("payments", dict(status="canceled"), NONE),
        ("payments", dict(order_id=story["order"]), one),
        ("payments", dict(member_id=member, merchant_id=shop), ALL),
        ("payments", dict(member_id=member, merchant_id=shop, status="captured"), ALL),
        ("payments", dict(member_id=friend["member"], merchant_id=shop), NONE),
        ("payments", dict(member_id=member), ALL),
        ("payments", dict(member_id=member, status="captured"), ALL),
        ("payments", dict(merchant_id=shop), ALL),
        ("payments", dict(merchant_id=shop, status="captured"), ALL),
        ("payments", dict(merchant_id=shop, order_id=story["order"]), one),
        ("payments", dict(merchant_id=shop, status="canceled"), NONE),
        ("payments", dict(merchant_id=shop, order_id="none"), NONE),
        (f"payments/{story['payment']}/refunds", {},
         (story["refunds"], "100 captures and refunds per payment")),
        ("settlements", {}, ALL),
        ("settlements", dict(status="settled"), ALL),
        ("settlements", dict(merchant_id=busy), ALL),
        ("settlements", dict(merchant_id=busy, status="settled"), ALL),
        ("settlements", dict(run_id=story["run"]), ALL),
        ("settlements", dict(run_id=story["run"], status="settled"), ALL),
        ("settlements", dict(merchant_id=busy, status="parked"), NONE),
        (f"settlements/{story['settlement']}/items", {}, ALL),
        ("reconciliations", {}, ALL),
        ("approvals", {}, ALL),
        ("approvals", dict(status="awaiting_approval"), ALL),
        ("approvals", dict(status="rejected"), NONE),
        ("sagas", dict(status="open"), ALL),
        ("sagas", dict(status="open", type="bank_transfer"), ALL),
        ("sagas", dict(status="parked"), ALL),
        ("sagas", dict(status="open", type="refund"), NONE),
    )


def measure(connection, path, query, pages):
    """Times of that many pages, from the newest row on and again; and the rows there are."""
    times, seen, rows, cursor = [], 0, None, {}
    while len(times) < pages or rows is None:
        target = f"/v1/{path}?" + urllib.parse.urlencode(dict(query, limit=PAGE, **cursor))
        page = connection.must(200, "GET", target)
        times.append(connection.took_ms)
        seen += len(page["data"])
        cursor = dict(cursor=page["next_cursor"])
        if not page["has_more"]:
            rows, seen, cursor = seen, 0, {}
    return sorted(times), rows


def verdict(wanted, rows, rows_min, p99_ms, limit_ms):
    if wanted == NONE and rows or wanted == ALL and rows < rows_min:
        return "WRONG ROWS"
    if isinstance(wanted, tuple) and rows != wanted[0]:
        return "WRONG ROWS"
    return "ok" if p99_ms < limit_ms else "MISS"


def main():
    node, token_file, story_file = sys.argv[1:4]
    rows_min, pages, limit_ms = (int(word) for word in sys.argv[4:])
    with open(token_file) as token, open(story_file) as story:
        connection, story = Connection(node, token.read().strip()), json.load(story)
    print(f"{'route':58} {'rows':>7} {'p50 ms':>7} {'p99 ms':>7}")
    missed = False
    for path, query, wanted in routes(story):
        times, rows = measure(connection, path, query, pages)
        p99_ms = times[int(len(times) * 0.99) - 1]
        says = verdict(wanted, rows, rows_min, p99_ms, limit_ms)
        missed |= says != "ok"
        parts = path.split("/")
        name = path if len(parts) == 1 else f"{parts[0]}/{{id}}/{parts[2]}"
        name += "?" + "&".join(f"{field}={value}" if len(value) < 18 else field
                               for field, value in query.items()) if query else ""
        rule = wanted if isinstance(wanted, str) else f"at most: {wanted[1]}"
        print(f"{name:58} {rows:7d} {times[len(times) // 2]:7.2f} {p99_ms:7.2f}   {says}"
              f"{'   ' + rule if rule else ''}", flush=True)
    sys.exit(3 if missed else 0)


if __name__ == "__main__":
    main()
