"""Pure decisions of logistics."""
