"""Messaging: notices to the people who work here, each to one person or to all who hold a grant, and to customers.

Tables owned: staff_notices, staff_notices_read (up to which notice each person has read), customer_notices,
customer_notices_read.

Invariants:
- a notice never changes; whoever has read one has read all before it;
- a notice about a shop is seen only by those who see the shop;
- a customer sees their own notices, and is told once of one thing.

Modules above write notices by `service.tell` and `service.tell_customers`, in the transaction of what they tell of.
Events out: messaging.told.v1. Events in: none.
"""
