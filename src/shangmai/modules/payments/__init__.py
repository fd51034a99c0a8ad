"""Payments: money received for orders and given back, by hand or through a payment provider.

Owns `payments` and the book `receipts` (per order: what was received and not given back); `payment_accounts` (merchant
accounts at providers, their secrets encrypted), `payment_links` (addresses where customers choose how to pay),
`payment_intents` (a payer was asked for an amount), `payment_callbacks` (what providers told us, as it came) and
`refund_calls` (refunds asked of a provider, each part by the payment that it gives back); `payment_statements` with
`payment_statement_lines` (providers' bills beside what is recorded here: a file is compared once, and each movement of
ours fits one of its lines at most); `payment_authorizations` (orders that wait for their money) and the book `credit`
(per company and customer: what they owe on account).
Invariants: a provider's reference is recorded once; refunds of an order never exceed what was received for it, under
any concurrency (the book's floor), and those by a provider never what it took; every payment and refund is an event
that the ledger posts. An order has one open intent at most. A provider's notification is stored once under the
provider's id and moves money once at most, whatever the order or number of its deliveries; another content under the
same id is kept beside it and moves nothing. Money that came is recorded even when nobody waits for it any more (verdict
`late`); what contradicts its intent (merchant, app, amount, currency) is stored with its verdict for a person, and is
no payment.
A callback whose signature does not fit leaves a metric and a line in the log, no row: whoever is unknown must not be
able to make us write. Providers are called by jobs and by the payer's page, never within a transaction; before a call
it is noted that the provider may know of it, so that who dies meanwhile asks before it acts again. A refund keeps its
number through every attempt.
A customer never owes more on account than their limit (the book's floor), and what is drawn is what their orders wait
for. Events out: payments.recorded.v1, payments.refunded.v1, payments.authorized.v1,
payments.credit_limit_set.v1, payments.statement_recorded.v1, payments.statement_line_settled.v1,
payments.fees_charged.v1, payments.fees_reversed.v1.
Events in: payments.recorded.v1.
"""
