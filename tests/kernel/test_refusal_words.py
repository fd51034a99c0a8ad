"""Words of ours in a refusal (states, kinds) are said in the reader's language."""

from __future__ import annotations

import pytest

from shangmai.kernel.errors import AppError, Conflict, words
from shangmai.modules.catalog.contract import ProductStatus
from shangmai.modules.catalog.contract.errors import STATUS_ZH as PRODUCT_ZH
from shangmai.modules.checkout.contract.placing import SkuNotOnOffer
from shangmai.modules.inventory.contract import NoWarehouse
from shangmai.modules.logistics.contract.parcels import STATE_ZH as PARCEL_ZH
from shangmai.modules.logistics.contract.parcels import ParcelState
from shangmai.modules.orders.contract.units import UNIT_ZH, UnitState
from shangmai.modules.pricing.contract.lifecycle import STATUS_ZH as PROMOTION_ZH
from shangmai.modules.pricing.contract.lifecycle import PromotionStatus
from shangmai.modules.pricing.contract.price_lists import LIST_ZH, ListKind
from shangmai.modules.warehouse.contract.requests import RequestState
from shangmai.modules.warehouse.contract.waves import METHOD_ZH, REQUEST_ZH, WAVE_ZH, Method, WaveState


class Shut(Conflict):
    """The door is {state}."""

    zh = "门{state}。"
    zh_words = words(state={"shut": "关着"})


class TestWords:
    def test_are_the_readers(self) -> None:
        assert Shut(state="shut").message("zh-CN") == "门关着。"
        assert Shut(state="shut").message("en") == "The door is shut."

    def test_one_that_is_missing_stops_a_test(self) -> None:
        with pytest.raises(AssertionError, match="no Chinese word for the state 'ajar'"):
            Shut(state="ajar").message("zh-CN")

    def test_are_of_what_is_said(self) -> None:
        with pytest.raises(AssertionError, match="words for what it does not say"):

            class Odd(Conflict):
                """It is shut."""

                zh = "关着。"
                zh_words = words(state={"shut": "关着"})

    def test_an_error_within_says_its_own(self) -> None:
        refusal = SkuNotOnOffer(name="茶", reason=NoWarehouse(), sku_id="1")
        assert NoWarehouse.zh in refusal.message("zh-CN")
        assert NoWarehouse.en in refusal.message("en")
        assert refusal.to_wire("zh-CN")["data"] == {"name": "茶", "reason": NoWarehouse.en, "sku_id": "1"}


@pytest.mark.parametrize(
    ("enum", "said"),
    [
        (ProductStatus, PRODUCT_ZH), (ParcelState, PARCEL_ZH), (UnitState, UNIT_ZH), (PromotionStatus, PROMOTION_ZH),
        (ListKind, LIST_ZH), (RequestState, REQUEST_ZH), (WaveState, WAVE_ZH), (Method, METHOD_ZH),
    ],
)  # fmt: skip
def test_every_state_has_one(enum: type[ProductStatus], said: dict[str, str]) -> None:
    assert {each.value for each in enum} == said.keys()


def _all(of: type[AppError]) -> list[type[AppError]]:
    return [each for child in of.__subclasses__() for each in (child, *_all(child))]


def test_no_refusal_says_a_state_in_english() -> None:
    told = [each for each in _all(AppError) if each.__module__.startswith("shangmai.modules.")]
    bare = [
        each.code
        for each in told
        if (said := each.placeholders & {"state", "status"}) and not said <= each.zh_words.keys()
    ]
    assert len(told) > 300
    assert bare == []
