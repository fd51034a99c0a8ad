"""Whose cart, whose order: told from who asks and what they hold, never from what they claim."""

from __future__ import annotations

from typing import Final

from shangmai.kernel.actors import Actor
from shangmai.kernel.errors import AppError
from shangmai.modules.checkout.contract.carts import CartOfNobody, CartTokenInvalid, NotYourCart
from shangmai.modules.checkout.rules import tokens
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.members.service import find_customer_of

GRANT: Final = "checkout.cart"


def buyer_of(actor: Actor, named: CustomerId | None) -> CustomerId | AppError | None:
    """Who buys: the customer who is signed in; for staff, whom they name; for a guest, nobody known."""
    own = find_customer_of(actor)
    if own is not None:
        return NotYourCart() if named is not None and named != own else own
    if named is None:
        return None
    if not actor.may(GRANT) or not actor.sees("member", named):
        return NotYourCart()
    return named


def owner_of(actor: Actor, token: str | None, named: CustomerId | None) -> tuple[bytes, CustomerId | None] | AppError:
    """The owner of the cart that is meant: of the guest's token where one is given, else of the buyer."""
    if token is not None:
        owner = tokens.cart_hash(token)
        return CartTokenInvalid() if owner is None else (owner, None)
    buyer = buyer_of(actor, named)
    if isinstance(buyer, AppError):
        return buyer
    return CartOfNobody([("cart_token", "is missing")]) if buyer is None else (tokens.member_hash(buyer), buyer)
