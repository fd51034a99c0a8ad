"""Carts and checking out, as shoppers, clerks and other modules see them."""

from pathlib import Path

from shangmai.kernel.i18n import register_folder

register_folder("checkout", Path(__file__).parent.parent)
