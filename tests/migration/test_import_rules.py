"""The decisions of an import: codes and names, portions, vouchers, what an order can take, paths of a sheet."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.sheets import Row
from shangmai.modules.migration.contract import (
    Accounts,
    BeyondLimit,
    CellKind,
    DatedInFuture,
    Kind,
    KindAccount,
    OrderMapping,
    RowsDisagree,
    SaleIntent,
    SheetMapping,
    Side,
)
from shangmai.modules.migration.rules import (
    Filled,
    Filler,
    chunks,
    columns_of,
    customers_of,
    document_name,
    facts_of,
    goods_of,
    grouped,
    imported_minor,
    intents_of,
    named_document,
    of_return,
    order_lines,
    parse_path,
    reason_finder,
    returned_by_order,
    revenue_minor,
    sku_codes,
    sold,
    survey,
    unfit,
    voucher,
)
from tests.migration.exports import ONLINE_RETAIL, read, row, rows, trades

REASONS = reason_finder(ONLINE_RETAIL)


class TestCodes:
    def test_what_the_catalog_takes_stays(self) -> None:
        assert sku_codes(["85123A", "SP1002", "A B"]) == {"85123A": "85123A", "SP1002": "SP1002", "A B": "A B"}

    def test_the_others_are_derived_and_recognisable(self) -> None:
        codes = sku_codes(["cup-蓝", "CUP-蓝", "杯", "x" * 80])
        assert re.fullmatch("CUP-[0-9A-F]{10}", codes["cup-蓝"])
        assert codes["cup-蓝"] != codes["CUP-蓝"]
        assert re.fullmatch("[0-9A-F]{10}", codes["杯"])
        assert len(codes["x" * 80]) <= 64

    @given(st.sets(st.text(min_size=1, max_size=90)))
    def test_no_two_become_one_and_the_catalog_takes_all(self, codes: set[str]) -> None:
        derived = sku_codes(codes)
        assert len(set(derived.values())) == len(codes)
        assert all(re.fullmatch(r"[A-Z0-9_-]([A-Z0-9 _-]{0,62}[A-Z0-9_-])?", code) for code in derived.values())

    @given(st.text(min_size=1), st.booleans(), st.lists(st.text(alphabet="abc1")))
    def test_names_in_keys_are_read_back(self, number: str, canceled: bool, more: list[str]) -> None:
        rest = "/".join(["step", document_name(number, canceled), *more])
        if canceled or more[:1] != ["canceled"]:
            assert named_document(rest) == (number, canceled)


class TestPortions:
    @given(rows())
    def test_every_document_is_in_one_portion_of_its_month(self, some: list[dict[str, Any]]) -> None:
        classified = read(*some)
        found = list(chunks(classified, REASONS))
        assert [(one.start, one.end) for one in found] == [
            (start, one.end) for start, one in zip([0, *(one.end for one in found)], found, strict=False)
        ]
        assert (found[-1].end if found else 0) == len(classified.invoices)
        assert sum(one.rows for one in found) == sum(len(invoice.places) for invoice in classified.invoices)
        intents = [intent for document in classified for intent in intents_of(document, REASONS)]
        counted = sum(len(c.sales) + len(c.returns) + len(c.adjustments) + len(c.postings) for c in found)
        assert counted == len(intents)

    @given(rows(), st.integers(0, 12))
    def test_going_on_gives_the_rest(self, some: list[dict[str, Any]], position: int) -> None:
        classified = read(*some)
        position = min(position, len(classified.invoices))
        whole = [sale for one in chunks(classified, REASONS) for sale in one.sales]
        first = {document.number for document in list(classified)[:position] if not document.canceled}
        rest = [sale for one in chunks(classified, REASONS, position) for sale in one.sales]
        assert rest == [sale for sale in whole if sale.number not in first]

    def test_a_portion_is_full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("shangmai.modules.migration.rules.portions.SALES_MAX", 2)  # patch: five sales fill several
        classified = read(*(row(str(n), "10001", 1, "1") for n in range(5)))
        assert [len(one.sales) for one in chunks(classified, REASONS)] == [2, 2, 1]

    def test_of_what_is_left_out_only_the_rows_count(self) -> None:
        classified = read(row("1", "10001", 1, "1"), row("2", "10001", 1, "1"))
        (only,) = chunks(classified, REASONS, without={0})
        assert ([sale.number for sale in only.sales], only.rows, only.end) == (["2"], 2, 2)


class TestLimits:
    def test_what_our_actions_cannot_take(self) -> None:
        classified = read(
            row("1", "10001", 1, "1"),
            row("9" * 61, "10001", 1, "1", at="2010-03-02 09:00:00"),
            row("3", "10001", 10_000_001, "1", at="2010-03-03 09:00:00"),
            row("4", "10001", 1, "1", at="2010-03-04 09:00:00", customer="c" * 65),
            row("5", "10001", 1, "1", at="2010-03-05 09:00:00"),
            *(row("6", "10001", 1, "1", at="2010-03-03 10:00:00") for _ in range(2001)),
        )
        found = unfit(classified, datetime(2010, 3, 4, 12, tzinfo=UTC))
        assert {at: (type(error), error.data.get("what")) for at, error in found.items()} == {
            1: (BeyondLimit, "number_length"),
            2: (BeyondLimit, "quantity"),
            3: (BeyondLimit, "lines"),
            4: (BeyondLimit, "customer_length"),
            5: (DatedInFuture, None),
        }


class TestOrders:
    def test_a_discount_below_zero_is_a_way_to_pay(self) -> None:
        sale = _sale(row("1", "10001", 2, "10"), row("1", "D", 1, "-5"))
        parts = sold(sale)
        assert ([line.sku for line in parts.lines], parts.total_minor, parts.discount_minor) == (["10001"], 2000, 500)
        assert (parts.paid_minor, parts.discounted_minor) == (1500, 500)

    def test_a_discount_above_the_total_settles_it_whole(self) -> None:
        parts = sold(_sale(row("1", "10001", 1, "3"), row("1", "D", 1, "-5")))
        assert (parts.paid_minor, parts.discounted_minor, parts.discount_minor) == (0, 300, 500)

    @given(trades())
    def test_returns_fit_their_orders(self, some: list[dict[str, Any]]) -> None:
        """What all returns bring back of a line is never more than its pieces and its money."""
        classified = read(*some)
        found = survey(classified)
        lines = order_lines(classified, found.matches.values())
        sales = {sale.number: sold(sale).lines for one in chunks(classified, REASONS) for sale in one.sales}
        back: Counter[tuple[str, int]] = Counter()
        money: Counter[tuple[str, int]] = Counter()
        for match in found.matches.values():
            for number, parts in returned_by_order(match, lines).items():
                for part in parts:
                    back[number, part.line] += part.quantity
                    money[number, part.line] += part.refund_minor
        for (number, line), quantity in back.items():
            assert quantity <= sales[number][line - 1].quantity
            assert money[number, line] <= sales[number][line - 1].amount_minor

    def test_goods_and_customers(self) -> None:
        classified = read(
            row("1", "10001", 1, "1.00", description="a cup", customer="b"),
            row("2", "10001", 1, "3.00", description="A CUP", customer="a", at="2010-03-02 09:00:00"),
            row("3", "10001", 1, "2.00", description="a cup", customer="b", at="2010-03-03 09:00:00"),
            row("4", "10002", -1, "0", description="damages", customer=None),
            row("5", "POST", 1, "5"),
        )
        assert [(good.code, good.name, good.price_minor) for good in goods_of(classified)] == [
            ("10001", "a cup", 200),
            ("10002", "10002", 0),
        ]
        assert list(customers_of(classified)) == ["b", "17850", "a"]


def _sale(*some: dict[str, Any]) -> SaleIntent:
    (document,) = read(*some)
    (sale,) = intents_of(document, REASONS)
    assert isinstance(sale, SaleIntent)
    return sale


class TestVouchers:
    def test_against_us_and_in_our_favour(self) -> None:
        fee = voucher(Accounts(), [(Kind.BANK_CHARGE, -3750)])
        assert [(side.account, side.debit_minor, side.credit_minor) for side in fee] == [
            ("1002", 0, 3750),
            ("560302", 3750, 0),
        ]
        charged = voucher(Accounts(), [(Kind.BANK_CHARGE, 1500)])
        assert [(side.account, side.debit_minor, side.credit_minor) for side in charged] == [
            ("1002", 1500, 0),
            ("560302", 0, 1500),
        ]

    def test_another_account_on_the_other_side_is_the_customers(self) -> None:
        accounts = Accounts(kinds={Kind.BAD_DEBT: KindAccount(account="571101", against="1122")})
        sides = voucher(accounts, [(Kind.BAD_DEBT, -100)])
        assert [(side.account, side.by_party) for side in sides] == [("1122", True), ("571101", False)]

    def test_what_comes_to_nothing_is_no_voucher(self) -> None:
        assert voucher(Accounts(), [(Kind.MANUAL, 5), (Kind.ADJUSTMENT, -5)]) == []
        assert voucher(Accounts(), []) == []

    @given(st.lists(st.tuples(st.sampled_from(Kind), st.integers(-(10**9), 10**9)), max_size=8))
    def test_it_balances_and_no_side_is_empty(self, amounts: list[tuple[Kind, int]]) -> None:
        sides = voucher(Accounts(), amounts)
        assert sum(side.debit_minor for side in sides) == sum(side.credit_minor for side in sides)
        assert all((side.debit_minor > 0) != (side.credit_minor > 0) for side in sides)

    @given(rows())
    def test_a_returns_money_is_in_its_order_or_in_vouchers(self, some: list[dict[str, Any]]) -> None:
        classified = read(*some)
        matches = survey(classified).matches
        for one in chunks(classified, REASONS):
            for intent in one.returns:
                match = matches[intent.first_row_no]
                beside = -sum(amount for _, amounts in of_return(intent, match) for _, amount in amounts)
                assert match.refund_minor + beside == sum(line.amount_minor for line in intent.lines)


class TestFacts:
    @given(rows())
    def test_all_classes_add_up(self, some: list[dict[str, Any]]) -> None:
        report = survey(read(*some)).report
        facts = facts_of(report)
        assert sum(total.lines for total in report.classes) == facts.rows
        unread = report.amount_on(Side.UNREADABLE)
        assert facts.all_minor == facts.sale_minor + facts.cancellation_minor + facts.negative_minor + unread

    def test_what_is_imported_and_what_is_revenue(self) -> None:
        report = survey(
            read(
                row("1", "10001", 2, "10"),
                row("C2", "10001", -1, "10", at="2010-03-02 09:00:00"),
                row("C3", "BANK CHARGES", -1, "1"),
                row("4", "ADJUST", 1, "0.50"),
                row("5", "TEST001", 1, "99"),
            )
        ).report
        assert imported_minor(report) == 2000 - 1000 - 100 + 50
        assert revenue_minor(report, Accounts()) == 2000 - 1000 + 50


def filler(columns: dict[str, Any], **more: Any) -> Filler:
    plain = {"name": "x", "title": {"zh": "x", "en": "x"}, "action": "a.b", "columns": columns, **more}
    mapping = msgspec.convert(plain, SheetMapping)
    headers = list(columns)
    found, at, _ = columns_of(mapping, lambda header: headers.index(header) if header in headers else None)
    return Filler(mapping, found, at)


def fill(columns: dict[str, Any], *cells: list[object], known: Any = None, **more: Any) -> Filled:
    return filler(columns, **more).fill([Row(no, each) for no, each in enumerate(cells, 1)], known or {})


class TestFilling:
    def test_paths(self) -> None:
        filled = fill(
            {"a": "name", "b": "receiver.city", "c": "codes[0].text", "d": "codes[1].text"}, ["x", "杭州", "1", "2"]
        )
        assert filled.given == {
            "name": "x",
            "receiver": {"city": "杭州"},
            "codes": [{"text": "1"}, {"text": "2"}],
        }
        assert filled.sources["codes.1.text"] == (1, "d")

    def test_each_row_adds_an_element_and_empty_ones_add_none(self) -> None:
        columns = {"n": "name", "c": "skus[].code", "p": "skus[].price"}
        filled = fill(columns, ["x", "A", "1"], [None, None, None], ["x", "B", None], constants={"skus[].unit": "pc"})
        assert filled.given == {
            "name": "x",
            "skus": [{"code": "A", "price": "1", "unit": "pc"}, {"code": "B", "unit": "pc"}],
        }
        assert filled.sources["skus.1.code"] == (3, "c")

    def test_rows_that_disagree(self) -> None:
        filled = fill({"n": "name"}, ["x"], ["y"])
        assert [(error.row_no, error.column, error.code) for error in filled.errors] == [(2, "n", RowsDisagree.code)]

    def test_an_empty_cell_is_not_given(self) -> None:
        assert fill({"n": "name", "m": "note"}, ["x", None]).given == {"name": "x"}

    @pytest.mark.parametrize(
        ("kind", "cell", "value"),
        [
            ("text", 13085, "13085"),
            ("text", True, "true"),
            ("text", 0.1, "0.1"),
            ("number", "１，２３４.５０ 元", "1234.50"),
            ("money", "￥12.50", 1250),
            ("money", 0.07, 7),
            ("time", "2026/1/5 9:05", "2026-01-05T01:05:00+00:00"),
            ("time", datetime(2026, 1, 5, 9, 5), "2026-01-05T01:05:00+00:00"),  # noqa: DTZ001
            ("time", "2026-01-05T09:05:00Z", "2026-01-05T09:05:00+00:00"),
        ],
    )
    def test_kinds(self, kind: str, cell: object, value: object) -> None:
        assert fill({"x": {"to": "x", "kind": kind}}, [cell]).given == {"x": value}

    def test_lists_and_translations(self) -> None:
        columns = {"x": {"to": "tags", "split": "、"}, "y": {"to": "on", "values": {"是": "true"}}}
        assert fill(columns, ["红、 蓝、", "是"]).given == {"tags": ["红", "蓝"], "on": "true"}

    @pytest.mark.parametrize("cell", ["green, new", "green，new", "green;new；", "green、new", " green , ; new "])
    def test_any_usual_mark_parts_a_list(self, cell: str) -> None:
        assert fill({"x": {"to": "tags", "split": "、"}}, [cell]).given == {"tags": ["green", "new"]}

    @pytest.mark.parametrize(
        ("rule", "cell", "value"),
        [
            ({"split": "|"}, "a, b|c", ["a, b", "c"]),
            ({"split": ";", "kind": "money"}, "1,234.50;2", [123450, 200]),
            ({"split": "、", "values": {"红, 白": "wine"}}, "红, 白、黄", ["wine", "黄"]),
        ],
    )
    def test_marks_that_mean_something_else_part_nothing(self, rule: dict[str, object], cell: str, value: Any) -> None:
        assert fill({"x": {"to": "x", **rule}}, [cell]).given == {"x": value}

    def test_codes(self) -> None:
        columns = {"x": {"to": "sku_id", "kind": "sku"}}
        assert fill(columns, ["A"], known={(CellKind.SKU, "A"): "id"}).given == {"sku_id": "id"}
        assert [error.code for error in fill(columns, ["B"]).errors] == ["migration.CodeUnknown"]

    def test_groups_in_order_of_their_first_row(self) -> None:
        some = [Row(no, [key]) for no, key in enumerate(["b", "a", "b", None], 1)]
        assert [[row.no for row in group] for group in grouped(some, [0])] == [[1, 3], [2], [4]]
        assert [[row.no for row in group] for group in grouped(some, [])] == [[1], [2], [3], [4]]

    def test_a_path_is_read(self) -> None:
        assert parse_path("a[].b.c[2]") == (("a", -1), ("b", None), ("c", 2))


def test_the_accounts_of_the_shipped_mapping_are_those_of_the_usual_kind() -> None:
    mapping: OrderMapping = ONLINE_RETAIL
    usual = Accounts()
    assert {kind: mapping.accounts.of(kind).account for kind in Kind} == {kind: usual.of(kind).account for kind in Kind}
