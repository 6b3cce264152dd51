"""Pages of every list route, one after the other over one connection: the slowest 1 % counts.

usage: lists.py HOST:PORT TOKEN_FILE PAGES LIMIT_MS
"""
import http.client
import json
import sys
import time
import urllib.parse


class Client:
    def __init__(self, address, token):
        self.connection = http.client.HTTPConnection(address, timeout=30)
        self.headers = {"Authorization": "Bearer " + token}

    def get(self, path, **query):
        """The object, and how long it took in ms."""
        target = f"/v1/{path}?" + urllib.parse.urlencode(query)
        begin = time.perf_counter()
        self.connection.request("GET", target, headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        took_ms = (time.perf_counter() - begin) * 1e3
        if answer.status != 200:
            sys.exit(f"{target}: {answer.status} {body[:200]!r}")
        return json.loads(body), took_ms


def measure(client, path, query, pages):
    """Times of that many pages, from the newest row on and again; and the rows seen at once."""
    times, rows, most, cursor = [], 0, 0, None
    while len(times) < pages:
        more = {"cursor": cursor} if cursor else {}
        page, took_ms = client.get(path, limit=100, **query, **more)
        times.append(took_ms)
        rows += len(page["data"])
        most = max(most, rows)
        cursor = page["next_cursor"]
        if not page["has_more"]:
            rows, cursor = 0, None
    return sorted(times), most


def main():
    address, token_file, pages, limit_ms = sys.argv[1:]
    with open(token_file) as file:
        client = Client(address, file.read().strip())
    merchant = client.get("merchants", limit=1)[0]["data"][0]
    payment = client.get("payments", merchant_id=merchant["id"], limit=1)[0]["data"][0]
    member = payment["member_id"]
    wallet = member.replace("mem_", "wal_")
    routes = (
        ("payments", dict(merchant_id=merchant["id"])),
        ("payments", dict(merchant_id=merchant["id"], status="captured")),
        ("payments", dict(member_id=member)),
        ("merchants", {}),
        ("members", dict(status="active")),
        (f"wallets/{wallet}/entries", {}),
        (f"wallets/{wallet}/recharges", {}),
        ("bank-accounts", dict(member_id=member)),
        ("bank-transfers", dict(member_id=member)),
        ("sagas", dict(status="open")),
        ("settlements", dict(merchant_id=merchant["id"])),
    )
    missed = False
    for path, query in routes:
        times, rows = measure(client, path, query, int(pages))
        p99_ms = times[int(len(times) * 0.99) - 1]
        missed |= p99_ms >= float(limit_ms)
        name = path.split("/")[0] + "/" + path.split("/")[-1] if "/" in path else path
        print(f"{name + ' ' + ' '.join(query):40} {rows:7d} rows   p50 {times[len(times) // 2]:6.2f}"
              f"   p99 {p99_ms:6.2f} ms   {'MISS' if p99_ms >= float(limit_ms) else 'ok'}")
    sys.exit(missed)


if __name__ == "__main__":
    main()
