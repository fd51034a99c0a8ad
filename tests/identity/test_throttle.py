"""Guessing is slowed down; the owner of the account is never locked out."""

from __future__ import annotations

import asyncio
import os
import threading
from datetime import timedelta

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from shangmai.kernel.errors import AppError
from shangmai.modules.identity import service
from shangmai.modules.identity.contract import Source
from shangmai.modules.identity.contract.errors import SignInFailed, SignInThrottled, TotpNeeded
from shangmai.modules.identity.queries import throttle
from shangmai.modules.identity.rules.throttle import buckets
from shangmai.modules.identity.service.passwords import WAITING_MAX
from tests.identity.people import ATTACKER, HOME, OFFICE, OTHER_PASSWORD, PASSWORD, until

WRONG = "wrong-4-guess"


async def guess(people, user_login: str, source: Source, times: int) -> list[str]:
    """Guess wrong so many times; what was answered, by name."""
    answers = []
    for _ in range(times):
        with pytest.raises(AppError) as refused:
            await service.login(people.db, user_login, WRONG, source=source)
        answers.append(type(refused.value).__name__)
    return answers


async def fill(people, source: Source, failures: int) -> None:
    """As many failures of an address as if it had guessed at as many users."""
    async with people.db.transaction() as tx:
        shared = buckets("", source.address, None)[1:]
        await throttle.lock(tx, shared)
        for _ in range(failures):
            await throttle.count(tx, shared)


class TestGuessing:
    async def test_five_are_free_then_the_wait_doubles(self, people, clock):
        ann = await people.hire("ann", "clerk")
        assert await guess(people, "ann", ATTACKER, 6) == ["SignInFailed"] * 5 + ["SignInThrottled"]
        waits = []
        for _ in range(9):
            with pytest.raises(SignInThrottled) as refused:
                await people.login(ann, source=ATTACKER)
            waits.append(refused.value.data["retry_after_s"])
            clock.advance(seconds=waits[-1])
            assert await guess(people, "ann", ATTACKER, 1) == ["SignInFailed"]
        assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900]

    async def test_many_at_once_get_no_more_guesses(self, people):
        await people.hire("ann", "clerk")
        tries = [service.login(people.db, "ann", f"wrong-{n}-guess", source=ATTACKER) for n in range(20)]
        answers = [type(answer).__name__ for answer in await asyncio.gather(*tries, return_exceptions=True)]
        assert (answers.count("SignInFailed"), answers.count("SignInThrottled")) == (5, 15)

    async def test_a_refused_attempt_is_not_counted(self, people, clock):
        ann = await people.hire("ann", "clerk")
        await guess(people, "ann", ATTACKER, 5 + 10)
        clock.advance(seconds=5)
        assert (await people.login(ann, source=ATTACKER)).user_id == ann.id

    async def test_a_user_that_is_not_there_is_treated_the_same(self, people):
        await people.hire("ann", "clerk")
        assert await guess(people, "ghost", ATTACKER, 6) == await guess(people, "ann", ATTACKER, 6)

    async def test_an_address_that_tries_many_users_waits_for_all_of_them(self, people, clock):
        ann = await people.hire("ann", "clerk")
        await fill(people, ATTACKER, 49)
        assert await guess(people, "bob", ATTACKER, 1) == ["SignInFailed"]
        with pytest.raises(SignInThrottled):
            await people.login(ann, source=ATTACKER)
        neighbour = Source(address="192.0.2.67")
        assert (await people.login(ann, source=neighbour)).user_id == ann.id

    async def test_an_account_of_ones_own_does_not_clear_the_address(self, people):
        ann, mallory = await people.hire("ann", "clerk"), await people.hire("mallory", "clerk")
        await fill(people, ATTACKER, 49)
        await people.login(mallory, source=ATTACKER)
        assert await guess(people, "bob", ATTACKER, 1) == ["SignInFailed"]
        with pytest.raises(SignInThrottled):
            await people.login(ann, source=ATTACKER)

    async def test_a_day_without_failures_forgets_them(self, people, clock):
        await people.hire("ann", "clerk")
        await guess(people, "ann", ATTACKER, 5)
        clock.advance(days=1, seconds=1)
        assert await guess(people, "ann", ATTACKER, 6) == ["SignInFailed"] * 5 + ["SignInThrottled"]


class TestNoLockout:
    async def test_the_user_gets_in_from_another_address(self, people):
        ann = await people.hire("ann", "clerk")
        await guess(people, "ann", ATTACKER, 7)
        assert (await people.login(ann, source=HOME)).user_id == ann.id

    async def test_and_behind_the_attackers_own_address_on_a_known_device(self, people):
        ann = await people.hire("ann", "clerk")
        device = (await people.login(ann, source=OFFICE)).device
        await guess(people, "ann", OFFICE, 7)
        await fill(people, OFFICE, 60)
        with pytest.raises(SignInThrottled):
            await people.login(ann, source=OFFICE)
        known = Source(address=OFFICE.address, device=device)
        assert (await people.login(ann, source=known)).device == device

    async def test_a_device_is_known_for_those_who_signed_in_on_it(self, people):
        ann, bob = await people.hire("ann", "clerk"), await people.hire("bob", "clerk")
        shared = await people.login(ann, source=OFFICE)
        till = Source(address=OFFICE.address, device=shared.device)
        await guess(people, "bob", till, 5)
        with pytest.raises(SignInThrottled):
            await people.login(bob, source=till)
        assert (await people.login(ann, source=till)).device == shared.device

    async def test_two_people_share_a_device(self, people):
        ann, bob = await people.hire("ann", "clerk"), await people.hire("bob", "clerk")
        till = Source(address=OFFICE.address, device=(await people.login(ann)).device)
        assert (await people.login(bob, source=till)).device == till.device
        await guess(people, "bob", OFFICE, 6)
        assert (await people.login(bob, source=till)).user_id == bob.id

    async def test_a_stolen_device_has_its_own_limit_and_a_planted_one_is_not_taken(self, people):
        ann = await people.hire("ann", "clerk")
        device = (await people.login(ann, source=OFFICE)).device
        stolen = Source(address=ATTACKER.address, device=device)
        assert await guess(people, "ann", stolen, 11) == ["SignInFailed"] * 10 + ["SignInThrottled"]
        assert (await people.login(ann, source=OFFICE)).user_id == ann.id
        planted = Source(address=OFFICE.address, device="sm_device_planted")
        assert (await people.login(ann, source=planted)).device != "sm_device_planted"

    async def test_a_device_is_forgotten_after_half_a_year(self, people, clock):
        ann = await people.hire("ann", "clerk")
        known = Source(address=OFFICE.address, device=(await people.login(ann)).device)
        clock.advance(days=180)
        assert (await people.login(ann, source=known)).device != known.device

    async def test_success_gives_all_free_guesses_back(self, people):
        ann = await people.hire("ann", "clerk")
        for _ in range(3):
            await guess(people, "ann", OFFICE, 4)
            await people.login(ann)

    async def test_asking_for_the_second_factor_is_no_failure(self, people):
        ann = await people.hire("ann", "clerk")
        await people.use_totp(ann)
        for _ in range(8):
            with pytest.raises(TotpNeeded):
                await people.login(ann)


class TestClock:
    async def test_set_back_by_a_year_it_makes_nobody_wait_a_year(self, people, clock):
        ann = await people.hire("ann", "clerk")
        await guess(people, "ann", ATTACKER, 6)
        clock.set_to(clock.now() - timedelta(days=365))
        with pytest.raises(SignInThrottled) as refused:
            await people.login(ann, source=ATTACKER)
        assert refused.value.data["retry_after_s"] == 5
        clock.advance(seconds=5)
        assert (await people.login(ann, source=ATTACKER)).user_id == ann.id


class TestWhatIsStored:
    async def test_a_password_typed_as_a_login_is_not(self, people, admin_conn):
        with pytest.raises(SignInFailed):
            await service.login(people.db, PASSWORD, OTHER_PASSWORD, source=OFFICE)
        rows = [row[0] for row in await admin_conn.fetch("SELECT t::text FROM login_throttles t")]
        assert len(rows) == 2
        assert not any(PASSWORD in row or OFFICE.address in row for row in rows)


class Counting(Argon2Hasher):
    """Counts the verifications: what a stopwatch outside would measure."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=64, parallelism=1)
        self.verified = 0

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:
        self.verified += 1
        return super().verify(password, hash)


class TestTiming:
    async def test_an_unknown_user_costs_as_much_as_a_known_one(self, people):
        await people.hire("ann", "clerk")
        await people.hire("robot", "clerk", password=None)
        disabled = await people.hire("dan", "clerk")
        await people.act("identity.disable_user", {"user_id": disabled.id})
        hasher = Counting()
        service.use_hasher(PasswordHash((hasher,)))
        for number, login in enumerate(("ann", "ghost", "robot", "dan", ""), start=1):
            assert await guess(people, login, OFFICE, 1) == ["SignInFailed"]
            assert hasher.verified == number


class Held(Argon2Hasher):
    """Takes its time with a wrong password, until it is let go."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=64, parallelism=1)
        self.go = threading.Event()

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:
        if password == WRONG:
            self.go.wait(60)
        return super().verify(password, hash)


class TestBusy:
    async def test_a_flood_of_sign_ins_is_turned_away_and_people_at_work_get_in(self, people, admin_conn):
        """Known devices have threads of their own; of the others, only so many wait."""
        most = max(1, (os.cpu_count() or 1) - 1) + WAITING_MAX
        ann = await people.hire("ann", "clerk")
        known = Source(address=OFFICE.address, device=(await people.login(ann)).device)
        service.use_hasher(PasswordHash((hasher := Held(),)))
        sources = [Source(address=f"10.0.{n // 256}.{n % 256}") for n in range(most + 27)]
        flood = [asyncio.create_task(service.login(people.db, "ann", WRONG, source=one)) for one in sources]

        async def some_are_turned_away() -> bool:
            return sum(task.done() for task in flood) == 27

        try:
            await until(some_are_turned_away)
            assert (await people.login(ann, source=known)).user_id == ann.id
            assert await some_are_turned_away()
        finally:
            hasher.go.set()
        answers = [type(answer).__name__ for answer in await asyncio.gather(*flood, return_exceptions=True)]
        assert (answers.count("SignInFailed"), answers.count("SignInBusy")) == (most, 27)
        tried = await admin_conn.fetch("SELECT failures, count(*) FROM login_throttles GROUP BY 1 ORDER BY 1")
        # nothing is counted where somebody was turned away, nor at the address that somebody signed in from
        assert [tuple(row) for row in tried] == [(0, 2 * 27 + 1), (1, 2 * most)]


class TestRehash:
    async def test_a_sign_in_brings_the_hash_to_todays_parameters(self, people, admin_conn):
        ann = await people.hire("ann", "clerk")
        stored = "SELECT password_hash FROM users"
        assert "$m=64,t=1,p=1$" in await admin_conn.fetchval(stored)
        service.use_hasher(PasswordHash((Argon2Hasher(time_cost=2, memory_cost=128, parallelism=1),)))
        await guess(people, "ann", OFFICE, 1)
        assert "$m=64,t=1,p=1$" in await admin_conn.fetchval(stored)
        await people.login(ann)
        assert "$m=128,t=2,p=1$" in await admin_conn.fetchval(stored)
        await people.login(ann)
