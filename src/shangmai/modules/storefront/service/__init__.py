"""The actions of the window, and what others may ask of it."""

from shangmai.modules.storefront.service.keeping import get_mall, prove, rebuild, refresh, teach_words
from shangmai.modules.storefront.service.projecting import project
from shangmai.modules.storefront.service.reviewing import moderate_review, reply_to_review, submit_review

__all__ = [
    "get_mall",
    "moderate_review",
    "project",
    "prove",
    "rebuild",
    "refresh",
    "reply_to_review",
    "submit_review",
    "teach_words",
]
