"""Rules: decision tables that business people change, in versions; who asks declares what may be asked and answered.

Owns `rule_tables`, `rule_versions`, `rule_publications`, `rule_decisions`.
Invariants: a company has at most one table for a subject; a version is never changed; what decides is a published
version, checked against the subject's facts and outcomes when it was saved; a decision names the version and the row
that made it, and keeps the facts it saw.
Events out: rules.published.v1, rules.withdrawn.v1.
"""
