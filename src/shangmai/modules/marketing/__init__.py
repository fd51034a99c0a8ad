"""Marketing: campaigns. For now, trying one on the orders that there were, before anyone sees it.

Owns `what_if_runs`.
Invariants: a run changes no order, no quota and no promotion; its orders are counted once each, also when it is
interrupted or two processes work on it; its figures are sums over the same orders with and without the campaign.
Events in and out: none.
"""
