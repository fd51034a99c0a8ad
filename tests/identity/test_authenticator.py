"""Who is calling: from memory, until somebody's access changes, in whichever process that happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import Unauthenticated
from shangmai.modules.identity import service
from shangmai.modules.identity.contract import SetPassword
from shangmai.modules.identity.contract.errors import ApiKeyRefused, CsrfTokenWrong, RoleNotFound, SessionEnded
from tests.identity.people import OTHER_PASSWORD, until


class Process:
    """An API process: a database pool of its own and an authenticator that listens."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.authenticator = service.Authenticator()
        self.task = asyncio.create_task(self.authenticator.run(db))

    async def who(self, cookie=None, bearer=None, csrf=None, method="GET"):
        return await self.authenticator.authenticate(self.db, bearer=bearer, cookie=cookie, csrf=csrf, method=method)

    async def hears(self) -> None:
        async def check() -> bool:
            return self.authenticator.hears

        await until(check)

    async def begin_anew(self) -> None:
        """Hear nothing of what was changed until now: that may be on its way still, and would be forgotten for."""
        await self.end()
        self.authenticator = service.Authenticator()
        self.task = asyncio.create_task(self.authenticator.run(self.db))
        await self.hears()

    async def end(self) -> None:
        self.authenticator.stop()
        await self.task

    async def refuses(self, cookie: str) -> None:
        """Soon, and without the clock moving, so long before anything would be looked up again by itself."""

        async def check() -> bool:
            try:
                await self.who(cookie)
            except SessionEnded:
                return True
            return False

        await until(check)


@pytest_asyncio.fixture
async def processes(dsn, clock) -> AsyncIterator[list[Process]]:
    """Two, each with connections of its own."""
    pools = [await Database.connect(dsn, size=5, clock=clock) for _ in range(2)]
    both = [Process(pool) for pool in pools]
    for process in both:
        await process.hears()
    yield both
    for process in both:
        await process.end()
        await process.db.close()


class TestMemory:
    async def test_the_second_request_does_not_ask_the_database(self, people, processes):
        process = processes[0]
        session = await people.login(await people.hire("ann", "clerk"))
        await process.begin_anew()
        first = await process.who(session.token)
        async with HeldPool(process.db):
            assert await process.who(session.token) is first
            assert await process.who(session.token, csrf=session.csrf_token, method="POST") is first

    async def test_many_first_requests_ask_once(self, people, processes, clock, admin_conn):
        process = processes[0]
        session = await people.login(await people.hire("ann", "clerk"))
        await process.begin_anew()
        clock.advance(minutes=2)
        actors = await asyncio.gather(*[process.who(session.token) for _ in range(50)])
        assert len({id(actor) for actor in actors}) == 1

    async def test_it_is_believed_for_five_seconds(self, people, processes, clock, admin_conn):
        process = processes[0]
        session = await people.login(await people.hire("ann", "clerk"))
        await process.begin_anew()
        await process.who(session.token)
        await admin_conn.execute("UPDATE sessions SET ended_at = now(), end_reason = 'revoked'")  # tells nobody
        clock.advance(seconds=4)
        await process.who(session.token)
        clock.advance(seconds=1)
        with pytest.raises(SessionEnded):
            await process.who(session.token)

    async def test_a_wall_clock_that_jumps_ends_what_has_expired_at_once(self, people, processes, clock):
        process = processes[0]
        session = await people.login(await people.hire("ann", "clerk"))
        await process.who(session.token)
        clock.set_to(clock.now() + timedelta(hours=8))
        with pytest.raises(SessionEnded):
            await process.who(session.token)

    async def test_tokens_of_one_kind_are_nothing_as_the_other(self, people, processes, act):
        process = processes[0]
        dev = await people.hire("dev", "developer")
        session = await people.login(dev)
        given = {"name": "x", "grants": ["catalog.read"]}
        key = (await act("identity.create_api_key", given, actor=await people.actor(dev))).key
        assert (await process.who(bearer=key)).kind == "api_key"
        assert (await process.who(session.token)).kind == "user"
        with pytest.raises(SessionEnded):
            await process.who(key)
        with pytest.raises(ApiKeyRefused):
            await process.who(bearer=session.token)
        with pytest.raises(ApiKeyRefused):
            await process.who(session.token, bearer="sm_live_x")

    async def test_nobody(self, processes):
        with pytest.raises(Unauthenticated):
            await processes[0].who()
        for junk in ("", "x" * 5000, "\x00", "é"):
            with pytest.raises(SessionEnded):
                await processes[0].who(junk)


class TestCsrf:
    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "post", "ODD"])
    async def test_what_can_change_something_needs_the_token_of_that_session(self, people, processes, method):
        ann = await people.hire("ann", "clerk")
        session, other = await people.login(ann), await people.login(ann)
        process = processes[0]
        for csrf in (None, "", other.csrf_token, session.token, "é"):
            with pytest.raises(CsrfTokenWrong):
                await process.who(session.token, csrf=csrf, method=method)
        assert (await process.who(session.token, csrf=session.csrf_token, method=method)).id == ann.id

    async def test_reading_needs_none_and_an_api_key_never(self, people, processes, act):
        dev = await people.hire("dev", "developer")
        session, me = await people.login(dev), await people.actor(dev)
        key = (await act("identity.create_api_key", {"name": "x", "grants": ["catalog.read"]}, actor=me)).key
        for method in ("GET", "HEAD", "OPTIONS"):
            await processes[0].who(session.token, method=method)
        await processes[0].who(bearer=key, method="POST")


class TestAcrossProcesses:
    async def test_what_ends_access_in_one_is_known_in_the_other_at_once(self, people, processes, act):
        here, there = processes
        runner = Runner(here.db)

        async def run(name, do):
            return (await runner.run(Call(action=name, input=do, actor=SYSTEM, door="test"))).unwrap()

        ann = await people.hire("ann", "clerk")
        session = await people.login(ann)
        assert (await here.who(session.token)).id == (await there.who(session.token)).id == ann.id
        await run("identity.set_password", SetPassword(password=OTHER_PASSWORD, user_id=ann.id))
        await here.refuses(session.token)
        await there.refuses(session.token)

    @pytest.mark.parametrize("how", ["disable", "revoke", "logout"])
    async def test_every_way_to_end_it(self, people, processes, act, how):
        here, there = processes
        ann = await people.hire("ann", "clerk")
        session = await people.login(ann)
        me = await there.who(session.token)
        if how == "disable":
            await act("identity.disable_user", {"user_id": ann.id})
        elif how == "revoke":
            await act("identity.revoke_session", {"session_id": session.id}, actor=me)
        else:
            async with here.db.transaction() as tx:
                await service.logout(tx, session.token)
        await there.refuses(session.token)

    async def test_narrowed_roles_reach_the_other(self, people, processes, act):
        there = processes[1]
        await act("identity.define_role", {"code": "buyer", "name": "采购", "grants": ["catalog.*"]})
        ann = await people.hire("ann", "buyer", "clerk")
        session = await people.login(ann)
        assert (await there.who(session.token)).may("orders.place")

        async def loses(grant: str) -> None:
            async def check() -> bool:
                return not (await there.who(session.token)).may(grant)

            await until(check)

        await act("identity.assign_roles", {"user_id": ann.id, "roles": ["buyer"], "scopes": {"shop": "*"}})
        await loses("orders.place")
        await act("identity.define_role", {"code": "buyer", "name": "采购", "grants": ["catalog.read"]})
        await loses("catalog.create_product")

    async def test_a_refused_or_previewed_change_tells_nobody(self, people, processes, act):
        """Told it would be before the change that follows it, which is heard."""
        there = processes[1]
        ann, bob = await people.hire("ann", "clerk"), await people.hire("bob", "clerk")
        session, other = await people.login(ann), await people.login(bob)
        await there.begin_anew()
        known = await there.who(session.token)
        await there.who(other.token)
        await act("identity.disable_user", {"user_id": ann.id}, dry_run=True)
        with pytest.raises(RoleNotFound):
            await act("identity.assign_roles", {"user_id": ann.id, "roles": ["king"], "scopes": {}})
        await act("identity.disable_user", {"user_id": bob.id})
        await there.refuses(other.token)
        assert await there.who(session.token) is known

    async def test_somebody_elses_change_is_not_forgotten_for(self, people, processes, act):
        there = processes[1]
        ann, bob = await people.hire("ann", "clerk"), await people.hire("bob", "clerk")
        one, two = await people.login(ann), await people.login(bob)
        await there.begin_anew()
        known = await there.who(one.token)
        await there.who(two.token)
        await act("identity.disable_user", {"user_id": bob.id})
        await there.refuses(two.token)
        assert await there.who(one.token) is known

    @pytest.mark.parametrize("asked_meanwhile", [False, True])
    async def test_what_is_read_while_it_changes_is_not_kept(self, people, processes, admin_conn, asked_meanwhile):
        """A read that began before the change and ended after it must not bring the old access back."""
        there = processes[1]
        ann, bob = await people.hire("ann", "clerk"), await people.hire("bob", "clerk")
        session, other = await people.login(ann), await people.login(bob)
        await there.begin_anew()
        there.db.clock.advance(minutes=2)  # so that the read has to write when it was seen, and waits for the lock
        known = await there.who(other.token)

        async def waits() -> bool:
            waiting: bool = await admin_conn.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            return waiting

        async def is_heard() -> bool:
            return await there.who(other.token) is not known

        async with admin_conn.transaction():
            await admin_conn.execute("SELECT FROM sessions WHERE user_id = $1 FOR UPDATE", ann.id)
            reading = asyncio.create_task(there.who(session.token))
            await until(waits)
            for whose in (ann, bob):
                await there.db.pool.execute("SELECT pg_notify('shangmai_identity', $1)", str(whose.id))
            await until(is_heard)
            later = asyncio.create_task(there.who(session.token)) if asked_meanwhile else None
        old = await reading
        assert old.id == ann.id
        assert await (later or there.who(session.token)) is not old


class TestDeaf:
    async def test_after_the_connection_was_lost_nothing_old_is_believed(self, people, processes, act, admin_conn):
        there = processes[1]
        ann = await people.hire("ann", "clerk")
        session = await people.login(ann)
        known = await there.who(session.token)
        await admin_conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'shangmai-identity' AND datname = current_database()"
        )

        async def forgets() -> bool:
            return await there.who(session.token) is not known

        await until(forgets)
        await there.hears()
        await act("identity.disable_user", {"user_id": ann.id})
        await there.refuses(session.token)

    async def test_one_that_does_not_listen_looks_again_after_a_second(self, people, db, clock, admin_conn):
        deaf = service.Authenticator()
        session = await people.login(await people.hire("ann", "clerk"))

        async def who():
            return await deaf.authenticate(db, bearer=None, cookie=session.token, csrf=None, method="GET")

        await who()
        await admin_conn.execute("UPDATE sessions SET ended_at = now(), end_reason = 'revoked'")
        await who()
        clock.advance(seconds=1)
        with pytest.raises(SessionEnded):
            await who()


class HeldPool:
    """While it lasts, no connection of the database can be had."""

    def __init__(self, db: Database) -> None:
        self.pool = db.pool
        self.held: list[Any] = []

    async def __aenter__(self) -> None:
        self.held = [await self.pool.acquire() for _ in range(self.pool.get_max_size())]

    async def __aexit__(self, *_: object) -> None:
        for conn in self.held:
            await self.pool.release(conn)
