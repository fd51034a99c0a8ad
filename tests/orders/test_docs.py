"""The page on orders lists the causes and the parts of the risk score; every fact of the audit is told."""

from __future__ import annotations

from pathlib import Path

from shangmai.modules.orders.contract.auditing import AUDIT
from shangmai.modules.orders.contract.causes import Cause
from shangmai.modules.orders.contract.causes.known import CAUSES
from shangmai.modules.orders.rules.auditing import FACTS, OF_PRICES
from shangmai.modules.orders.rules.risk import PARTS, RISK_FACTS

PAGE = Path(__file__).parents[2] / "docs/modules/orders.md"


def row_of(cause: Cause) -> str:
    """A cause as the page's table tells it."""
    limits = ", ".join(f"`{name}` {limit.value}" for name, limit in cause.limits.items()).replace("'", "")
    within = "-" if cause.minutes is None else f"{cause.minutes // 60} h"
    on = "always" if not cause.detected else "yes" if cause.on else "no"
    stops = "stops" if cause.blocks else "look"
    return (
        f"| `{cause.code}` | {cause.zh} · {cause.en} | {stops} | {on} | {cause.owner} | {within}"
        f" | `{cause.action}` | {limits} |"
    )


def test_every_cause_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    missing = [row for row in map(row_of, CAUSES.values()) if row not in page]
    assert not missing, "\n".join(missing)


def test_every_part_of_the_risk_score_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"| {part.points} | {part.zh} · {part.en} |" in page for part, _ in PARTS)


def test_every_fact_of_the_subject_is_told() -> None:
    assert FACTS.keys() == AUDIT.facts.keys()
    assert set(RISK_FACTS) | OF_PRICES <= FACTS.keys()
