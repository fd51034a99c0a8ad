"""Each built-in cause appears, says whose work it is, until when and what to do, and goes when its cause does.

每个内置异常：出现时说清原因、负责人、时限和一键处理；原因消失后，异常自己消失。
"""

from __future__ import annotations

import re
from typing import Final

import msgspec
import pytest

from shangmai.kernel.actions.contract import ACTIONS
from shangmai.kernel.clock import ManualClock
from shangmai.modules.orders.contract.causes import ACCEPT
from shangmai.modules.orders.contract.causes.known import CAUSES
from tests.orders.stories import STORIES, Scene
from tests.orders.test_exceptions import causes, codes
from tests.world import World

ROLES: Final = {"clerk", "accountant", "picker", "owner", "merchandiser"}
AWAITED: Final = "orders.return_awaited"
"""Nobody here is late with it: it is the buyer who sends goods of another order, and those come back to that."""


def test_no_cause_is_without_a_story() -> None:
    assert set(STORIES) == set(CAUSES)
    assert len(CAUSES) > 30


@pytest.mark.parametrize("code", STORIES)
async def test_it_appears_and_goes(world: World, clock: ManualClock, code: str) -> None:
    cause, scene = CAUSES[code], Scene(world, clock)
    telling = STORIES[code](scene)
    order = await anext(telling)
    await world.reader.drain()
    found = (await causes(world, order))[code]
    assert re.search("[\u4e00-\u9fff]", found.zh), "it says in Chinese why"
    assert found.en, "and in English"
    assert "{" not in found.zh + found.en, "with what was found"
    assert found.owner == cause.owner in ROLES
    assert (found.due_at is None) == (code == AWAITED)
    assert found.due_at is None or found.due_at > found.since
    spec = ACTIONS[found.action]
    assert (found.input["order_id"] == str(order.id)) == (code != AWAITED)
    asked = {field.encode_name for field in msgspec.structs.fields(spec.input)}
    assert set(found.input) - {"order_id"} <= asked, "what is known is filled in already"
    assert asked & set(found.input), "and so it is a click away"
    if found.action == ACCEPT:
        assert found.input["code"] == code
    await anext(telling, None)
    assert code not in await codes(world, order)
