"""The second factor: setting it up, signing in with it, replays, recovery codes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.runner import read_input
from shangmai.modules.identity.contract import Source
from shangmai.modules.identity.contract.errors import (
    CurrentPasswordWrong,
    NotYours,
    SignInFailed,
    SignInThrottled,
    TotpIsOn,
    TotpNeeded,
    TotpNotEnrolled,
    TotpWrong,
)
from tests.identity.people import ATTACKER, HOME, OFFICE, OTHER_PASSWORD, PASSWORD


async def stored(conn) -> tuple[int, int]:
    """How many secrets and recovery codes there are."""
    row = await conn.fetchrow("SELECT (SELECT count(*) FROM totp_secrets), (SELECT count(*) FROM recovery_codes)")
    return row[0], row[1]


class TestSetUp:
    async def test_nothing_changes_before_it_is_confirmed(self, people, act):
        ann = await people.hire("ann", "clerk")
        me = await people.actor(ann)
        enrolment = await act("identity.enrol_totp", {"current_password": PASSWORD}, actor=me)
        assert enrolment.uri.startswith("otpauth://totp/Shangmai:ann?secret=")
        assert (await people.login(ann)).user_id == ann.id
        with pytest.raises(TotpWrong):
            await act("identity.confirm_totp", {"code": "000000"}, actor=me)
        again = await act("identity.enrol_totp", {"current_password": PASSWORD}, actor=me)
        with pytest.raises(TotpWrong):
            await act("identity.confirm_totp", {"code": people.code(enrolment.secret)}, actor=me)
        codes = await act("identity.confirm_totp", {"code": people.code(again.secret)}, actor=me)
        assert len(codes.codes) == 10
        with pytest.raises(TotpNeeded):
            await people.login(ann)

    async def test_it_needs_the_password_and_is_done_once(self, people, act, admin_conn):
        ann = await people.hire("ann", "clerk")
        me = await people.actor(ann)
        with pytest.raises(CurrentPasswordWrong):
            await act("identity.enrol_totp", {"current_password": OTHER_PASSWORD}, actor=me)
        with pytest.raises(TotpNotEnrolled):
            await act("identity.confirm_totp", {"code": "123456"}, actor=me)
        assert await stored(admin_conn) == (0, 0)
        secret, _ = await people.use_totp(ann)
        with pytest.raises(TotpIsOn):
            await act("identity.enrol_totp", {"current_password": PASSWORD}, actor=me)
        with pytest.raises(TotpIsOn):
            await act("identity.confirm_totp", {"code": people.code(secret, 1)}, actor=me)
        assert await stored(admin_conn) == (1, 10)

    async def test_secrets_are_neither_in_the_tables_nor_in_the_log(self, people, runner, admin_conn):
        me = await people.actor(await people.hire("ann", "clerk"))

        async def run(name, given):
            call = Call(action=name, input=read_input(ACTIONS[name], given), actor=me, door="test", key=name)
            return (await runner.run(call)).unwrap()

        enrolment = await run("identity.enrol_totp", {"current_password": PASSWORD})
        code = people.code(enrolment.secret)
        codes = (await run("identity.confirm_totp", {"code": code})).codes
        again = await run("identity.confirm_totp", {"code": code})
        assert again.codes == ["•••"] * 10  # the key gives the answer again, the secrets were shown once
        secrets = {enrolment.secret, code, *codes, *(one.replace("-", "") for one in codes)}
        for table in ("action_log", "events", "totp_secrets", "recovery_codes"):
            for row in await admin_conn.fetch(f"SELECT t::text FROM {table} t"):
                assert not [one for one in secrets if one in row[0] and len(one) > 6]
        assert code not in str(await admin_conn.fetch("SELECT input, output FROM action_log"))


class TestSigningIn:
    async def test_password_and_code(self, people, clock):
        ann = await people.hire("ann", "clerk")
        secret, _ = await people.use_totp(ann)
        clock.advance(seconds=30)
        for wrong in ("000000", "12345", "", "abcdef"):
            with pytest.raises((TotpWrong, TotpNeeded)):
                await people.login(ann, totp=wrong, source=HOME)
        assert (await people.login(ann, totp=people.code(secret))).user_id == ann.id

    async def test_the_right_code_with_the_wrong_password_is_not_used_up(self, people, clock):
        ann = await people.hire("ann", "clerk")
        secret, _ = await people.use_totp(ann)
        clock.advance(seconds=30)
        with pytest.raises(SignInFailed):
            await people.login(ann, OTHER_PASSWORD, totp=people.code(secret))
        assert (await people.login(ann, totp=people.code(secret))).user_id == ann.id

    async def test_a_code_signs_in_once(self, people, clock, admin_conn):
        ann = await people.hire("ann", "clerk")
        secret, _ = await people.use_totp(ann)
        with pytest.raises(TotpWrong):
            await people.login(ann, totp=people.code(secret))  # confirming has used it
        clock.advance(seconds=30)
        code = people.code(secret)
        await people.login(ann, totp=code)
        for _ in range(2):
            with pytest.raises(TotpWrong):
                await people.login(ann, totp=code, source=HOME)
            clock.advance(seconds=25)
        assert await admin_conn.fetchval("SELECT count(*) FROM sessions") == 1

    async def test_two_uses_of_one_code_at_once(self, people, clock, admin_conn):
        ann = await people.hire("ann", "clerk")
        secret, _ = await people.use_totp(ann)
        clock.advance(seconds=30)
        code = people.code(secret)
        tries = [people.login(ann, totp=code, source=source) for source in (OFFICE, HOME)]
        answers = await asyncio.gather(*tries, return_exceptions=True)
        assert sorted(type(answer).__name__ for answer in answers) == ["NewSession", "TotpWrong"]
        assert await admin_conn.fetchval("SELECT count(*) FROM sessions") == 1

    async def test_after_the_clock_was_set_back_new_codes_work_and_used_ones_do_not(self, people, clock):
        ann = await people.hire("ann", "clerk")
        secret, _ = await people.use_totp(ann)
        start = clock.now()
        clock.set_to(start + timedelta(days=30))
        await people.login(ann, totp=people.code(secret))
        clock.set_to(start)
        with pytest.raises(TotpWrong):
            await people.login(ann, totp=people.code(secret))
        clock.advance(minutes=5)
        assert (await people.login(ann, totp=people.code(secret))).user_id == ann.id

    async def test_used_steps_do_not_pile_up(self, people, clock, admin_conn):
        ann = await people.hire("ann", "clerk")
        secret, _ = await people.use_totp(ann)
        for _ in range(18):
            clock.advance(minutes=1)
            await people.login(ann, totp=people.code(secret))
        steps = await admin_conn.fetchval("SELECT used_steps FROM totp_secrets")
        now = int(clock.now().timestamp()) // 30
        assert steps == [now - 2 * n for n in reversed(range(16))]


class TestGuessingCodes:
    async def test_from_many_addresses_it_is_still_slowed_down(self, people, clock):
        """Whoever guesses codes knows the password, so the addresses are counted together."""
        ann = await people.hire("ann", "clerk")
        known = Source(address=OFFICE.address, device=(await people.login(ann)).device)
        secret, codes = await people.use_totp(ann)
        clock.advance(seconds=30)
        for n in range(5):
            with pytest.raises(TotpWrong):
                await people.login(ann, totp="000000", source=Source(address=f"192.0.2.{n}"))
        with pytest.raises(SignInThrottled) as refused:
            await people.login(ann, totp=people.code(secret), source=Source(address="192.0.2.99"))
        assert refused.value.data["retry_after_s"] == 5
        assert (await people.login(ann, totp=people.code(secret), source=known)).user_id == ann.id
        assert (await people.login(ann, totp=codes[0], source=HOME)).user_id == ann.id


class TestRecovery:
    async def test_each_code_signs_in_once(self, people, admin_conn):
        ann = await people.hire("ann", "clerk")
        _, codes = await people.use_totp(ann)
        await people.login(ann, totp=codes[0].lower().replace("-", " "))
        with pytest.raises(TotpWrong):
            await people.login(ann, totp=codes[0])
        await people.login(ann, totp=codes[1])
        assert await stored(admin_conn) == (1, 8)
        used = "SELECT count(*) FROM events WHERE payload->>'what' = 'recovery_code_used'"
        assert await admin_conn.fetchval(used) == 2

    async def test_two_uses_at_once_exactly_one_wins(self, people, admin_conn):
        ann = await people.hire("ann", "clerk")
        _, codes = await people.use_totp(ann)
        for code in codes[:3]:
            tries = [people.login(ann, totp=code, source=source) for source in (OFFICE, HOME, ATTACKER)]
            answers = await asyncio.gather(*tries, return_exceptions=True)
            assert sorted(type(answer).__name__ for answer in answers) == ["NewSession", "TotpWrong", "TotpWrong"]
        assert await stored(admin_conn) == (1, 7)
        assert await admin_conn.fetchval("SELECT count(*) FROM sessions") == 3

    async def test_one_users_code_is_nothing_for_another(self, people, admin_conn):
        ann, bob = await people.hire("ann", "clerk"), await people.hire("bob", "clerk")
        _, codes = await people.use_totp(ann)
        await people.use_totp(bob)
        with pytest.raises(TotpWrong):
            await people.login(bob, totp=codes[0])
        assert await stored(admin_conn) == (2, 20)


class TestRemove:
    async def test_ones_own_with_the_password(self, people, act, admin_conn):
        ann = await people.hire("ann", "clerk")
        await people.use_totp(ann)
        me = await people.actor(ann)
        with pytest.raises(CurrentPasswordWrong):
            await act("identity.remove_totp", {}, actor=me)
        with pytest.raises(CurrentPasswordWrong):
            await act("identity.remove_totp", {"current_password": OTHER_PASSWORD}, actor=me)
        assert await stored(admin_conn) == (1, 10)
        assert not (await act("identity.remove_totp", {"current_password": PASSWORD}, actor=me)).has_totp
        assert await stored(admin_conn) == (0, 0)
        assert (await people.login(ann)).user_id == ann.id

    async def test_a_managers_help_for_a_lost_phone(self, people, act, admin_conn):
        ann, bob = await people.hire("ann", "clerk"), await people.hire("bob", "clerk", password=None)
        await people.use_totp(ann)
        with pytest.raises(NotYours):
            await act("identity.remove_totp", {"user_id": ann.id}, actor=await people.actor(bob))
        assert await stored(admin_conn) == (1, 10)
        boss = await people.actor(await people.hire("boss", "owner", password=None))
        await act("identity.remove_totp", {"user_id": ann.id}, actor=boss)
        assert (await people.login(ann)).user_id == ann.id
