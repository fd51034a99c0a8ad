"""Pure decisions of the shop window: words, terms, price bands, ranking."""
