"""What is personal of a checkout, as it is kept: invoices encrypted for their order, phones as keyed hashes."""

from __future__ import annotations

from uuid import UUID

import msgspec

from shangmai.kernel.crypto import current_vault
from shangmai.modules.checkout.contract.placing import InvoiceWish
from shangmai.modules.checkout.rules.invoices import clean_credit_code

PHONE = "checkout_orders/phone"


def seal_invoice(invoice: InvoiceWish, order_id: UUID) -> bytes:
    clean = msgspec.structs.replace(invoice, tax_no=clean_credit_code(invoice.tax_no))
    return current_vault().column("checkout_orders", "invoice").encrypt(msgspec.json.encode(clean).decode(), order_id)


def open_invoice(sealed: bytes, order_id: UUID) -> InvoiceWish:
    plain = current_vault().column("checkout_orders", "invoice").decrypt(sealed, order_id)
    return msgspec.json.decode(plain, type=InvoiceWish)


def phone_hash(phone: str) -> bytes:
    """The hash to keep of a normalized phone."""
    return current_vault().keyed_hash(PHONE, phone)


def phone_hashes(phone: str) -> list[bytes]:
    """The hashes to compare with, of a row written under any master key."""
    return current_vault().lookup_hashes(PHONE, phone)
