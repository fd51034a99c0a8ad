"""PostgreSQL: the embedded server's life, the pool, transactions under row-level scopes, migrations.

Only this package begins and commits transactions.
"""
