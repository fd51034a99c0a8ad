"""Which built-in posting rules a database lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from shangmai.modules.ledger.contract import Origin, PublishRule, Rule

BEGINNING: Final = datetime.fromisoformat("1970-01-01T00:00:00Z")
"""From when a rule that is new is active, so that imported history and what has passed are posted too."""


def versions_to_add(kept: Mapping[str, Rule], built_in: Sequence[PublishRule], now: datetime) -> list[Rule]:
    """The versions that bring the general rules up to those built in; `kept` are the newest ones, by name.

    A rule without any version begins with time. A changed one goes on in a version from now on: what was posted by the
    one before stays as it is. A rule whose newest version is the merchant's, or that the merchant retired, is left.
    """
    return [
        _version(rule, kept.get(rule.name), now) for rule in built_in if _is_wanting(rule, kept.get(rule.name), now)
    ]


def _is_wanting(rule: PublishRule, kept: Rule | None, now: datetime) -> bool:
    if kept is None:
        return True
    is_ours = kept.origin is Origin.BUILT_IN and kept.active_to is None
    return is_ours and kept.active_from < now and not _says_the_same(kept, rule)


def _says_the_same(kept: Rule, rule: PublishRule) -> bool:
    return (kept.event, kept.when, kept.lines, kept.summary) == (rule.event, rule.when, rule.lines, rule.summary)


def _version(rule: PublishRule, kept: Rule | None, now: datetime) -> Rule:
    return Rule(
        company_id=None,
        name=rule.name,
        version=1 if kept is None else kept.version + 1,
        event=rule.event,
        when=rule.when,
        lines=rule.lines,
        summary=rule.summary,
        active_from=BEGINNING if kept is None else now,
        active_to=None,
        origin=Origin.BUILT_IN,
    )
