"""Views of lists that people keep: filters and columns under a name, for oneself or for everybody."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, NotFound
from shangmai.modules.identity.contract import UserId

ViewId = NewType("ViewId", UUID)
VIEWS_MAX = 50
"""A person's views of one list."""
Place = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,31}$(?!\n)", description="Which list, as orders. 列表。")]


class SaveView(Struct, frozen=True, kw_only=True):
    """Keep a view of a list; one of your own of this name is replaced. 保存视图。"""

    place: Place
    name: Annotated[str, Meta(min_length=1, max_length=50, pattern=r"\S", description="Name. 名称。")]
    query: Annotated[str, Meta(max_length=2000, description="Filters, as in the address. 筛选条件。")] = ""
    hidden: Annotated[tuple[str, ...], Meta(max_length=100, description="Columns not shown. 隐藏的列。")] = ()
    shared: Annotated[bool, Meta(description="For everybody. 共享给所有人。")] = False


class RemoveView(Struct, frozen=True, kw_only=True):
    """Remove a view of your own. 删除视图。"""

    view_id: ViewId


class SavedView(Struct, frozen=True, kw_only=True):
    """A view; `owner_name`: whose it is. 已保存的视图。"""

    id: ViewId
    place: str
    name: str
    query: str
    hidden: tuple[str, ...]
    shared: bool
    owner_id: UserId
    owner_name: str
    at: datetime


class ViewNotFound(NotFound):
    """There is no view {view_id} of yours."""

    zh = "没有你的视图 {view_id}。"


class TooManyViews(Conflict):
    """You keep {most} views of this list already; remove one."""

    zh = "该列表最多保存 {most} 个视图，请先删除一个。"
