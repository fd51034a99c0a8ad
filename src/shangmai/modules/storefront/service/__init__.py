"""The actions of the window, and what others may ask of it."""

from shangmai.modules.storefront.rules.contents import TEMPLATES
from shangmai.modules.storefront.service.counting import note_behaviour
from shangmai.modules.storefront.service.decorating import publish_page, published_pages, roll_back_page, save_page
from shangmai.modules.storefront.service.drawing import page_of, picture_of, words_of
from shangmai.modules.storefront.service.favouring import add_favourite, favourites_of, remove_favourite
from shangmai.modules.storefront.service.keeping import get_mall, prove, rebuild, refresh, teach_words
from shangmai.modules.storefront.service.projecting import project
from shangmai.modules.storefront.service.questions import (
    answer_as_buyer,
    answer_for_shop,
    ask_question,
    moderate_answer,
    moderate_question,
)
from shangmai.modules.storefront.service.reviewing import moderate_review, reply_to_review, submit_review
from shangmai.modules.storefront.service.shopping import (
    listing_answer,
    mall_of,
    newest_products,
    product_answer,
    shopper,
)

__all__ = [
    "TEMPLATES",
    "add_favourite",
    "answer_as_buyer",
    "answer_for_shop",
    "ask_question",
    "favourites_of",
    "get_mall",
    "listing_answer",
    "mall_of",
    "moderate_answer",
    "moderate_question",
    "moderate_review",
    "newest_products",
    "note_behaviour",
    "page_of",
    "picture_of",
    "product_answer",
    "project",
    "prove",
    "publish_page",
    "published_pages",
    "rebuild",
    "refresh",
    "remove_favourite",
    "reply_to_review",
    "roll_back_page",
    "save_page",
    "shopper",
    "submit_review",
    "teach_words",
    "words_of",
]
