"""Marketing: campaigns that need more than a price: group buys; and trying a campaign on the orders that there were.

Owns `marketing_groups`, `marketing_group_members`, `marketing_group_terms`, `what_if_runs`.
Invariants: a group never has more members than seats, nor a customer twice; the orders of an open group are held back;
it succeeds when as many have paid as it has seats, or every order of it is canceled and its money goes back. A what-if
run changes no order, no quota and no promotion; its orders are counted once each, also when it is interrupted or two
processes work on it; its figures are sums over the same orders with and without the campaign.
Events out: marketing.group_succeeded.v1, marketing.group_failed.v1. Events in: orders.paid.v1, orders.canceled.v1.
"""
