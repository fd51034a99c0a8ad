"""Pure decisions: what an expression, a cell and a table mean."""
