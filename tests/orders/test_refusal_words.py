"""What an order is, and what it cannot become, is said in the reader's language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shangmai.modules import orders
from shangmai.modules.orders.contract import Status, StatusForbids
from shangmai.modules.orders.contract.errors import BECOMES_ZH, IS_ZH

SERVICE = Path(orders.__file__).parent / "service"


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_a_word(status: Status) -> None:
    refusal = StatusForbids(number="SO1", status=status.value, wanted="held")
    assert refusal.message("zh-CN") == f"订单 SO1 {IS_ZH[status.value]}，不能挂起。"
    assert refusal.message("en") == f"Order SO1 is {status.value}; it cannot become held."


def test_so_has_everything_that_an_order_may_be_refused_to_become() -> None:
    sources = "".join(path.read_text() for path in SERVICE.rglob("*.py"))
    wanted = {*re.findall(r'StatusForbids\(number=order[^)]*wanted="([^"]+)"', sources)}
    wanted |= {*re.findall(r'_locked\(tx, do\.order_id, "([^"]+)"\)', sources), *Status, "paid"}
    assert len(wanted) > len(Status) + 6
    assert wanted <= BECOMES_ZH.keys()
