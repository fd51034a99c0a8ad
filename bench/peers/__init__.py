"""Shangmai beside Vendure and Medusa: the same goods, the same buyers, the same machine, in turn."""
