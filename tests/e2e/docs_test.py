#!/usr/bin/env python3
"""The page at /docs in a browser (Debian's Chromium, driven by tests/client/docs.mjs).

--screenshots PATH: keeps what it looked like as PATH-light.png and so on.
"""
import json
import os
import subprocess

import api_lib
import lib


class Docs(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = lib.Node(lib.Bank())
        url = f"http://127.0.0.1:{cls.node.port}"
        ran = subprocess.run(["node", os.path.join(api_lib.CLIENT, "docs.mjs"), url,
                              cls.node.operator(), lib.options.screenshots],
                             capture_output=True, text=True, timeout=180)
        if ran.returncode:
            raise AssertionError(ran.stderr)
        cls.seen = json.loads(ran.stdout)
        assert "failure" not in cls.seen, cls.seen

    @classmethod
    def tearDownClass(cls):
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]

    def test_it_shows_every_operation_once(self):
        api = self.node.request("GET", "/openapi.json").json
        count = sum(method in api_lib.METHODS for item in api["paths"].values() for method in item)
        self.assertEqual((self.seen["operations"], self.seen["links"]), (count, count))

    def test_it_begins_with_what_this_is_and_no_failure(self):
        self.assertIn("/asyncapi.json", self.seen["intro"])
        self.assertEqual(self.seen["failures"], 0, self.seen["intro"])
        self.assertNotRegex(self.seen["text"], r"\[object|undefined|NaN")

    def test_a_search_by_the_keyboard_leaves_what_matches(self):
        self.assertIn("registerMember", self.seen["found"])
        self.assertLess(len(self.seen["found"]), 10)
        self.assertTrue(self.seen["nothing"])

    def test_an_operation_opens_with_fields_and_examples(self):
        self.assertGreaterEqual(self.seen["fields"], 6)
        self.assertEqual(json.loads(self.seen["answer"])["object"], "member")

    def test_trying_it_with_a_token_registers_a_member(self):
        self.assertEqual((self.seen["status"], self.seen["read"]), ("201", "200"), self.seen)
        self.assertIn("operator", self.seen["caller"])
        member = self.node.must(200, "GET", f"members/{self.seen['body']['id']}")
        self.assertEqual(member["name"], "Docs Reader")

    def test_the_token_is_stored_nowhere(self):
        self.assertEqual(self.seen["stored"], 0)

    def test_nothing_is_asked_of_others_and_no_error_is_logged(self):
        self.assertGreater(self.seen["requests"], 8)
        self.assertEqual((self.seen["outside"], self.seen["console"]), ([], []))

    def test_it_is_dark_for_who_wants_it_and_fits_a_narrow_screen(self):
        self.assertEqual(self.seen["ground"], "rgb(20, 24, 29)")
        self.assertLessEqual(self.seen["overflow"], 0)

    def test_the_page_may_run_nothing_but_what_this_server_gives(self):
        answer = self.node.request("GET", "/docs")
        policy = dict(one.strip().split(" ", 1) for one in
                      answer.headers["content-security-policy"].split(";"))
        self.assertEqual((policy["default-src"], policy["script-src"], policy["connect-src"],
                          policy["frame-ancestors"]), ("'none'", "'self'", "'self'", "'none'"))
        page = answer.raw.decode()
        self.assertNotRegex(page, r"<script(?![^>]*\bsrc=)|\bon\w+=|javascript:|style=")
        self.assertNotIn("//", page.replace("<!--", ""))
        sizes = sum(len(self.node.request("GET", path).raw) for path in
                    ("/docs", "/docs/docs.css", "/docs/docs.js"))
        self.assertLess(sizes, 60 * 1024)


if __name__ == "__main__":
    lib.main(screenshots=("", "where to keep pictures"))
