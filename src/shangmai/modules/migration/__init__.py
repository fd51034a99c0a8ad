"""Migration: another system's order export goes through our own actions, and every line of it is accounted for.

A *mapping* (JSON, `contract.mapping`) says how to read any such export; `mappings/` holds those that come with us. The
pure part (`rules`) reads rows into columns, gives every line exactly one class, groups lines into documents, turns
documents into intents (a sale, a return, a stock adjustment, a posting), matches returns to what was bought, and works
out the stock and the costs that the export does not contain. It depends on the file and the mapping alone, so a run
that stopped is resumed by computing the same things again.

Tables owned: none yet. Events: none.

Invariants:
- every row has one class or is an error: the classes add up to all rows, and their money to the money of the file;
- of a sold line never more comes back than was sold, and never more is refunded than was paid for it;
- of a cancellation invoice, refund + excess + unmatched + credits without goods is its total, to the minor unit;
- with the planned receipts no stock goes below zero at any time, and with one piece less it would.
"""
