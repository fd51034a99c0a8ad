"""The SQL of logistics."""
