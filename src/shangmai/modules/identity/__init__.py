"""Identity: who may do what, and how they prove who they are.

Owns `users`, `roles`, `user_roles`, `sessions`, `api_keys`, `totp_secrets`, `recovery_codes`, `known_devices`,
`login_throttles`. A user has roles (sets of grants) and one data scope; what they may is every grant on everything in
the scope. An API key acts for its user with part of that.

Invariants:
- nobody gives more than they hold, or changes somebody who holds more than they do; one owner of everything remains;
- an API key never does what its user may not do any more;
- tokens, keys and recovery codes are stored as hashes, passwords as argon2id, TOTP secrets encrypted;
- a TOTP code and a recovery code sign in once;
- what ends or narrows access reaches every process with the commit that does it (NOTIFY), at the latest after
  `rules.sessions.CACHED_S` seconds;
- guessing is slowed down for whoever guesses, and never locks the owner of the account out (docs/modules/identity.md).

Events out: identity.access_changed.v1. Events in: none.
"""
