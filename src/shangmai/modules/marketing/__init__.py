"""Marketing: campaigns that need more than a price (groups, bargains, pre-sales), and trying one on past orders.

Owns `marketing_groups`, `marketing_group_members`, `marketing_group_terms`, `marketing_bargains`,
`marketing_bargain_helps`, `marketing_bargain_terms`, `marketing_presales`, `marketing_presale_terms`,
`what_if_runs`.
Invariants: a group never has more members than seats, nor a customer twice; the orders of an open group are held back;
it succeeds when as many have paid as it has seats, or every order of it is canceled and its money goes back. A
bargain is helped once by each customer, its cuts add up to list less lowest price after the last help, and it has one
order at most that is not canceled. A what-if
run changes no order, no quota and no promotion; its orders are counted once each, also when it is interrupted or two
processes work on it; its figures are sums over the same orders with and without the campaign.
Events out: marketing.group_succeeded.v1, marketing.group_failed.v1. Events in: orders.paid.v1, orders.canceled.v1.
"""
