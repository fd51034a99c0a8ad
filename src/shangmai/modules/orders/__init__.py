"""Orders: promises to customers, from placing to the last return.

Owns `orders`, `order_lines`, `order_payments`, `shipments`, `returns`, `return_lines`, `order_quotes`,
`order_hold_backs`, `order_audit_policies`, `order_fundings`, `order_exception_policies`, `order_own_causes`,
`order_late_payment_policies`, `order_accepted`, `order_particulars`, `order_watches`, `order_preferences`,
`order_gifts`, `order_kit_parts`, `order_units`, `order_unit_lines`, `order_unit_policies`, `order_part_cancels`,
`order_part_cancel_lines`, `order_resends`, `order_resend_lines`.
Invariants: an order holds stock for exactly what is not shipped, canceled or returned; its total is the sum of its
lines; a line's refunds never exceed what it cost the customer, and end exactly there when all of it has come back; a
shop's external number names one order; an order that something holds back does not leave; what the system found
goes by itself when its cause does; an order that waits for stock holds none until there is for all of it; where a
company has an audit table, an order waits for its verdict from the transaction on that pays it or places it on
account; money that comes for an order that has expired revives it at its price, with all that it had held, or goes
back, as does what comes for a canceled order or above what an order asks for; live fulfilment units hold no more of a
line than it has left to send; what was posted of a line and what was canceled of it come to what it cost.
Events out: orders.placed.v1, orders.paid.v1, orders.shipped.v1, orders.signed.v1, orders.canceled.v1,
orders.part_canceled.v1, orders.resent.v1, orders.revived.v1, orders.late_payment_refunded.v1, orders.returned.v1,
orders.held_back.v1, orders.let_go.v1, orders.exception_raised.v1 and what follows it, orders.particulars_changed.v1,
orders.audited.v1, orders.deposit_kept.v1, orders.funded.v1, orders.funding_reversed.v1, orders.sourced.v1,
orders.unit_made.v1, orders.unit_changed.v1, orders.unit_released.v1, orders.unit_recalled.v1, orders.unit_ended.v1.
Events in: payments.recorded.v1 (a payment that came through the gateway marks its order), members.erased.v1 (orders
that are over forget the receiver), logistics.parcel_signed.v1 (an order all of whose parcels have arrived is signed
for), logistics.anomaly_found.v1 and logistics.anomaly_ended.v1 (it is marked for a look), and whatever may raise or
end an exception (`service/exceptions/affected.py`).
"""
