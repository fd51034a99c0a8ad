"""A subject to write tables about: whether a parcel may go."""

from __future__ import annotations

from typing import Any

from shangmai.modules.rules.contract import BOOL, NUMBER, STRING, STRINGS, Fact, Outcome, Subject, declare

PARCELS = declare(
    Subject(
        name="tests.parcels",
        zh="包裹",
        en="parcels",
        facts={
            "total_minor": Fact(kind=NUMBER, zh="金额", en="amount"),
            "city": Fact(kind=STRING, zh="城市", en="city"),
            "tags": Fact(kind=STRINGS, zh="标签", en="tags"),
            "fragile": Fact(kind=BOOL, zh="易碎", en="fragile"),
        },
        outcomes={
            "answer": Outcome(kind=STRING, zh="结论", en="answer", one_of=("go", "wait"), required=True),
            "minutes": Outcome(kind=NUMBER, zh="分钟", en="minutes"),
            "urgent": Outcome(kind=BOOL, zh="加急", en="urgent"),
            "roles": Outcome(kind=STRINGS, zh="岗位", en="roles", one_of=("clerk", "accountant")),
        },
    )
)
FACTS: dict[str, Any] = {"total_minor": 9_900, "city": "上海市", "tags": ["vip", "a,b"], "fragile": False}


def row(id_: str = "r", *, then: Any = None, **when: str) -> dict[str, Any]:
    return {"id": id_, "when": when, "then": {"answer": "wait"} if then is None else then}


def table(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"rows": list(rows)}
