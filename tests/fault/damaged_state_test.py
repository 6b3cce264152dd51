#!/usr/bin/env python3
"""A row of the rebuildable state goes bad on the disk: the node stops once, and has it again."""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import lib

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
WALLET_KIND = 5                         # runtime/oid.h
FAIL_STOP = 70                          # runtime/core.c


def snapshot_name(wallet):
    """A wallet's key in the table of snapshots, with its size before it as LMDB has it."""
    number = 0
    for letter in wallet.removeprefix("wal_"):
        number = number << 5 | CROCKFORD.index(letter)
    return (17).to_bytes(2, "little") + bytes([WALLET_KIND]) + number.to_bytes(16, "big")


class DamagedState(lib.TestCase):
    def setUp(self):
        self.bank = lib.Bank()
        self.node = lib.Node(self.bank)
        self.person, self.merchant = self.node.person(), self.node.merchant()
        self.assertEqual(self.node.recharge(self.person, 50_000).status, 201)
        self.assertEqual(self.node.pay(self.person, self.merchant, 20_000).status, 201)
        self.books = self.node.check_quiet_books()
        self.assertEqual(self.node.kill(signal.SIGTERM), 0)
        self.state = os.path.join(self.node.data, "state")

    def flip_the_wallet(self):
        """One bit in every copy of the wallet's snapshot that LMDB left."""
        path = os.path.join(self.state, "data.mdb")
        name = snapshot_name(self.person["wallet"])
        with open(path, "rb") as file:
            content = bytearray(file.read())
        at = content.find(name)
        self.assertGreaterEqual(at, 0)
        while at >= 0:
            content[at + len(name) + 8] ^= 0x20
            at = content.find(name, at + 1)
        with open(path, "r+b") as file:
            file.write(content)

    def log_lines(self, word):
        return [line for line in self.node.log().splitlines() if word in line]

    def test_the_node_stops_at_the_damaged_row_and_the_next_start_rebuilds_it(self):
        self.flip_the_wallet()
        self.assertNotEqual(lib.run("verify", "--data", self.node.data).returncode, 0)
        self.assertEqual(sorted(os.listdir(self.state)), ["data.mdb", "lock.mdb"])
        self.node.start()               # nothing at start needs the row
        self.assertEqual(self.log_lines("state_discarded"), [])
        with self.assertRaises(lib.Unreachable):
            self.node.balance(self.person)
        self.assertEqual(self.node.process.wait(60), FAIL_STOP)
        self.assertEqual(len(self.log_lines("fail_stop what=\"the state environment is damaged")),
                         1, self.node.log())
        self.assertIn("damaged.mdb", os.listdir(self.state))
        self.node.check_sound()         # the journal is
        self.node.start()
        self.assertEqual(len(self.log_lines("state_discarded")), 1, self.node.log())
        self.check_all_is_there()

    def test_a_power_loss_in_the_middle_of_the_rebuild_does_no_harm(self):
        self.flip_the_wallet()
        self.node.start()
        with self.assertRaises(lib.Unreachable):
            self.node.balance(self.person)
        self.assertEqual(self.node.process.wait(60), FAIL_STOP)
        #  The old one's removal was not durable yet, the new one's empty file was
        with open(os.path.join(self.state, "data.mdb"), "wb"):
            pass
        self.node.start()
        self.check_all_is_there()

    def check_all_is_there(self):
        self.assertEqual(self.node.balance(self.person), 30_000)
        self.assertEqual(self.node.check_quiet_books(), self.books)
        self.assertEqual(self.node.recharge(self.person, 1_000).status, 201)
        self.assertEqual(self.node.kill(signal.SIGTERM), 0)
        self.assertEqual(sorted(os.listdir(self.state)), ["data.mdb", "lock.mdb"])
        self.node.check_sound()
        self.node.start()               # and it stays so
        self.assertEqual(self.node.balance(self.person), 31_000)
        self.assertEqual(len(self.log_lines("state_discarded")), 1, self.node.log())
        self.assertEqual(self.node.kill(signal.SIGTERM), 0)


if __name__ == "__main__":
    lib.main()
