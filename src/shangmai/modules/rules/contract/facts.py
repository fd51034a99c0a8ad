"""What a decision may be asked about: facts, outcomes, and the subjects that modules declare."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct

NUMBER: Final = "number"
STRING: Final = "string"
BOOL: Final = "bool"
STRINGS: Final = "list of strings"

FactValue: TypeAlias = int | str | bool | list[str]
OutcomeValue: TypeAlias = str | int | bool | list[str]


class Fact(Struct, frozen=True, kw_only=True):
    """Something known about what is decided. `kind`: number (money in minor units), string, bool, list of strings."""

    kind: str
    zh: str
    en: str


class Outcome(Struct, frozen=True, kw_only=True):
    """What a row of a table may answer. `one_of`: the only texts allowed; `required`: every row answers it."""

    kind: str
    zh: str
    en: str
    one_of: tuple[str, ...] = ()
    required: bool = False


class Hit(StrEnum):
    """Whether the first row that fits answers, or all that fit."""

    FIRST = "first"
    ALL = "all"


class Subject(Struct, frozen=True, kw_only=True):
    """What a table decides on. `name` is `<module>.<what>`, unique."""

    name: str
    zh: str
    en: str
    facts: Mapping[str, Fact]
    outcomes: Mapping[str, Outcome]
    hit: Hit = Hit.FIRST


SUBJECTS: Final[dict[str, Subject]] = {}


def declare(subject: Subject) -> Subject:
    """Let tables be written about a subject; the module that asks declares it in its contract."""
    assert subject.name not in SUBJECTS, f"{subject.name} is declared twice"
    SUBJECTS[subject.name] = subject
    return subject
