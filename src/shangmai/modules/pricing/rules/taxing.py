"""Tax of what is paid: in the price or on top of it, rounded for each piece, each line, or each rate in all."""

from __future__ import annotations

from collections.abc import Sequence

from shangmai.kernel.money import allocate, round_ratio
from shangmai.modules.pricing.contract import Policy, TaxOn


def tax_of(paid: Sequence[int], qty: Sequence[int], rates_bp: Sequence[int], policy: Policy) -> list[int]:
    """Give the tax of each line in minor units, rounded half up; with TOTAL, lines share what their rate comes to."""
    if policy.tax_on is TaxOn.UNIT:
        return [
            count * round_ratio(amount * rate, count * _base(rate, policy))
            for amount, count, rate in zip(paid, qty, rates_bp, strict=True)
        ]
    if policy.tax_on is TaxOn.ROW:
        return [round_ratio(amount * rate, _base(rate, policy)) for amount, rate in zip(paid, rates_bp, strict=True)]
    taxes = [0] * len(paid)
    for rate in set(rates_bp):
        places = [i for i, one in enumerate(rates_bp) if one == rate]
        amounts = [paid[i] for i in places]
        total = round_ratio(sum(amounts) * rate, _base(rate, policy))
        for i, part in zip(places, allocate(total, amounts), strict=True):
            taxes[i] = part
    return taxes


def _base(rate_bp: int, policy: Policy) -> int:
    return 10_000 + rate_bp if policy.tax_included else 10_000
