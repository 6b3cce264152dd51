"""The hostile requests of hostile_test.py, as tables: what is sent, and which answers are right.

A case is the bytes of a whole connection and the statuses that may answer it; statuses of
None: the node (or libmicrohttpd before it) may also just close. Cases of one field each are
generated from edge/openapi.json, so that a new route is attacked the day it is described.
"""
import base64
import hashlib
import hmac
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "fuzz"))
import openapi

DEEP = b"[" * 20000
KEY = "Idempotency-Key: hostile-1\r\n"
TYPE = "Content-Type: application/json\r\n"
REFUSED = {400, 413, 414, 431}      # By whoever sees first that it is not a request
CLOSED = REFUSED | {None, 501, 505}    # libmicrohttpd's own: not what the API answers


class Case:
    def __init__(self, name, sent, statuses, plain=False, half=False):
        self.name = name
        self.sent = sent            # bytes, or a list of pieces with pauses between
        self.statuses = set(statuses)
        self.half = half            # The client closes its sending side
        self.plain = plain          # The library may answer itself: no problem+json

    def __repr__(self):
        return self.name


def http(method, target, headers="", body=b"", version="HTTP/1.1", host="Host: happy\r\n"):
    """One request; the body's length is told unless the headers do."""
    if isinstance(headers, str):
        headers = headers.encode("utf-8", "surrogateescape")
    length = b""
    if body and b"ontent-Length" not in headers and b"ransfer-Encoding" not in headers:
        length = b"Content-Length: %d\r\n" % len(body)
    target = target.encode("utf-8", "surrogateescape") if isinstance(target, str) else target
    return (method.encode() + b" " + target + b" " + version.encode() + b"\r\n" + host.encode()
            + headers + length + b"\r\n" + body)


def bearer(token):
    return f"Authorization: Bearer {token}\r\n"


def oid(prefix):
    return prefix + "01ARZ3NDEKTSV4RRFFQ69G5FAV"


class Cases:
    """Made for one node: with its operator's token and a wallet that is there."""

    def __init__(self, operator, member, wallet, account):
        self.operator, self.member = operator, member
        self.wallet = wallet
        self.path = f"/v1/wallets/{wallet}/recharges"
        self.body = json.dumps(dict(amount=1000, currency="KRW", bank_account_id=account)).encode()
        self.good = bearer(operator) + KEY + TYPE
        self.description = openapi.Description()

    def all(self):
        for make in (self.lines, self.headers, self.lengths, self.bodies, self.tokens, self.ids,
                     self.queries, self.keys, self.conditions, self.connections, self.fields):
            yield from make()

    def post(self, name, statuses, headers="", body=None, **how):
        body = self.body if body is None else body
        return Case(name, http("POST", self.path, self.good + headers, body), statuses, **how)

    def get(self, name, target, statuses, headers="", **how):
        return Case(name, http("GET", target, bearer(self.operator) + headers), statuses, **how)

    # ---- request lines, methods, versions

    def lines(self):
        raw = [b"\r\n\r\n", b"GET\r\n\r\n", b"GET /\r\n\r\n", b" GET / HTTP/1.1\r\n\r\n",
               b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1.1\r\n\r\n", b"GET / HTTP/0.9\r\n\r\n",
               b"GET / FTP/1.1\r\n\r\n", b"GET /\x00 HTTP/1.1\r\nHost: h\r\n\r\n",
               b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64,
               b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\xff" * 512, b"\0" * 512,
               b"GET  /healthz  HTTP/1.1\r\nHost: h\r\n\r\n", b"GET\t/healthz\tHTTP/1.1\r\n\r\n",
               b"G\x00ET /healthz HTTP/1.1\r\nHost: h\r\n\r\n",
               b"A" * 70000 + b" / HTTP/1.1\r\n\r\n"]
        for number, sent in enumerate(raw):
            yield Case(f"request line {number}", sent, CLOSED | {200, 401, 404, 405}, plain=True)
        for method in ("PUT", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get", "Post", "BREW",
                       "M" * 40, "DELETE"):
            yield Case(f"method {method[:8]}", http(method, self.path, bearer(self.operator)),
                       {404, 405})
        for target in ("*", "v1/wallets", "http://other/v1/payments", "//v1/payments",
                       "/v1//payments",
                       "/v1/payments/", "/V1/payments", "/v1/payments/..", "/v1/%70ayments",
                       "/../etc", "/v1/wallets/../../metrics", "/v1/payments;x=1", "/v1/payments#x",
                       "/" + "a/" * 400,
                       "/v1/%00", "/v1/pay\udcffments", "/v1/wallets/%2e%2e", "/.git/config",
                       "\\v1"):
            yield self.get(f"target {target[:24]}", target, {404, 400, 401})
        for size in (300, 8100):
            yield self.get(f"path of {size}", "/v1/" + "x" * size, {404, 414})
        for size in (8300, 20000, 31000):
            yield self.get(f"target of {size}", "/v1/wallets?x=" + "y" * size, {414, 431},
                           plain=size > 30000)

    # ---- header

    def headers(self):
        many = "".join(f"X-{number}: 1\r\n" for number in range(101))
        for name, text, statuses in (
                ("no host", "", {200, 400}), ("two hosts", "Host: a\r\nHost: b\r\n", {200, 400}),
                ("an odd host", "Host: a b/<c>\r\n", {200, 400})):
            yield Case(name,
                       http("GET", f"/v1/wallets/{self.wallet}", bearer(self.operator), host=text),
                       statuses, plain=True)
        for name, text, statuses in (
                ("101 fields", many, {431}),
                ("one of 40 KiB", f"X: {'x' * 40000}\r\n", {431, None}),
                ("one of 80 KiB", f"X: {'x' * 80000}\r\n", {431, None}),
                ("a long name", "x" * 33000 + ": 1\r\n", {431}),
                ("no colon", "nonsense\r\n", CLOSED | {200}),
                ("no name", ": x\r\n", CLOSED | {200}),
                ("a space before the colon", "X-A : x\r\n", CLOSED | {200}),
                ("folded", "X-A: one\r\n two\r\n", {200, 400}),
                ("a bare LF", "X-A: one\n\tX-B: two\r\n", {200, 400}),
                ("a bare CR", "X-A: one\rX-B: two\r\n", {200, 400}),
                ("a NUL", "X-A: o\0ne\r\n", CLOSED | {200}),
                ("high bytes", "X-A: \udcff\udcfe\r\n", {200}),
                ("upgrade", "Connection: Upgrade\r\nUpgrade: h2c\r\n", {200}),
                ("a range", "Range: bytes=0-0,-1\r\n", {200}),
                ("a bad traceparent", "traceparent: 00-0-0-zz\r\n", {200}),
                ("a request id of 10,000", "Request-Id: " + "a" * 10000 + "\r\n", {200}),
                ("a request id with a quote", 'Request-Id: a"b\r\n', {200}),
                ("a wait of ages", "Prefer: wait=99999999999999999999\r\n", {200}),
                ("a sequence from the future", "Happypay-Sequence: 99999.1\r\n", {200}),
                ("an expectation", "Expect: 200-fine\r\n", {200, 400, 417}),
                ("two types", TYPE + TYPE, {200, 400})):
            yield self.get(f"header: {name}", f"/v1/wallets/{self.wallet}", statuses, text,
                           plain=True)
        for kind in ("text/plain", "application/x-www-form-urlencoded",
                     "multipart/form-data; boundary=x",
                     "application/json; charset=utf-16", "application/jsonx", "*/*", "json"):
            sent = http("POST", self.path,
                        bearer(self.operator) + KEY + f"Content-Type: {kind}\r\n", self.body)
            yield Case(f"type {kind}", sent, {415, 400})
        for coding in ("gzip", "deflate", "br", "identity, gzip"):
            yield self.post(f"encoding {coding}", {415}, f"Content-Encoding: {coding}\r\n")

    # ---- lengths and transfer codings

    def lengths(self):
        size = len(self.body)
        for name, text in (
                ("negative", "Content-Length: -1\r\n"), ("a word", "Content-Length: ten\r\n"),
                ("signed", f"Content-Length: +{size}\r\n"),
                ("a list", f"Content-Length: {size}, {size}\r\n"),
                ("two that differ", f"Content-Length: {size}\r\nContent-Length: 5\r\n"),
                ("hexadecimal", "Content-Length: 0x10\r\n"),
                ("beyond 64 bits", "Content-Length: 99999999999999999999\r\n"),
                ("empty", "Content-Length: \r\n"),
                ("with chunks", f"Content-Length: {size}\r\nTransfer-Encoding: chunked\r\n"),
                ("an unknown coding", "Transfer-Encoding: gzip\r\n"),
                ("chunked twice", "Transfer-Encoding: chunked, chunked\r\n"),
                ("a coding in capitals", "Transfer-Encoding: xCHUNKED\r\n")):
            sent = http("POST", self.path, self.good + text, b"{" + self.body)
            yield Case(f"length: {name}", sent, CLOSED, plain=True)
        chunked = self.good + "Transfer-Encoding: chunked\r\n"
        for name, body in (("no size", b"\r\n\r\n"), ("a bad size", b"zz\r\nxx\r\n0\r\n\r\n"),
                           ("a negative size", b"-5\r\nxxxxx\r\n0\r\n\r\n"),
                           ("a huge size", b"ffffffffffffffffff\r\nx\r\n"),
                           ("no CRLF behind it", b"2\r\n{}0\r\n\r\n"),
                           ("junk", b"3\r\n{]}\r\n0\r\nA: b\r\n\r\n"),
                           ("an endless extension", b"2;" + b"x" * 40000 + b"\r\n{}\r\n0\r\n\r\n"),
                           ("beyond the limit",
                            (b"1000\r\n" + b" " * 4096 + b"\r\n") * 20 + b"0\r\n\r\n")):
            yield Case(f"chunks: {name}", http("POST", self.path, chunked, body), CLOSED,
                       plain=True)
        #  The body is not read: a reset of what came of it may overtake the answer
        for length in (65537, 10 ** 7, 2 ** 40):
            yield self.post(f"a body of {length} announced", {413, None},
                            f"Content-Length: {length}\r\n", b"{")
        yield self.post("a body of 65,537", {413}, body=b" " * 65537)
        yield self.post("one byte short", {None, 400, 408}, f"Content-Length: {size + 1}\r\n")
        yield self.post("one byte too many", {400}, f"Content-Length: {size - 1}\r\n")

    # ---- bodies

    def bodies(self):
        good = self.body
        text = good.decode()
        for number, body in enumerate((
                b"{", b"}", b"null", b"true", b"[]", b'""', b"1", b"\xff\xfe",
                b"\xef\xbb\xbf" + good, good + b"x",
                good + good, good + b"\0", b"\0" + good, good[:-1], good[:-1] + b",}", b"{,}",
                b"{'a':1}",
                DEEP, b'{"a":' * 3000, b'{"amount":' + DEEP, b"[" * 3000 + b"]" * 3000,
                b"/*x*/" + good, b"-", b"NaN",
                good.replace(b"1000", b"01000"), good.replace(b"1000", b"0x10"),
                good.replace(b"1000", b"1" * 5000),
                good.replace(b"1000", b"1e400"), good.replace(b"1000", b"1e-400"),
                good.replace(b"1000", b"-0"),
                good.replace(b"1000", b"1e3"), good.replace(b"1000", b"1000.0"),
                good.replace(b"1000", b"Infinity"),
                good.replace(b"1000", b"9223372036854775808"),
                good.replace(b"1000", b"-9223372036854775809"),
                good.replace(b"KRW", b"K\xc3W"), good.replace(b"KRW", b"K\xed\xa0\x80W"),
                good.replace(b"KRW", b"K\\ud800W"),
                good.replace(b"KRW", b"K\\u0000W"), good.replace(b"KRW", b"K\x00W"),
                good.replace(b"KRW", b"K\nW"),
                good.replace(b"KRW", b"KRW\\q"), b'{"amount":1,"amount":2}',
                good[:-1] + b',"amount":1000}',
                good[:-1] + b',"\\u0061mount":1000}', good[:-1] + b',"":1}',
                good[:-1] + b',"__proto__":{}}',
                good[:-1] + b',"' + b"n" * 60000 + b'":1}', b'{"a":"' + b"x" * 60000,
                (text[:-1] + ',"한글":1}').encode(), good[:-1] + b',"a\\u0000b":1}',
                b'{"a\\/b~c\\n":1}',
                b"{" + b",".join(b'"%d":1' % each for each in range(4000)) + b"}")):
            yield self.post(f"body {number}: {body[:24]!r}", {400}, body=body)
        yield Case("a body of a GET",
                   http("GET", f"/v1/wallets/{self.wallet}", bearer(self.operator) + TYPE,
                                           b'{"a":1}'), {400})

    # ---- tokens

    def tokens(self):
        for name, token, statuses in self._tokens():
            yield Case(f"token: {name}",
                       http("POST", self.path, f"Authorization: {token}\r\n" + KEY + TYPE,
                                              self.body), statuses)
        yield Case("no token", http("POST", self.path, KEY + TYPE, self.body), {401})
        yield Case("two tokens",
                   http("GET", f"/v1/wallets/{self.wallet}", "Authorization: Bearer x\r\n"
                                      + bearer(self.operator)), {401, 400})
        for path in ("/v1/reports/trial-balance", "/v1/approvals", "/v1/bank-transfers",
                     "/v1/sagas"):
            yield Case(f"a member asks {path}", http("GET", path, bearer(self.member)),
                       {403, 404, 200})

    def _tokens(self):
        head, claims, mark = self.operator.split(".")
        payload = json.loads(base64.urlsafe_b64decode(claims + "=="))

        def part(value):
            text = value if isinstance(value, bytes) else json.dumps(value).encode()
            return base64.urlsafe_b64encode(text).rstrip(b"=").decode()

        def signed(header, body, key=b"x" * 32, digest=hashlib.sha256):
            text = part(header) + "." + part(body)
            return "Bearer " + text + "." + part(hmac.new(key, text.encode(), digest).digest())

        operator = {**payload, "exp": 4102444800}
        hs256 = {"alg": "HS256", "kid": "1", "typ": "JWT"}
        for algorithm in ("none", "None", "NONE", "", "RS256", "ES256", "HS384", "HS512", "EdDSA",
                          "hs256"):
            header = {**hs256, "alg": algorithm}
            yield f"alg {algorithm!r}", signed(header, operator), {401}
            yield f"alg {algorithm!r} unsigned", f"Bearer {part(header)}.{part(operator)}.", {401}
            yield f"alg {algorithm!r}, a good mark", f"Bearer {part(header)}.{claims}.{mark}", {401}
        for kid in (None, 1, "0", "01", "2", "99999999999999999999", "-1", "1 ", "1\0",
                    "../keyring", "/dev/null",
                    "1' OR '1'='1", [1], {"a": 1}, "http://evil/key", "1.0", "0x1"):
            yield f"kid {kid!r}", signed({**hs256, "kid": kid}, operator, b""), {401}
        for name, key in (("another key", b"y" * 32), ("no key", b""), ("zeros", b"\0" * 32)):
            yield f"signed with {name}", signed(hs256, operator, key), {401}
        for claim, value in (("role", "root"), ("exp", 1), ("aud", "other"), ("iss", "x"),
                             ("sub", "mem_1")):
            changed = part({**payload, claim: value})
            yield f"another {claim}", f"Bearer {head}.{changed}.{mark}", {401}
        yield "crit", signed({**hs256, "crit": ["exp"]}, operator), {401}
        yield "jwk", signed({**hs256, "jwk": {"kty": "oct", "k": "eA"}}, operator), {401}
        for name, text in (("nothing", ""), ("the scheme alone", "Bearer"), ("a blank", "Bearer  "),
                           ("Basic", "Basic YTpi"),
                           ("dots", "Bearer ..."), ("no mark", f"Bearer {head}.{claims}."),
                           ("cut", "Bearer " + self.operator[:-3]),
                           ("longer", "Bearer " + self.operator + "A"),
                           ("a fourth part", f"Bearer {self.operator}.x"),
                           ("padding", f"Bearer {head}=.{claims}.{mark}"),
                           ("a blank inside", f"Bearer {head} .{claims}.{mark}"),
                           ("high bytes", f"Bearer \udcff{self.operator[1:]}"),
                           ("3,000 characters", "Bearer " + "a" * 3000),
                           ("20,000 dots", "Bearer " + "." * 20000),
                           ("deep JSON", "Bearer " + part(b"[" * 300) + ".e30.x"),
                           ("a header of an array", "Bearer " + part([]) + f".{claims}.{mark}"),
                           ("two in one", f"Bearer {self.operator}, Bearer {self.operator}")):
            yield name, text, {401}

    # ---- ids

    def ids(self):
        body = self.wallet[4:]
        for number, text in enumerate((
                "mem_" + body, "WAL_" + body, self.wallet.lower(), "wal_" + body[:-1],
                "wal_" + body + "0",
                "wal_8" + body[1:], "wal_Z" + body[1:], "wal_" + "I" * 26, "wal_" + "U" * 26,
                "wal-" + body, "wal_", "_", "wal",
                "1", "-1", "0", "null", "undefined", "%00", "wal_%00" + body, "wal_" + body + "%20",
                "..", ".", "%2e%2e%2f",
                "' OR '1'='1", "1;DROP%20TABLE", "$(id)", "${jndi:ldap://x}", "{{7*7}}", "<script>",
                "wal_" + "\udcff" * 26, "wal_" + "%F0%9F%92%A9", "x" * 200, "wal_" + "0" * 26)):
            text = text.replace(" ", "%20")
            yield self.get(f"id {number}: {text[:20]!r}", f"/v1/wallets/{text}", {404})
        for route in self.description.routes():
            if "{id}" in route.path:
                path = route.path.replace("{id}",
                                          "wal_%27" if route.prefix != "wal_" else "pay_%27")
                yield Case(f"{route!r} with another id", http(route.method, path, self.good, b"{}"),
                           {404})

    # ---- queries

    def queries(self):
        for route in self.description.routes():
            if route.method != "GET" or not route.path.startswith("/v1/"):
                continue
            path = route.path.replace("{id}", oid(route.prefix or "pay_"))
            yield self.get(f"{route!r}?unknown", path + "?colour=red", {400, 404})
            yield self.get(f"{route!r}?not UTF-8", path + "?%ff=1", {400, 404})
            for name in route.queries:
                yield self.get(f"{route!r}?{name} not UTF-8", f"{path}?{name}=%C3%28", {400, 404})
                yield self.get(f"{route!r}?{name} twice", f"{path}?{name}=%01&{name}=%01",
                               {400, 404, 200})
        path = "/v1/payments"
        for query in ("limit=0", "limit=101", "limit=-1", "limit=1e1", "limit=", "limit=%201",
                      "limit=99999999999999999999",
                      "limit=1&limit=2", "cursor=x", "cursor=%00", "cursor=" + "A" * 5000,
                      "cursor=AAAA", "min_sequence=x",
                      "min_sequence=0.", "min_sequence=99999.1", "min_sequence=" + "0.1," * 1500,
                      "created_after=yesterday",
                      "created_before=2026-13-01T00:00:00Z", "created_after=99999999999999999999",
                      "status=nope", "status=%27",
                      "merchant_id=x", "member_id=mrc_" + "0" * 26, "%zz", "a=%", "a=%4", "%00=1",
                      "=1", "&".join(["a"] * 129)):
            yield self.get(f"query {query[:24]}", f"{path}?{query}", {400, 404})

    # ---- idempotency keys and conditions

    def keys(self):
        for number, key in enumerate(("", " ", "x" * 256, "x" * 4000, "a\tb", "a\x01b", "a\x7fb",
                                      "\udcff", "키",
                                      '"unfinished', '"a"b"', '"a\\q"', '"' + "x" * 256 + '"',
                                      '""')):
            sent = http("POST", self.path, bearer(self.operator) + TYPE
                        + f"Idempotency-Key: {key}\r\n", self.body)
            yield Case(f"key {number}: {key[:8]!r}", sent, {400}, plain=key == "a\x01b")
        for name, text in (("none", ""), ("two", KEY + "Idempotency-Key: other\r\n"),
                           ("the same twice", KEY + KEY)):
            yield Case(f"keys: {name}",
                       http("POST", self.path, bearer(self.operator) + TYPE + text, self.body),
                       {400})

    def conditions(self):
        path = "/v1/members/" + oid("mem_")
        for tag in ("7", '"7', "7\"", '"1","2"', "W/7", '""7""', '"a b"', "x" * 300):
            sent = http("PATCH", path, bearer(self.operator) + TYPE + f"If-Match: {tag}\r\n",
                        b'{"name":"x"}')
            yield Case(f"If-Match {tag[:10]}", sent, {400, 404})

    # ---- connections

    def connections(self):
        whole = http("POST", self.path, bearer(self.operator) + TYPE, self.body)
        for size in (0, 1, 10, 40, len(whole) // 2, len(whole) - 1):
            yield Case(f"closed after {size} bytes", whole[:size], {None, 400, 408}, plain=True,
                       half=size % 2 == 0)
        yield Case("a byte at a time", [bytes([byte]) for byte in whole[:60]] + [whole[60:]], {400})
        yield Case("the body in pieces", [whole[:-9], whole[-9:-4], whole[-4:]], {400})
        bad = self.get("", "/v1/nothing", ()).sent
        yield Case("ten bad ones in a row", bad * 10, {404})
        yield Case("a bad body, then another request", whole.replace(b"KRW", b"USD") + bad, {400})
        yield Case("garbage behind a request", bad + b"\xff\xfe\0" * 50, {404}, plain=True)
        yield Case("100-continue, never continued",
                   http("POST", self.path, self.good + "Expect: 100-continue\r\n"
                                                         "Content-Length: 10\r\n"),
                                                         {None, 100, 400, 408}, plain=True)

    # ---- every field of every route

    def fields(self):
        for route in self.description.routes():
            if route.body is None:
                continue
            path = route.path.replace("{id}", oid(route.prefix or "pay_"))
            sample = self.description.sample(route.body, oid)
            for name, field, required in self.description.fields(route.body):
                for value in self._wrong(field):
                    yield self._field(route, path, {**sample, name: value},
                                      f"{name}={str(value)[:24]!r}")
                if required:
                    less = {key: value for key, value in sample.items() if key != name}
                    yield self._field(route, path, less, f"no {name}")
            yield self._field(route, path, {**sample, "unknown_\u202e": 1}, "an unknown field")
            yield self._field(route, path, [sample], "an array")

    def _field(self, route, path, body, what):
        sent = http(route.method, path, self.good, json.dumps(body).encode())
        return Case(f"{route!r}: {what}", sent, {400, 403, 404})

    def _wrong(self, field):
        kind = field.get("type", "string" if "const" not in field else "const")
        wrong = [None, {}, 1.5]
        wrong += [[1]] if kind != "array" else [7, [None], [{}]]
        wrong += [True] if kind != "boolean" else ["true", 1]
        if kind == "integer":
            wrong += ["1", -1, 2 ** 63, -2 ** 63 - 1]
        elif kind == "string" and "enum" not in field:
            wrong += [7, "x" * 5000, "a\u0000b", "a\u202eb"]
        return wrong
