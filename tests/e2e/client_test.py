#!/usr/bin/env python3
"""A third party's client: made by openapi-ts (npm) from the running server's /openapi.json.

tests/client/story.ts calls what was made, by operation ids; no line of it writes a request. It
is compiled strictly, so that wrong types in the description fail here too.
"""
import json
import os
import shutil
import subprocess
import uuid

import api_lib
import lib

SETTINGS = dict(target="es2022", module="commonjs", moduleResolution="node10", strict=True,
                skipLibCheck=True, types=["node"], esModuleInterop=True, outDir="js")


class Client(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank)
        cls.folder = lib.folder("client")
        os.symlink(os.path.join(api_lib.CLIENT, "node_modules"),
                   os.path.join(cls.folder, "node_modules"))
        shutil.copy(os.path.join(api_lib.CLIENT, "story.ts"), cls.folder)
        with open(os.path.join(cls.folder, "tsconfig.json"), "w", encoding="utf-8") as file:
            json.dump(dict(compilerOptions=SETTINGS, files=["story.ts"]), file)
        cls.run_tool("@hey-api/openapi-ts/bin/index.cjs", "-c", "@hey-api/client-fetch", "-o",
                     "made", "-i", f"http://127.0.0.1:{cls.node.port}/openapi.json")
        cls.run_tool("typescript/bin/tsc", "-p", ".")

    @classmethod
    def tearDownClass(cls):
        cls.node.check_quiet_books()
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]

    @classmethod
    def run_tool(cls, tool, *words):
        ran = subprocess.run(["node", os.path.join("node_modules", tool), *words],
                             cwd=cls.folder, capture_output=True, text=True, timeout=180)
        assert ran.returncode == 0, f"{tool}: {ran.stdout[-2000:]}{ran.stderr[-2000:]}"

    def test_it_registers_links_recharges_pays_and_refunds(self):
        name, number = "Third Party", f"{uuid.uuid4().int % 10**12:012d}"
        self.bank.open_account(number, name, 1_000_000)
        shop = self.node.merchant()
        ran = subprocess.run(
            ["node", os.path.join("js", "story.js")], cwd=self.folder, capture_output=True,
            text=True, timeout=120, env=dict(
                os.environ, HAPPY_URL=f"http://127.0.0.1:{self.node.port}", HAPPY_NAME=name,
                HAPPY_NUMBER=number, HAPPY_TOKEN=self.node.operator(),
                HAPPY_MERCHANT=shop["merchant"]))
        self.assertEqual(ran.returncode, 0, ran.stderr)
        told = json.loads(ran.stdout)
        member = told.pop("member")
        self.assertEqual(told, dict(
            account="linked", recharge="succeeded", payment="captured", balance=37_655,
            refused=422, code="insufficient_funds", refund="succeeded", refunded=345))
        (wallet,) = self.node.must(200, "GET", f"wallets?member_id={member}")["data"]
        self.assertEqual(wallet["balance"], 38_000)
        self.assertEqual(self.bank.balance(number), 950_000)

    def test_it_has_a_function_for_every_operation(self):
        with open(os.path.join(self.folder, "made", "sdk.gen.ts"), encoding="utf-8") as file:
            made = file.read()
        described = self.node.request("GET", "/openapi.json")["paths"]
        for item in described.values():
            for operation in item.values():
                self.assertIn(f"export const {operation['operationId']} = ", made)


if __name__ == "__main__":
    lib.main()
