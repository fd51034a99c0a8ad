"""The only SQL on the tables of marketing, one file a campaign's kind."""
