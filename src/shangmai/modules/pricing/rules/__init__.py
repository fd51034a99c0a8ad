"""Pure decisions on prices: no I/O, no clock, no randomness. The engine starts with `quoting.quote`, then `search`."""
