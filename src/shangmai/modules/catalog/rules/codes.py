"""Codes and barcodes: what may be one, and what counts as the same one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from shangmai.modules.catalog.contract import (
    Barcode,
    BarcodeInvalid,
    CheckDigitWrong,
    CodeInvalid,
)

_CODE = re.compile(r"[A-Z0-9_-](?:[A-Z0-9 _-]{0,62}[A-Z0-9_-])?")
_BARCODE = re.compile(r"[!-~](?:[ -~]{0,62}[!-~])?")
_GS1 = re.compile(r"[0-9]{8}|[0-9]{12,14}")
GTIN_DIGITS: Final = 14


def clean_code(text: str) -> str:
    """Take the blanks off a code. Raises: CodeInvalid."""
    code = text.strip()
    if not _CODE.fullmatch(code):
        raise CodeInvalid(code=text)
    return code


def barcode_key(text: str) -> str:
    """Give what a barcode is compared by: GS1 numbers at 14 digits (GS1 General Specifications, 3.3.2: fill with 0)."""
    plain = text.strip()
    return plain.zfill(GTIN_DIGITS) if _GS1.fullmatch(plain) else plain


def clean_barcode(barcode: Barcode) -> Barcode:
    """Take the blanks off and check the digit. Raises: BarcodeInvalid, CheckDigitWrong."""
    text = barcode.text.strip()
    if not _BARCODE.fullmatch(text):
        raise BarcodeInvalid(barcode=barcode.text)
    if _GS1.fullmatch(text) and not barcode.internal:
        expected = check_digit(text[:-1])
        if int(text[-1]) != expected:
            raise CheckDigitWrong(barcode=text, expected=expected)
    return Barcode(text, barcode.internal)


def check_digit(digits: str) -> int:
    """Give the last digit of a GS1 number (General Specifications, 7.9: weights 3, 1, 3 … from the right)."""
    return -sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits))) % 10


def clean_barcodes(barcodes: Sequence[Barcode]) -> dict[str, Barcode]:
    """Check barcodes; those that are one number are one. Raises: BarcodeInvalid, CheckDigitWrong."""
    cleaned = [clean_barcode(barcode) for barcode in barcodes]
    return {barcode_key(barcode.text): barcode for barcode in reversed(cleaned)}
