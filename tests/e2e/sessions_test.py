#!/usr/bin/env python3
"""Logging in, going on, logging out; passwords that are changed, forgotten and guessed."""
import base64
import concurrent.futures
import json
import os
import statistics
import time
import uuid

import lib
from tap_test import Follower

PASSWORD, OTHER = "correct horse battery", "staple of another kind"


class Sessions(lib.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = lib.Bank()
        # Long enough to be seen at its first length by who asks at once, on a slow machine too
        cls.node = lib.Node(cls.bank, "--login-delay-first-ms", "3000", "--refresh-grace-ms", "1500",
                            "--login-guesses-per-address", "1000")

    @classmethod
    def tearDownClass(cls):
        assert cls.node.kill(lib.signal.SIGTERM) == 0, cls.node.log()[-800:]

    def ask(self, method, path, body=None, token=None, **headers):
        """A request without a key, and without a token unless told."""
        if token:
            headers["Authorization"] = "Bearer " + token
        return self.node.request(method, "/v1/" + path, body, headers)

    def member(self, password=PASSWORD):
        """(id, email) of a new member."""
        email = uuid.uuid4().hex + "@example.com"
        body = dict(name="Kim", email=email, wallet=True)
        if password:
            body["password"] = password
        return self.node.must(201, "POST", "members", body)["id"], email

    def login(self, email, password=PASSWORD):
        return self.ask("POST", "sessions", dict(email=email, password=password))

    def opened(self, email, password=PASSWORD):
        answer = self.login(email, password)
        self.assertEqual(answer.status, 201, answer)
        return answer

    def refresh(self, session):
        return self.ask("POST", "sessions/refresh", dict(refresh_token=session["refresh_token"]))

    def refreshed(self, session):
        answer = self.refresh(session)
        self.assertEqual(answer.status, 200, answer)
        return answer

    def change(self, member, token, current, new, key=None):
        body = dict(new=new) if current is None else dict(current=current, new=new)
        return self.node.call("POST", f"members/{member}/password", body, token=token, key=key)

    # ---- sessions

    def test_a_member_logs_in_and_sees_its_own(self):
        member, email = self.member()
        session = self.opened("  " + email.upper())
        self.assertEqual(session["member_id"], member)
        self.assertEqual((session["token_type"], session["expires_in"]), ("Bearer", 900))
        claims = session["access_token"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        self.assertEqual((claims["sub"], claims["role"]), (member, "member"))
        self.assertEqual(claims["exp"] - claims["iat"], 900)
        self.assertTrue(claims["sid"].startswith("ses_"))
        self.node.must(200, "GET", f"members/{member}", token=session["access_token"])
        other, _ = self.member()
        self.assertProblem(self.node.call("GET", f"members/{other}", token=session["access_token"]),
                           404, "not_found")

    def test_bodies_and_methods_are_checked_like_any_other(self):
        for path, body in (("sessions", {}), ("sessions", dict(email="a@b.kr")),
                           ("sessions", dict(email="nobody", password=PASSWORD)),
                           ("sessions", dict(email="a@b.kr", password="x" * 129)),
                           ("sessions/refresh", {}), ("sessions/password-reset", {}),
                           ("sessions/password-reset/confirm", dict(token="x", new="short"))):
            self.assertProblem(self.ask("POST", path, body), 400, "invalid_request")
        self.assertProblem(self.ask("GET", "sessions"), 405, "method_not_allowed")
        self.assertProblem(self.ask("DELETE", "sessions"), 401, "unauthorized")

    def test_a_token_that_has_expired_does_not_keep_its_owner_from_logging_in(self):
        _, email = self.member()
        answer = self.ask("POST", "sessions", dict(email=email, password=PASSWORD), token="x.y.z")
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(self.ask("POST", "sessions/refresh", dict(
            refresh_token=answer["refresh_token"]), token="x.y.z").status, 200)

    def test_tokens_rotate_and_a_lost_answer_is_asked_for_again(self):
        _, email = self.member()
        first = self.opened(email)
        second = self.refreshed(first)
        again = self.refreshed(first)
        self.assertNotEqual(first["refresh_token"], second["refresh_token"])
        self.assertEqual(second["refresh_token"], again["refresh_token"])
        third = self.refreshed(second)
        self.node.must(200, "GET", f"members/{third['member_id']}", token=third["access_token"])

    def test_an_old_token_ends_its_session_and_no_other(self):
        member, email = self.member()
        first, elsewhere = self.opened(email), self.opened(email)
        newest = self.refreshed(self.refreshed(first))
        self.assertProblem(self.refresh(first), 401, "session_expired")
        self.assertProblem(self.refresh(newest), 401, "session_expired")
        self.node.must(401, "GET", f"members/{member}", token=newest["access_token"])
        self.refreshed(elsewhere)

    def test_a_previous_token_that_comes_after_the_grace_counts_as_stolen(self):
        _, email = self.member()
        first = self.opened(email)
        second = self.refreshed(first)
        self.assertEqual(self.refresh(first).status, 200)
        lib.wait_until("the end of the grace", lambda: self.refresh(first).status == 401, 10, 0.2)
        self.assertProblem(self.refresh(second), 401, "session_expired")

    def test_windows_that_race_hold_one_token(self):
        _, email = self.member()
        first = self.opened(email)
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: self.refreshed(first), range(6)))
        self.assertEqual(len({answer["refresh_token"] for answer in answers}), 1)
        self.refreshed(answers[0])

    def test_tokens_that_nobody_made_are_refused(self):
        _, email = self.member()
        good = self.opened(email)["refresh_token"]
        flipped = good[:-3] + ("A" if good[-3] != "A" else "B") + good[-2:]
        for token in ("x", "hpr_", good[:-1], good + "A", "hpp_" + good[4:], "hpr_" + "A" * 86):
            self.assertProblem(self.refresh(dict(refresh_token=token)), 401, "session_expired")
        self.refreshed(dict(refresh_token=good))
        self.assertProblem(self.refresh(dict(refresh_token=flipped)), 401, "session_expired")

    def test_who_logs_out_is_out_at_once(self):
        member, email = self.member()
        here, elsewhere = self.opened(email), self.opened(email)
        answer = self.ask("DELETE", "sessions", token=here["access_token"])
        self.assertEqual((answer.status, answer.raw), (204, b""))
        self.assertProblem(self.refresh(here), 401, "session_expired")
        self.assertEqual(self.ask("DELETE", "sessions", token=here["access_token"]).status, 204)
        for token, status in ((here, 401), (elsewhere, 200)):
            self.node.must(status, "GET", f"members/{member}", token=token["access_token"])
        self.refreshed(elsewhere)

    def test_a_token_that_is_of_no_session_logs_nobody_out(self):
        member, _ = self.member()
        self.assertProblem(self.ask("DELETE", "sessions", token=self.node.token("member", member)),
                           409, "state_conflict")
        self.assertProblem(self.ask("DELETE", "sessions", token=self.node.operator()), 403,
                           "forbidden")

    def test_the_oldest_of_many_sessions_makes_room(self):
        _, email = self.member()
        sessions = [self.opened(email) for _ in range(17)]
        self.assertProblem(self.refresh(sessions[0]), 401, "session_expired")
        self.refreshed(sessions[1])
        self.refreshed(sessions[16])

    def test_a_suspended_member_logs_in_and_moves_nothing(self):
        member, email = self.member()
        self.node.must(200, "POST", f"members/{member}/suspend")
        token = self.opened(email)["access_token"]
        self.assertEqual(self.node.must(200, "GET", f"members/{member}", token=token)["status"],
                         "suspended")
        answer = self.node.call("POST", "payments", dict(
            member_id=member, merchant_id=self.node.merchant()["merchant"],
            order_id=uuid.uuid4().hex, amount=1, currency="KRW", capture=True), token=token)
        self.assertProblem(answer, 422, "member_suspended")

    def test_a_member_that_has_left_is_as_unknown_as_a_stranger(self):
        member, email = self.member()
        session = self.opened(email)
        path, access = f"members/{member}", session["access_token"]
        self.node.must(200, "GET", path, token=access)
        self.node.must(200, "POST", path + "/close", token=access)
        self.assertProblem(self.node.call("GET", path, token=access), 401, "unauthorized")
        self.assertProblem(self.login(email), 401, "credentials_invalid")
        self.assertProblem(self.refresh(session), 401, "session_expired")
        self.assertProblem(self.change(member, None, None, OTHER), 409, "state_conflict")

    def test_a_full_hashing_pool_is_503_and_a_stop_in_the_middle_is_clean(self):
        node = lib.Node(self.bank, "--hash-queue", "2")
        emails = [uuid.uuid4().hex + "@example.com" for _ in range(12)]

        def guess(email):
            try:
                return node.request("POST", "/v1/sessions", dict(email=email, password="wrong"))
            except lib.Unreachable:
                return None
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(guess, emails))
            full = [answer for answer in answers if answer.status == 503]
            self.assertTrue(full, answers)
            self.assertProblem(full[0], 503, "overloaded")
            self.assertIn("retry-after", full[0].headers)
            one = emails[answers.index(full[0])]
            for _ in range(4):  #  What was not tried is no guess
                self.assertProblem(guess(one), 401, "credentials_invalid")
            waiting = [pool.submit(guess, email) for email in emails]
            lib.wait_until("the first to be turned away", lambda: any(
                one.done() for one in waiting))
            self.assertEqual(node.kill(lib.signal.SIGTERM), 0, node.log()[-800:])

    def test_sessions_survive_a_crash(self):
        member, email = self.member()
        session = self.opened(email)
        self.node.kill()
        self.node.start()
        session = self.refreshed(session)
        self.node.must(200, "GET", f"members/{member}", token=session["access_token"])
        self.opened(email)

    # ---- guesses

    def test_a_wrong_address_looks_like_a_wrong_password(self):
        _, email = self.member()

        def looks(address):
            answer = self.login(address, "not the password")
            self.assertProblem(answer, 401, "credentials_invalid")
            own = {"request-id", "date"}
            return (sorted(item for item in answer.headers.items() if item[0] not in own),
                    {name: value for name, value in answer.json.items() if name != "request_id"})
        self.assertEqual(looks(email), looks("x" + email))
        self.assertNotIn("happypay-sequence", dict(looks(email)[0]))
        without, address = self.member(password=None)
        self.assertEqual(looks(email), looks(address), without)

    def test_a_wrong_address_takes_as_long_as_a_wrong_password(self):
        members = [self.member()[1] for _ in range(4)]
        strangers = ["x" + email for email in members]
        seconds = {True: [], False: []}
        for _ in range(3):
            for known, unknown in zip(members, strangers):
                for email, is_known in ((known, True), (unknown, False)):
                    begin = time.monotonic()
                    self.assertEqual(self.login(email, "not the password").status, 401)
                    seconds[is_known].append(time.monotonic() - begin)
        known, unknown = (statistics.median(seconds[kind]) for kind in (True, False))
        self.assertLess(abs(known - unknown), 0.5 * max(known, unknown), seconds)
        self.assertGreater(min(seconds[False]), 0.2 * known, seconds)

    def test_five_wrong_passwords_delay_and_the_session_inside_goes_on(self):
        member, email = self.member()
        inside = self.opened(email)
        for address in (email, "x" + email):
            for _ in range(5):
                self.assertProblem(self.login(address, "wrong"), 401, "credentials_invalid")
            answer = self.login(address)
            self.assertProblem(answer, 429, "login_locked")
            self.assertTrue(answer["retryable"])
            self.assertIn(answer.headers["retry-after"], ("1", "2", "3"))
        inside = self.refreshed(inside)
        self.node.must(200, "GET", f"members/{member}", token=inside["access_token"])
        lib.wait_until("the end of the delay", lambda: self.login(email).status == 201, 20, 0.2)

    def test_the_delay_doubles_and_outlives_a_crash(self):
        _, email = self.member()
        for _ in range(5):
            self.assertProblem(self.login(email, "wrong"), 401, "credentials_invalid")
        lib.wait_until("the sixth guess", lambda: self.login(email, "wrong").status == 401, 20, 0.2)
        self.node.kill()
        self.node.start()
        answer = self.login(email, "wrong")
        if answer.status == 429:  # It took less than the delay to start
            self.assertIn(int(answer.headers["retry-after"]), range(1, 7))
            lib.wait_until("the seventh", lambda: self.login(email, "wrong").status == 401, 20, 0.2)
        answer = self.login(email)
        self.assertProblem(answer, 429, "login_locked")
        self.assertIn(int(answer.headers["retry-after"]), range(7, 13))  # The one before was 6

    def test_many_guesses_at_once_are_few_guesses(self):
        _, email = self.member()
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda n: self.login(email, f"guess {n}"), range(20)))
        tried = [answer for answer in answers if answer.status == 401]
        self.assertLessEqual(len(tried), 6, answers)
        for answer in answers:
            self.assertIn(answer.status, (401, 429))
            self.assertEqual("retry-after" in answer.headers, answer.status == 429)

    # ---- passwords

    def test_a_change_ends_the_other_sessions(self):
        member, email = self.member()
        here, elsewhere = self.opened(email), self.opened(email)
        key = uuid.uuid4().hex
        answer = self.change(member, here["access_token"], PASSWORD, OTHER, key)
        self.assertEqual((answer.status, answer["id"]), (200, member), answer)
        again = self.change(member, here["access_token"], PASSWORD, OTHER, key)
        self.assertEqual((again.status, again.headers["idempotent-replayed"]), (200, "true"))
        self.refreshed(here)
        self.assertProblem(self.refresh(elsewhere), 401, "session_expired")
        self.node.must(200, "GET", f"members/{member}", token=here["access_token"])
        self.node.must(401, "GET", f"members/{member}", token=elsewhere["access_token"])
        self.assertProblem(self.login(email), 401, "credentials_invalid")
        self.opened(email, OTHER)

    def test_a_change_needs_the_current_password_and_a_key(self):
        member, email = self.member()
        token = self.opened(email)["access_token"]
        self.assertProblem(self.change(member, token, None, OTHER), 400, "invalid_request")
        self.assertProblem(self.change(member, token, PASSWORD, "short"), 400, "invalid_request")
        self.assertProblem(self.change(member, token, "wrong", OTHER), 401, "credentials_invalid")
        self.assertProblem(self.change(member, token, PASSWORD, OTHER, key=False), 400,
                           "idempotency_key_missing")
        stranger = self.opened(self.member()[1])["access_token"]
        self.assertProblem(self.change(member, stranger, PASSWORD, OTHER), 404, "not_found")
        self.opened(email)

    def test_a_stolen_access_token_does_not_guess_the_password(self):
        member, email = self.member()
        token = self.opened(email)["access_token"]
        for _ in range(5):
            self.assertProblem(self.change(member, token, "wrong", OTHER), 401,
                               "credentials_invalid")
        answer = self.change(member, token, PASSWORD, OTHER)
        self.assertProblem(answer, 429, "login_locked")
        self.assertIn("retry-after", answer.headers)

    def test_a_password_stays_with_its_member_under_a_new_address(self):
        member, email = self.member()
        session, other = self.opened(email), self.opened(email)
        self.node.must(200, "PATCH", f"members/{member}", dict(email="new-" + email),
                       token=session["access_token"])
        for ended in (session, other):
            self.assertProblem(self.node.call("GET", f"members/{member}",
                                              token=ended["access_token"]), 401, "unauthorized")
            self.assertProblem(self.refresh(ended), 401, "session_expired")
        again = self.opened("new-" + email)
        self.assertEqual(again["member_id"], member)
        self.node.must(200, "GET", f"members/{member}", token=again["access_token"])
        self.assertProblem(self.login(email), 401, "credentials_invalid")

    def test_an_operator_sets_the_first_password(self):
        member, email = self.member(password=None)
        self.assertProblem(self.login(email), 401, "credentials_invalid")
        self.assertEqual(self.change(member, None, None, PASSWORD).status, 200)
        self.opened(email)
        self.assertProblem(self.change("mem_01ARZ3NDEKTSV4RRFFQ69G5FAV", None, None, PASSWORD), 404,
                           "not_found")

    def test_a_forgotten_password_is_reset_by_way_of_an_operators_mailer(self):
        member, email = self.member()
        session = self.opened(email)
        follower = Follower(self.node, "--topic", "event.login", "--topic", "happypay.logging")
        self.addCleanup(follower.end)
        lib.wait_until("the subscription", lambda: (self.node.request("GET", "/healthz"),
                                                    follower.messages)[1])
        known = self.ask("POST", "sessions/password-reset", dict(email=email))
        unknown = self.ask("POST", "sessions/password-reset", dict(email="x" + email))
        self.assertEqual((known.status, known.raw), (unknown.status, unknown.raw))
        self.assertEqual((known.status, known["status"]), (202, "accepted"))
        self.assertEqual(set(known.headers), set(unknown.headers))
        asked = follower.wait("event.login.reset_requested")
        self.assertEqual(asked["data"]["member"], member)
        missed = follower.wait("event.login.reset_missed")
        path = "sessions/password-reset/" + asked["subject"]
        self.assertProblem(self.ask("POST", path), 401, "unauthorized")
        self.assertProblem(self.ask("POST", path, token=session["access_token"]), 404, "not_found")
        self.assertProblem(self.ask("POST", "sessions/password-reset/" + missed["subject"],
                                    token=self.node.operator()), 404, "not_found")
        issued = self.ask("POST", path, token=self.node.operator())
        self.assertEqual((issued.status, issued["email"], issued["member_id"]), (200, email, member))
        self.assertProblem(self.ask("POST", path, token=self.node.operator()), 409,
                           "state_conflict")
        confirm = "sessions/password-reset/confirm"
        wrong = "hpp_" + "A" * 86
        self.assertProblem(self.ask("POST", confirm, dict(token=wrong, new=OTHER)), 422,
                           "reset_token_invalid")
        self.assertEqual(self.ask("POST", confirm, dict(token=issued["token"], new=OTHER)).status,
                         200)
        self.assertProblem(self.ask("POST", confirm, dict(token=issued["token"], new=PASSWORD)),
                           422, "reset_token_invalid")
        self.assertProblem(self.refresh(session), 401, "session_expired")
        self.assertProblem(self.login(email), 401, "credentials_invalid")
        self.opened(email, OTHER)

    # ---- secrets

    def test_no_secret_is_left_anywhere(self):
        bank, passwords = lib.Bank(), [uuid.uuid4().hex for _ in range(3)]
        node = lib.Node(bank)
        follower = Follower(node, "--topic", "event", "--topic", "command", "--topic", "happypay")
        self.addCleanup(follower.end)
        lib.wait_until("the subscription", lambda: (node.request("GET", "/healthz"),
                                                    follower.messages)[1])

        def ask(path, body, token=None):
            headers = {"Authorization": "Bearer " + token} if token else {}
            return node.request("POST", "/v1/" + path, body, headers)
        email = uuid.uuid4().hex + "@example.com"
        member = node.must(201, "POST", "members", dict(name="Kim", email=email,
                                                        password=passwords[0]))["id"]
        first = ask("sessions", dict(email=email, password=passwords[0]))
        second = ask("sessions/refresh", dict(refresh_token=first["refresh_token"]))
        node.must(200, "POST", f"members/{member}/password",
                  dict(current=passwords[0], new=passwords[1]), token=second["access_token"])
        ask("sessions/password-reset", dict(email=email))
        login = follower.wait("event.login.reset_requested")["subject"]
        issued = ask("sessions/password-reset/" + login, {}, node.operator())
        ask("sessions/password-reset/confirm", dict(token=issued["token"], new=passwords[2]))
        self.assertEqual(ask("sessions", dict(email=email, password=passwords[2])).status, 201)
        follower.wait("event.login.password_changed")
        self.assertEqual(node.kill(lib.signal.SIGTERM), 0)
        opaque = [first["refresh_token"], second["refresh_token"], issued["token"]]
        secrets = [text.encode() for text in (*passwords, email, *opaque, first["access_token"],
                                              first["access_token"].rsplit(".", 1)[1])]
        secrets += [base64.urlsafe_b64decode(text[4:] + "==")[32:] for text in opaque]
        places = {"log": node.log().encode(), "tap": json.dumps(follower.messages).encode()}
        for folder, _, names in os.walk(node.data):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    places[name] = file.read()
        self.assertTrue(any(b"$argon2id$" in content for content in places.values()))
        self.assertNotIn(b"$argon2id$", places["log"] + places["tap"])
        for place, content in places.items():
            for secret in secrets:
                self.assertNotIn(secret, content, place)
        node.check_sound()


if __name__ == "__main__":
    lib.main()
