#!/usr/bin/python3 -B
"""seeds - writes the inputs that the fuzzers begin with: seeds.py FOLDER, into FOLDER/NAME.

They are what a client, a bank or a peer would really send, so that a fuzzer need not
find JSON by itself. Inputs that found something are kept in corpus/.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import sys

import openapi

TOKEN_KEY = bytes.fromhex("4" * 64)     # fuzz.c's keyring
OURS = bytes([1, 2, 3]) + bytes(13)     # fuzz.c's ids
NOW_S = 1700000000
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def oid(prefix, body=OURS):
    number = int.from_bytes(body, "big")
    text = ""
    for _ in range(26):
        text = ALPHABET[number & 31] + text
        number >>= 5
    return f"{prefix}_{text}"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt(claims, head=None):
    head = head or {"alg": "HS256", "kid": "1", "typ": "JWT"}
    text = b64(json.dumps(head).encode()) + "." + b64(json.dumps(claims).encode())
    mac = hmac.new(TOKEN_KEY, text.encode(), hashlib.sha256).digest()
    return text + "." + b64(mac)


def claims(role="operator", subject="alice", **more):
    return {"iss": "happypay", "aud": "happypay", "sub": subject, "role": role,
            "iat": NOW_S, "exp": 4102444800, "jti": "1", **more}


def tokens():
    member = claims("member", oid("mem"), sid=oid("ses"))
    head = json.dumps({"alg": "HS256", "kid": "1", "typ": "JWT"})
    none = ".".join(b64(json.dumps(part).encode()) for part in ({"alg": "none"}, claims())) + "."
    texts = {
        0: ["Bearer " + jwt(claims()), "bearer " + jwt(member), "Bearer " + none,
            "Bearer " + jwt(claims(), {"alg": "RS256", "kid": "1"}),
            "Bearer " + jwt(claims(), {"alg": "HS256", "kid": "../../keyring"})],
        1: [head + "\n" + json.dumps(body) for body in (
            claims(), member, claims("merchant", oid("mrc")), claims(exp=1), claims(aud="other"),
            claims(iss="other"), claims(nbf=4102444800), claims(subject=oid("mem")))],
        2: ["\0hpr_" + b64(bytes([1]) * 64),
            "\1hpp_" + b64(bytes([1]) * 16 + bytes(16) + bytes([7]) * 32)],
        3: ["\x10" + "a" * 17 + b64(bytes(range(24)))],
        4: ["0.17,3.4", "31.18446744073709551615", "", "0.1,0.1", "32.1"],
        5: [oid(prefix) for prefix in ("mem", "wal", "pay", "opr")] + [oid("mem").lower()],
        6: ["key-1", '"quoted \\"key\\""', "req_00af", "respond-async, wait=10", "wait=31;x=y",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "application/json; charset=utf-8",
            "identity", '"7"', 'W/"7"', "*"],
    }
    return [bytes([way]) + text.encode() for way, list_ in texts.items() for text in list_]


def bank():
    transfer = {"transfer_id": "{id}", "result": "succeeded", "reason": None,
                "bank_reference": "BR-1", "at": "2026-01-02T03:04:05Z"}
    account = {"bank_code": "shinhan", "account_number": "110-1234-5678",
               "holder_name": "Hong Gildong",
               "status": "open"}
    line = {"transfer_id": "{id}", "direction": "in", "amount": 1000, "counterparty": "x",
            "at": "2026-01-02T03:04:05Z", "balance_after": 5}
    seeds = []
    for way in (0, 1):
        seeds += [(way, 0, 0, transfer),
                  (way, 0, 3, {**transfer, "result": "failed", "reason": "한" * 40}),
                  (way, 4, 1, transfer), (way, 5, 1, {}), (way, 6, 1, {"code": "conflict"}),
                  (way, 0, 2, {**transfer, "transfer_id": oid("btr", bytes(16))})]
    for way in (2, 4):
        seeds += [(way, 0, 0, account), (way, 0, 1, {**account, "status": "closed"}),
                  (way, 5, 0, {}),
                  (way, 0, 1, {**account, "holder_name": "  hong   GILDONG "})]
    for flags in (0, 0x17, 0x38):
        seeds += [(3, flags, 0, {"lines": [line, {**line, "direction": "out", "amount": 1000}]}),
                  (3, flags, 0,
                   {"lines": [{**line, "transfer_id": "한글" * 20, "amount": 2 ** 62}] * 3})]
    return [bytes([way, status, pieces]) + json.dumps(body, ensure_ascii=False).encode()
            for way, status, pieces, body in seeds]


def packed(value):
    """MessagePack, of the few types that shapes have."""
    if isinstance(value, list):
        return bytes([0x90 | len(value)]) + b"".join(packed(item) for item in value)
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if value is None:
        return b"\xc0"
    if isinstance(value, int):
        return b"\xd3" + value.to_bytes(8, "big", signed=True)
    if isinstance(value, bytes):
        return b"\xc4" + bytes([len(value)]) + value
    return bytes([0xa0 | len(value)]) + value.encode()


def record(kind, event, payload, messages=0, timers=0, postings=0):
    """A journal record (store/record.h); its CRC and chain are not right."""
    head = bytearray(168)
    head[4] = 1
    head[6:10] = bytes([1, messages, timers, postings])
    head[12:29] = bytes([kind]) + OURS
    head[48] = 1
    body = bytes([event, 1]) + len(payload).to_bytes(2, "little") + payload
    body += (bytes([5]) + OURS + bytes([1, 0, 0]) + bytes(4) + bytes(8) + bytes(2)) * messages
    body += (bytes([1]) + (NOW_S * 1000).to_bytes(8, "little")) * timers
    body += (bytes([1, 5]) + OURS + (1000).to_bytes(8, "little")) * postings
    return bytes(head) + body


def shapes():
    seeds = [bytes([0, kind, shape]) + packed([]) for kind in range(23) for shape in (0, 1)]
    seeds += [bytes([1, kind, shape, 0])
              + bytes(range(64)) for kind in range(23) for shape in (0, 2)]
    seeds += [bytes([2]) + record(kind, event, packed([]), event, 1, 2)
              for kind in range(1, 28) for event in range(3)]
    seeds.append(bytes([0, 0, 0]) + bytes([0xdd, 0xff, 0xff, 0xff, 0xff]))
    seeds.append(bytes([0, 4, 1]) + packed([b"\x05" + OURS, 1000, "KRW", None, True, [[1], [2]]]))
    return seeds


def routes():
    """Every route as it should be asked, once with all objects there and once with none."""
    description, seeds = openapi.Description(), []
    header = "Content-Type: application/json\nIdempotency-Key: key-1\nPrefer: wait=1\n"
    for route in description.routes():
        path = route.path.replace("{id}", oid((route.prefix or "pay_")[:3]))
        body = b""
        if route.body is not None:
            sample = description.sample(route.body, lambda prefix: oid(prefix[:3]))
            body = json.dumps(sample, ensure_ascii=False).encode()
        number = {"GET": 0, "POST": 1, "PATCH": 2, "DELETE": 3, "PUT": 4}[route.method]
        method = next(byte for byte in range(0x80, 0x100) if byte % 6 == number)
        for caller, exists in ((1, 0xff), (2, 0xff), (3, 0xff), (1, 0)):
            head = bytes([0, method, caller, 0, exists])
            seeds.append(head + (path + "\n" + header + "\n").encode() + body)
        for name in route.queries:
            seeds.append(bytes([0, method, 1, 0, 0xff]) + f"{path}?{name}=1&limit=5\n\n".encode())
    others = ["/v1/wallets?member_id=a&member_id=%41%ff", "/" + "a/" * 9, "//v1", "*",
              "/v1/members?%zz"]
    seeds += [bytes([0, 0x80 | 4, 1, 0, 0]) + text.encode() + b"\n\n" for text in others]
    for answer in range(16):
        seeds.append(bytes([0, 0, 1, answer, 0xfe]) + b"~\n" + header.encode() + b"\n{}")
    return seeds


def peer():
    """To the ROUTER (odd) and to the XPUB (even), of so many frames; then a record."""
    def message(to_router, *frames):
        head = bytes([(len(frames) - 1) << 1 | to_router])
        return head + b"".join(bytes([len(frame)]) + frame for frame in frames)

    wallet = record(5, 0, packed([]))
    asks = [(b"REPLAY", b""), (b"REPLAY", b"0.1,3.2", b"event.wallet"), (b"REPLAY", b"9.1"),
            (b"REPLAY",), (b"", b"", b""), (b"HELLO",),
            (b"REPLAY", b"0.18446744073709551615", b"e")]
    seeds = [bytes([0]) + message(1, *ask) + b"\xff" + wallet for ask in asks]
    seeds += [bytes([7]) + message(1, *asks[0]) + message(1, *asks[1]) + b"\xff" + wallet]
    seeds += [bytes([0]) + message(0, b"\1event.") + message(0, b"\0event.") + message(1, *asks[0]),
              bytes([0]) + message(0, b"\1" + b"x" * 200) + message(0, b"\2", b"")
              + message(1, b"")]
    return seeds


def config():
    files = ["data = /tmp/x\npool-actors = 64\nhttp = 127.0.0.1:0\n", "http\n    port = 1\n",
             "#  only this\n", "json = yes\nnote = \"quoted\"\n", "grace = 5m\nwide = -1\n"]
    values = ["./data", "", "64", "-9223372036854775808", "500ms", "[::1]:80", "tcp://*:1",
              "https://b:1/",
              "two", "yes"]
    seeds = [bytes([0]) + text.encode() for text in files]
    return seeds + [bytes([way]) + text.encode() for way, text in enumerate(values, 1)]


def batch():
    pay = {"idempotency_key": "k1", "method": "POST", "path": "/v1/payments", "body": {"amount": 1}}
    seeds = [{"operations": [pay]}, {"operations": [pay, {"method": "GET", "path": "/v1/x"}]},
             {"operations": []}, {"operations": [{**pay, "if_match": '"3"', "body": [[], {}, "\u00e9"]}]},
             {"operations": [pay] * 9}, {"operations": [{"method": 1}, None]}, {"operations": {}}, []]
    texts = [json.dumps(seed) for seed in seeds] + ['{"operations":[{"a":"\\\"]}"}]}', '{"operations":[']
    return [text.encode() for text in texts]


FUZZERS = {"tokens": tokens, "bank": bank, "shapes": shapes, "routes": routes, "peer": peer,
           "config": config, "batch": batch}


def main():
    for name, make in FUZZERS.items():
        folder = pathlib.Path(sys.argv[1]) / name
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(make()):
            (folder / f"seed-{number:03}").write_bytes(seed)


if __name__ == "__main__":
    main()
