"""The mapping file: what is accepted, and that a mistake is reported with its place in the JSON."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from shangmai.modules.migration.contract import AdjustReason, Kind, MappingInvalid
from shangmai.modules.migration.rules import read_mapping, shipped_mapping, shipped_mappings
from shangmai.modules.migration.rules.mapping import kind_finder, reason_finder

MINIMAL: dict[str, Any] = {
    "name": "minimal",
    "title": {"zh": "最小", "en": "Minimal"},
    "columns": {"number": "no", "code": "code", "quantity": "qty", "unit_price": "price", "at": "at"},
    "dates": {"formats": ["%Y-%m-%d"], "timezone": "Asia/Shanghai"},
    "currency": "CNY",
    "cancellation": {"number_prefix": "R"},
    "kinds": [{"code": ".*", "kind": "goods"}],
    "assumptions": {"unit_cost_share_of_median_price": "0.6"},
    "shop": "web",
    "warehouse": "main",
}


def test_minimal_mapping_has_plain_defaults() -> None:
    mapping = read_mapping(json.dumps(MINIMAL))
    assert mapping.columns.required() == ["no", "code", "qty", "price", "at"]
    assert (mapping.file.encoding, mapping.numbers.decimal, mapping.numbers.thousands) == ("utf-8-sig", ".", ",")
    assert mapping.codes.otherwise is None
    assert mapping.assumptions.unit_cost_share_of_median_price == Decimal("0.6")
    assert mapping.assumptions.unit_cost_if_never_sold == 0


@pytest.mark.parametrize(
    ("path", "change", "problem"),
    [
        ("$", {"columns": None}, "missing required field `columns`"),
        ("$", {"colums": {}}, "unknown field `colums`"),
        ("$.columns", {"columns": {"number": "no"}}, "missing required field `code`"),
        ("$.columns.number", {"columns": MINIMAL["columns"] | {"number": 5}}, "Expected `str`"),
        ("$.columns.number", {"columns": MINIMAL["columns"] | {"number": ""}}, "length >= 1"),
        ("$.name", {"name": "Not A Name"}, "regex"),
        ("$.dates", {"dates": {"formats": ["%Y"], "timezone": "Mars/Olympus"}}, "no time zone 'Mars/Olympus'"),
        ("$.dates", {"dates": {"formats": ["%Q"], "timezone": "UTC"}}, "'%Q' is not a date format"),
        ("$.dates.formats", {"dates": {"formats": [], "timezone": "UTC"}}, "length >= 1"),
        ("$.file", {"file": {"encoding": "gkb"}}, "no encoding 'gkb'"),
        ("$.numbers", {"numbers": {"decimal": ","}}, "must differ"),
        ("$", {"currency": "XYZ"}, "no currency 'XYZ'"),
        ("$.cancellation", {"cancellation": {}}, "either number_prefix or statuses"),
        ("$", {"cancellation": {"statuses": ["退"]}}, "needs columns.status"),
        ("$.kinds[0].kind", {"kinds": [{"code": "X", "kind": "postage"}]}, "Invalid enum value 'postage'"),
        ("$.kinds[0]", {"kinds": [{"code": "X(", "kind": "goods"}]}, "'X(' is not a pattern"),
        ("$", {"kinds": []}, "no code has a kind"),
        ("$.adjust_reasons[0]", {"adjust_reasons": [{"description": "[", "reason": "other"}]}, "not a pattern"),
        ("$.assumptions", {"assumptions": {"unit_cost_share_of_median_price": "1.01"}}, "from 0 to 1"),
        ("$.assumptions", {"assumptions": {"unit_cost_share_of_median_price": "NaN"}}, "from 0 to 1"),
        ("$.returns.match", {"returns": {"match": "newest"}}, "Invalid enum value 'newest'"),
    ],
)
def test_mistake_is_named_with_its_place(path: str, change: dict[str, Any], problem: str) -> None:
    changed = {key: value for key, value in (MINIMAL | change).items() if value is not None}
    with pytest.raises(MappingInvalid) as caught:
        read_mapping(json.dumps(changed))
    assert caught.value.data["path"] == path
    assert problem in str(caught.value.data["problem"])
    assert path in caught.value.message("zh")


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(MappingInvalid, match="truncated"):
        read_mapping(b'{"name": ')


def test_shipped_mappings_can_all_be_read() -> None:
    assert shipped_mappings() == ["online-retail"]
    assert [shipped_mapping(name).name for name in shipped_mappings()] == shipped_mappings()
    with pytest.raises(KeyError):
        shipped_mapping("../contract/mapping")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("85123A", Kind.GOODS),
        ("15056BL", Kind.GOODS),
        ("DCGSSGIRL", Kind.GOODS),
        ("PADS", Kind.GOODS),
        ("SP1002", Kind.GOODS),
        ("POST", Kind.FREIGHT),
        ("C2", Kind.FREIGHT),
        ("M", Kind.MANUAL),
        ("D", Kind.DISCOUNT),
        ("S", Kind.SAMPLE),
        ("B", Kind.BAD_DEBT),
        ("BANK CHARGES", Kind.BANK_CHARGE),
        ("AMAZONFEE", Kind.MARKETPLACE_FEE),
        ("ADJUST2", Kind.ADJUSTMENT),
        ("GIFT_0001_80", Kind.VOUCHER),
        ("GIFT", Kind.VOUCHER),
        ("TEST001", Kind.TEST),
        ("CRUK", None),
    ],
)
def test_codes_of_the_online_retail_file(code: str, kind: Kind | None) -> None:
    assert kind_finder(shipped_mapping("online-retail"))(code) is kind


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        ("", AdjustReason.UNSTATED),
        ("Damages", AdjustReason.DAMAGED),
        ("wet", AdjustReason.DAMAGED),
        ("SWEETHEART", AdjustReason.OTHER),
        ("missing (wrongly coded?)", AdjustReason.MISSING),
        ("found again", AdjustReason.FOUND),
        ("Amazon sold as set", AdjustReason.SOLD_ELSEWHERE),
        ("sold as 17003?", AdjustReason.MISCODED),
        ("21494", AdjustReason.MISCODED),
        ("given away", AdjustReason.GIVEN_AWAY),
        ("used for show display", AdjustReason.DISPLAY),
        ("stock take", AdjustReason.COUNTED),
        ("?????", AdjustReason.UNCLEAR),
        ("phil said so", AdjustReason.OTHER),
    ],
)
def test_reasons_of_stock_adjustments(description: str, reason: AdjustReason) -> None:
    assert reason_finder(shipped_mapping("online-retail"))(description) is reason
