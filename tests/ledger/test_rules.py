"""Pure decisions: matching, pairing, conversion."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import convert

from shangmai.modules.ledger.contract import NOBODY, Condition, Op, Rule, RuleLine, RuleSide, VoucherLine
from shangmai.modules.ledger.contract.errors import AccountOnBothSides, EventUnfit
from shangmai.modules.ledger.rules import matching, vouchers
from shangmai.modules.ledger.rules.vouchers import DraftLine
from shangmai.modules.organization.contract import CompanyId

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
COMPANY = CompanyId(UUID(int=1))
codes = st.sampled_from(["1001", "1002", "1122", "5001", "5051", "2202"])
parties = st.sampled_from([None, "00000000-0000-0000-0000-0000000000aa", "00000000-0000-0000-0000-0000000000bb"])
amounts = st.integers(0, 10**12)


def a_rule(lines: list[RuleLine], when: list[Condition] | None = None, **more: Any) -> Rule:
    given: dict[str, Any] = {"company_id": None, "name": "r", "version": 1, "event": "x.y.v1", "summary": "s"}
    given |= {"active_from": LONG_AGO, "active_to": None}
    return Rule(**(given | more), when=when or [], lines=lines)


def line(debit: str, credit: str, amount: str, *, red: bool = False) -> RuleLine:
    return RuleLine(debit=RuleSide(account=debit), credit=RuleSide(account=credit), amount=amount, red=red)


# --- conditions ----------------------------------------------------------------------------------------------------

COMPARE = {Op.GT: operator.gt, Op.GE: operator.ge, Op.LT: operator.lt, Op.LE: operator.le}


@given(st.sampled_from(sorted(COMPARE)), st.integers(), st.integers())
def test_numbers_compare_as_numbers(op: Op, value: int, wanted: int) -> None:
    assert matching.holds(Condition(field="n", op=op, value=wanted), {"n": value}) is COMPARE[op](value, wanted)


@given(st.sampled_from(sorted(COMPARE)), st.one_of(st.none(), st.text(), st.booleans()), st.integers())
def test_what_is_no_number_compares_with_none(op: Op, value: Any, wanted: int) -> None:
    assert not matching.holds(Condition(field="n", op=op, value=wanted), {"n": value})
    assert not matching.holds(Condition(field="n", op=op, value=wanted), {})


scalars = st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from(["", "a", "1"]))


@given(scalars, scalars)
def test_equal_and_not_equal_are_opposites(value: Any, wanted: Any) -> None:
    equal, other = (matching.holds(Condition(field="f", op=op, value=wanted), {"f": value}) for op in (Op.EQ, Op.NE))
    assert equal is not other
    assert equal is (type(value) is type(wanted) and value == wanted)


@given(scalars, st.lists(st.one_of(st.integers(-2, 2), st.sampled_from(["", "a", "1"]))))
def test_in_and_not_in_are_opposites(value: Any, wanted: list[Any]) -> None:
    inside, outside = (
        matching.holds(Condition(field="f", op=op, value=wanted), {"f": value}) for op in (Op.IN, Op.NOT_IN)
    )
    assert inside is not outside
    assert inside is any(type(value) is type(one) and value == one for one in wanted)


def test_all_conditions_must_hold() -> None:
    when = [Condition(field="a", op=Op.EQ, value=1), Condition(field="b", op=Op.NE, value=2)]
    rule = a_rule([line("1001", "1002", "n")], when)
    assert len(matching.lines_of(rule, {"a": 1, "b": 3, "n": 5})) == 1
    assert matching.lines_of(rule, {"a": 1, "b": 2, "n": 5}) == []
    assert matching.lines_of(rule, {"a": 2, "b": 3, "n": "ignored"}) == []


# --- lines ---------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(codes, codes, amounts, st.booleans()), max_size=6), parties, parties)
def test_a_rule_makes_a_line_of_every_amount_above_zero(
    given_lines: list[tuple[str, str, int, bool]], debit_party: str | None, credit_party: str | None
) -> None:
    lines = [
        RuleLine(
            debit=RuleSide(account=debit, party="buyer"),
            credit=RuleSide(account=credit, party="seller"),
            amount=f"a{n}",
            red=red,
        )
        for n, (debit, credit, _, red) in enumerate(given_lines)
    ]
    fields = {f"a{n}": amount for n, (_, _, amount, _) in enumerate(given_lines)}
    fields |= {"buyer": debit_party, "seller": credit_party}  # type: ignore[dict-item]
    same = any(d == c and debit_party == credit_party and amount for d, c, amount, _ in given_lines)
    if same:
        with pytest.raises(EventUnfit):
            matching.lines_of(a_rule(lines), fields)
        return
    made = matching.lines_of(a_rule(lines), fields)
    assert [(m.debit[0], m.credit[0], m.amount_minor) for m in made] == [
        (debit, credit, -amount if red else amount) for debit, credit, amount, red in given_lines if amount
    ]
    assert all(m.debit[1] == (UUID(debit_party) if debit_party else NOBODY) for m in made)


@pytest.mark.parametrize("amount", [None, -1, "5", True, 5.0, [5], 10**18 + 1])
def test_what_is_no_amount_does_not_fit(amount: Any) -> None:
    with pytest.raises(EventUnfit):
        matching.lines_of(a_rule([line("1001", "1002", "n")]), {"n": amount})


def test_a_summary_is_filled_and_takes_no_orders() -> None:
    rule = a_rule([], summary="{number}·{missing}·{nothing}")
    assert matching.summary_of(rule, {"number": "{secret}", "nothing": None, "secret": "x"}) == "{secret}··"


def test_the_companys_own_version_shadows_the_general_one_while_it_is_active() -> None:
    turn, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    general = a_rule([])
    own = a_rule([], company_id=COMPANY, active_from=turn, active_to=end)
    elsewhere = a_rule([], company_id=CompanyId(UUID(int=2)))
    other = a_rule([], name="q", event="z.z.v1")
    rules = [general, own, elsewhere, other]
    times = (LONG_AGO, turn, datetime(2026, 1, 31, 23, 59, tzinfo=UTC), end)
    found = [matching.applicable(rules, COMPANY, "x.y.v1", at) for at in times]
    assert found == [[general], [own], [own], [general]]


# --- manual vouchers -----------------------------------------------------------------------------------------------


@st.composite
def balanced(draw: st.DrawFn) -> list[VoucherLine]:
    """A voucher whose two sides, of different accounts, are the same sum."""
    total = draw(st.integers(10, 10**9))
    sides: list[VoucherLine] = []
    for side, accounts in (("debit_minor", ["1001", "1002", "5601"]), ("credit_minor", ["2202", "5001", "3001"])):
        cuts = sorted(draw(st.sets(st.integers(1, total - 1), max_size=5)))
        parts = [b - a for a, b in zip([0, *cuts], [*cuts, total], strict=True)]
        sides += [convert({"account": draw(st.sampled_from(accounts)), side: part}, VoucherLine) for part in parts]
    return draw(st.permutations(sides))


@given(balanced())
def test_pairing_keeps_every_amount(lines: list[VoucherLine]) -> None:
    paired = vouchers.pair(lines)
    debits: Counter[str] = Counter()
    credits: Counter[str] = Counter()
    for one in paired:
        debits[one.debit[0]] += one.amount_minor
        credits[one.credit[0]] += one.amount_minor
    assert all(one.amount_minor > 0 for one in paired)
    assert len(paired) < len(lines)
    assert debits == summed((line.account, line.debit_minor) for line in lines)
    assert credits == summed((line.account, line.credit_minor) for line in lines)


def summed(amounts: Iterable[tuple[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for account, amount in amounts:
        total[account] += amount
    return +total


def test_an_account_for_two_parties_may_stand_on_both_sides() -> None:
    a, b = UUID(int=1), UUID(int=2)
    moved = [
        VoucherLine(account="1122", party_id=a, debit_minor=5),
        VoucherLine(account="1122", party_id=b, credit_minor=5),
    ]
    assert vouchers.pair(moved) == [DraftLine(("1122", a), ("1122", b), 5, 5)]
    with pytest.raises(AccountOnBothSides):
        vouchers.pair([moved[0], VoucherLine(account="1122", party_id=a, credit_minor=5)])


# --- conversion ----------------------------------------------------------------------------------------------------

rates = st.decimals("0.000001", "20000", places=6)


@st.composite
def sales(draw: st.DrawFn) -> list[DraftLine]:
    """Lines as sales have them: one customer's receivable against some revenues, and the cost, perhaps in red."""
    sign = draw(st.sampled_from([1, -1]))
    parts = draw(st.lists(st.integers(1, 10**9), min_size=1, max_size=4))
    lines = [DraftLine(("1122", NOBODY), (f"505{n}", NOBODY), sign * part, sign * part) for n, part in enumerate(parts)]
    cost = draw(st.integers(1, 10**9))
    return [*lines, DraftLine(("5401", NOBODY), ("1405", NOBODY), sign * cost, sign * cost)]


@given(sales(), rates, st.sampled_from([("USD", "CNY", 0), ("JPY", "CNY", 2), ("KWD", "CNY", -1), ("CNY", "JPY", -2)]))
def test_the_shared_account_gets_the_total_rounded_once(
    lines: list[DraftLine], rate: Decimal, pair: tuple[str, str, int]
) -> None:
    currency, quote, shift = pair
    exact = lambda minor: Decimal(minor) * rate * Decimal(10) ** shift  # noqa: E731
    converted = vouchers.convert(lines, currency, quote, rate)
    *originals, cost = [one.original_minor for one in lines]
    assert sum(one.amount_minor for one in converted if one.debit[0] == "1122") == rounded(exact(sum(originals)))
    assert sum(one.amount_minor for one in converted if one.debit[0] == "5401") == rounded(exact(cost))
    total = sum(originals)
    for one in converted:
        assert one.amount_minor * one.original_minor > 0
        if one.debit[0] == "1122":  # off by less than one unit of its part of the rounded total
            part = Decimal(rounded(exact(total))) * one.original_minor / total
            assert abs(one.amount_minor - part) < 1


def rounded(exact: Decimal) -> int:
    """Half away from zero."""
    whole = int(abs(exact) + Decimal("0.5"))
    return whole if exact >= 0 else -whole


@given(sales())
def test_within_one_currency_nothing_changes(lines: list[DraftLine]) -> None:
    assert vouchers.convert(lines, "CNY", "CNY", Decimal(1)) == lines


@given(sales())
def test_a_reversal_undoes_and_its_reversal_redoes(lines: list[DraftLine]) -> None:
    red = vouchers.reversed_lines(lines)
    assert [one.amount_minor + two.amount_minor for one, two in zip(lines, red, strict=True)] == [0] * len(lines)
    assert vouchers.reversed_lines(red) == lines


def test_numbers_are_read_as_they_are_written() -> None:
    assert vouchers.voucher_number(202601, 123) == "记-202601-000123"
    assert vouchers.voucher_number(202601, 1_234_567) == "记-202601-1234567"
    for number in (1, 999_999, 1_000_000):
        assert vouchers.parse_voucher_number(vouchers.voucher_number(202601, number)) == (202601, number)
    for text in ("", "记-202601-123", "记-2026-000123", "记-202601-0001234", "x"):
        assert vouchers.parse_voucher_number(text) is None
