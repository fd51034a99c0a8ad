"""Two shops of one company, and actors who see one, both or none of them."""

from __future__ import annotations

import pytest_asyncio

from shangmai.kernel.actors import Actor
from shangmai.kernel.ids import new_id
from shangmai.modules.organization.contract import ShopId


def clerk(*shops: ShopId) -> Actor:
    """Somebody who may do everything, in these shops."""
    grants = frozenset({"members.*", "actions.backdate"})
    return Actor(id=new_id(), kind="user", name="clerk", grants=grants, scopes={"shop": frozenset(shops)})


@pytest_asyncio.fixture
async def shops(act) -> tuple[ShopId, ShopId]:
    company = await act("organization.create_company", {"code": "C", "name": "公司"})
    made = [
        await act(
            "organization.create_shop",
            {"code": code, "name": code, "company_id": str(company.id), "kind": "mall"},
        )
        for code in ("A", "B")
    ]
    return made[0].id, made[1].id


@pytest_asyncio.fixture
async def shop(shops: tuple[ShopId, ShopId]) -> ShopId:
    return shops[0]
