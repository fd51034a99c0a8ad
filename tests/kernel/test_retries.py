"""What is tried again in a new transaction, and what is not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

import asyncpg
import pytest

from shangmai.kernel.db.database import ATTEMPTS_MAX, Database, DatabaseAway
from shangmai.kernel.ids import new_id

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]

SHOP, OTHER_SHOP = new_id(), new_id()


class TestRetries:
    async def test_a_deadlock_is_tried_again(self, db: Database, admin_conn: Admin) -> None:
        """Two take two rows in opposite orders and wait for each other; PostgreSQL ends one of them."""
        await admin_conn.execute("INSERT INTO test_notes (id, text) VALUES ($1, 'a'), ($2, 'b')", SHOP, OTHER_SHOP)
        taken = {SHOP: asyncio.Event(), OTHER_SHOP: asyncio.Event()}
        done = {SHOP: asyncio.Event(), OTHER_SHOP: asyncio.Event()}
        attempts = 0

        async def stamp(first: UUID, second: UUID) -> None:
            nonlocal attempts
            attempts += 1
            if taken[first].is_set():
                await done[second].wait()  # or it might take the first row anew before the other has been given it
            async with db.transaction() as tx:
                await tx.execute("UPDATE test_notes SET stamps = stamps + 1 WHERE id = $1", first)
                taken[first].set()
                await taken[second].wait()
                await tx.execute("UPDATE test_notes SET stamps = stamps + 1 WHERE id = $1", second)

        async def stamp_both(first: UUID, second: UUID) -> None:
            await db.run(lambda: stamp(first, second))
            done[first].set()

        async with asyncio.timeout(60):
            await asyncio.gather(stamp_both(SHOP, OTHER_SHOP), stamp_both(OTHER_SHOP, SHOP))
        assert attempts == 3
        assert await admin_conn.fetchval("SELECT array_agg(stamps) FROM test_notes") == [2, 2]

    async def test_a_serialization_failure_is_tried_again(self, db: Database, admin_conn: Admin) -> None:
        await admin_conn.execute("INSERT INTO test_notes (id, text) VALUES ($1, 'a')", SHOP)
        attempts = 0

        async def stamp() -> None:
            nonlocal attempts
            attempts += 1
            async with db.transaction() as tx:
                await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                stamps = await tx.fetchval("SELECT stamps FROM test_notes")
                if attempts == 1:
                    await admin_conn.execute("UPDATE test_notes SET stamps = stamps + 10")
                await tx.execute("UPDATE test_notes SET stamps = $1 + 1", stamps)

        await db.run(stamp)
        assert attempts == 2
        assert await admin_conn.fetchval("SELECT stamps FROM test_notes") == 11

    async def test_gives_up_in_the_end(self, db: Database) -> None:
        attempts = 0

        async def fail() -> None:
            nonlocal attempts
            attempts += 1
            raise asyncpg.SerializationError("as PostgreSQL would")

        with pytest.raises(asyncpg.SerializationError):
            await db.run(fail)
        assert attempts == ATTEMPTS_MAX

    @pytest.mark.parametrize(
        "error", [ZeroDivisionError, FileNotFoundError, asyncpg.UniqueViolationError, DatabaseAway]
    )
    async def test_nothing_else_is_tried_again(self, db: Database, error: type[Exception]) -> None:
        attempts = 0

        async def fail() -> None:
            nonlocal attempts
            attempts += 1
            async with db.transaction():
                raise error()

        with pytest.raises(error):
            await db.run(fail)
        assert attempts == 1
