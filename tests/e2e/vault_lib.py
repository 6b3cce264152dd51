"""A server that speaks Vault's HTTP API as its documents have it, as much as a keyring needs.

Strict where Vault is: the path decides which methods there are, X-Vault-Token is asked on every
call, policies grant capabilities by path (create only where nothing is, update only where
something is), a token ends with its time, a mount that is there cannot be enabled again, LIST of
nothing is 404. What it does not know is 404 "no handler for route", as there. The documents:
https://developer.hashicorp.com/vault/api-docs (secret/kv/kv-v1, system/mounts, auth/token).
"""
import http.server
import json
import threading
import time
import uuid

#  The seed's policy, and what Vault's own `default` grants for the token itself.
SEED_POLICY = {
    "sys/mounts/kv-v1": {"update"},
    "sys/mounts": {"read"},
    "kv-v1/*": {"create", "update", "read", "delete", "list"},
    "auth/token/lookup-self": {"read"},
    "auth/token/renew-self": {"update"},
}


class Refusal(Exception):
    def __init__(self, status, *errors):
        super().__init__(status, errors)
        self.status, self.errors = status, list(errors)


class Token:
    def __init__(self, policy, ttl):
        self.policy, self.ttl = policy, ttl
        self.end = time.monotonic() + ttl if ttl else None

    def ended(self):
        return self.end is not None and time.monotonic() > self.end

    def may(self, path, capability):
        best = max((name for name in self.policy
                    if name == path or (name.endswith("*") and path.startswith(name[:-1]))),
                   key=len, default=None)
        return best is not None and capability in self.policy[best]


class Vault:
    def __init__(self, port):
        self.port, self.lock = port, threading.Lock()
        self.mounts = {"sys/": {"type": "system", "options": None}}
        self.secrets, self.tokens = {}, {}
        self.sealed, self.slow_s = False, 0.0
        self.calls = []                 # (method, path, status)
        self.server, self.stopped = None, True

    # ---- what a test does

    def start(self):
        vault, self.stopped = self, False

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                vault.serve(self)
            do_GET = do_POST = do_PUT = do_DELETE = do_LIST = do_PATCH = answer

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        self.stopped = True             # connections that are open hear nothing more
        self.server.shutdown()
        self.server.server_close()

    def token(self, policy=None, ttl=0):
        name = "hvs." + uuid.uuid4().hex
        self.tokens[name] = Token(SEED_POLICY if policy is None else policy, ttl)
        return name

    def place(self, path="happypay/keyring"):
        return f"vault:http://127.0.0.1:{self.port}/kv-v1/{path}"

    def seen(self, method, path):
        return [status for m, p, status in list(self.calls) if (m, p) == (method, path)]

    # ---- one call

    def serve(self, handler):
        size = int(handler.headers.get("Content-Length") or 0)
        raw = handler.rfile.read(size)
        path = handler.path
        if self.stopped:
            handler.close_connection = True
            return
        time.sleep(self.slow_s)
        try:
            with self.lock:
                status, body = self.decide(handler.command, path, handler.headers, raw)
        except Refusal as refusal:
            status, body = refusal.status, {"errors": refusal.errors}
        self.calls.append((handler.command, path.removeprefix("/v1/"), status))
        data = b"" if body is None else json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def decide(self, method, path, headers, raw):
        if not path.startswith("/v1/") or "?" in path:
            raise Refusal(404)
        if self.sealed:
            raise Refusal(503, "Vault is sealed")
        path = path.removeprefix("/v1/")
        token = self.tokens.get(headers.get("X-Vault-Token"))
        if token is None or token.ended():
            raise Refusal(403, "permission denied", "invalid token")
        capability = self.capability(method, path)
        if not token.may(path, capability):
            raise Refusal(403, "1 error occurred:\n\t* permission denied\n\n")
        body = json.loads(raw) if raw else {}
        if not isinstance(body, dict):
            raise Refusal(400, "failed to parse JSON input")
        if path == "sys/mounts" and method == "GET":
            return 200, {"data": self.mounts, **self.mounts}
        if path.startswith("sys/mounts/"):
            return self.mount(method, path.removeprefix("sys/mounts/") + "/", body)
        if path.startswith("auth/token/"):
            return self.about_token(method, path, token)
        return self.secret(method, path, body)

    def capability(self, method, path):
        kinds = {"GET": "read", "DELETE": "delete", "LIST": "list"}
        if method in kinds:
            return kinds[method]
        if method not in ("POST", "PUT"):
            raise Refusal(405, "unsupported operation")
        there = path in self.secrets or not path.startswith("kv-v1/")
        return "update" if there else "create"

    def mount(self, method, name, body):
        if method not in ("POST", "PUT"):
            raise Refusal(405, "unsupported operation")
        if name in self.mounts:
            raise Refusal(400, f"path is already in use at {name}")
        version = (body.get("options") or {}).get("version", "1")
        self.mounts[name] = {"type": body["type"], "options": {"version": version}}
        return 204, None

    def about_token(self, method, path, token):
        left = max(0, int(token.end - time.monotonic())) if token.end else 0
        if (method, path) == ("GET", "auth/token/lookup-self"):
            end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + left))
            return 200, {"data": {"ttl": left, "renewable": bool(token.ttl),
                                  "expire_time": end if token.end else None}}
        if method in ("POST", "PUT") and path == "auth/token/renew-self":
            if not token.ttl:
                raise Refusal(400, "lease is not renewable")
            token.end = time.monotonic() + token.ttl
            return 200, {"auth": {"lease_duration": token.ttl, "renewable": True}}
        raise Refusal(405, "unsupported operation")

    def secret(self, method, path, body):
        mount = next((name for name in self.mounts if path.startswith(name)), None)
        if mount is None:
            raise Refusal(404, f'no handler for route "{path}". route entry not found.')
        if method == "LIST":
            folder = path.rstrip("/") + "/"
            names = {name.removeprefix(folder).split("/")[0] for name in self.secrets
                     if name.startswith(folder)}
            if not names:
                raise Refusal(404)
            return 200, {"data": {"keys": sorted(names)}}
        if method == "GET":
            if path not in self.secrets:
                raise Refusal(404)
            return 200, {"data": self.secrets[path], "lease_duration": 2764800}
        if method == "DELETE":
            self.secrets.pop(path, None)
            return 204, None
        if not body:
            raise Refusal(400, "missing data fields")
        self.secrets[path] = body
        return 204, None
