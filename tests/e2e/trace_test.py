"""One trace through the house (W3C Trace Context): the id that a request brings, or gets, is that
of every event, of every call to the bank, and of what is asked again after a crash.
"""
import http.client
import http.server
import re
import threading
import urllib.parse
import uuid

import lib
from tap_test import Follower


class Recorder:
    """Stands between node and bank, and notes (method, path, traceparent) of each call."""

    def __init__(self, bank):
        self.calls, recorder = [], self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                recorder.calls.append((self.command, self.path, self.headers.get("traceparent")))
                to = http.client.HTTPConnection(urllib.parse.urlsplit(bank.url).netloc, timeout=30)
                to.request(self.command, self.path, body,
                           {"Content-Type": "application/json"} if body else {})
                answer = to.getresponse()
                data = answer.read()
                to.close()
                self.send_response(answer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = pass_on

            def log_message(self, *_):
                pass

            def handle(self):
                try:
                    super().handle()
                except OSError:
                    pass  #  The node does not wait for ever

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()

    def spans(self, trace, method="POST"):
        """Of the calls about transfers in this trace."""
        found = [re.fullmatch(r"00-([0-9a-f]{32})-([0-9a-f]{16})-01", traceparent or "")
                 for called, path, traceparent in list(self.calls)
                 if called == method and path.startswith("/v1/transfers")]
        return [match[2] for match in found if match and match[1] == trace]


class Traces(lib.TestCase):
    def setUp(self):
        self.bank = lib.Bank()
        self.recorder = Recorder(self.bank)
        self.addCleanup(self.recorder.end)
        self.node = lib.Node(self.bank, "--bank-timeout-ms", "1500", "--bank-inquiry-first-ms",
                             "200", "--bank-inquiry-last-ms", "200", start=False)
        command = self.node.command
        self.node.command = lambda: [self.recorder.url if word == self.bank.url else word
                                     for word in command()]
        self.node.start()
        self.kim, self.shop = self.node.person(), self.node.merchant()
        self.follow()

    def follow(self):
        self.tap = Follower(self.node, "--topic", "event.", "--from", "")
        self.addCleanup(self.tap.end)

    def trace(self):
        """(what the header says, the trace's id, the caller's span)."""
        trace, span = uuid.uuid4().hex, uuid.uuid4().hex[:16]
        return {"traceparent": f"00-{trace}-{span}-01"}, trace, span

    def events(self, trace):
        return [message for message in list(self.tap.messages)
                if message.get("data", {}).get("trace_id") == trace]

    def assertOneTrace(self, trace, kinds, calls):
        """These kinds of aggregates had events in it, and the bank these spans of it."""
        lib.wait_until(f"events of {kinds}", lambda: kinds <= {
            event["type"].split(".")[1] for event in self.events(trace)})
        spans = self.recorder.spans(trace)
        self.assertEqual((len(spans), len(set(spans))), (calls, calls))
        return spans

    def test_a_request_is_one_trace_from_the_client_to_the_bank_and_on_the_tap(self):
        headers, trace, span = self.trace()
        recharge = self.node.recharge(self.kim, 50_000, **headers)
        self.assertEqual(recharge.status, 201, repr(recharge))
        spans = self.assertOneTrace(trace, {"recharge", "wallet", "bank_transfer"}, 1)
        self.assertNotIn(span, spans)  #  A call is a span of its own
        self.assertIn(f" trace_id={trace}", self.node.log())
        self.assertEqual({event["subject"] for event in self.events(trace)
                          if event["type"].startswith("event.recharge.")}, {recharge["id"]})

    def test_sagas_that_start_sagas_stay_in_the_trace(self):
        headers, trace, _ = self.trace()
        body = dict(member_id=self.kim["member"], merchant_id=self.shop["merchant"],
                    order_id=uuid.uuid4().hex, amount=5_000, currency="KRW", capture=True,
                    auto_recharge=True, bank_account_id=self.kim["account"])
        self.node.must(201, "POST", "payments", body, headers=headers)
        self.assertOneTrace(trace, {"payment", "wallet", "recharge", "bank_transfer"}, 1)

    def test_without_one_a_trace_is_made_and_no_two_requests_share_it(self):
        for _ in range(2):
            self.assertEqual(self.node.recharge(self.kim, 1_000, traceparent="00-bad").status, 201)
        posts = [traceparent for method, path, traceparent in self.recorder.calls
                 if (method, path) == ("POST", "/v1/transfers")]
        traces = {traceparent.split("-")[1] for traceparent in posts}
        self.assertEqual(len(traces), 2, posts)
        for trace in traces:
            self.assertRegex(trace, "^(?!0{32})[0-9a-f]{32}$")
            self.assertOneTrace(trace, {"recharge", "wallet", "bank_transfer"}, 1)

    def test_the_operations_of_a_batch_are_one_trace(self):
        headers, trace, _ = self.trace()
        operations = [dict(method="POST", path=f"/v1/wallets/{self.kim['wallet']}/recharges",
                           idempotency_key=uuid.uuid4().hex,
                           body=dict(amount=1_000, currency="KRW",
                                     bank_account_id=self.kim["account"])) for _ in range(3)]
        answer = self.node.must(200, "POST", "batch", dict(operations=operations), key=False,
                                headers=headers)
        self.assertEqual({result["status"] for result in answer["results"]}, {201})
        self.assertOneTrace(trace, {"recharge", "wallet", "bank_transfer"}, 3)

    def test_what_is_asked_again_is_in_the_trace_too_also_after_a_crash(self):
        headers, trace, _ = self.trace()
        self.bank.misbehave("hang_after", count=1, delay_ms=4000)
        recharge = self.node.recharge(self.kim, 7_000, Prefer="respond-async", **headers)
        self.assertEqual(recharge.status, 202, repr(recharge))
        lib.wait_until("the call", lambda: self.recorder.spans(trace))
        self.node.kill()
        self.node.start()
        self.tap.end()
        self.follow()
        self.node.finished(f"recharges/{recharge['id']}")
        self.assertEqual(self.node.balance(self.kim), 7_000)
        lib.wait_until("the end on the tap", lambda: any(
            event["type"].startswith("event.wallet.") for event in self.events(trace)))
        again = self.recorder.spans(trace)[1:] + self.recorder.spans(trace, "GET")
        self.assertTrue(again, self.recorder.calls)


if __name__ == "__main__":
    lib.main()
