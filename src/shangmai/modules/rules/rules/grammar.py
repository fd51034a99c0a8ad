"""The checked part of zen's expression language.

zen evaluates a name it does not know as null and finds a comparison of a number with a text only when it runs into it,
so an expression is checked when it is saved: every name is one that the caller knows, and every operator gets the kinds
it works on. What zen offers beyond that (closures, dates, ternaries) is refused rather than half-checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from shangmai.modules.rules.contract.errors import ConditionInvalid, FactOfOtherKind, FactUnknown
from shangmai.modules.rules.contract.facts import BOOL, NUMBER, STRING, STRINGS


class Reading(NamedTuple):
    """What an expression gives, and the facts that it names."""

    kind: str
    fields: frozenset[str]


def read_expression(text: str, kinds: Mapping[str, str]) -> Reading:
    """Check an expression over facts of these kinds. Raises: ConditionInvalid, FactUnknown, FactOfOtherKind."""
    reader = _Reader(text, kinds)
    kind = reader.read_all()
    return Reading(kind, frozenset(reader.fields))


_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)(?![\w])
    |(?P<string>'[^'\\]*'|"[^"\\]*")
    |(?P<name>[A-Za-z_]\w*)
    |(?P<sign>\.\.|==|!=|<=|>=|[-+*/%<>()\[\],]))""",
    re.VERBOSE | re.ASCII,
)
_COMPARE = {"==", "!=", "<", "<=", ">", ">="}
_LISTS = {NUMBER: "list of numbers", STRING: STRINGS, BOOL: "list of bools"}
_FUNCTIONS: dict[str, list[tuple[tuple[str, ...], str]]] = {
    "len": [((STRING,), NUMBER), ((STRINGS,), NUMBER)],
    "contains": [((STRING, STRING), BOOL), ((STRINGS, STRING), BOOL)],
    "startsWith": [((STRING, STRING), BOOL)],
    "endsWith": [((STRING, STRING), BOOL)],
    "abs": [((NUMBER,), NUMBER)],
}
_DEPTH_MAX = 50


class _Term(NamedTuple):
    kind: str
    text: str


class _Reader:
    """Reads a condition from left to right and gives the kind of each part; precedence as zen has it."""

    def __init__(self, text: str, kinds: Mapping[str, str]) -> None:
        self._text, self._at, self._depth, self._kinds = text, 0, 0, kinds
        self._tokens = self._split()
        self.fields: set[str] = set()

    def read_all(self) -> str:
        kind = self._either().kind
        if self._peek():
            raise self._problem("unexpected")
        return kind

    def _split(self) -> list[tuple[str, str]]:
        tokens, place = [], 0
        text = self._text.rstrip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise ConditionInvalid(problem="unknown sign", near=text[place : place + 20].strip())
            tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            place = found.end()
        return tokens

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _take(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise self._problem("ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, sign: str) -> None:
        if self._peek() != sign:
            raise self._problem(f"{sign} expected")
        self._at += 1

    def _problem(self, problem: str) -> ConditionInvalid:
        near = " ".join(token for _, token in self._tokens[max(self._at - 1, 0) : self._at + 2])
        return ConditionInvalid(problem=problem, near=near)

    def _either(self) -> _Term:
        return self._chain("or", self._both)

    def _both(self) -> _Term:
        return self._chain("and", self._comparison)

    def _chain(self, word: str, part: Callable[[], _Term]) -> _Term:
        left = part()
        while self._peek() == word:
            self._at += 1
            self._must(left, BOOL, word)
            right = part()
            self._must(right, BOOL, word)
            left = _Term(BOOL, right.text)
        return left

    def _must(self, term: _Term, kind: str, other: str) -> None:
        if term.kind != kind:
            raise FactOfOtherKind(field=term.text, kind=term.kind, other=f"'{other}'")

    def _comparison(self) -> _Term:
        left = self._sum()
        sign = self._peek()
        if sign in _COMPARE:
            self._at += 1
            right = self._sum()
            if left.kind != right.kind or (sign not in ("==", "!=") and left.kind != NUMBER):
                raise FactOfOtherKind(field=left.text, kind=left.kind, other=f"{sign} {right.text} ({right.kind})")
            return _Term(BOOL, left.text)
        if sign in ("in", "not"):
            return self._membership(left)
        return left

    def _membership(self, left: _Term) -> _Term:
        if self._take()[1] == "not":
            self._expect("in")
        right = self._interval() if self._opens_interval() else self._sum()
        if right.kind != _LISTS.get(left.kind):
            raise FactOfOtherKind(field=left.text, kind=left.kind, other=f"in {right.text} ({right.kind})")
        return _Term(BOOL, left.text)

    def _opens_interval(self) -> bool:
        """Whether `[1..5]` or `(1..5)` comes next; both ends are written as numbers."""
        after = [token for _, token in self._tokens[self._at : self._at + 3]]
        return len(after) == 3 and after[0] in "[(" and after[2] == ".."

    def _interval(self) -> _Term:
        self._take()
        self._must(self._one(), NUMBER, "..")
        self._expect("..")
        self._must(self._one(), NUMBER, "..")
        if self._take()[1] not in ("]", ")"):
            raise self._problem("] expected")
        return _Term(_LISTS[NUMBER], "[..]")

    def _sum(self) -> _Term:
        return self._arithmetic(("+", "-"), self._product)

    def _product(self) -> _Term:
        return self._arithmetic(("*", "/", "%"), self._one)

    def _arithmetic(self, signs: tuple[str, ...], part: Callable[[], _Term]) -> _Term:
        left = part()
        while self._peek() in signs:
            sign = self._take()[1]
            right = part()
            self._must(left, NUMBER, sign)
            self._must(right, NUMBER, sign)
        return left

    def _one(self) -> _Term:
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise self._problem("nested too deeply")
        group, token = self._take()
        term = self._signed(token) if group == "sign" else self._word(group, token)
        self._depth -= 1
        return term

    def _signed(self, token: str) -> _Term:
        if token == "-":
            term = self._one()
            self._must(term, NUMBER, "-")
            return term
        if token == "(":
            term = self._either()
            self._expect(")")
            return term
        if token == "[":
            return self._list()
        self._at -= 1
        raise self._problem("unexpected")

    def _word(self, group: str, token: str) -> _Term:
        if group == "number":
            return _Term(NUMBER, token)
        if group == "string":
            return _Term(STRING, token)
        if token in ("true", "false"):
            return _Term(BOOL, token)
        if token == "not":
            self._expect("(")
            term = self._signed("(")
            self._must(term, BOOL, "not")
            return term
        return self._call(token) if self._peek() == "(" else self._fact(token)

    def _fact(self, name: str) -> _Term:
        if name not in self._kinds:
            raise FactUnknown(field=name, facts=", ".join(self._kinds))
        self.fields.add(name)
        return _Term(self._kinds[name], name)

    def _list(self) -> _Term:
        items = [self._sum()]
        while self._peek() == ",":
            self._at += 1
            items.append(self._sum())
        self._expect("]")
        for item in items[1:]:
            self._must(item, items[0].kind, items[0].text)
        return _Term(_LISTS.get(items[0].kind, "list of lists"), "[…]")

    def _call(self, name: str) -> _Term:
        if name not in _FUNCTIONS:
            raise ConditionInvalid(problem=f"functions are {', '.join(_FUNCTIONS)}", near=name)
        self._expect("(")
        given = [self._either()]
        while self._peek() == ",":
            self._at += 1
            given.append(self._either())
        self._expect(")")
        kinds = tuple(term.kind for term in given)
        for wanted, result in _FUNCTIONS[name]:
            if wanted == kinds:
                return _Term(result, given[0].text)
        raise FactOfOtherKind(field=given[0].text, kind=given[0].kind, other=f"{name}({', '.join(kinds)})")
