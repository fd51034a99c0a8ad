"""How each built-in cause of exceptions comes up, and how it goes: a story each, by the name of the cause.

每个内置异常原因的小故事：怎么出现，怎么消失。
"""

from tests.orders.stories import buyers, goods, handling, money, prices, saying
from tests.orders.stories.scene import STORIES, Scene

__all__ = ["STORIES", "Scene", "buyers", "goods", "handling", "money", "prices", "saying"]
