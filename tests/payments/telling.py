"""What a provider would tell us, with every part of it free to be wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from shangmai.kernel.ids import new_id
from shangmai.modules.payments.contract import AcceptCallback, Notification, Outcome, PaymentIntent
from shangmai.modules.payments.providers.test import signing
from shangmai.modules.payments.providers.test.signing import key_of


def tells(intent: PaymentIntent, **changes: Any) -> Notification:
    """The gateway's word that the intent was paid at once; by default a new notification of the same money."""
    given: dict[str, Any] = {
        "id": f"N{new_id().hex}",
        "merchant": intent.merchant,
        "intent_id": intent.id,
        "transaction": f"T{intent.id.hex}",
        "outcome": Outcome.SUCCESS,
        "amount_minor": intent.amount_minor,
        "currency": intent.currency,
        "at": intent.created_at,
    }
    return Notification(**given | changes)


def sealed(notification: Notification, now: datetime, nonce: str = "0123456789abcdef") -> AcceptCallback:
    """The notification as its merchant's gateway would send it now."""
    body = msgspec.json.encode(notification)
    headers = signing.signed_headers(
        key_of(notification.merchant), notification.merchant, str(int(now.timestamp())), nonce, body
    )
    return AcceptCallback(provider="test", headers=headers, body=body.decode())
