"""Whether a promotion runs at an instant: its period, and within it the windows of the week."""

from __future__ import annotations

from datetime import datetime

from shangmai.kernel.clock import timezone
from shangmai.modules.pricing.contract import When


def is_on(when: When, now: datetime) -> bool:
    if now not in when.period:
        return False
    if not when.windows:
        return True
    local = now.astimezone(timezone(when.timezone))
    minute = local.hour * 60 + local.minute
    day = local.isoweekday()
    return any(day in window.days and window.start_minute <= minute < window.end_minute for window in when.windows)
