"""Pure decisions on prices, one file a subject: no I/O, no clock, no randomness."""
