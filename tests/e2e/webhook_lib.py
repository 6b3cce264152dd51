"""A receiver of webhooks: a real HTTP server that checks each signature by itself.

Only what the Standard Webhooks specification and api.md promise: HMAC-SHA256 over
id.timestamp.body, base64, any of several `v1,` signatures, by a secret that begins with whsec_.
"""
import base64
import hashlib
import hmac
import http.server
import json
import threading
import time

import lib

ANYWHERE = ("--webhook-allow", "127.0.0.0/8")


def signature(secret, identity, timestamp, body):
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    assert len(key) == 32, secret
    signed = f"{identity}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class Letter:
    """One request that came in."""

    def __init__(self, headers, body):
        self.at = time.monotonic()
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.body = body
        self.event = json.loads(body)
        self.id = self.headers["webhook-id"]
        self.timestamp = self.headers["webhook-timestamp"]
        self.signatures = [one.removeprefix("v1,") for one in
                           self.headers["webhook-signature"].split(" ")]

    def is_signed_by(self, secret):
        mine = signature(secret, self.id, self.timestamp, self.body)
        return any(hmac.compare_digest(mine, one) for one in self.signatures)


class Box:
    """A path of the receiver: what came, and what it answers."""

    def __init__(self, url):
        self.url = url
        self.letters = []
        self.answers = []  # (status, headers) for the next ones; afterwards 204
        self.gate = threading.Event()  # Clear: answers are held back
        self.gate.set()

    def ids(self):
        return [letter.id for letter in list(self.letters)]

    def subjects(self):
        return {letter.event["subject"] for letter in list(self.letters)}

    def wait(self, count, seconds=30):
        lib.wait_until(f"{count} letters at {self.url}, not {len(self.letters)}",
                       lambda: len(self.letters) >= count, seconds)
        return self.letters


class Receiver:
    def __init__(self):
        self.boxes = {}
        boxes = self.boxes

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                box = boxes[self.path]
                box.letters.append(Letter(self.headers, body))
                status, headers = box.answers.pop(0) if box.answers else (204, {})
                box.gate.wait(60)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self):
                raise AssertionError("webhooks are posted")

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def box(self):
        path = f"/{len(self.boxes)}"
        self.boxes[path] = Box(f"http://127.0.0.1:{self.port}{path}")
        return self.boxes[path]

    def end(self):
        for box in self.boxes.values():
            box.gate.set()
        self.server.shutdown()
        self.server.server_close()
