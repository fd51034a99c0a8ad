"""The algebra of grants, waits, passwords and codes: tables and properties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.actors import DIMENSIONS, EVERYTHING, Actor
from shangmai.modules.identity.contract import Grant
from shangmai.modules.identity.contract.errors import CsrfTokenWrong, PasswordTooWeak
from shangmai.modules.identity.rules import factors, grants, passwords, sessions, throttle
from shangmai.modules.identity.rules.throttle import Failures, Limit

NOW = datetime(2026, 6, 1, 1, tzinfo=UTC)
WORDS = ("orders", "ledger", "read", "cancel")
EXACT = st.sampled_from([f"{module}.{verb}" for module in WORDS for verb in WORDS])
PATTERNS = st.sampled_from([*(f"{w}.*" for w in WORDS), *(f"*.{w}" for w in WORDS), "*"]) | EXACT
SETS = st.frozensets(PATTERNS, max_size=5)
IDS = st.none() | st.frozensets(st.sampled_from([UUID(int=n) for n in range(4)]))
SCOPES = st.dictionaries(st.sampled_from(DIMENSIONS), IDS)


def holder(held: frozenset[str], scopes: grants.Admitted | None = None) -> Actor:
    return Actor(id=UUID(int=9), kind="user", name="x", grants=held, scopes=scopes or {})


class TestGrants:
    @given(SETS, EXACT)
    def test_covering_is_what_an_actor_may(self, held, grant):
        assert grants.covers(held, grant) == holder(held).may(grant)

    @given(SETS, SETS, EXACT)
    def test_common_is_what_both_may(self, ours, theirs, grant):
        both = holder(ours).may(grant) and holder(theirs).may(grant)
        assert holder(grants.common(ours, theirs)).may(grant) == both

    @given(SETS, SETS, EXACT)
    def test_who_misses_nothing_may_all_of_it(self, wanted, held, grant):
        if not grants.missing(wanted, held) and holder(wanted).may(grant):
            assert holder(held).may(grant)

    @given(SETS, EXACT)
    def test_leaving_duplicates_out_changes_nothing(self, held, grant):
        kept = grants.without_duplicates(sorted(held))
        assert holder(frozenset(kept)).may(grant) == holder(held).may(grant)

    def test_examples(self):
        assert grants.missing(["orders.*", "ledger.read"], ["*.read", "orders.cancel"]) == ["orders.*"]
        assert grants.common(["*.read"], ["orders.*"]) == {"orders.read"}
        assert grants.without_duplicates(["orders.cancel", "orders.*", "*.cancel"]) == ["*.cancel", "orders.*"]

    @pytest.mark.parametrize("pattern", ["*", "orders.*", "*.read", "orders.cancel", "crm.tags.read"])
    def test_patterns_that_are_grants(self, pattern):
        assert msgspec.convert(pattern, Grant) == pattern

    @pytest.mark.parametrize(
        "pattern", ["", "orders", "orders.", ".read", "or*.read", "Orders.read", "orders.re*", "*.*.*", "orders.read\n"]
    )
    def test_patterns_that_are_none(self, pattern):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(pattern, Grant)


class TestScopes:
    @given(SCOPES, SCOPES, st.sampled_from(DIMENSIONS), st.integers(0, 3))
    def test_common_is_what_both_see(self, ours, theirs, dimension, n):
        id_ = UUID(int=n)
        both = all(holder(frozenset(), scopes).sees(dimension, id_) for scopes in (ours, theirs))
        assert holder(frozenset(), grants.common_scopes(ours, theirs)).sees(dimension, id_) == both

    @given(SCOPES, SCOPES)
    def test_nothing_unseen_means_a_part(self, wanted, held):
        part = all(
            held.get(d, frozenset()) is EVERYTHING or (ids is not EVERYTHING and ids <= held.get(d, frozenset()))
            for d, ids in wanted.items()
        )
        assert (grants.unseen(wanted, held) == []) == part

    @given(SCOPES)
    def test_the_wire_loses_nothing(self, scopes):
        assert grants.admitted(grants.on_the_wire(scopes)) == scopes


class TestWaits:
    LIMIT = Limit(free=3, first_s=5)

    def test_they_double_after_the_free_ones_up_to_a_quarter_of_an_hour(self):
        waits = [throttle.wait_s(self.LIMIT, Failures(n, NOW), NOW) for n in range(14)]
        assert waits == [0, 0, 0, 5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]
        assert throttle.wait_s(self.LIMIT, Failures(10**9, NOW), NOW) == 900

    @given(st.integers(0, 50), st.integers(-(10**7), 10**7))
    def test_no_clock_makes_anyone_wait_longer_than_the_limit(self, count, seconds):
        assert 0 <= throttle.wait_s(self.LIMIT, Failures(count, NOW), NOW + timedelta(seconds=seconds)) <= 900

    def test_a_known_device_is_counted_alone(self):
        device = throttle.buckets("ann", "192.0.2.1", "d1")
        assert len(device) == 1
        assert device != throttle.buckets("ann", "192.0.2.1", "d2")
        assert device != throttle.buckets("bob", "192.0.2.1", "d1")

    def test_no_bucket_is_of_the_user_alone(self):
        here = {bucket.name for bucket in throttle.buckets("ann", "192.0.2.1", None)}
        assert here.isdisjoint(bucket.name for bucket in throttle.buckets("ann", "192.0.2.2", None))

    @pytest.mark.parametrize(
        ("one", "other"),
        [("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"), ("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::1%eth0", "fe80::1")],
    )
    def test_one_customer_is_one_place(self, one, other):
        assert throttle.place_of(one) == throttle.place_of(other)

    def test_two_customers_are_two(self):
        assert throttle.place_of("2001:db8:1:2::1") != throttle.place_of("2001:db8:1:3::1")
        assert throttle.place_of("not an address") == "not an address"


class TestPasswords:
    @pytest.mark.parametrize(
        "weak",
        ["aaaaaaaaaa", "1234567890", "0987654321", "qwertyuiop", "ANNannANN1x", "abcdefghijkl", "passwordpassword"],
    )
    def test_weak_ones(self, weak):
        with pytest.raises(PasswordTooWeak):
            passwords.check_password(weak, "ann")

    @pytest.mark.parametrize("good", ["mountain-7-lake", "我喜欢在西湖边散步吃饭", "p4ssw0rd of the day"])
    def test_good_ones(self, good):
        passwords.check_password(good, "ann")

    def test_spellings_of_one_login(self):
        assert {passwords.normalize_login(login) for login in (" Ann ", "ＡＮＮ", "ann")} == {"ann"}


class TestCodes:
    SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

    @pytest.mark.parametrize(("seconds", "fits"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)])
    def test_one_step_of_drift_either_way(self, seconds, fits):
        code = pyotp.TOTP(self.SECRET).at(NOW + timedelta(seconds=seconds))
        assert (factors.matching_steps(self.SECRET, code, NOW) != []) == fits

    def test_spellings_of_one_code(self):
        code = pyotp.TOTP(self.SECRET).at(NOW)
        assert factors.matching_steps(self.SECRET, f" {code[:3]} {code[3:]} ", NOW) != []
        assert factors.is_totp("１２３ 456")
        assert factors.clean("abcd-efgh 2345") == "ABCDEFGH2345"

    def test_recovery_codes_are_many_and_no_totp(self):
        codes = factors.new_recovery_codes()
        assert len(set(codes)) == 10
        assert all(len(factors.clean(code)) == 16 and not factors.is_totp(code) for code in codes)


class TestCsrf:
    def test_it_is_bound_to_the_session(self):
        token = sessions.csrf_token("sm_session_a")
        assert token != sessions.csrf_token("sm_session_b")
        sessions.check_csrf(token, token, "POST")
        for given_token in (None, "", sessions.csrf_token("sm_session_b"), "錯"):
            with pytest.raises(CsrfTokenWrong):
                sessions.check_csrf(token, given_token, "DELETE")
            sessions.check_csrf(token, given_token, "GET")
