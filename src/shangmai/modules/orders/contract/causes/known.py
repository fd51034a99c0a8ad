"""Every built-in cause, by its code."""

from __future__ import annotations

from typing import Final

from shangmai.modules.orders.contract.causes import AUDIT_CAUSES, PARCEL, RETURN_AWAITED, Cause, Stage
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
EXCHANGES: Final = (
    Cause(
        code=RETURN_AWAITED,
        zh="换货：待订单 {number} 的商品退回",
        en="it is sent for goods of order {number} that have yet to come back",
        owner="clerk",
        action="orders.return",
        stage=Stage.OPEN,
        grant="orders.release",
    ),
)
"""Put on when an exchange is made, and taken off when the goods are back."""
CAUSES: Final[dict[str, Cause]] = {cause.code: cause for cause in (*AUDIT_CAUSES, *PARCELS, *EXCHANGES, *DETECTED)}
assert len(CAUSES) == len(AUDIT_CAUSES) + len(PARCELS) + len(EXCHANGES) + len(DETECTED), "two causes have one code"
