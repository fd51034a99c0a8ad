"""Payments: money received for orders and given back.

Owns `payments` and the book `receipts` (per order: what was received and not given back).
Invariants: a provider's reference is recorded once; refunds of an order never exceed what was received for it, under
any concurrency (the book's floor); every payment and refund is an event that the ledger posts.
Events out: payments.recorded.v1, payments.refunded.v1. Events in: none.
"""
