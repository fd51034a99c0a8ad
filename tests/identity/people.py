"""People to sign in: users with roles, their passwords and their authenticator apps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pyotp

from shangmai.kernel.actors import Actor
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.db.database import Database
from shangmai.modules.identity import service
from shangmai.modules.identity.contract import NewSession, Source, User
from shangmai.modules.identity.queries import access
from shangmai.modules.identity.rules.grants import EVERYWHERE
from shangmai.modules.identity.service.access import user_actor

PASSWORD = "mountain-7-lake"
OTHER_PASSWORD = "harbour-9-stone"
OFFICE = Source(address="203.0.113.7")
HOME = Source(address="198.51.100.20")
ATTACKER = Source(address="192.0.2.66")


async def until(check: Callable[[], Awaitable[bool]]) -> None:
    """Wait until the check holds."""
    async with asyncio.timeout(60):
        while not await check():  # noqa: ASYNC110 - the answer is in another process's memory, or in the database
            await asyncio.sleep(0.005)


class People:
    """Short ways to make users and to act as them."""

    def __init__(self, db: Database, clock: ManualClock, act: Any) -> None:
        self.db = db
        self.clock = clock
        self.act = act

    async def hire(self, login: str, *roles: str, scopes: Any = None, password: str | None = PASSWORD) -> User:
        """Create a user with these roles; without scopes they see everything."""
        given = {
            "login": login,
            "display_name": login.title(),
            "password": password,
            "roles": list(roles),
            "scopes": EVERYWHERE if scopes is None else scopes,
        }
        user: User = await self.act("identity.create_user", given)
        return user

    async def actor(self, user: User) -> Actor:
        """The user as they are now."""
        async with self.db.transaction() as tx:
            holder = await access.find_holder(tx, user.id)
        assert holder is not None
        return user_actor(holder)

    async def login(self, user: User, password: str = PASSWORD, totp: str | None = None, **more: Any) -> NewSession:
        return await service.login(self.db, user.login, password, totp, source=more.get("source", OFFICE))

    async def actor_of(self, token: str) -> Actor:
        """Who is signed in by this token; raises when nobody is."""
        async with self.db.transaction() as tx:
            return await service.actor_of_session(tx, token)

    async def use_totp(self, user: User) -> tuple[str, list[str]]:
        """Turn two-step sign-in on; the secret and the recovery codes. The code of this moment is used up."""
        me = await self.actor(user)
        enrolment = await self.act("identity.enrol_totp", {"current_password": PASSWORD}, actor=me)
        codes = await self.act("identity.confirm_totp", {"code": self.code(enrolment.secret)}, actor=me)
        return enrolment.secret, codes.codes

    def code(self, secret: str, steps: int = 0) -> str:
        """What the app shows now, or some steps of 30 seconds from now."""
        return pyotp.TOTP(secret).at(self.clock.now() + timedelta(seconds=30 * steps))
