"""Wishes for an invoice: whether a taxpayer's number can be right."""

from __future__ import annotations

from typing import Final

SIGNS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The signs of a unified social credit code: no I, O, S, V, Z (GB 32100-2015, table 1)."""
WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
"""3 to the power of the place, modulo 31 (GB 32100-2015, annex A)."""


def clean_credit_code(text: str) -> str:
    return "".join(text.split()).upper()


def is_credit_code(code: str) -> bool:
    """Whether this is a 统一社会信用代码: 18 signs, of which the last one checks the others."""
    return len(code) == len(WEIGHTS) + 1 and set(code) <= set(SIGNS) and code[-1] == check_sign(code[:-1])


def check_sign(body: str) -> str:
    """The last sign that belongs to the first 17."""
    total = sum(SIGNS.index(sign) * weight for sign, weight in zip(body, WEIGHTS, strict=True))
    return SIGNS[-total % len(SIGNS)]
