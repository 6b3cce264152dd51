#!/usr/bin/env python3
"""Keys are rotated and retired while a node runs: no request fails, no name is lost."""
import base64
import json
import random
import re
import subprocess
import threading
import time

import lib

MEMBERS, KILLS = 120, 6


def key_of(token):
    head = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]


class Keys(lib.TestCase):
    def setUp(self):
        self.bank = lib.Bank()
        self.node = lib.Node(self.bank)

    def keys(self, *words):
        return lib.run("keys", words[0], "--data", self.node.data, *words[1:])

    def did(self, *words):
        result = self.keys(*words)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        return result.stdout

    def refused(self, *words):
        result = self.keys(*words)
        self.assertEqual((result.returncode, result.stderr.count("\n")), (2, 1), result.stderr)
        return result.stderr

    def wrapped(self):
        """{master key: members' keys under it}"""
        return {int(number): int(count) for number, count in
                re.findall(r"^master +(\d+) .* wraps (\d+) ", self.did("list"), re.M)}

    def retire_when_unused(self, *words):
        lib.wait_until("an unused key", lambda: self.keys("retire", *words).returncode == 0)

    # ---- while it works

    def test_no_request_fails_while_keys_are_rotated_and_old_tokens_stay_valid(self):
        node, wrong, done = self.node, [], threading.Event()
        person, shop, old = node.person(), node.merchant(), node.operator()
        self.assertEqual(node.recharge(person, 500_000).status, 201)

        def work():
            while not done.is_set():
                answers = [node.pay(person, shop, 100),
                           node.call("GET", f"members/{person['member']}", token=old)]
                answers.append(node.call("POST", "members", dict(
                    name="Kim", email=f"{random.getrandbits(64):x}@example.com")))
                wrong.extend(answer for answer in answers if answer.status not in (200, 201))
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for turn in range(2, 5):
                told = self.did("rotate")
                self.assertIn(f"master key {turn} is active", told)
                self.assertIn("taken by the node that runs", told)
                token = node.token()
                self.assertEqual(key_of(token), str(turn))
                node.must(200, "GET", f"members/{person['member']}", token=token)
        finally:
            done.set()
            for thread in threads:
                thread.join()
        self.assertEqual(wrong, [])
        node.must(200, "GET", f"members/{person['member']}", token=old)
        lib.wait_until("all wrapped by key 4", lambda: set(
            number for number, count in self.wrapped().items() if count) == {4})
        for number in (1, 2, 3):
            self.did("retire", "--master", str(number))
        self.assertEqual(set(self.wrapped()), {4})
        for restart in (False, True):
            if restart:
                node.kill()
                node.start()
            shown = node.must(200, "GET", f"members/{person['member']}")
            self.assertEqual(shown["name"], person["name"])
        self.assertEqual(node.kill(lib.signal.SIGTERM), 0)
        node.check_sound()

    def test_only_one_kind_is_rotated_when_told(self):
        self.assertNotIn("token key", self.did("rotate", "--master"))
        self.assertNotIn("master key", self.did("rotate", "--token"))
        listed = self.did("list")
        self.assertEqual(len(re.findall(r"^(master|token) +2 active", listed, re.M)), 2, listed)

    # ---- retiring

    def test_a_retired_token_key_ends_its_tokens_at_once_and_others_go_on(self):
        node, old = self.node, self.node.operator()
        node.must(200, "GET", "members", token=old)     # remembered by the node
        self.did("rotate", "--token")
        new = node.token()
        node.must(200, "GET", "members", token=old)
        self.did("retire", "--token", "1")
        lib.wait_until("the old token refused",
                       lambda: node.call("GET", "members", token=old).status == 401)
        node.must(200, "GET", "members", token=new)

    def test_a_key_that_is_needed_is_not_retired(self):
        self.node.person()
        self.assertIn("is the active one", self.refused("retire", "--master", "1"))
        self.assertIn("is the active one", self.refused("retire", "--token", "1"))
        self.assertIn("is not in the keyring", self.refused("retire", "--token", "9"))
        self.assertIn("say which", self.refused("retire"))
        self.assertEqual(self.node.kill(lib.signal.SIGTERM), 0)
        self.assertIn("no node runs", self.did("rotate"))
        self.assertIn("start it first", self.refused("retire", "--master", "1"))
        self.assertEqual(self.wrapped(), {1: 1, 2: 0})
        self.node.start()
        self.retire_when_unused("--master", "1")
        self.assertEqual(self.wrapped(), {2: 1})

    # ---- failing

    def test_a_damaged_keyring_changes_nothing_in_the_node_that_runs(self):
        node, path = self.node, self.node.data + "/keyring"
        person, token = node.person(), node.operator()
        with open(path, "rb") as file:
            whole = file.read()
        with open(path, "wb") as file:
            file.write(whole[:-40])
        lib.wait_until("the line", lambda: "keyring_not_taken" in node.log())
        self.assertIn("is damaged", self.refused("rotate"))
        self.assertEqual(node.must(200, "GET", f"members/{person['member']}", token=token)["name"],
                         person["name"])
        with open(path, "wb") as file:
            file.write(whole)
        self.assertIn("taken by the node that runs", self.did("rotate"))

    def test_killed_while_keys_are_wrapped_anew_it_goes_on_and_no_name_is_lost(self):
        node, dice = self.node, random.Random(lib.options.seed)
        names = {}
        for number in range(MEMBERS):
            name = f"Member {number}"
            answer = node.must(201, "POST", "members", dict(
                name=name, email=f"{number}-{lib.options.seed}@example.com"))
            names[answer["id"]] = name
        for _ in range(KILLS):
            command = subprocess.Popen([lib.BINARY, "keys", "rotate", "--master", "--data",
                                        node.data], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0, 0.05))   # anywhere from before the rename to after the end
            node.kill()
            command.kill()
            command.wait()
            node.start()
            for member, name in names.items():
                self.assertEqual(node.must(200, "GET", f"members/{member}")["name"], name)
        self.assertIn("taken", self.did("rotate", "--master"))
        active = max(self.wrapped())
        lib.wait_until("all wrapped by the newest", lambda: self.wrapped()[active] == MEMBERS)
        for number in sorted(self.wrapped())[:-1]:
            self.did("retire", "--master", str(number))
        node.kill()
        node.start()
        for member, name in names.items():
            self.assertEqual(node.must(200, "GET", f"members/{member}")["name"], name)


if __name__ == "__main__":
    lib.main()
