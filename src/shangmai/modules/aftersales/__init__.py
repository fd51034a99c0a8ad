"""After-sales: what buyers ask for when something is wrong with what was sent, and what the shop answers.

Tables owned: after_sale_requests, after_sale_lines (which pieces of which lines of the order), after_sale_policies
(how long a shop takes requests, and where goods are sent back to).

Invariants:
- a request is for an order that has left, within the shop's days, by its buyer or whoever holds its link;
- of a line never more pieces are asked for than were sent, less what came back, what is being exchanged and what other
  requests ask for or have got the money of; of their money, unless the shop decides otherwise, just their
  share of what the line cost, and in any case no more than the line has left;
- an order's line is in one open request at most, also when two are sent at once;
- a request that is refused, canceled or done never changes again; money and goods move only by `orders.return` and
  `orders.exchange`, in the transaction that decides.

Events out: aftersales.asked.v1, aftersales.changed.v1. Events in: members.erased.v1.
"""
