"""Codes, barcodes, kit shares: tables and properties."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.ids import new_id
from shangmai.modules.catalog import rules
from shangmai.modules.catalog.contract import (
    Attribute,
    AttributeId,
    AttributeKind,
    AttributeOption,
    Barcode,
    BarcodeInvalid,
    CheckDigitWrong,
    CodeInvalid,
    ComponentTwice,
    KitComponent,
    KitEmpty,
    KitInKit,
    KitPart,
    NotAKit,
    SharesInCurrencies,
    SharesMixed,
    SkuId,
    SkuKind,
    SkuNotFound,
)
from shangmai.modules.catalog.rules import KnownSku


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("85123A", "85123A"),
        ("  15056BL ", "15056BL"),
        ("BANK CHARGES", "BANK CHARGES"),
        ("GIFT_0001_40", "GIFT_0001_40"),
        ("A-1", "A-1"),
        ("M", "M"),
        ("X" * 64, "X" * 64),
    ],
)
def test_codes_of_real_life(text: str, code: str) -> None:
    assert rules.clean_code(text) == code


@pytest.mark.parametrize("text", ["", "  ", "85123a", "X" * 65, "A/1", "商品", "Ａ１", "A\n", "A\tB", "A\x00"])
def test_what_is_no_code(text: str) -> None:
    if text == "A\n":
        assert rules.clean_code(text) == "A"  # a line end around it is a blank around it
        return
    with pytest.raises(CodeInvalid):
        rules.clean_code(text)


# Numbers of real products and of the GS1 General Specifications.
GS1_NUMBERS = ["4006381333931", "6901234567892", "036000291452", "96385074", "10614141000415"]


@pytest.mark.parametrize("number", GS1_NUMBERS)
def test_check_digits_of_published_numbers(number: str) -> None:
    assert rules.clean_barcode(Barcode(f" {number} ")) == Barcode(number)


@pytest.mark.parametrize("number", GS1_NUMBERS)
def test_any_other_last_digit_is_refused_with_the_right_one(number: str) -> None:
    for other in range(1, 10):
        wrong = number[:-1] + str((int(number[-1]) + other) % 10)
        with pytest.raises(CheckDigitWrong) as refused:
            rules.clean_barcode(Barcode(wrong))
        assert refused.value.data == {"barcode": wrong, "expected": int(number[-1])}
        assert rules.clean_barcode(Barcode(wrong, internal=True)) == Barcode(wrong, internal=True)


@pytest.mark.parametrize("text", ["1234567", "12345678901", "ABC-123", "SKU 9"])
def test_other_barcodes_have_no_check_digit(text: str) -> None:
    assert rules.clean_barcode(Barcode(text)) == Barcode(text)


@pytest.mark.parametrize("text", ["", " ", "条码", "A\x07", "X" * 65])
def test_what_is_no_barcode(text: str) -> None:
    with pytest.raises(BarcodeInvalid):
        rules.clean_barcode(Barcode(text))


def test_spellings_of_one_number_have_one_key() -> None:
    assert rules.barcode_key("036000291452") == rules.barcode_key("0036000291452") == "00036000291452"
    assert rules.barcode_key("1234567") == "1234567"
    assert list(rules.clean_barcodes([Barcode("036000291452"), Barcode("0036000291452")]).values()) == [
        Barcode("036000291452")
    ]


@given(st.text("0123456789", min_size=7, max_size=13))
def test_the_check_digit_finds_every_single_wrong_digit(body: str) -> None:
    number = body + str(rules.check_digit(body))
    for place, digit in enumerate(number[:-1]):
        wrong = number[:place] + str((int(digit) + 1) % 10) + number[place + 1 :]
        assert rules.check_digit(wrong[:-1]) != int(wrong[-1])


# --- kits ----------------------------------------------------------------------------------------------------------


def sku(price_minor: int = 100, kind: SkuKind = SkuKind.GOODS, currency: str = "CNY") -> KnownSku:
    return KnownSku(id=SkuId(new_id()), kind=kind, price_minor=price_minor, currency=currency)


def test_without_weights_lines_share_by_list_price() -> None:
    a, b = sku(300), sku(50)
    known = {"A": a, "B": b}
    components = rules.resolve_kit("K", SkuKind.KIT, [KitPart(code=" A"), KitPart(code="B", qty=4)], known)
    assert components == (KitComponent(a.id, 1, 300), KitComponent(b.id, 4, 200))
    assert rules.share(99, components) == [59, 40]  # 59.4 and 39.6
    assert rules.share(-99, components) == [-59, -40]


@pytest.mark.parametrize(
    ("kind", "parts", "refusal"),
    [
        (SkuKind.KIT, [], KitEmpty),
        (SkuKind.GOODS, [KitPart(code="A")], NotAKit),
        (SkuKind.KIT, [KitPart(code="NONE")], SkuNotFound),
        (SkuKind.KIT, [KitPart(code="KIT")], KitInKit),
        (SkuKind.KIT, [KitPart(code="A"), KitPart(code="A ")], ComponentTwice),
        (SkuKind.KIT, [KitPart(code="A", share_weight=1), KitPart(code="B")], SharesMixed),
        (SkuKind.KIT, [KitPart(code="A"), KitPart(code="EUR")], SharesInCurrencies),
    ],
)
def test_what_is_no_kit(kind: SkuKind, parts: list[KitPart], refusal: type[Exception]) -> None:
    known = {"A": sku(), "B": sku(), "KIT": sku(kind=SkuKind.KIT), "EUR": sku(currency="EUR")}
    with pytest.raises(refusal):
        rules.resolve_kit("K", kind, parts, known)


def test_weights_free_a_kit_of_its_components_prices() -> None:
    a, b = sku(currency="EUR"), sku()
    parts = [KitPart(code="A", share_weight=0), KitPart(code="B", share_weight=7)]
    components = rules.resolve_kit("K", SkuKind.KIT, parts, {"A": a, "B": b})
    assert rules.share(1000, components) == [0, 1000]


WEIGHTS = st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=20)


@given(amount_minor=st.integers(-(10**12), 10**12), weights=WEIGHTS)
def test_shares_add_up_and_are_off_by_less_than_one_unit(amount_minor: int, weights: list[int]) -> None:
    components = [KitComponent(SkuId(UUID(int=n)), 1, weight) for n, weight in enumerate(weights)]
    shares = rules.share(amount_minor, components)
    assert sum(shares) == amount_minor
    counted = weights if any(weights) else [1] * len(weights)
    for part, weight in zip(shares, counted, strict=True):
        assert abs(part * sum(counted) - amount_minor * weight) < sum(counted)


KINDS = {
    "choice": st.sampled_from(["red", "红", " Red ", "ＲＥＤ", "blue", "蓝"]),
    "choices": st.lists(st.sampled_from(["red", "红", "blue", "Blue"]), max_size=4),
    "number": st.decimals(-1000, 1000, places=2).map(str),
    "flag": st.sampled_from(["是", "否", "TRUE", "no", "1"]),
    "text": st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=10),
}
DEFINED = {
    kind: Attribute(
        id=AttributeId(new_id()),
        key=kind,
        name=kind,
        name_en="",
        kind=AttributeKind(kind),
        unit="",
        filterable=True,
        position=0,
        options=(
            AttributeOption(key="red", name="红", name_en="Red"),
            AttributeOption(key="blue", name="蓝", name_en="Blue"),
        )
        if kind.startswith("choice")
        else (),
    )
    for kind in KINDS
}


@given(st.fixed_dictionaries({}, optional=KINDS))
def test_values_as_they_are_kept_are_kept_as_they_are(values: dict[str, str | list[str]]) -> None:
    kept = rules.clean_values(values, DEFINED)
    assert rules.clean_values(kept, DEFINED) == kept
    assert all(some and all(some) and len(set(some)) == len(some) for some in kept.values())
    assert set(kept.get("choices", ())) <= {"red", "blue"}
