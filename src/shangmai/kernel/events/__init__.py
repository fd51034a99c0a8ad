"""Events: what happened, written in the transaction that made it happen, read by named consumers.

Owns `events`, `event_cursors`, `event_parked`. Invariants: an event is written exactly when its cause commits; a
consumer's effects inside the database happen exactly once, because its cursor moves in the same transaction; events
of one key reach a consumer in the order in which they happened; a poison event is parked with everything of its key
that follows, and the rest go on.
"""
