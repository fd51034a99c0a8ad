"""Improving the plan of an order that was too large to be divided by the piece.

A warehouse is closed, opened or exchanged for another, and all goods are laid into the open ones anew: a SKU whole
where one has it, at the least more, else by the piece from those with most. The best such change is made until none
helps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shangmai.modules.orders.rules.sourcing.problem import Order, Sent, Shelves, Want
from shangmai.modules.orders.rules.sourcing.search import Sender


def polished(shelves: Shelves, order: Order, start: Sent) -> Sent:
    """Give a plan that sends the same and is no worse."""
    best, score = start, shelves.plan(order, start).score
    while True:
        found = [goods for some in _changes(order, best) if (goods := _laid(shelves, order.wants, some)) is not None]
        after = min(found, key=lambda goods: shelves.plan(order, goods).score, default=best)
        scored = shelves.plan(order, after).score
        if scored >= score:
            return best
        best, score = after, scored


def _changes(order: Order, goods: Sent) -> Iterator[Sequence[Sender]]:
    """The open warehouses without one, with another for one, and with one more."""
    opened = [sender for sender in order.senders if sender.column in goods]
    closed = [sender for sender in order.senders if sender.column not in goods]
    for sender in opened:
        rest = [other for other in opened if other is not sender]
        yield rest
        yield from ([*rest, other] for other in closed)
    yield opened
    yield from ([*opened, other] for other in closed)


def _laid(shelves: Shelves, wants: Sequence[Want], senders: Sequence[Sender]) -> Sent | None:
    """The goods laid into parcels of these warehouses; None where they have not all of them together."""
    goods: Sent = {}
    grams: dict[int, int] = {}
    choices = [(want, [sender for sender in senders if shelves.left[want.row][sender.column]]) for want in wants]
    for want, having in sorted(choices, key=lambda choice: (len(choice[1]), -choice[0].qty * choice[0].grams)):
        stock, open_ = shelves.left[want.row], want.qty
        for sender in _in_turn(shelves, want, having, grams):
            qty = min(stock[sender.column], open_)
            if qty:
                goods.setdefault(sender.column, {})[want.row] = qty
                grams[sender.column] = grams.get(sender.column, 0) + qty * want.grams
                open_ -= qty
        if open_:
            return None
    return goods


def _in_turn(shelves: Shelves, want: Want, senders: Sequence[Sender], grams: dict[int, int]) -> Sequence[Sender]:
    """The one that has it all for the least more; without one, the open parcels first, and of those who have most."""

    def more(sender: Sender) -> int:
        before = grams.get(sender.column)
        added = sender.carriage((before or 0) + want.qty * want.grams)
        return added - (0 if before is None else sender.carriage(before)) + want.qty * each[sender.column]

    stock, each = shelves.left[want.row], shelves.each[want.row]
    whole = [sender for sender in senders if stock[sender.column] >= want.qty]
    if whole:
        return [min(whole, key=more)]
    return sorted(senders, key=lambda sender: (sender.column not in grams, -stock[sender.column], each[sender.column]))
