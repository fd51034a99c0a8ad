"""The SQL on the warehouse's own tables and on its book."""
