"""Payment providers: one port, and one folder for each provider that speaks its protocol."""
