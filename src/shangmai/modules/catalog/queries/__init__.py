"""The SQL of the catalog: `reading` gives Structs, `writing` locks and changes."""
