"""Members: who buys. The customers of each shop, and where their parcels go.

Tables owned: customers, customer_addresses, customer_levels (append-only), customer_spendings, level_rules,
level_reviews, points_earnings, points_adjustments and the book `points`, customer_sessions, customer_passwords,
customer_codes, customer_blocks, all under the scope of their shop; points_policies (append-only), which all may read.
A customer who is signed in sees no other customer's rows.

Invariants:
- name, phone, e-mail and addresses are stored encrypted, bound to the customer's id, and leave the module masked; in
  clear only to that customer, and through members.unmask, which asks for a reason and is in the action log;
- a customer acts only as themselves: modules ask `customer_of(actor)`, never the caller;
- in one shop a reference, a phone number and an e-mail address each name one customer;
- an erased customer holds no personal data any more; the row and its reference stay, for the books and so that the
  next import does not bring the person back;
- where a shop has a rule, a level that the rule knows is the one that what was spent in the period gives, from the
  order that reaches it on, and until an hour after the period at most;
- points are never spent twice nor below zero; those that expire first are spent first; an order's are given back once,
  and what it earned is taken back by what is left paid, whatever the number of returns (`service.prove`).

Events out: members.registered.v1, members.updated.v1, members.erased.v1, members.level_changed.v1,
members.points_moved.v1, members.blocked.v1, members.unblocked.v1, none of them with personal data. Whoever keeps
a copy of a customer's data deletes it on members.erased.v1. Events in: none.
"""
