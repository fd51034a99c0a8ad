"""What members keep for later."""

from __future__ import annotations

from typing import Final

from shangmai.kernel.actions.contract import action
from shangmai.kernel.i18n import Lang
from shangmai.kernel.tx import Tx
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.members.contract.signing_in import CustomerNeeded
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.storefront.contract import ProductNotShown
from shangmai.modules.storefront.contract.favourites import (
    AddFavourite,
    Favourite,
    FavouriteSet,
    RemoveFavourite,
    TooManyFavourites,
)
from shangmai.modules.storefront.queries import favourites, searching
from shangmai.modules.storefront.service.searching import cards

FAVOURITES_MAX: Final = 200
OWN: Final = "storefront.own"


@action("storefront.add_favourite", grant=OWN, errors=[CustomerNeeded, ProductNotShown, TooManyFavourites])
async def add_favourite(tx: Tx, do: AddFavourite) -> FavouriteSet:
    """Keep a product for later as the customer who is signed in; keeping it again changes nothing.

    Raises: CustomerNeeded, ProductNotShown, TooManyFavourites.
    """
    customer_id, shop_id = members.customer_of(tx.actor), members.shop_of(tx.actor)
    if not await searching.cards(tx, shop_id, [do.product_id]):
        raise ProductNotShown()
    await favourites.insert(tx, customer_id, shop_id, do.product_id)
    count = await favourites.count(tx, customer_id)
    if count > FAVOURITES_MAX:
        raise TooManyFavourites(most=FAVOURITES_MAX)
    return FavouriteSet(product_id=do.product_id, kept=True, count=count)


@action("storefront.remove_favourite", grant=OWN, errors=[CustomerNeeded])
async def remove_favourite(tx: Tx, do: RemoveFavourite) -> FavouriteSet:
    """Keep a product no longer; one that is not kept changes nothing. Raises: CustomerNeeded."""
    customer_id = members.customer_of(tx.actor)
    await favourites.delete(tx, customer_id, do.product_id)
    return FavouriteSet(product_id=do.product_id, kept=False, count=await favourites.count(tx, customer_id))


async def favourites_of(tx: Tx, shop: ShopFacts, customer_id: CustomerId, lang: Lang) -> list[Favourite]:
    """What a customer keeps, the newest first, in two statements."""
    kept = await favourites.of_customer(tx, customer_id)
    shown = {card.id: card for card in await cards(tx, shop, [row["product_id"] for row in kept], lang)}
    return [Favourite(product_id=row["product_id"], at=row["at"], card=shown.get(row["product_id"])) for row in kept]
