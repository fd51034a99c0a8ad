"""The SQL of pricing, one file a subject."""
