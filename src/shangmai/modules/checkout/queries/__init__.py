"""The SQL of checkout."""
