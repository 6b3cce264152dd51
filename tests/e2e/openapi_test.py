#!/usr/bin/env python3
"""The server against its own description: every operation, with success and with refusals.

Each answer is held against edge/openapi.json as the server sends it: the status is listed, the
body is valid by ajv, the headers are described, the code is one of its status.
"""
import re

import api_lib
import api_stories
import lib
import webhook_lib


class Server(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank, "--bank-inquiry-first-ms", "50", "--bank-inquiry-last-ms",
                            "100", "--bank-inquiry-give-up-s", "1", "--bank-breaker-failures",
                            "100000", "--approval-amount-minor", "100000",
                            *webhook_lib.ANYWHERE)
        cls.described = api_lib.Described(cls.node)
        cls.addClassCleanup(cls.described.validator.end)

    @classmethod
    def tearDownClass(cls):
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]


class Description(Server):
    def test_it_is_openapi_3_1(self):
        self.assertEqual(self.described.api["openapi"][:4], "3.1.")
        self.assertEqual(self.described.validator.ask(specification="openapi",
                                                      value=self.described.api), [])

    def test_the_validator_finds_what_is_wrong(self):
        broken = dict(self.described.api, openapi="3.1.0", paths={"/v1/x": {"get": {"tags": 7}}})
        self.assertTrue(self.described.validator.ask(specification="openapi", value=broken))
        self.assertTrue(self.described.errors("/components/schemas/Amount", 0))
        self.assertTrue(self.described.errors("/components/schemas/Time", "yesterday"))
        self.assertTrue(self.described.errors("/components/schemas/Problem422", dict(code="x")))
        self.assertTrue(self.described.errors("/components/schemas/NoSuchThing", {}))

    def test_every_code_is_listed_under_a_status(self):
        schemas = self.described.api["components"]["schemas"]
        listed = {code for name, schema in schemas.items() if re.fullmatch(r"Problem\d{3}", name)
                  for code in schema["allOf"][1]["properties"]["code"]["enum"]}
        self.assertEqual(listed, set(schemas["Code"]["enum"]))

    def test_it_names_the_routes_that_the_server_has_and_no_others(self):
        page = self.node.request("GET", "/metrics").raw.decode()
        served = set(re.findall(r'requests_total\{method="(\w+)",route="(/[^"]*)"', page))
        described = {(method.upper(), path)
                     for method, path, _ in self.described.operations.values()}
        self.assertEqual(served, described)

    def test_the_server_allows_at_each_path_the_methods_that_are_described(self):
        for path, item in self.described.api["paths"].items():
            with self.subTest(path=path):
                (operation, *_) = [item[method]["operationId"] for method in api_lib.METHODS
                                   if method in item]
                answer = self.node.request("PUT", self.described.path(operation))
                self.assertProblem(answer, 405, "method_not_allowed")
                self.assertEqual(set(answer.headers["allow"].split(", ")),
                                 {method.upper() for method in item if method in api_lib.METHODS})

    def test_every_operation_is_named_explained_and_shown_by_examples(self):
        tags = {tag["name"] for tag in self.described.api["tags"]}
        for name, (method, _, operation) in self.described.operations.items():
            with self.subTest(operation=name):
                (tag,) = operation["tags"]
                self.assertIn(tag, tags)
                self.assertTrue(operation["summary"])
                bodies = [operation["requestBody"]] if "requestBody" in operation else []
                bodies += [response for status, response in operation["responses"].items()
                           if status[0] == "2" and method != "head" and "content" in response]
                for body in bodies:
                    for content in body["content"].values():
                        schema, _ = self.described.found(content["schema"])
                        self.assertTrue("example" in content or schema.get("examples"), content)

    def test_every_example_is_valid_by_its_own_schema(self):
        def walk(node, at):
            if isinstance(node, list):
                for index, one in enumerate(node):
                    yield from walk(one, f"{at}/{index}")
            elif isinstance(node, dict):
                if "schema" in node and "example" in node:
                    yield at + "/schema", node["example"]
                if isinstance(node.get("examples"), list):
                    yield from ((at, example) for example in node["examples"])
                for name, one in node.items():
                    if name not in ("example", "examples"):
                        yield from walk(one, f"{at}/{api_lib.step(name)}")
        checked = 0
        for at, example in walk(self.described.api, ""):
            with self.subTest(at=at):
                self.assertEqual(self.described.errors(at, example), [])
            checked += 1
        self.assertGreater(checked, len(self.described.operations))


class Exchanges(api_stories.Stories, Server):
    """All that is described, said and answered; what each test looks at is in `call`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.call = api_lib.Caller(cls.node, cls.described)
        cls.kim, cls.lee = (cls.node.token(subject=name + "@happy") for name in ("kim", "lee"))
        cls.shop = cls.node.merchant()
        cls.shop["token"] = cls.node.token("merchant", cls.shop["merchant"])
        cls.payer = cls.node.person()
        cls.payer["token"] = cls.node.token("member", cls.payer["member"])
        for story in (cls.operation, cls.members, cls.sessions, cls.bank_accounts, cls.wallets,
                      cls.money, cls.remittances, cls.merchants, cls.payments, cls.refunds,
                      cls.webhooks,
                      cls.settlements, cls.by_hand, cls.parked, cls.reports, cls.reconciliations,
                      cls.batches, cls.events,
                      cls.endings, cls.refusals):
            story()

    # ---- what is looked at

    def test_every_answer_is_as_described(self):
        self.assertEqual(self.call.complaints, [])

    def test_every_operation_succeeded_and_was_refused(self):
        for name, (_, path, _) in self.described.operations.items():
            with self.subTest(operation=name):
                statuses = {status for status, _ in self.call.seen.get(name, ())}
                self.assertTrue({200, 201, 202, 204} & statuses, statuses)
                self.assertTrue({status for status in statuses if status >= 400}, statuses)

    def test_many_codes_were_seen(self):
        codes = {code for seen in self.call.seen.values() for _, code in seen} - {None}
        self.assertGreater(len(codes), 20, codes)


if __name__ == "__main__":
    lib.main()
