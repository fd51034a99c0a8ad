"""Pure decisions of the warehouse."""
