"""Every built-in cause, by its code."""

from __future__ import annotations

from typing import Final

from shangmai.modules.orders.contract.causes import AUDIT_CAUSES, PARCEL, Cause, Stage
from shangmai.modules.orders.contract.causes.detected import DETECTED

PARCELS: Final = (
    Cause(
        code=PARCEL,
        zh="包裹异常",
        en="something is wrong with a parcel of it",
        owner="clerk",
        minutes=4 * 60,
        action="logistics.close_anomaly",
        blocks=False,
        stage=Stage.SENT,
    ),
)
"""Logistics find it and say when it has ended."""
CAUSES: Final[dict[str, Cause]] = {cause.code: cause for cause in (*AUDIT_CAUSES, *PARCELS, *DETECTED)}
assert len(CAUSES) == len(AUDIT_CAUSES) + len(PARCELS) + len(DETECTED), "two causes have one code"
