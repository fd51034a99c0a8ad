"""Users, roles and who has which."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from msgspec import Struct, convert

from shangmai.kernel.actors import Actor
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import CHANNEL, OWNER, CreateUser, DefineRole, Role, Scopes, User, UserId
from shangmai.modules.identity.rules.grants import EVERYWHERE

ROLE: Final = "code, name, name_en, grants, is_builtin"
USER: Final = (
    "u.id, u.login, u.display_name, u.is_active, u.scopes, u.created_at,"
    " ARRAY(SELECT role_code FROM user_roles r WHERE r.user_id = u.id ORDER BY role_code) AS roles,"
    " EXISTS (SELECT FROM totp_secrets t WHERE t.user_id = u.id AND t.is_confirmed) AS has_totp"
)


class Account(Struct, frozen=True):
    """What a sign-in is checked against."""

    id: UserId
    login: str
    password_hash: str | None
    is_active: bool


async def insert_user(tx: Tx, do: CreateUser, login: str, password_hash: str | None) -> UserId | None:
    """Give the new user's id; None when the login name is taken."""
    id_: UserId | None = await tx.fetchval(
        "INSERT INTO users (id, login, display_name, password_hash, scopes, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (login) DO NOTHING RETURNING id",
        new_id(),
        login,
        do.display_name,
        password_hash,
        do.scopes,
        tx.now,
    )
    return id_


async def find_user(tx: Tx, id_: UserId) -> User | None:
    row = await tx.fetchrow("SELECT " + USER + " FROM users u WHERE id = $1", id_)
    return None if row is None else convert(dict(row), User)


async def find_display_name(tx: Tx, actor: Actor) -> str | None:
    """How people call whoever acts: a user by their name, a key by what it was called; None for any other."""
    name: str | None = await tx.fetchval(
        "SELECT display_name FROM users WHERE id = $1 UNION ALL SELECT name FROM api_keys WHERE id = $1", actor.id
    )
    return name


async def list_users(tx: Tx, after: str | None, limit: int) -> list[User]:
    rows = await tx.fetch(
        "SELECT " + USER + " FROM users u WHERE $1::text IS NULL OR login > $1 ORDER BY login LIMIT $2", after, limit
    )
    return [convert(dict(row), User) for row in rows]


async def find_account(tx: Tx, login: str) -> Account | None:
    row = await tx.fetchrow("SELECT id, login, password_hash, is_active FROM users WHERE login = $1", login)
    return None if row is None else Account(*row)


async def lock_account(tx: Tx, id_: UserId) -> Account | None:
    """Hold the user's row, so that one sign-in, or change of password, goes after the other."""
    row = await tx.fetchrow("SELECT id, login, password_hash, is_active FROM users WHERE id = $1 FOR UPDATE", id_)
    return None if row is None else Account(*row)


async def set_password_hash(tx: Tx, id_: UserId, password_hash: str) -> None:
    await tx.execute("UPDATE users SET password_hash = $2 WHERE id = $1", id_, password_hash)


async def set_display_name(tx: Tx, id_: UserId, name: str) -> None:
    await tx.execute("UPDATE users SET display_name = $2 WHERE id = $1", id_, name)


async def set_active(tx: Tx, id_: UserId, is_active: bool) -> bool:
    """Tell whether that was a change."""
    sql = "UPDATE users SET is_active = $2 WHERE id = $1 AND is_active <> $2 RETURNING true"
    return bool(await tx.fetchval(sql, id_, is_active))


async def set_roles(tx: Tx, id_: UserId, roles: Collection[str], scopes: Scopes) -> None:
    """Give the user exactly these roles and this scope."""
    await tx.execute("DELETE FROM user_roles WHERE user_id = $1 AND role_code <> ALL ($2::text[])", id_, list(roles))
    await tx.execute(
        "INSERT INTO user_roles (user_id, role_code) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING",
        id_,
        list(roles),
    )
    await tx.execute("UPDATE users SET scopes = $2 WHERE id = $1", id_, scopes)


async def lock_access(tx: Tx) -> None:
    """Let changes of who may do what go one after the other: each is checked against what the others left."""
    await tx.fetchval("SELECT code FROM roles WHERE code = $1 FOR UPDATE", OWNER)


async def count_owners(tx: Tx) -> int:
    """Count the active users who may do everything everywhere."""
    count: int = await tx.fetchval(
        "SELECT count(*) FROM users u JOIN user_roles r ON r.user_id = u.id AND r.role_code = $1"
        " WHERE u.is_active AND u.scopes @> $2",
        OWNER,
        EVERYWHERE,
    )
    return count


async def get_roles(tx: Tx, codes: Collection[str]) -> dict[str, Role]:
    rows = await tx.fetch("SELECT " + ROLE + " FROM roles WHERE code = ANY ($1::text[])", list(codes))
    return {row["code"]: Role(**row) for row in rows}


async def list_roles(tx: Tx) -> list[Role]:
    rows = await tx.fetch("SELECT " + ROLE + " FROM roles ORDER BY is_builtin DESC, code")
    return [Role(**row) for row in rows]


async def put_role(tx: Tx, do: DefineRole, grants: Sequence[str]) -> Role:
    row = await tx.fetchrow(
        "INSERT INTO roles (code, name, name_en, grants) VALUES ($1, $2, $3, $4) ON CONFLICT (code) DO UPDATE"
        " SET name = excluded.name, name_en = excluded.name_en, grants = excluded.grants RETURNING " + ROLE,
        do.code,
        do.name,
        do.name_en or do.name,
        list(grants),
    )
    assert row is not None, "an upsert always returns its row"
    return Role(**row)


async def count_holders(tx: Tx, code: str) -> int:
    count: int = await tx.fetchval("SELECT count(*) FROM user_roles WHERE role_code = $1", code)
    return count


async def delete_role(tx: Tx, code: str) -> None:
    await tx.execute("DELETE FROM roles WHERE code = $1 AND NOT is_builtin", code)


async def tell_changed(tx: Tx, whose: UserId | None) -> None:
    """Tell every process, with the commit, to forget what it knows of this user's access, or of everybody's."""
    await tx.execute("SELECT pg_notify($1, $2)", CHANNEL, "*" if whose is None else str(whose))
