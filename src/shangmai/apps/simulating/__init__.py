"""A simulator of WeChat Pay and Alipay: both protocols over HTTP, with real signatures of keys that it makes itself.

It stands for the other side in tests, demonstrations and while a merchant's own account is not there yet. It shares
no code with our side of the protocols, so that a slip of ours can't pass on both. It holds everything in memory and
forgets it when it ends. `POST /simulator/misbehave` lets it fail as the real ones do.
"""
