"""Decision tables: checked against their subject, and compiled for asking.

zen gets one column, the whole condition of a row as an expression that was checked, and gives back the ids of rows. The
answers of a row never pass through zen, whose numbers are floats.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import zen

from shangmai.kernel.errors import AppError
from shangmai.modules.rules.contract import (
    BOOL,
    NUMBER,
    STRING,
    STRINGS,
    CaseTried,
    CellInvalid,
    ConditionNotYesOrNo,
    DecisionTable,
    FactUnknown,
    FactValue,
    Hit,
    NoRows,
    Outcome,
    OutcomeInvalid,
    OutcomeValue,
    Row,
    RowTried,
    RowTwice,
    Subject,
)
from shangmai.modules.rules.rules.cells import spell_out
from shangmai.modules.rules.rules.grammar import read_expression

EMPTY: Final[dict[str, FactValue]] = {NUMBER: 0, STRING: "", BOOL: False, STRINGS: []}
_ROW: Final = "row"


class Ruling:
    """A checked table, ready to be asked. `fields`: the facts that it looks at."""

    __slots__ = ("_engine", "_rows", "_subject", "_tests", "fields")

    def __init__(self, subject: Subject, table: DecisionTable) -> None:
        """Raises: RowTwice, NoRows, CellInvalid, OutcomeInvalid."""
        self._subject = subject
        self._rows = {row.id: row for row in table.rows}
        self._tests = _checked(subject, table)
        self.fields = tuple(sorted(set().union(*(_fields_of(subject, tests) for tests in self._tests.values()))))
        content = {"table": _graph(subject.hit, self._tests)}
        self._engine = zen.ZenEngine({"loader": {"type": "static", "content": content}})

    def ask(self, facts: Mapping[str, FactValue]) -> tuple[Row, ...]:
        """The rows that fit: the first only, or all, as the subject says. Every fact of `fields` must be given."""
        result: Any = self._engine.evaluate("table", self.seen(facts))["result"]
        found = result if isinstance(result, list) else [result] if result else []
        return tuple(self._rows[each[_ROW]] for each in found)

    def seen(self, facts: Mapping[str, FactValue]) -> dict[str, FactValue]:
        """The facts that the table looks at."""
        return {field: facts[field] for field in self.fields}

    def explain(self, facts: Mapping[str, FactValue]) -> CaseTried:
        """Which rows fit, and of the others, which facts' tests did not pass. Facts left out are empty."""
        known = {field: facts.get(field, EMPTY[self._subject.facts[field].kind]) for field in self.fields}
        hits = self.ask(known)
        return CaseTried(
            hits=tuple(row.id for row in hits),
            outcomes=tuple(row.then for row in hits),
            rows=tuple(_tried(id_, tests, known) for id_, tests in self._tests.items()),
        )


def check_condition(text: str, kinds: Mapping[str, str]) -> frozenset[str]:
    """Check a yes-or-no expression over facts of these kinds; the facts that it names.

    Raises: ConditionInvalid, FactUnknown, FactOfOtherKind, ConditionNotYesOrNo.
    """
    kind, fields = read_expression(text, kinds)
    if kind != BOOL:
        raise ConditionNotYesOrNo(kind=kind)
    return fields


Tests = dict[str, str]
"""A row's tests, spelled out, by the fact in whose column they stand."""


def _checked(subject: Subject, table: DecisionTable) -> dict[str, Tests]:
    """Each row's tests, by the row's id, in the table's order."""
    found: dict[str, Tests] = {}
    for row in table.rows:
        if row.id in found:
            raise RowTwice(row=row.id)
        found[row.id] = _tests_of(subject, row)
        _check_outcomes(subject, row)
    return found


def _tests_of(subject: Subject, row: Row) -> Tests:
    kinds = _kinds(subject)
    tests = {}
    for field, cell in row.when.items():
        try:
            if field not in kinds:
                raise FactUnknown(field=field, facts=", ".join(kinds))
            text = spell_out(field, kinds[field], cell)
            if text is not None:
                check_condition(text, kinds)
                tests[field] = text
        except AppError as error:
            problem = {lang: error.message(lang) for lang in ("zh", "en")}
            raise CellInvalid(row=row.id, field=field, cell=cell, code=error.code, problem=problem) from error
    return tests


def _kinds(subject: Subject) -> dict[str, str]:
    return {name: fact.kind for name, fact in subject.facts.items()}


def _fields_of(subject: Subject, tests: Tests) -> frozenset[str]:
    kinds = _kinds(subject)
    return frozenset().union(*(read_expression(text, kinds).fields for text in tests.values()))


def _check_outcomes(subject: Subject, row: Row) -> None:
    if not row.then:
        raise NoRows(row=row.id)
    for name, outcome in subject.outcomes.items():
        if outcome.required and name not in row.then:
            raise OutcomeInvalid(row=row.id, outcome=name, given="", possible=_possible(outcome))
    for name, value in row.then.items():
        known = subject.outcomes.get(name)
        if known is None:
            raise OutcomeInvalid(row=row.id, outcome=name, given=str(value), possible=", ".join(subject.outcomes))
        if not _fits(known, value):
            raise OutcomeInvalid(row=row.id, outcome=name, given=str(value), possible=_possible(known))


def _possible(outcome: Outcome) -> str:
    return ", ".join(outcome.one_of) or outcome.kind


def _fits(outcome: Outcome, value: OutcomeValue) -> bool:
    python = {NUMBER: int, STRING: str, BOOL: bool, STRINGS: list}[outcome.kind]
    if not isinstance(value, python) or isinstance(value, bool) != (outcome.kind == BOOL):
        return False
    texts = value if isinstance(value, list) else [value]
    return not outcome.one_of or all(text in outcome.one_of for text in texts)


def _tried(id_: str, tests: Tests, facts: dict[str, FactValue]) -> RowTried:
    failed = tuple(field for field, text in tests.items() if zen.evaluate_expression(text, facts) is not True)
    return RowTried(id=id_, fits=not failed, failed=failed)


def _graph(hit: Hit, tests: Mapping[str, Tests]) -> dict[str, Any]:
    """The table as zen reads it: https://docs.gorules.io/developers/jdm/standard (read 2026-11)."""
    rules = [
        {"_id": id_, "when": " and ".join(f"({text})" for text in row.values()), _ROW: f"'{id_}'"}
        for id_, row in tests.items()
    ]
    content = {
        "hitPolicy": "first" if hit is Hit.FIRST else "collect",
        "inputs": [{"id": "when", "name": "when"}],
        "outputs": [{"id": _ROW, "name": _ROW, "field": _ROW}],
        "rules": rules,
    }
    place = {"x": 0, "y": 0}
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in", "position": place},
        {"id": "table", "type": "decisionTableNode", "name": "table", "position": place, "content": content},
        {"id": "out", "type": "outputNode", "name": "out", "position": place},
    ]
    edges = [
        {"id": "1", "type": "edge", "sourceId": "in", "targetId": "table"},
        {"id": "2", "type": "edge", "sourceId": "table", "targetId": "out"},
    ]
    return {"nodes": nodes, "edges": edges}
