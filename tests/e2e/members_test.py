"""Members change, leave and are forgotten: PATCH with If-Match, another email, close, erase."""
import concurrent.futures
import os
import subprocess
import uuid

import lib


def setUpModule():
    global bank, node
    bank = lib.Bank()
    node = lib.Node(bank)


def email():
    return f"{uuid.uuid4().hex}@example.com"


class Members(lib.TestCase):
    def member(self, **more):
        body = dict(name="Kim Minji", email=email(), address="Mapo, Seoul", password="correct horse")
        return node.must(201, "POST", "members", {**body, **more})

    def read(self, member):
        return node.must(200, "GET", f"members/{member}")

    def patch(self, member, body, **how):
        return node.call("PATCH", f"members/{member}", body, **how)

    # ---- PATCH

    def test_a_change_touches_only_what_it_names(self):
        before = self.member()
        after = self.patch(before["id"], dict(name="Kim Jiyoung"))
        self.assertEqual(after.status, 200, repr(after))
        self.assertEqual((after["name"], after["email"], after["address"], after["corporate"]),
                         ("Kim Jiyoung", before["email"], before["address"], False))
        self.assertGreater(after["version"], before["version"])
        self.assertEqual(after.headers["etag"], f'"{after["version"]}"')
        self.assertEqual(self.patch(before["id"], dict(address=""))["address"], None)
        self.assertEqual(self.patch(before["id"], {})["version"], after["version"] + 1)

    def test_a_stale_version_is_412_and_its_key_may_be_used_again(self):
        member = self.member()
        path, key = member["id"], str(uuid.uuid4())
        stale = {"If-Match": f'"{member["version"]}"', "Idempotency-Key": key}
        self.assertEqual(self.patch(path, dict(name="One")).status, 200)
        refused = self.patch(path, dict(name="Two"), headers=stale)
        self.assertProblem(refused, 412, "precondition_failed")
        again = self.patch(path, dict(name="Two"), headers=stale)
        self.assertEqual((again.status, again.headers.get("idempotent-replayed")), (412, "true"))
        fresh = {**stale, "If-Match": self.read(path).headers["etag"]}
        self.assertEqual(self.patch(path, dict(name="Two"), headers=fresh)["name"], "Two")
        replayed = self.patch(path, dict(name="Two"), headers=fresh)
        self.assertEqual((replayed.status, replayed.headers.get("idempotent-replayed")),
                         (200, "true"))
        for tag in ('W/"3"', '"x"', '"0"'):
            self.assertProblem(self.patch(path, dict(name="X"), headers={"If-Match": tag}), 412,
                               "precondition_failed")
        for tag in ("3", '"3", "4"'):
            self.assertProblem(self.patch(path, dict(name="X"), headers={"If-Match": tag}), 400,
                               "invalid_request")
        self.assertEqual(self.patch(path, dict(name="Y"), headers={"If-Match": "*"}).status, 200)
        self.assertProblem(self.patch(path, dict(name="Z"), headers={"Idempotency-Key": ""}), 400,
                           "idempotency_key_invalid")

    def test_of_two_writers_with_one_version_only_one_wins(self):
        member = self.member()
        tag = {"If-Match": f'"{member["version"]}"'}
        def write(name):
            return self.patch(member["id"], dict(name=name), headers=tag).status
        with concurrent.futures.ThreadPoolExecutor(4) as writers:
            self.assertEqual(sorted(writers.map(write, "ABCD")), [200, 412, 412, 412])

    def test_a_member_changes_itself_and_nobody_else(self):
        mine, other = self.member(), self.member()
        token = node.token("member", mine["id"])
        self.assertEqual(self.patch(mine["id"], dict(name="Me"), token=token).status, 200)
        self.assertProblem(self.patch(other["id"], dict(name="Me"), token=token), 404, "not_found")
        self.assertProblem(self.patch(mine["id"], dict(corporate=True), token=token), 403,
                           "forbidden")
        self.assertTrue(self.patch(mine["id"], dict(corporate=True))["corporate"])
        self.assertProblem(self.patch(mine["id"], dict(status="closed"), token=token), 400,
                           "invalid_request")
        nobody = "mem_" + "0" * 26
        self.assertProblem(self.patch(nobody, dict(name="X")), 404, "not_found")
        self.assertProblem(self.patch(nobody, dict(email=email())), 404, "not_found")

    # ---- another email

    def test_another_email_frees_the_old_one_and_takes_the_password_along(self):
        member, new = self.member(), email()
        key = {"Idempotency-Key": str(uuid.uuid4())}
        for replayed in (None, "true"):
            answer = self.patch(member["id"], dict(email=new.upper(), name="Lee"), headers=key)
            self.assertEqual((answer.status, answer["email"], answer["name"]), (200, new, "Lee"),
                             repr(answer))
            self.assertEqual(answer.headers.get("idempotent-replayed"), replayed)
        self.assertEqual(self.find(email=new), [member["id"]])
        self.assertEqual(self.find(email=member["email"]), [])
        session = dict(email=new, password="correct horse")
        self.assertEqual(node.call("POST", "sessions", session, key=False).status, 201)
        session["email"] = member["email"]
        self.assertEqual(node.call("POST", "sessions", session, key=False).status, 401)
        self.assertNotEqual(self.member(email=member["email"])["id"], member["id"])

    def test_an_email_that_belongs_to_somebody_changes_nothing(self):
        member, other = self.member(), self.member()
        answer = self.patch(member["id"], dict(email=other["email"], name="Lee"))
        self.assertProblem(answer, 409, "email_exists")
        after = self.read(member["id"])
        self.assertEqual((after["email"], after["name"], after["version"]),
                         (member["email"], member["name"], member["version"]))
        own = self.patch(member["id"], dict(email=member["email"].upper()))
        self.assertEqual((own.status, own["email"]), (200, member["email"]))

    def test_a_new_email_under_a_stale_version_gives_its_claim_back(self):
        member, new = self.member(), email()
        self.assertEqual(self.patch(member["id"], dict(name="One")).status, 200)
        stale = {"If-Match": f'"{member["version"]}"'}
        self.assertProblem(self.patch(member["id"], dict(email=new), headers=stale), 412,
                           "precondition_failed")
        self.assertEqual(self.read(member["id"])["email"], member["email"])
        self.assertEqual(self.member(email=new)["email"], new)

    # ---- finding

    def find(self, **queries):
        query = "&".join(f"{name}={value}" for name, value in queries.items())
        answer = node.must(200, "GET", "members?limit=100&" + query)
        return [row["id"] for row in answer["data"]]

    def test_members_are_found_by_address_status_and_email_together(self):
        street = "Street-" + uuid.uuid4().hex
        one, two = self.member(address=street), self.member(address=street.upper() + "%20")
        three = self.member(address=f" {street} ")
        node.must(200, "POST", f"members/{three['id']}/suspend", {})
        self.assertEqual(self.find(address=street), [three["id"], one["id"]])
        self.assertEqual(self.find(address=street, status="suspended"), [three["id"]])
        self.assertEqual(self.find(address=street, status="active", email=one["email"]),
                         [one["id"]])
        self.assertEqual(self.find(status="suspended", email=one["email"]), [])
        self.assertEqual(self.find(address="elsewhere", email=one["email"]), [])
        self.assertEqual(self.find(email=email()), [])
        self.assertIn(two["id"], self.find())
        self.patch(one["id"], dict(address="moved-" + street))
        self.assertEqual(self.find(address=street), [three["id"]])
        self.assertEqual(self.find(address="moved-" + street), [one["id"]])
        for query in ("status=happy", "email=nobody", "phone=1"):
            self.assertProblem(node.call("GET", "members?" + query), 400, "invalid_request")
        token = node.token("member", one["id"])
        self.assertProblem(node.call("GET", "members", token=token), 403, "forbidden")

    # ---- leaving

    def close(self, member, **how):
        return node.call("POST", f"members/{member}/close", dict(reason="moves abroad"), **how)

    def erase(self, member, **how):
        return node.call("POST", f"members/{member}/erase", dict(reason="asked for"), **how)

    def test_a_member_without_a_wallet_leaves_at_once_and_frees_its_email(self):
        member, key = self.member(), str(uuid.uuid4())
        token = node.token("member", member["id"])
        for replayed in (None, "true"):
            answer = self.close(member["id"], token=token, key=key)
            self.assertEqual((answer.status, answer.get("status")), (200, "closed"), repr(answer))
            self.assertEqual(answer.headers.get("idempotent-replayed"), replayed)
        self.assertProblem(self.close(member["id"]), 409, "state_conflict")
        self.assertProblem(self.patch(member["id"], dict(name="X")), 409, "state_conflict")
        self.assertProblem(self.patch(member["id"], dict(email=email())), 409, "state_conflict")
        self.assertEqual(self.find(email=member["email"]), [])
        self.assertEqual(self.member(email=member["email"])["status"], "active")

    def test_money_keeps_a_member_until_it_is_gone(self):
        person = node.person()
        self.assertEqual(node.recharge(person, 10_000).status, 201)
        self.assertProblem(self.close(person["member"]), 409, "wallet_not_empty")
        self.assertEqual(self.read(person["member"])["status"], "active")
        self.assertEqual(node.pay(person, node.merchant(), 10_000).status, 201)
        self.assertEqual(self.close(person["member"]).status, 200)
        self.assertEqual(node.must(200, "GET", f"wallets/{person['wallet']}")["status"], "closed")

    def test_unsettled_captures_keep_the_merchants_member(self):
        person, shop = node.person(), node.merchant()
        self.assertEqual(node.recharge(person, 20_000).status, 201)
        self.assertEqual(node.pay(person, shop, 20_000).status, 201)
        self.assertProblem(self.close(shop["member"]), 409, "transfers_open")
        self.assertEqual(self.read(shop["member"])["status"], "active")
        node.must(202, "POST", "settlements", dict(merchant_id=shop["merchant"]))
        def settled():
            rows = node.must(200, "GET", f"settlements?merchant_id={shop['merchant']}")["data"]
            return rows and all(row["status"] == "settled" for row in rows)
        lib.wait_until("the settlement", settled)
        self.assertEqual(self.close(shop["member"]).status, 200)

    def test_only_who_has_left_is_erased_and_only_by_an_operator(self):
        member = self.member()
        self.assertProblem(self.erase(member["id"]), 409, "state_conflict")
        token = node.token("member", member["id"])
        self.assertProblem(self.erase(member["id"], token=token), 403, "forbidden")
        self.assertProblem(self.erase("mem_" + "0" * 26), 404, "not_found")
        self.assertProblem(self.close("mem_" + "0" * 26), 404, "not_found")


class Erasing(lib.TestCase):
    """With a node of its own, whose folder is searched."""

    def setUp(self):
        self.node = lib.Node(bank)

    def tearDown(self):
        self.node.kill()

    def found(self, texts):
        """The texts that can be read anywhere in the data folder."""
        read = set()
        for folder, _, files in os.walk(self.node.data):
            for name in files:
                output = subprocess.run(["strings", "-n", "6", os.path.join(folder, name)],
                                        capture_output=True, text=True, check=True).stdout
                read |= {text for text in texts if text in output}
        return read

    def test_what_was_erased_cannot_be_read_anywhere_again(self):
        tag = uuid.uuid4().hex
        secrets = dict(name=f"Name-{tag}", email=f"mail-{tag}@example.com", address=f"Addr-{tag}")
        number = f"{uuid.uuid4().int % 10**12:012d}"
        bank.open_account(number, secrets["name"], 50_000)
        key = str(uuid.uuid4())
        join = dict(secrets, password="correct horse", wallet=True)
        member = self.node.must(201, "POST", "members", join, key=key)["id"]
        account = self.node.must(201, "POST", "bank-accounts", dict(
            member_id=member, bank_code="apple", account_number=number))["id"]
        self.node.must(200, "PATCH", f"members/{member}", dict(name="Other-" + tag))
        self.node.must(200, "POST", f"members/{member}/close", dict(reason="Reason-" + tag))
        erase = str(uuid.uuid4())
        for _ in range(2):
            answer = self.node.must(200, "POST", f"members/{member}/erase", {}, key=erase)
            self.assertEqual(answer["status"], "erased")
            self.assertEqual([answer[name] for name in secrets], [None] * 3)
        texts = [*secrets.values(), "Other-" + tag, "Reason-" + tag, number, tag]
        for restart in (False, True):
            if restart:
                self.assertEqual(self.node.kill(), -9)
                self.node.start()
            for answer in (self.node.must(200, "GET", f"members/{member}"),
                           self.node.must(201, "POST", "members", join, key=key)):
                self.assertEqual([answer[name] for name in secrets], [None] * 3, repr(answer))
            shown = self.node.must(200, "GET", f"bank-accounts/{account}")
            self.assertEqual((shown["status"], shown["account_number"]), ("erased", None))
            listed = self.node.must(200, "GET", f"members?address={secrets['address']}")
            self.assertEqual(listed["data"], [])
            listed = self.node.must(200, "GET", "members?status=erased")
            self.assertEqual([(row["id"], row["name"]) for row in listed["data"]],
                             [(member, None)])
            self.assertEqual(self.found(texts), set())
        again = self.node.must(200, "POST", f"members/{member}/erase", {})
        self.assertEqual(again["status"], "erased")
        self.node.kill(15)
        self.node.check_sound()
        self.node.start()

    def test_a_crash_at_the_erasure_still_destroys_the_key(self):
        tag = uuid.uuid4().hex
        members = [self.node.must(201, "POST", "members", dict(
            name=f"Name-{tag}", email=f"{tag}-{index}@example.com"))["id"] for index in range(8)]
        for member in members:
            self.node.must(200, "POST", f"members/{member}/close", {})
        for member in members:
            self.node.call("POST", f"members/{member}/erase", {},
                           headers={"Prefer": "respond-async"})
        self.node.kill()
        self.node.start()
        for member in members:  #  200 only when the key is gone
            answer = self.node.must(200, "POST", f"members/{member}/erase", {})
            self.assertEqual((answer["status"], answer["name"]), ("erased", None))

    def test_a_transfer_on_its_way_keeps_the_key_that_it_needs(self):
        person = self.node.person()
        member = person["member"]
        bank.misbehave("error_before")
        try:
            answer = self.node.recharge(person, 10_000, Prefer="respond-async")
            self.assertEqual(answer.status, 202)
            self.assertProblem(self.node.call("POST", f"members/{member}/close", {}), 409,
                               "wallet_expects_credit")
            self.node.must(200, "POST", f"wallets/{person['wallet']}/close", {})
            self.node.must(200, "POST", f"members/{member}/close", {})
            self.assertProblem(self.node.call("POST", f"members/{member}/erase", {}), 409,
                               "transfers_open")
            self.assertEqual(self.node.must(200, "GET", f"members/{member}")["status"], "closed")
        finally:
            bank.behave()
        self.assertEqual(self.node.finished(f"recharges/{answer['id']}")["status"], "compensated")
        self.assertEqual(bank.balance(person["number"]), 10_000_000)
        self.node.must(200, "POST", f"members/{member}/erase", {})


if __name__ == "__main__":
    lib.main()
