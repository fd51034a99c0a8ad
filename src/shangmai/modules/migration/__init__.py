"""Migration: another system's order export goes through our own actions, and every line of it is accounted for.

A *mapping* (JSON, `contract.mapping`) says how to read any such export; `mappings/` holds those that come with us. The
pure part (`rules`) reads rows into columns, gives every line exactly one class, groups lines into documents, turns
documents into intents (a sale, a return, a stock adjustment, a posting), matches returns to what was bought, and works
out the stock and the costs that the export does not contain. It depends on the file and the mapping alone, so a run
that stopped is resumed by computing the same things again. `service.OrderImport` carries the intents out, portion by
portion; `service.SheetImport` runs any action for the rows of any sheet. Both only make calls, as every door does.

Owns `import_mappings` (all versions) and `import_runs` (who brought which file, how far it is, its report). A run's
position is a note that saves time: what is done is known by the idempotency keys of its calls.
Events: none in, none out; the actions that an import calls have theirs. Whoever uploaded a
sheet gets a notice of its end.

Invariants:
- every row has one class or is an error: the classes add up to all rows, and their money to the money of the file;
- of a sold line never more comes back than was sold, and never more is refunded than was paid for it;
- of a cancellation invoice, refund + excess + unmatched + credits without goods is its total, to the minor unit;
- with the planned receipts no stock goes below zero at any time, and with one piece less it would;
- a document is imported once: again, after a crash, without its checkpoint, or from a file that overlaps;
- an import that was interrupted anywhere ends as one that was not.
"""
