"""What a caller is told: texts in both languages, stable codes, data that JSON can hold."""

import time
import timeit
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from shangmai.kernel import errors
from shangmai.kernel.errors import (
    AppError,
    Conflict,
    Denied,
    ExtraMissing,
    FieldError,
    Invalid,
    NotFound,
    TooMany,
    Unauthenticated,
    Unavailable,
    all_errors,
)
from shangmai.kernel.money import Money

SKU = UUID("01900000-0000-7000-8000-000000000001")


class OutOfStock(Conflict):
    """Only {available} of {wanted} are left;
    order fewer.

    Raised by the hold, never by the cart.
    """

    zh = "仅剩 {available} 件，不足 {wanted} 件；请减少数量。"
    hint = "Others have {elsewhere}."
    zh_hint = "其他门店有 {elsewhere} 件。"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound, 404),
        (Denied, 403),
        (Unauthenticated, 401),
        (Conflict, 409),
        (Invalid, 422),
        (TooMany, 429),
        (Unavailable, 503),
        (ExtraMissing, 503),
        (AppError, 500),
    ],
)
def test_status_and_code_of_the_kernels_own(error: type[AppError], status: int) -> None:
    assert error.status == status
    assert error.code == f"kernel.{error.__name__}"


class TestMessage:
    def test_is_the_first_paragraph_of_the_docstring_filled(self) -> None:
        error = OutOfStock(wanted=3, available=1, elsewhere=2)
        assert error.message("en") == "Only 1 of 3 are left; order fewer."
        assert str(error) == "Only 1 of 3 are left; order fewer."

    @pytest.mark.parametrize("lang", ["zh-CN", "zh", "ZH-tw"])
    def test_in_chinese(self, lang: str) -> None:
        assert OutOfStock(wanted=3, available=1, elsewhere=2).message(lang) == "仅剩 1 件，不足 3 件；请减少数量。"

    def test_the_base_says_in_english_what_its_docstring_says(self) -> None:
        assert AppError.__doc__ == AppError.en == AppError().message()

    def test_missing_data_stops_a_test(self) -> None:
        with pytest.raises(AssertionError, match=r"needs the data \['wanted'\]"):
            OutOfStock(available=1)

    def test_missing_data_is_only_a_poorer_message_in_production(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(errors, "strict", False)
        assert OutOfStock(available=1).message("en") == "Only 1 of {wanted} are left; order fewer."

    def test_a_format_that_does_not_fit_the_data_is_only_a_poorer_message(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(errors, "strict", False)
        assert errors.fill("{price:.2f} for {n}", {"price": "cheap", "n": 2}) == "cheap for 2"

    def test_filling_is_strict_in_tests(self) -> None:
        with pytest.raises(AssertionError, match="cannot be filled"):
            errors.fill("{wanted}", {})


class TestOnTheWire:
    def test_all_parts(self) -> None:
        assert OutOfStock(sku_id=SKU, wanted=3, available=1, elsewhere=7).to_wire("en") == {
            "code": "tests.OutOfStock",
            "message": "Only 1 of 3 are left; order fewer.",
            "status": 409,
            "data": {"sku_id": str(SKU), "wanted": 3, "available": 1, "elsewhere": 7},
            "hint": "Others have 7.",
        }

    def test_chinese_is_the_default(self) -> None:
        assert OutOfStock(wanted=3, available=1, elsewhere=7).to_wire()["hint"] == "其他门店有 7 件。"

    def test_without_hint_there_is_no_such_key(self) -> None:
        assert NotFound().to_wire("en").keys() == {"code", "message", "status", "data"}

    def test_data_is_what_json_can_hold(self) -> None:
        error = NotFound(
            money=Money(1250, "CNY"),
            price=Decimal("1.50"),
            at=datetime(2026, 1, 1, tzinfo=UTC),
            ids=[SKU],
            counts={1: {"a"}},
            other=AppError,
        )
        assert msgspec.json.decode(msgspec.json.encode(error.to_wire()["data"])) == {
            "money": {"minor": 1250, "currency": "CNY"},
            "price": "1.50",
            "at": "2026-01-01T00:00:00Z",
            "ids": [str(SKU)],
            "counts": {"1": ["a"]},
            "other": "<class 'shangmai.kernel.errors.AppError'>",
        }

    def test_field_errors_are_part_of_the_data(self) -> None:
        error = Invalid([("lines.0.qty", "must be at least 1")], document="SO1")
        assert error.fields == [FieldError("lines.0.qty", "must be at least 1")]
        assert error.to_wire()["data"] == {
            "document": "SO1",
            "fields": [{"path": "lines.0.qty", "message": "must be at least 1"}],
        }

    def test_no_field_errors_no_fields(self) -> None:
        assert Invalid().to_wire()["data"] == {}


class TestClass:
    def test_needs_a_docstring(self) -> None:
        with pytest.raises(AssertionError, match="Mute needs a docstring"):
            type("Mute", (Conflict,), {"zh": "无"})

    def test_needs_chinese_of_its_own(self) -> None:
        with pytest.raises(AssertionError, match="English needs zh"):
            type("English", (Conflict,), {"__doc__": "No."})

    def test_needs_both_hints_or_neither(self) -> None:
        with pytest.raises(AssertionError, match="both hint and zh_hint"):
            type("Half", (Conflict,), {"__doc__": "No.", "zh": "不。", "hint": "Try."})

    def test_needs_the_same_placeholders_in_both_languages(self) -> None:
        with pytest.raises(AssertionError, match="zh must use the placeholders"):
            type("Uneven", (Conflict,), {"__doc__": "No {n}.", "zh": "没有。"})

    def test_placeholders_are_found_behind_formats_and_attributes(self) -> None:
        cls: Any = type("Rich", (Conflict,), {"__doc__": "{n:,} of {order.lines[0]} {{x}}", "zh": "{order.id} {n}"})
        assert cls.placeholders == {"n", "order"}

    @pytest.mark.parametrize(
        ("module", "code"),
        [
            ("shangmai.modules.orders.contract", "orders.Odd"),
            ("shangmai.modules.orders.service.placing", "orders.Odd"),
            ("shangmai.kernel.books.contract", "kernel.Odd"),
            ("shangmai.apps.api", "apps.Odd"),
            ("elsewhere.x", "elsewhere.Odd"),
        ],
    )
    def test_code_names_the_module(self, module: str, code: str) -> None:
        cls: Any = type(
            "Odd", (Conflict,), {"__doc__": "No.", "zh": "不。", "__module__": module, "__qualname__": "<locals>"}
        )
        assert cls.code == code


class TestRegistry:
    def test_lists_what_can_reach_a_caller_by_code(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            errors, "_registry", dict(errors._registry)
        )  # patch: a copy, so that Odd goes with the test
        cls: Any = type(
            "Odd", (Conflict,), {"__doc__": "No.", "zh": "不。", "__module__": "shangmai.modules.orders.contract"}
        )
        listed = all_errors()
        assert cls in listed
        assert {NotFound, Invalid, Unavailable} <= set(listed)
        assert [one.code for one in listed] == sorted(one.code for one in listed)

    def test_does_not_list_a_tests_own(self) -> None:
        assert OutOfStock not in all_errors()

    def test_two_classes_of_one_code_are_a_bug(self) -> None:
        with pytest.raises(AssertionError, match=r"two error classes have the code kernel\.NotFound"):
            type("NotFound", (AppError,), {"__doc__": "No.", "zh": "不。", "__module__": "shangmai.kernel.other"})


def test_refusing_an_item_of_a_batch_makes_no_traceback_and_costs_little() -> None:
    error = OutOfStock(wanted=3, available=1, elsewhere=0)
    assert error.__traceback__ is None
    many = 2_000
    took_s = timeit.repeat(
        lambda: OutOfStock(wanted=3, available=1, elsewhere=0), timer=time.process_time, number=many, repeat=5
    )
    cost_s = min(took_s) / many
    assert cost_s < 20e-6  # some 0.3 µs; the bound only catches a message or a traceback made too early
