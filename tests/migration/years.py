"""A small synthetic year of a shop, and looking at a whole database: what stands in it, but for ids and clocks."""

from __future__ import annotations

import csv
import random
import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

HEADERS = ["Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country"]
GOODS = [(f"{10000 + n}{'ABC'[n % 3] if n % 2 else ''}", f"GOOD NO {n}", f"{1 + n * 0.37:.2f}") for n in range(40)]
CUSTOMERS = [str(17000 + n) for n in range(25)]

# Everything an export holds beside sales and returns: charge, fee, sample, bad debt, test, one row that is wrong.
ODD_ROWS = [
    ("500001", "BANK CHARGES", "Bank Charges", 1, "2010-02-01 10:00:00", "15", "17001", "United Kingdom"),
    ("C500002", "BANK CHARGES", "Bank Charges", -1, "2010-02-02 10:00:00", "37.50", None, "United Kingdom"),
    ("C500003", "AMAZONFEE", "AMAZON FEE", -1, "2010-03-02 10:00:00", "200.25", None, "United Kingdom"),
    ("C500004", "S", "SAMPLES", -1, "2010-03-03 10:00:00", "9.99", None, "United Kingdom"),
    ("A500005", "B", "Adjust bad debt", 1, "2010-04-01 10:00:00", "-120.10", None, "United Kingdom"),
    ("500006", "ADJUST", "Adjustment by hand", 1, "2010-04-02 10:00:00", "33.33", "17002", "United Kingdom"),
    ("500007", "M", "Manual", 2, "2010-05-01 10:00:00", "12.345", "17003", "France"),
    ("C500008", "M", "Manual", -1, "2010-05-02 10:00:00", "7.77", "17003", "France"),
    ("C500009", "D", "Discount", -1, "2010-05-03 10:00:00", "5.55", "17003", "France"),
    ("500010", "TEST001", "This is a test product.", 5, "2010-05-04 10:00:00", "4.5", "17004", "France"),
    ("C500011", "10000", "GOOD NO 0", 3, "2010-05-05 10:00:00", "1.00", "17004", "France"),
    ("500012", "POST", "POSTAGE", 3, "2010-05-06 10:00:00", "18", "17005", "France"),
    ("500012", "10000", "GOOD NO 0", 2, "2010-05-06 10:00:00", "0", "17005", "France"),
]


def write_year(path: Path, *, documents: int = 300, seed: int = 7) -> Path:
    """Write a year in the shape of Online Retail: sales, returns matched and not, stock written off and found."""
    draw = random.Random(seed)
    begin = datetime(2009, 12, 1, 8)  # noqa: DTZ001 - the mapping says which clock wrote it
    rows: list[tuple[Any, ...]] = list(ODD_ROWS)
    bought: list[tuple[str, str, str, int, str]] = []
    for n in range(documents):
        at = str(begin + timedelta(minutes=n * (365 * 24 * 60) // documents))
        customer = draw.choice([*CUSTOMERS, ""])
        kind = draw.random()
        if kind < 0.12 and bought:
            rows += _return(f"C{100000 + n}", at, draw, bought)
        elif kind < 0.2:
            code, _, _ = draw.choice(GOODS)
            delta = draw.choice([-3, -1, 4])
            note = "damages" if delta < 0 else "found"
            rows.append((str(200000 + n), code, note, delta, at, "0", "", "United Kingdom"))
        else:
            rows += _sale(str(100000 + n), at, customer, draw, bought)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        writer.writerows(rows)
    return path


def _sale(
    number: str, at: str, customer: str, draw: random.Random, bought: list[tuple[str, str, str, int, str]]
) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for code, name, price in draw.sample(GOODS, draw.randint(1, 6)):
        quantity = draw.randint(1, 12)
        rows.append((number, code, name, quantity, at, price, customer, "United Kingdom"))
        if customer:
            bought.append((customer, code, name, quantity, price))
    if draw.random() < 0.2:
        rows.append((number, "POST", "POSTAGE", 1, at, "18.00", customer, "France"))
    return rows


def _return(
    number: str, at: str, draw: random.Random, bought: list[tuple[str, str, str, int, str]]
) -> list[tuple[Any, ...]]:
    customer, code, name, quantity, price = draw.choice(bought)
    if draw.random() < 0.2:
        customer = ""  # nobody: matched to no sale
    claimed = price if draw.random() < 0.7 else f"{max(0.01, 2.5 - quantity / 10):.2f}"
    return [(number, code, name, -draw.randint(1, quantity), at, claimed, customer, "United Kingdom")]


# --- a whole database ----------------------------------------------------------------------------------------------

# Cursors and signs of life are not what happened; the chain is hashes of rows with ids.
ASIDE = {"event_cursors", "pulses", "action_chain", "alembic_version", "monthly_tables"}
# Drawn anew in every database, or in the order in which two transactions happened to end.
DRAWN = {"id", "seq", "xid", "lane_hash", "debit_id", "credit_id", "hash", "input_hash", "report", "duration_us"}
CLOCKS = {"recorded_at", "started_at", "finished_at", "opened_at", "saved_at", "expires_at"}
PRESENT = re.compile(r"20(?:2[4-9]|[3-9][0-9])-[0-9]{2}-[0-9]{2}[ T][0-9:.]+(?:Z|\+00)")
UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


async def tables_of(conn: asyncpg.Connection[Any]) -> list[str]:
    rows = await conn.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relispartition AND NOT starts_with(relname, 'pgqueuer') ORDER BY relname"
    )
    return [row["relname"] for row in rows if row["relname"] not in ASIDE]


async def count_rows(conn: asyncpg.Connection[Any]) -> dict[str, int]:
    """The rows of every table."""
    return {
        table: await conn.fetchval(f"SELECT count(*) FROM {table}")  # sql: a table's name, read from the catalog
        for table in [*await tables_of(conn), "action_chain"]
    }


async def contents(conn: asyncpg.Connection[Any]) -> dict[str, Counter[str]]:
    """Every table's rows without ids and clocks, and the balances by what people call their accounts."""
    found = {table: await _contents(conn, table) for table in await tables_of(conn)}
    for book in ("stock", "value"):
        found[f"{book} balances"] = await _texts(
            conn,
            f"SELECT s.code, a.bucket, a.posted, a.held FROM {book}_accounts a"  # sql: one of two names
            " JOIN skus s ON s.id = a.sku_id WHERE bounded",
        )
    found["money balances"] = await _texts(
        conn,
        "SELECT m.account, c.ref, m.net FROM (SELECT account, party_id, sum(amount)::bigint AS net FROM"
        " (SELECT a.account, a.party_id, t.amount FROM money_transfers t JOIN money_accounts a ON a.id = t.credit_id"
        " UNION ALL SELECT a.account, a.party_id, -t.amount FROM money_transfers t"
        " JOIN money_accounts a ON a.id = t.debit_id) AS moved GROUP BY 1, 2) AS m"
        " LEFT JOIN customers c ON c.id = m.party_id",
    )
    return found


async def _contents(conn: asyncpg.Connection[Any], table: str) -> Counter[str]:
    left_out = DRAWN | CLOCKS | ({"number"} if table in ("ledger_entries", "ledger_lines") else set())
    columns = await conn.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped", table
    )
    kept = ", ".join(f'"{row["attname"]}"::text' for row in columns if row["attname"] not in left_out)
    return await _texts(conn, f"SELECT {kept} FROM {table}")  # sql: names read from the catalog


async def _texts(conn: asyncpg.Connection[Any], sql: str) -> Counter[str]:
    return Counter(PRESENT.sub("now", UUIDS.sub("#", repr(tuple(row)))) for row in await conn.fetch(sql))
