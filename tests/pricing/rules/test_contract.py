"""Nouns go to JSON and come back the same; what is wrong is refused where it is read."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from shangmai.kernel.clock import Period
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.pricing.contract import (
    AmountOff,
    Benefit,
    Funder,
    FunderKind,
    Layer,
    Missing,
    Promotion,
    PromotionId,
    Refused,
    Scope,
    Selection,
    SkuPrice,
    SpecialPrice,
    Tier,
    When,
    Why,
)

FROM = datetime(2026, 1, 1, tzinfo=UTC)
SKU = SkuId(UUID(int=7))


def promotion(benefit: Benefit) -> Promotion:
    return Promotion(
        id=PromotionId(UUID(int=1)),
        version=3,
        code="SPRING-200-30",
        name="满 200 减 30",
        layer=Layer.ORDER,
        when=When(period=Period(FROM)),
        scope=Scope(exclude=Selection(skus=(SKU,))),
        benefit=benefit,
        funders=(Funder(share_bp=7_000), Funder(funder=FunderKind.SUPPLIER, party="S-1", share_bp=3_000)),
    )


@pytest.mark.parametrize(
    "benefit", [AmountOff(tiers=(Tier(20_000, 3_000),)), SpecialPrice(prices=(SkuPrice(SKU, 990),))]
)
def test_a_promotion_survives_json(benefit):
    before = promotion(benefit)
    assert msgspec.json.decode(msgspec.json.encode(before), type=Promotion) == before


def test_the_kind_of_a_benefit_is_its_tag():
    wire = msgspec.to_builtins(promotion(AmountOff(tiers=(Tier(20_000, 3_000),))))
    assert wire["benefit"] == {"kind": "amount_off", "tiers": ({"at": 20_000, "off": 3_000},)}
    wire["benefit"]["kind"] = "amount_of"
    with pytest.raises(msgspec.ValidationError, match=r"amount_of.*\$\.benefit\.kind"):
        msgspec.convert(wire, Promotion)


class TestTexts:
    def test_what_is_missing_is_said_in_both_languages(self):
        missing = Missing(missing_minor=2_100, off_minor=3_000)
        assert missing.text("CNY", "zh-CN") == "再买 ¥21.00 可减 ¥30.00"
        assert missing.text("CNY", "en") == "Add CN¥21.00 more to save CN¥30.00"

    def test_pieces_percent_gifts_and_freight(self):
        assert Missing(missing_pieces=2, off_bp=1_250).text("CNY", "en") == "Add 2 more pieces to save 12.5%"
        assert Missing(missing_pieces=1, gift=True).text("CNY", "zh-CN") == "再买 1 件可得赠品"
        assert Missing(missing_minor=100, freight=True).text("CNY", "en") == "Add CN¥1.00 more for free shipping"

    @pytest.mark.parametrize("why", Why)
    def test_every_reason_has_a_text_in_both(self, why):
        refused = Refused(promotion_id=PromotionId(UUID(int=1)), why=why, by_name="春促", by_name_en="Spring")
        assert refused.text("CNY", "zh-CN").endswith("。")
        assert refused.text("CNY", "en").endswith(".")
        assert "春促" not in refused.text("CNY", "en")
