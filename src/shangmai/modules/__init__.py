"""The business modules; each may look down only (see ARCHITECTURE.md)."""
