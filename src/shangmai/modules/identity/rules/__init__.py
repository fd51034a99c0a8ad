"""Pure decisions: grants and scopes, passwords and codes, waits, expiry."""
