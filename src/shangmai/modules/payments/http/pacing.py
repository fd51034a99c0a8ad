"""How often one may ask at the pages where shoppers pay: strictly for one payment, loosely for an address.

Both are counted where the request comes from, so nobody's hammering makes another wait, but for those who share the
address, and those only when it asks far more than shoppers do.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Request

from shangmai.kernel.db.database import Database
from shangmai.kernel.http.cookies import address_of
from shangmai.kernel.pace import Pace, paces_of
from shangmai.modules.identity.service import place_of
from shangmai.modules.payments.contract import PayThrottled

START: Final = Pace(burst=10, every_s=6)
"""Starting a payment: it writes, and may call a provider."""
SHOW: Final = Pace(burst=30, every_s=2)
"""Opening a page, which may call a provider."""
STATE: Final = Pace(burst=240, every_s=0.25)
"""Asking what became of a payment; its page asks every two seconds."""
ASK: Final = Pace(burst=5, every_s=8)
"""Having the provider asked; its page asks every ten seconds."""
ADDRESS: Final = Pace(burst=600, every_s=0.05)
"""All of one address together; many shoppers may have it."""


def check_pace(request: Request[Any, Any, Any], db: Database, id_: UUID, pace: Pace) -> None:
    """Count a request. Raises: PayThrottled."""
    place = place_of(address_of(request))
    paces, now = paces_of(db.memory), db.clock.now()
    wait = paces.wait_s(("pay", pace, place, id_), pace, now) or paces.wait_s(("pay", place), ADDRESS, now)
    if wait:
        raise PayThrottled(retry_after_s=wait)


def may_ask(request: Request[Any, Any, Any], db: Database, id_: UUID) -> bool:
    """Whether the provider is asked now for this payment; counted if so."""
    return not paces_of(db.memory).wait_s(("ask", place_of(address_of(request)), id_), ASK, db.clock.now())
