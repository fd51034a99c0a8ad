"""Actions: the one door to every change of state.

Owns `action_log`, `action_claims`, `action_chain`. Invariants: an action runs only for an actor who holds its grant
and whose scope admits its target; the same idempotency key with the same input gives the first answer, with another
input it is refused; a run and its log row commit together; sealed log rows cannot be altered unnoticed.
"""
