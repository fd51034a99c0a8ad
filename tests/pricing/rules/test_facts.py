"""Conditions: what is checked when they are saved, and what zen makes of them."""

from uuid import UUID

import pytest

from shangmai.modules.pricing.contract import Buyer
from shangmai.modules.pricing.rules.facts import FACTS, Facts, compile_condition
from shangmai.modules.rules.contract import ConditionInvalid, ConditionNotYesOrNo, FactOfOtherKind, FactUnknown
from tests.pricing.rules.making import basket, line

OF = basket(
    line(1, 2, 1_000, tags=("new",), weight_g=150),
    line(2, 1, 500),
    buyer=Buyer(id=UUID(int=1), level="gold", tags=("vip",), orders_paid=3),
    region=("SH", "pudong"),
    channel="app",
    freight_minor=800,
    points_available=70,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("goods_minor == 2500", True),
        ("pieces >= 4", False),
        ("line_count == 2 and weight_g == 300", True),
        ("buyer_level in ['gold', 'silver']", True),
        ('buyer_level not in ["gold"]', False),
        ("'vip' in buyer_tags or false", True),
        ("contains(region, 'SH') and not (channel == 'pos')", True),
        ("startsWith(channel, 'a') and len(region) == 2", True),
        ("buyer_orders_paid in [1..3]", True),
        ("buyer_orders_paid in (1..3)", False),
        ("(freight_minor + points_available) * 2 - 10 > 1729", True),
        ("pieces % 2 == 1", True),
        ("true or false and false", True),
        ("buyer_known", True),
        ("-pieces < 0 and abs(-pieces) == 3", True),
        ("'new' in tags", True),
    ],
)
def test_what_holds(text, expected):
    assert Facts(OF).hold(compile_condition(text)) is expected


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("goods > 1", FactUnknown),
        ("buyer.level == 'gold'", ConditionInvalid),
        ("pieces > 'a'", FactOfOtherKind),
        ("buyer_level > 'a'", FactOfOtherKind),
        ("buyer_level == 3", FactOfOtherKind),
        ("pieces and true", FactOfOtherKind),
        ("pieces in ['a']", FactOfOtherKind),
        ("buyer_tags in ['a']", FactOfOtherKind),
        ("not (pieces)", FactOfOtherKind),
        ("[1, 'a'] == [1]", FactOfOtherKind),
        ("pieces + 1", ConditionNotYesOrNo),
        ("pieces >", ConditionInvalid),
        ("pieces > 1 pieces", ConditionInvalid),
        ("pieces > 1_000", ConditionInvalid),
        ("some(tags, # == 'a')", ConditionInvalid),
        ("date('now') > 1", ConditionInvalid),
        ("len(pieces) > 1", FactOfOtherKind),
        ("(" * 60 + "true" + ")" * 60, ConditionInvalid),
        ("pieces ? true : false", ConditionInvalid),
    ],
)
def test_what_is_refused(text, error):
    with pytest.raises(error):
        compile_condition(text)


def test_an_unknown_fact_is_named_with_those_there_are():
    with pytest.raises(FactUnknown) as refused:
        compile_condition("byer_level == 'gold'")
    assert "'byer_level'" in refused.value.message("en")
    assert "buyer_level" in refused.value.message("zh-CN")


def test_a_fact_of_another_kind_is_named_with_its_kind():
    with pytest.raises(FactOfOtherKind) as refused:
        compile_condition("pieces > 'two'")
    assert refused.value.message("en").startswith("'pieces' is number, which does not go with > two (string)") or (
        "'pieces' is number" in refused.value.message("en")
    )


def test_facts_are_read_only_when_asked_for():
    facts = Facts(OF)
    facts.hold(compile_condition("pieces > 1"))
    assert set(facts) == {"pieces"}


@pytest.mark.parametrize("name", FACTS)
def test_each_fact_has_the_kind_it_says(name):
    python = {"number": int, "string": str, "bool": bool, "list of strings": list}
    assert type(Facts(OF)[name]) is python[FACTS[name].kind]
