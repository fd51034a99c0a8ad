"""Payments: money received for orders and given back, by hand or through a payment provider.

Owns `payments` and the book `receipts` (per order: what was received and not given back); `payment_intents` (a payer
was asked for an amount), `payment_callbacks` (what providers told us, as it came) and `refund_calls` (refunds asked of
a provider).
Invariants: a provider's reference is recorded once; refunds of an order never exceed what was received for it, under
any concurrency (the book's floor); every payment and refund is an event that the ledger posts. An order has one open
intent at most. A provider's notification is stored once under the provider's id and moves money once at most, whatever
the order or number of its deliveries; another body under the same id is kept beside it and moves nothing. Money that
came in time is recorded even when nobody waits for it any more (verdict `late`); anything that contradicts its intent
(merchant, amount, currency, expiry) is stored with its verdict for a person, and is no payment.
A callback whose signature does not fit leaves a metric and a line in the log, no row: whoever is unknown must not be
able to make us write. Providers are called by jobs, never within a transaction.
Events out: payments.recorded.v1, payments.refunded.v1. Events in: none.
"""
