"""What the proof finds."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from shangmai.kernel.books.contract import Divergence
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from tests.kernel.books.ops import TABLES, Apply, hold, post, proof, release, settle
from tests.kernel.conftest import Dump, Stock


class TestProof:
    """Each tampering is done as the owner of the tables; the proof runs as the application."""

    @pytest.fixture
    async def book(self, apply: Apply, stock: Stock) -> tuple[UUID, UUID]:
        sku, id_ = await stock(10), new_id()
        await apply(hold(sku, 6, id=id_, to="packed"), post(sku, 1))
        await apply(settle(id_, 2), release(id_, 1))
        return sku, id_

    @pytest.mark.parametrize(
        ("tampering", "found"),
        [
            ("UPDATE test_pieces_accounts SET posted = posted + 1 WHERE bucket = 'on_hand'", [("posted", 8, 7)]),
            ("UPDATE test_pieces_accounts SET held = held - 1 WHERE bucket = 'on_hand'", [("held", 2, 3)]),
            ("UPDATE test_pieces_holds SET remaining = 5", [("hold", 5, 3)]),
            ("DELETE FROM test_pieces_holds", [("hold", 0, 3)]),
            ("DELETE FROM test_pieces_transfers WHERE kind = 'post' AND amount = 10", [("posted", 7, -3)]),
            (
                "DELETE FROM test_pieces_transfers WHERE kind = 'settle'",
                [("held", 3, 5), ("hold", 3, 5), ("posted", 2, 0), ("posted", 7, 9)],
            ),
            ("DELETE FROM test_pieces_transfers WHERE kind = 'release'", [("held", 3, 4), ("hold", 3, 4)]),
            (
                "UPDATE test_pieces_transfers SET amount = 3 WHERE kind = 'settle'",
                [("held", 3, 2), ("hold", 3, 2), ("posted", 2, 3), ("posted", 7, 6)],
            ),
            ("DELETE FROM test_pieces_accounts WHERE bucket = 'packed'", [("posted", 0, 2)]),
            (
                "INSERT INTO test_pieces_accounts (sku, bucket, bounded, posted)"
                " VALUES (gen_random_uuid(), 'on_hand', true, 4)",
                [("posted", 4, 0)],
            ),
            (
                "INSERT INTO test_pieces_holds SELECT gen_random_uuid(), debit_id, credit_id, 1, 1, doc, line, null, at"
                " FROM test_pieces_transfers LIMIT 1",
                [("hold", 1, 0)],
            ),
        ],
    )
    async def test_finds_what_was_tampered_with(
        self,
        db: Database,
        book: tuple[UUID, UUID],
        admin_conn: asyncpg.Connection[Any],
        tampering: str,
        found: list[tuple[str, int, int]],
    ) -> None:
        assert await proof(db) == []
        await admin_conn.execute(tampering)
        divergences = await proof(db)
        assert sorted((d.what, d.kept, d.transfers) for d in divergences) == found
        assert {d.book for d in divergences} == {"test_pieces"}

    async def test_names_the_account_and_the_hold(
        self, db: Database, book: tuple[UUID, UUID], admin_conn: asyncpg.Connection[Any]
    ) -> None:
        _, id_ = book
        account = await admin_conn.fetchval("SELECT id FROM test_pieces_accounts WHERE bucket = 'on_hand'")
        await admin_conn.execute("UPDATE test_pieces_accounts SET posted = 11 WHERE id = $1", account)
        await admin_conn.execute("UPDATE test_pieces_holds SET remaining = 4")
        assert await proof(db) == [
            Divergence("test_pieces", "hold", str(id_), 4, 3),
            Divergence("test_pieces", "posted", str(account), 11, 7),
        ]

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE test_pieces_transfers SET amount = 1",
            "DELETE FROM test_pieces_transfers",
            "TRUNCATE test_pieces_transfers",
            "DELETE FROM test_pieces_accounts",
            "UPDATE test_pieces_accounts SET bucket = 'packed'",
            "UPDATE test_pieces_accounts SET bounded = false",
            "DELETE FROM test_pieces_holds",
            "UPDATE test_pieces_holds SET amount = 1",
            "ALTER TABLE test_pieces_accounts DROP CONSTRAINT test_pieces_floor",
        ],
    )
    async def test_the_application_may_not_rewrite_the_past(
        self, db: Database, book: tuple[UUID, UUID], dump: Dump, statement: str
    ) -> None:
        before = await dump(*TABLES)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction() as tx:
                await tx.execute(statement)
        assert await dump(*TABLES) == before

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE test_pieces_accounts SET posted = 2 WHERE bucket = 'on_hand'",
            "UPDATE test_pieces_accounts SET held = -1 WHERE bucket = 'packed'",
            "UPDATE test_pieces_accounts SET posted = 1 WHERE bucket = 'supplier'",
            "UPDATE test_pieces_holds SET remaining = 7",
        ],
    )
    async def test_the_database_refuses_what_a_wrong_decision_would_write(
        self, db: Database, book: tuple[UUID, UUID], dump: Dump, statement: str
    ) -> None:
        before = await dump(*TABLES)
        with pytest.raises(asyncpg.CheckViolationError):
            async with db.transaction() as tx:
                await tx.execute(statement)
        assert await dump(*TABLES) == before
