"""Who acts when a customer does: from the token to the actor, from the actor to the customer."""

from __future__ import annotations

from shangmai.kernel.actors import EVERYTHING, Actor
from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import EndReason
from shangmai.modules.identity.service import Access
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.members.contract.signing_in import CUSTOMER, OWN, CustomerNeeded
from shangmai.modules.members.queries import signing_in as queries
from shangmai.modules.members.rules import signing_in as rules
from shangmai.modules.organization.contract import ShopId


async def find_by_session(tx: Tx, token: str) -> Access | None:
    """Find which customer is signed in by this token, note that it is in use, and end it when its time has come."""
    held = await queries.find_session(tx, token)
    if held is None:
        return None
    if rules.ends_at(held.last_seen_at, held.expires_at) <= tx.now:
        await queries.end_session(tx, held.id, EndReason.EXPIRED)
        return None
    seen_at = held.last_seen_at
    if rules.should_note(seen_at, tx.now):
        await queries.note_use(tx, held.id)
        seen_at = tx.now
    actor = actor_of_customer(held.customer_id, held.shop_id)
    return Access(actor, held.customer_id, rules.ends_at(seen_at, held.expires_at))


def actor_of_customer(id: CustomerId, shop_id: ShopId) -> Actor:
    """Who acts when this customer does: for themselves, in their shop, buying stock wherever it lies."""
    scopes = {"shop": frozenset({shop_id}), "member": frozenset({id}), "warehouse": EVERYTHING}
    return Actor(id=id, kind=CUSTOMER, name=f"customer {id.hex[-8:]}", grants=frozenset({OWN}), scopes=scopes)


def find_customer_of(actor: Actor) -> CustomerId | None:
    """Give the customer who acts, or None when it is somebody else."""
    return CustomerId(actor.id) if actor.kind == CUSTOMER else None


def customer_of(actor: Actor) -> CustomerId:
    """Give the customer who acts. Raises: CustomerNeeded."""
    id = find_customer_of(actor)
    if id is None:
        raise CustomerNeeded()
    return id


def shop_of(actor: Actor) -> ShopId:
    """Give the shop whose customer acts. Raises: CustomerNeeded."""
    customer_of(actor)
    return ShopId(next(iter(actor.scopes["shop"] or ())))
