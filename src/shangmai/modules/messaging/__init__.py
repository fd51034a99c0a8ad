"""Messaging: notices to the people who work here, each to one person or to all who hold a grant.

Tables owned: staff_notices, staff_notices_read (up to which notice each person has read).

Invariants:
- a notice never changes; whoever has read one has read all before it;
- a notice about a shop is seen only by those who see the shop.

Modules above write notices by `service.tell`, in the transaction of what they tell of.
Events out: messaging.told.v1. Events in: none.
"""
