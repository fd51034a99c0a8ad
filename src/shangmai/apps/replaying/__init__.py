"""`shangmai replay`: a business runs by itself on the orders of a file, under a clock that runs faster.

In a database of its own: a company with three warehouses and the stock that the orders need. Each order is placed and
paid at its time; all that follows is done by the system itself, and on the floor by people who only scan what they are
told. What is untouched by hand, how long it took, how far was walked and what it cost is measured.
"""

from shangmai.apps.replaying.command import replay

__all__ = ["replay"]
