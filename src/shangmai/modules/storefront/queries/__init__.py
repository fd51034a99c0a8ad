"""The only SQL on the window's tables."""
