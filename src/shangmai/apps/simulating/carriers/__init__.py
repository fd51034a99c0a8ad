"""A simulator of SF 丰桥, JDL, 菜鸟电子面单, 快递鸟 and 快递100: their protocols over HTTP, their signatures checked.

It gives numbers, and moves parcels through scans over a time of its own; by its seed some are late, go back, get lost
or are never fetched. It shares no code with our side of the protocols, so that a slip of ours can't pass on both. It
holds everything in memory. `POST /simulator/misbehave` lets it fail as the real ones do.
"""
