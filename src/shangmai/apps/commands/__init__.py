"""What the command line can do; see `shangmai.apps.cli`."""
