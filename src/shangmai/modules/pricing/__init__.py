"""Pricing: what a basket costs, why, and what is given back when part of it is returned.

`contract` holds the nouns, `rules` the engine (pure: no clock, I/O or randomness), `service` what others call.

A promotion is scope × period × condition × benefit, in one of seven layers: price, item, order, platform, coupon,
points, shipping. Each layer works on what the layers before it left to pay. A *combination* is a set of promotions that
may stand together; the engine finds the one that costs the buyer least and says why every other promotion that touches
the basket is not in it. `rules/search.py` defines what a combination comes to and when the best is proven.

Invariants:
- for every line, list amount − the steps' amounts = paid, in minor units; the order's totals are the sums of its lines;
- a line never goes below its floor (unit floor × quantity), never below zero, never below its deposit;
- the funders' shares of a step add up to the step; a promotion's shares over lines add up to its discount;
- the same basket, promotions and policy give the same quote, whatever order lines or promotions are listed in;
- any sequence of refunds of an order gives back what was paid for it at most, and exactly that when everything is back.
- for the same lists, rates, buyer, quantity and time a piece has one list price, and it names the entry that set it;
- of a price list's target, quantity break and begin of period one entry is in force; those before it are kept.
- a version of a promotion is never changed; of a promotion one version is in force at most;
- a limit (uses, pieces, budget, a coupon's one use, a batch's stock) is never gone beyond: it is an account of the book
  `quota`, held when an order is placed, used when it is paid, given back once when it is canceled.

Tables owned: pricing_versions; price_lists, price_list_customers, price_entries (ended, never changed); promotions,
promotion_versions and promotion_changes (append-only); coupon_batches, coupons; the book quota.

Events out: pricing.list_created.v1, pricing.list_closed.v1, pricing.list_price_changed.v1,
pricing.promotion_published.v1, pricing.promotion_paused.v1, pricing.promotion_ended.v1, pricing.coupon_issued.v1.
Events in: none; orders call down.
"""
