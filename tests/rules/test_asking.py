"""Cells and rows: what each spelling means, what is refused when it is saved, and which rows answer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import convert
from msgspec.structs import replace

from shangmai.modules.rules.contract import (
    CellInvalid,
    DecisionTable,
    Hit,
    NoRows,
    OutcomeInvalid,
    RowTwice,
)
from shangmai.modules.rules.rules.cells import spell_out
from shangmai.modules.rules.rules.tables import Ruling
from tests.rules.making import FACTS, PARCELS, row, table


def ruling(*rows: dict[str, Any], hit: Hit = Hit.FIRST) -> Ruling:
    return Ruling(replace(PARCELS, hit=hit), convert(table(*rows), DecisionTable))


def fits(**when: str) -> bool:
    return bool(ruling(row(**when)).ask(FACTS))


class TestCells:
    @pytest.mark.parametrize(
        ("field", "cell", "expected"),
        [
            ("total_minor", "", True),
            ("total_minor", " - ", True),
            ("total_minor", "9900", True),
            ("total_minor", "> 9900", False),
            ("total_minor", ">=9900", True),
            ("total_minor", "!= 9900", False),
            ("total_minor", "[1..9900]", True),
            ("total_minor", "(9900..10000]", False),
            ("total_minor", "1, 2, > 9000", True),
            ("total_minor", "[1..2], [9000..9901]", True),
            ("total_minor", "$ % 100 == 0 and $ > 0", True),
            ("total_minor", "-5, 7", False),
            ("city", "'北京市', '上海市'", True),
            ("city", "not in ['北京市', '上海市']", False),
            ("city", "in ['北京市']", False),
            ("city", "startsWith($, '上')", True),
            ("city", "'$', '上海市'", True),
            ("city", "!= '北京市'", True),
            ("tags", "'vip'", True),
            ("tags", "'new', 'a,b'", True),
            ("tags", "'a', 'b'", False),
            ("tags", "not (contains($, 'vip'))", False),
            ("fragile", "false", True),
            ("fragile", "true", False),
        ],
    )
    def test_what_a_cell_means(self, field: str, cell: str, expected: bool) -> None:
        assert fits(**{field: cell}) is expected

    @pytest.mark.parametrize(
        ("field", "cell", "code"),
        [
            ("weight", "> 1", "rules.FactUnknown"),
            ("total_minor", "> 'a'", "rules.FactOfOtherKind"),
            ("total_minor", ">", "rules.ConditionInvalid"),
            ("total_minor", "1,", "rules.ConditionInvalid"),
            ("total_minor", "$ + 1", "rules.ConditionNotYesOrNo"),
            ("city", "上海市", "rules.ConditionInvalid"),
            ("city", "> '上'", "rules.FactOfOtherKind"),
            ("fragile", "'yes'", "rules.FactOfOtherKind"),
            ("city", "$ == weight", "rules.FactUnknown"),
        ],
    )
    def test_what_is_refused(self, field: str, cell: str, code: str) -> None:
        with pytest.raises(CellInvalid) as refused:
            fits(**{field: cell})
        assert (refused.value.data["row"], refused.value.data["field"], refused.value.data["code"]) == (
            "r", field, code,
        )  # fmt: skip
        told = refused.value.message("zh")
        assert told.startswith(f"第 r 行 {field}：")
        assert told != refused.value.message("en")

    def test_a_comma_within_a_text_or_a_list_does_not_cut(self) -> None:
        assert spell_out("city", "string", "'a,b', \"c\"") == "city == 'a,b' or city == \"c\""
        assert spell_out("total_minor", "number", "[1..2], 3") == "total_minor in [1..2] or total_minor == 3"

    @given(st.integers(-(10**13), 10**13), st.lists(st.integers(-(10**13), 10**13), min_size=1, max_size=6))
    def test_a_list_of_numbers_fits_what_is_in_it(self, total: int, numbers: list[int]) -> None:
        asked = ruling(row(total_minor=", ".join(map(str, numbers))))
        assert bool(asked.ask({**FACTS, "total_minor": total})) is (total in numbers)


class TestRows:
    ROWS = (
        row("dear", total_minor="> 5000", then={"answer": "wait", "minutes": 30}),
        row("vip", tags="'vip'", total_minor="> 100", then={"answer": "go", "urgent": True}),
        row("else", then={"answer": "go", "roles": ["clerk"]}),
    )

    def test_the_first_that_fits_answers(self) -> None:
        asked = ruling(*self.ROWS)
        assert [each.id for each in asked.ask(FACTS)] == ["dear"]
        assert [each.id for each in asked.ask({**FACTS, "total_minor": 5000})] == ["vip"]
        assert asked.ask({**FACTS, "total_minor": 1})[0].then == {"answer": "go", "roles": ["clerk"]}

    def test_all_that_fit_answer_where_the_subject_says_so(self) -> None:
        asked = ruling(*self.ROWS, hit=Hit.ALL)
        assert [each.id for each in asked.ask(FACTS)] == ["dear", "vip", "else"]
        assert [each.id for each in asked.ask({**FACTS, "tags": [], "total_minor": 9})] == ["else"]

    def test_none_fits(self) -> None:
        assert ruling(self.ROWS[0]).ask({**FACTS, "total_minor": 1}) == ()

    def test_only_the_facts_it_looks_at_are_seen(self) -> None:
        asked = ruling(*self.ROWS)
        assert asked.fields == ("tags", "total_minor")
        assert asked.seen(FACTS) == {"tags": ["vip", "a,b"], "total_minor": 9_900}

    def test_why_a_row_does_not_fit(self) -> None:
        told = ruling(*self.ROWS).explain({"total_minor": 200})
        assert (told.hits, told.outcomes) == (("else",), ({"answer": "go", "roles": ["clerk"]},))
        assert [(each.id, each.fits, each.failed) for each in told.rows] == [
            ("dear", False, ("total_minor",)), ("vip", False, ("tags",)), ("else", True, ()),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "then",
        [
            {"answer": "perhaps"},
            {"minutes": 3},
            {"answer": "go", "minutes": "3"},
            {"answer": "go", "minutes": True},
            {"answer": "go", "urgent": 1},
            {"answer": "go", "roles": ["owner"]},
            {"answer": "go", "colour": "red"},
        ],
    )
    def test_answers_that_are_not_the_subjects(self, then: dict[str, Any]) -> None:
        with pytest.raises(OutcomeInvalid) as refused:
            ruling(row(then=then))
        assert refused.value.data["row"] == "r"

    def test_rows_that_say_nothing_or_come_twice(self) -> None:
        with pytest.raises(NoRows):
            ruling(row(then={}))
        with pytest.raises(RowTwice):
            ruling(row(), row())

    @given(
        st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=30),
        st.integers(0, 50),
        st.booleans(),
    )
    def test_the_first_row_by_hand(self, rows: list[tuple[int, bool]], total: int, fragile: bool) -> None:
        asked = ruling(
            *(
                row(f"r{n}", total_minor=f">= {least}", fragile="true" if only_fragile else "")
                for n, (least, only_fragile) in enumerate(rows)
            )
        )
        expected = [f"r{n}" for n, (least, only) in enumerate(rows) if total >= least and (fragile or not only)][:1]
        assert [each.id for each in asked.ask({**FACTS, "total_minor": total, "fragile": fragile})] == expected
