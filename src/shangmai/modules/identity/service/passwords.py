"""Hashing and verifying passwords off the event loop, a few at a time.

One argon2id hash takes 64 MiB and about a tenth of a second of all cores, so a flood of sign-ins must neither pile up
in memory nor keep out the people at work: devices that were signed in on before have a lane of their own.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final, TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from shangmai.modules.identity.contract.errors import SignInBusy
from shangmai.modules.identity.rules.passwords import normalize_password

T = TypeVar("T")

WAITING_MAX: Final = 32
_hasher = PasswordHash((Argon2Hasher(),))


def use_hasher(hasher: PasswordHash) -> None:
    """Hash with other parameters from now on; at their next sign-in, people's hashes follow."""
    global _hasher
    _hasher = hasher


class Lane:
    """Threads for one kind of caller, and how many of them may wait."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._waiting_max = threads + WAITING_MAX
        self._running = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Raises: SignInBusy when too many are waiting."""
        if self._running >= self._waiting_max:
            raise SignInBusy()
        self._running += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._running -= 1


STAFF: Final = Lane(1)
"""For known devices and people who are signed in."""
PUBLIC: Final = Lane(max(1, (os.cpu_count() or 1) - 1))


async def hash_password(password: str) -> str:
    hasher = _hasher
    return await STAFF.run(lambda: hasher.hash(normalize_password(password)))


async def verify_password(password: str, password_hash: str | None, lane: Lane = STAFF) -> tuple[bool, str | None]:
    """Tell whether the password is right, and give a new hash when the parameters have changed since.

    Without a hash it is wrong, and takes as long to say so: who has an account here is nobody's business.
    """
    hasher = _hasher
    return await lane.run(lambda: _verify(hasher, normalize_password(password), password_hash))


def _verify(hasher: PasswordHash, password: str, password_hash: str | None) -> tuple[bool, str | None]:
    decoy = _decoy(hasher)  # made in the first call, whoever that is for
    if password_hash is None:
        hasher.verify(password, decoy)
        return False, None
    return hasher.verify_and_update(password, password_hash)


@cache
def _decoy(hasher: PasswordHash) -> str:
    return hasher.hash(os.urandom(16).hex())
