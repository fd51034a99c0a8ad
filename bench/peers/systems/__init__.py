"""How each system is installed, filled, started for production and asked for its stock."""
