"""Shangmai 商脉: one door, one trail, books that balance."""
