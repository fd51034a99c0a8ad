"""Checkout: carts, and what happens between a full cart and a placed order.

Tables owned: carts, checkout_settings, pickup_points, checkout_orders (how each order of a checkout is delivered, paid
and invoiced), checkout_lookups; all but the last under the scope of their shop.

Invariants:
- a shop has one cart of each owner, a member or whoever holds a guest's token; a token is stored as its hash only;
- no price comes from the caller: carts keep which goods and how many, and what one cost when it was put in, to be told
  apart from what it costs now;
- an order is placed by `orders` alone, with freight worked out from the tariff that is in force in that transaction;
- placing a cart needs its version and changes it, so that of two tabs one places it and the other is told;
- whoever looks up an order as a guest knows its number and phone, or holds its signed link.

Events out: none; orders.placed.v1 tells of orders. Events in: members.erased.v1, at
which carts go, and what is personal of orders.
"""
