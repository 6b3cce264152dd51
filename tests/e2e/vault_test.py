#!/usr/bin/env python3
"""A keyring in HashiCorp Vault: made once, kept in memory through an outage, rotated, renewed."""
import os
import subprocess
import threading

import lib
import vault_lib

SECRET = "kv-v1/happypay/keyring"


class Keys(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()

    def setUp(self):
        self.vault = vault_lib.Vault(lib.free_port()).start()
        self.token_file = os.path.join(lib.folder("vault"), "token")
        self.write_token(self.vault.token())
        self.addCleanup(lambda: self.vault.stop())

    def write_token(self, token):
        with open(self.token_file + ".new", "w", opener=lambda path, flags:
                  os.open(path, flags, 0o600), encoding="ascii") as file:
            file.write(token + "\n")
        os.replace(self.token_file + ".new", self.token_file)

    def options(self):
        return ["--keyring", self.vault.place(), "--vault-token-file", self.token_file]

    def node(self, start=True, **how):
        node = VaultNode(self.bank, *self.options(), "--keyring-poll-ms", "200", start=start, **how)
        self.addCleanup(lambda: node.process and node.process.poll() is None
                        and node.kill())
        return node

    def refused(self, *words, seconds=30, **environment):
        """The one line of a node that does not start."""
        data = os.path.join(lib.folder("node"), "data")
        environment.setdefault("VAULT_TOKEN", "")
        result = subprocess.run(
            [lib.BINARY, "serve", "--data", data, "--http", "127.0.0.1:0", "--tap",
             f"tcp://127.0.0.1:{lib.free_port()}", "--bank", self.bank.url, *words],
            capture_output=True, text=True, timeout=seconds,
            env={**os.environ, **environment})
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        for token in self.vault.tokens:
            self.assertNotIn(token, result.stderr)
        return result.stderr

    # ---- making

    def test_the_first_start_mounts_version_1_and_makes_the_keyring_and_leaves_no_claim(self):
        node = self.node()
        self.assertEqual(self.vault.mounts["kv-v1/"], dict(type="kv", options={"version": "1"}))
        self.assertEqual(set(self.vault.secrets), {SECRET})
        self.assertEqual(self.vault.secrets[SECRET]["format"], 1)
        self.assertFalse(os.path.exists(os.path.join(node.data, "keyring")))
        person = node.person()
        node.kill()
        node.start()
        self.assertEqual(node.must(200, "GET", f"members/{person['member']}")["name"],
                         person["name"])

    def test_nodes_that_start_at_once_have_one_keyring(self):
        nodes = [self.node(start=False) for _ in range(3)]
        threads = [threading.Thread(target=node.start) for node in nodes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(set(self.vault.secrets), {SECRET})
        token = nodes[0].token()
        for node in nodes:
            node.must(200, "GET", "members", token=token)

    def test_a_token_that_may_only_read_is_enough_once_there_is_a_keyring(self):
        self.node().kill()
        self.write_token(self.vault.token({"kv-v1/*": {"read"}}))
        self.node().person()

    # ---- failing, each in its own words

    def test_an_unreachable_vault_refuses_the_start(self):
        self.vault.stop()
        self.assertIn("Could", self.refused(*self.options()))
        self.vault.start()

    def test_a_token_that_is_refused_a_sealed_vault_and_a_wrong_engine_are_told_apart(self):
        self.write_token("hvs.nobody")
        self.assertIn("refuses the token", self.refused(*self.options()))
        self.write_token(self.vault.token())
        self.vault.sealed = True
        self.assertIn("is sealed", self.refused(*self.options()))
        self.vault.sealed = False
        self.vault.mounts["kv-v1/"] = dict(type="kv", options={"version": "2"})
        self.assertIn("not a KV version 1", self.refused(*self.options()))

    def test_what_is_no_keyring_is_refused_and_left_alone(self):
        self.vault.mounts["kv-v1/"] = dict(type="kv", options=None)
        for wrong in ({"format": 1}, {"format": "1"}, {"anything": "else"}):
            self.vault.secrets[SECRET] = wrong
            self.assertIn("is damaged", self.refused(*self.options()))
            self.assertEqual(self.vault.secrets[SECRET], wrong)

    def test_a_missing_or_open_token_is_refused(self):
        self.assertIn("VAULT_TOKEN", self.refused("--keyring", self.vault.place()))
        os.chmod(self.token_file, 0o644)
        self.assertIn("chmod 600", self.refused(*self.options()))

    def test_a_keyring_that_is_gone_is_not_made_anew_over_data(self):
        node = self.node()
        node.kill()
        secret = self.vault.secrets.pop(SECRET)
        result = subprocess.run(node.command(), capture_output=True, text=True, timeout=30)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn("has nothing at", result.stderr)
        self.assertNotIn(SECRET, self.vault.secrets)
        self.vault.secrets[SECRET] = secret
        node.start()

    # ---- living on

    def test_an_outage_of_vault_stops_no_payment(self):
        node = self.node()
        person, shop = node.person(), node.merchant()
        self.vault.stop()
        lib.wait_until("the line", lambda: "keyring_not_taken" in node.log()
                       or "vault_token_not_renewed" in node.log())
        self.assertEqual(node.recharge(person, 30_000).status, 201)
        self.assertEqual(node.pay(person, shop, 10_000).status, 201)
        another = node.person()
        self.assertEqual(node.must(200, "GET", f"members/{another['member']}")["name"],
                         another["name"])
        self.vault.start()
        self.rotate(node)

    def rotate(self, node):
        """Rotates both keys and sees them taken."""
        result = lib.run("keys", "rotate", "--data", node.data, *self.options())
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("taken by the node that runs", result.stdout)
        return result

    def test_keys_are_rotated_in_vault_and_old_ones_retired(self):
        node = self.node()
        person, old = node.person(), node.token()
        self.rotate(node)
        secret = self.vault.secrets[SECRET]
        self.assertEqual([key["active"] for key in secret["master"]], [False, True])
        node.must(200, "GET", "members", token=old)
        node.must(200, "GET", "members", token=node.token())

        def retired():
            return lib.run("keys", "retire", "--master", "1", "--data", node.data,
                           *self.options()).returncode == 0
        lib.wait_until("nothing wrapped by key 1", retired)
        self.assertEqual([key["id"] for key in self.vault.secrets[SECRET]["master"]], [2])
        self.assertEqual(node.must(200, "GET", f"members/{person['member']}")["name"],
                         person["name"])

    def test_two_rotations_at_once_are_not_both_written(self):
        node = self.node()
        commands = [subprocess.Popen([lib.BINARY, "keys", "rotate", "--data", node.data,
                                      *self.options()], stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE, text=True) for _ in range(3)]
        results = [(command.communicate(timeout=60), command.returncode) for command in commands]
        done = sum(1 for _, status in results if status == 0)
        for (_, error), status in results:
            self.assertTrue(status == 0 or "somebody else" in error, error)
        self.assertEqual(len(self.vault.secrets[SECRET]["master"]), 1 + done)
        self.assertEqual(set(self.vault.secrets), {SECRET})

    def test_another_keyring_at_the_place_is_not_taken(self):
        node = self.node()
        person = node.person()
        other = dict(self.vault.secrets[SECRET], derive="00" * 32)
        kept, self.vault.secrets[SECRET] = self.vault.secrets[SECRET], other
        lib.wait_until("the line", lambda: "is another one" in node.log())
        self.assertEqual(node.must(200, "GET", f"members/{person['member']}")["name"],
                         person["name"])
        self.vault.secrets[SECRET] = kept

    # ---- the token

    def test_the_token_is_renewed_before_it_ends(self):
        self.node().kill()              # the keyring is there: the next start is short
        self.write_token(self.vault.token(ttl=12))
        node = self.node()
        renewed = ("POST", "auth/token/renew-self")
        lib.wait_until("renewals beyond its first life",
                       lambda: self.vault.seen(*renewed).count(200) >= 3, seconds=90)
        self.assertNotIn(403, [status for _, _, status in self.vault.calls])
        self.assertEqual(node.kill(lib.signal.SIGTERM), 0)

    def test_a_new_token_in_the_file_is_taken_when_the_old_one_has_ended(self):
        node = self.node()
        self.vault.tokens.clear()
        lib.wait_until("the line", lambda: "refuses the token" in node.log())
        self.write_token(self.vault.token())
        self.rotate(node)


class VaultNode(lib.Node):
    """Its tokens are signed by the keyring in Vault."""

    def token(self, role="operator", subject=None):
        at = self.options.index("--keyring")
        words = ["token", "--data", self.data, "--role", role, *self.options[at:at + 4]]
        result = lib.run(*words, *(["--subject", subject] if subject else []))
        if result.returncode:
            raise AssertionError(f"happypay token: {result.stderr}")
        return result.stdout.strip()


if __name__ == "__main__":
    lib.main()
