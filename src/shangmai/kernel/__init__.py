"""What every module stands on: actions, events, books, the database, money, ids, clock, errors. Knows no business word.

`errors`, `ids`, `clock` and `money` import nothing else of the kernel but each other; the rest may import them.
"""
