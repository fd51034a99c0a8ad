"""The sample company that a first run is filled with, and whom to sign in as to look around."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from shangmai.kernel.actions.runner import Runner
    from shangmai.kernel.db.database import Database


class DemoLogin(msgspec.Struct, frozen=True, kw_only=True):
    """Someone of the sample company; the passwords are public."""

    login: str
    password: str
    role: str
    role_en: str


LOGINS: Final[list[DemoLogin]] = []


async def seed(db: Database, runner: Runner) -> None:
    """Fill an empty database with the sample company; what is there already is left as it is."""
