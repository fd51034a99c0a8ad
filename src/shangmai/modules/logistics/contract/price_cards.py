"""Carriers' price cards: what a parcel from a warehouse to a region costs and how long it takes."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

Grams = Annotated[int, Meta(ge=1, le=1_000_000)]
CardMinor = Annotated[int, Meta(ge=0, le=10**9)]


class PriceCard(Struct, frozen=True, kw_only=True):
    """What a carrier asks from one place to another: the first `first_g`, then every `step_g` begun (首重、续重).

    Prices in minor units. `hours`: from handing over to delivery, as promised. `carbon_g_per_kg`: grams of carbon
    dioxide for each kilogram begun.
    """

    first_g: Grams = 1000
    first_minor: CardMinor
    step_g: Grams = 1000
    step_minor: CardMinor
    hours: Annotated[int, Meta(ge=1, le=2000)]
    carbon_g_per_kg: Annotated[int, Meta(ge=0, le=100_000)] = 0

    def cost_minor(self, weight_g: int) -> int:
        """The price of a parcel of this weight."""
        return self.first_minor + max(-(-(weight_g - self.first_g) // self.step_g), 0) * self.step_minor

    def carbon_g(self, weight_g: int) -> int:
        """The carbon dioxide of a parcel of this weight, in grams; a parcel counts as a kilogram at least."""
        return max(-(-weight_g // 1000), 1) * self.carbon_g_per_kg
