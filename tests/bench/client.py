"""A keep-alive connection that costs its caller little: the node is what is measured.

One thread each. An answer that is not HTTP/1.1 with a length ends the program, as
everything here does that was not foreseen.
"""
import json
import socket
import sys
import time


class Connection:
    def __init__(self, address, token=None):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = f"Host: {address}\r\nContent-Type: application/json\r\n"
        if token:
            self.head += f"Authorization: Bearer {token}\r\n"
        self.took_ms = 0.0

    def call(self, method, path, body=None, key=None, prefer=None):
        """The status and the object of one exchange; took_ms says how long it took."""
        text = json.dumps(body) if body is not None else ""
        head = f"{method} {path} HTTP/1.1\r\n{self.head}Content-Length: {len(text)}\r\n"
        if key:
            head += f"Idempotency-Key: {key}\r\n"
        if prefer:
            head += f"Prefer: {prefer}\r\n"
        begin = time.perf_counter()
        self.socket.sendall(f"{head}\r\n{text}".encode())
        status, raw = self._answer()
        self.took_ms = (time.perf_counter() - begin) * 1e3
        return status, json.loads(raw) if raw else None

    def must(self, wanted, method, path, body=None, **how):
        status, answer = self.call(method, path, body, **how)
        if status not in (wanted if isinstance(wanted, tuple) else (wanted,)):
            sys.exit(f"{method} {path} {json.dumps(body)}: {status} {json.dumps(answer)}")
        return answer

    def _more(self):
        part = self.socket.recv(1 << 16)
        if not part:
            sys.exit("the connection was closed by the other side")
        return part

    def _answer(self):
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, body = data.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:])
        length = int(fields["content-length"]) if lines[0].split()[1] != "204" else 0
        while len(body) < length:
            body += self._more()
        return int(lines[0].split()[1]), body
