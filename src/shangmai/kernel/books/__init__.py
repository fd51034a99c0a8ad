"""Books: counted things move only by transfers.

A book owns three tables made by `books.schema.book_ddl`: `<name>_accounts`, `<name>_holds`, `<name>_transfers`.
Invariants: a balance changes only together with a transfer; a bounded account never has less than its floor after
its holds (refused by the decision and again by a CHECK); a hold is settled, released or expired at most for what
remains of it; transfers are never updated or deleted (the application role has no such right); every transfer names
its cause. `Book.prove` re-adds all transfers and compares them with every balance.
"""
