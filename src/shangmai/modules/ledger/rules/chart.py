"""The chart of accounts and the posting rules that books open with, and how codes relate."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from shangmai.modules.ledger.contract import (
    Account,
    Kind,
    PublishRule,
    Side,
)

HERE = Path(__file__).parent
DEBIT_KINDS: Final = frozenset({Kind.ASSET, Kind.EXPENSE})


def normal_side(kind: Kind) -> Side:
    return Side.DEBIT if kind in DEBIT_KINDS else Side.CREDIT


def parent_of(code: str, codes: Collection[str]) -> str | None:
    """Find the longest shorter code that this one begins with; None at the top."""
    shorter = (code[:length] for length in range(len(code) - 2, 3, -2))
    return next((candidate for candidate in shorter if candidate in codes), None)


def below(parent: Account, code: str, zh: str, en: str) -> Account:
    """Make an account under another: it is of the same kind and stands on the same side."""
    return Account(code=code, zh=zh, en=en, kind=parent.kind, normal_side=parent.normal_side, parent=parent.code)


def _read_chart(document: Mapping[str, Mapping[str, list[str]]]) -> tuple[Account, ...]:
    codes = {code for accounts in document.values() for code in accounts}
    return tuple(
        Account(
            code=code,
            zh=zh,
            en=en,
            kind=Kind(kind),
            normal_side=Side(side[0]) if side else normal_side(Kind(kind)),
            parent=parent_of(code, codes),
        )
        for kind, accounts in document.items()
        for code, (zh, en, *side) in sorted(accounts.items())
    )


def _toml(name: str) -> Any:
    return tomllib.loads((HERE / name).read_text("utf-8"))


CHART: Final = _read_chart(_toml("chart.toml"))
CODES: Final = frozenset(account.code for account in CHART)
DEFAULT_RULES: Final = tuple(msgspec.convert(_toml("posting.toml")["rules"], list[PublishRule]))
DEFAULT_EVENTS: Final = frozenset(rule.event for rule in DEFAULT_RULES)
"""Events that no books may let pass in silence: a company that has none yet must open them first."""
