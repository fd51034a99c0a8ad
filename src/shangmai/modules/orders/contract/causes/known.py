"""Every built-in cause, by its code."""

from __future__ import annotations

from typing import Final

from shangmai.modules.orders.contract.causes import AUDIT_CAUSES, Cause
from shangmai.modules.orders.contract.causes.detected import DETECTED

CAUSES: Final[dict[str, Cause]] = {cause.code: cause for cause in (*AUDIT_CAUSES, *DETECTED)}
assert len(CAUSES) == len(AUDIT_CAUSES) + len(DETECTED), "two causes have one code"
