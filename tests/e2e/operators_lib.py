"""What the stories of operators share: two of them, and a node that asks both for much."""
import lib

LARGE = 100_001  # Above --approval-amount-minor
OURS = dict(bank_code=lib.CORPORATE[0], account_number=lib.CORPORATE[1])


class Story(lib.TestCase):
    """A bank that soon leaves transfers to people, kim, and lee."""

    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        cls.node = lib.Node(cls.bank, "--bank-inquiry-first-ms", "50", "--bank-inquiry-last-ms",
                            "100", "--bank-inquiry-give-up-s", "1", "--bank-breaker-failures",
                            "100000", "--approval-amount-minor", "100000")
        cls.kim = cls.node.token(subject="kim@happy")
        cls.lee = cls.node.token(subject="lee@happy")

    def setUp(self):
        self.bank.behave()

    def tearDown(self):
        self.bank.behave()
