"""What a caller can be told, in English and Chinese: one class for each outcome that someone can act on.

The docstring of an error class is its English message (first paragraph), `zh` the Chinese one; both say what to do next
and may use `{placeholders}`, filled from the keyword data. What is a word of ours there, a state or a kind, has its
Chinese in `zh_words`, by placeholder; data that is an error or a `Reason` says its own message. `hint` and `zh_hint`,
both or neither, add a suggestion.
The code `<module>.<ClassName>` is stable: clients switch on it, so renaming an error class is a change of the API.

An error may be *returned* as well as raised: a batch answers each refused item with one. So creating it is cheap: the
message is written only when someone reads it, and only `raise` makes a traceback.
"""

import inspect
import os
import re
from collections.abc import Iterable, Mapping
from string import Formatter
from types import MappingProxyType
from typing import ClassVar, NamedTuple

import msgspec

# A placeholder without data is a bug, and a test should stop at it; a customer should rather read a poorer message.
# pytest sets this variable, so the processes that a test starts are strict too.
strict = "PYTEST_VERSION" in os.environ

_PLACEHOLDER = re.compile(r"\{(\w+)[^{}]*\}")
_registry: dict[str, type["AppError"]] = {}


def fill(template: str, data: Mapping[str, object]) -> str:
    """Put the data into the `{placeholders}`; one without data stays as written (and is an AssertionError in tests)."""
    try:
        return template.format_map(data)
    except (KeyError, IndexError, ValueError, AttributeError, TypeError) as cause:
        if strict:
            raise AssertionError(f"{template!r} cannot be filled from {sorted(data)}") from cause
        return _PLACEHOLDER.sub(lambda gap: str(data.get(gap[1], gap[0])), template)


def words(**of: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """The Chinese of words that an error's data may be, by placeholder."""
    return MappingProxyType(of)


class Reason:
    """Why, as a part of what an error says: in both languages, and in English where it is written into JSON."""

    __slots__ = ("en", "zh")

    def __init__(self, en: str, zh: str) -> None:
        self.en, self.zh = en, zh

    def message(self, lang: str = "en") -> str:
        return self.zh if _is_chinese(lang) else self.en

    def __str__(self) -> str:
        return self.en


class Unusable(Exception):
    """What can't be used, found out far from whoever can tell a person; `reason` goes into the error that they make."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.reason = Reason(en, zh)


def _is_chinese(lang: str) -> bool:
    return lang[:2].lower() == "zh"


def _check_texts(cls: type["AppError"]) -> None:
    assert cls.__doc__, f"{cls.__name__} needs a docstring: its English message"
    assert "zh" in cls.__dict__, f'{cls.__name__} needs zh = "…": its Chinese message'
    hints = {"hint", "zh_hint"} & cls.__dict__.keys()
    assert len(hints) != 1, f"{cls.__name__} needs both hint and zh_hint, or neither"


def _first_paragraph(doc: str) -> str:
    return " ".join(inspect.cleandoc(doc).split("\n\n")[0].split())


def _placeholders(template: str) -> frozenset[str]:
    names = (name for _, name, _, _ in Formatter().parse(template) if name is not None)
    return frozenset(re.split(r"[.\[]", name)[0] for name in names)


def _module_of(cls: type["AppError"]) -> str:
    """Name the folder under `modules`, or `kernel`; for a class from elsewhere, its top package."""
    top, *path = cls.__module__.split(".")
    if top != "shangmai" or not path:
        return top
    return path[1] if path[0] == "modules" and len(path) > 1 else path[0]


def _register(cls: type["AppError"]) -> None:
    if "<locals>" in cls.__qualname__ or not cls.__module__.startswith("shangmai."):
        return  # a test's own: no caller can ever meet it
    assert cls.code not in _registry, f"two error classes have the code {cls.code}"
    _registry[cls.code] = cls


class AppError(Exception):
    """Something went wrong on our side; try again, and report it if it happens again."""

    __slots__ = ("data",)

    zh: ClassVar[str] = "系统内部出错，请重试；如再次出现，请反馈给管理员。"
    hint: ClassVar[str | None] = None
    zh_hint: ClassVar[str | None] = None
    status: ClassVar[int] = 500
    code: ClassVar[str] = "kernel.AppError"
    en: ClassVar[str] = "Something went wrong on our side; try again, and report it if it happens again."
    placeholders: ClassVar[frozenset[str]] = frozenset()
    zh_words: ClassVar[Mapping[str, Mapping[str, str]]] = MappingProxyType({})

    data: dict[str, object]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        _check_texts(cls)
        cls.code = f"{_module_of(cls)}.{cls.__name__}"
        cls.en = _first_paragraph(cls.__doc__ or cls.__name__)  # python -OO strips docstrings
        cls.placeholders = _placeholders(cls.en)
        assert cls.placeholders == _placeholders(cls.zh), f"{cls.code}: zh must use the placeholders of the docstring"
        assert cls.zh_words.keys() <= cls.placeholders, f"{cls.code} has words for what it does not say"
        _register(cls)

    def __init__(self, **data: object) -> None:
        self.data = data
        if strict:
            missing = self.placeholders - data.keys()
            assert not missing, f"{self.code} needs the data {sorted(missing)} for its message"

    def message(self, lang: str = "en") -> str:
        said = {name: value.message(lang) for name, value in self.data.items() if isinstance(value, AppError | Reason)}
        if _is_chinese(lang):
            return fill(self.zh, {**self.data, **said, **{name: self._word(name) for name in self.zh_words}})
        return fill(self.en, {**self.data, **said})

    def _word(self, name: str) -> str:
        """The Chinese of a word of ours; one that has none stays as it is (and is an AssertionError in tests)."""
        value = str(self.data.get(name, ""))
        assert not strict or value in self.zh_words[name], f"{self.code} has no Chinese word for the {name} {value!r}"
        return self.zh_words[name].get(value, value)

    def suggestion(self, lang: str = "en") -> str | None:
        hint = self.zh_hint if _is_chinese(lang) else self.hint
        return None if hint is None else fill(hint, self.data)

    def to_wire(self, lang: str = "zh-CN") -> dict[str, object]:
        """Give the JSON body of the answer; `data` holds only what JSON can hold."""
        body = {
            "code": self.code,
            "message": self.message(lang),
            "status": self.status,
            "data": self._wire_data(),
        }
        hint = self.suggestion(lang)
        return body if hint is None else body | {"hint": hint}

    def _wire_data(self) -> dict[str, object]:
        return {key: msgspec.to_builtins(value, str_keys=True, enc_hook=str) for key, value in self.data.items()}

    def __str__(self) -> str:
        return self.message("en")


class NotFound(AppError):
    """There is no such thing here, or you may not see it; check the number and search again."""

    zh = "找不到这项内容，或者您无权查看；请核对编号后重新查找。"
    status = 404


class Denied(AppError):
    """You may not do this; ask an administrator for the permission."""

    zh = "您没有这项操作的权限，请联系管理员开通。"
    status = 403


class Unauthenticated(AppError):
    """You are not signed in, or the sign-in has expired; sign in and try again."""

    zh = "您尚未登录或登录已过期，请登录后重试。"
    status = 401


class Conflict(AppError):
    """This is not possible in the present state; reload and look again."""

    zh = "当前状态下无法执行此操作，请刷新后再看。"
    status = 409


class FieldError(NamedTuple):
    """One value that was refused: where it stands in the input (`lines.0.qty`) and why."""

    path: str
    message: str


class Invalid(AppError):
    """Some of what was sent is not valid; correct it and send it again."""

    __slots__ = ("fields",)

    zh = "提交的内容有误，请更正后重新提交。"
    status = 422

    fields: list[FieldError]

    def __init__(self, fields: Iterable[tuple[str, str]] = (), **data: object) -> None:
        super().__init__(**data)
        self.fields = [FieldError(path, message) for path, message in fields]

    def _wire_data(self) -> dict[str, object]:
        data = super()._wire_data()
        return data | {"fields": [field._asdict() for field in self.fields]} if self.fields else data


class TooMany(AppError):
    """Too many requests in a short time; wait a moment and try again."""

    zh = "请求过于频繁，请稍后再试。"
    status = 429


class Unavailable(AppError):
    """A service that this needs does not answer now; try again in a moment."""

    zh = "所依赖的服务暂时不可用，请稍后再试。"
    status = 503


class ExtraMissing(Unavailable):
    """This needs an optional part that is not installed; install it with: pip install 'shangmai[{extra}]'."""

    zh = "此功能需要安装可选组件：pip install 'shangmai[{extra}]'。"


def all_errors() -> list[type[AppError]]:
    """List every error class that can reach a caller, by code: the errors of the OpenAPI document."""
    return [_registry[code] for code in sorted(_registry)]


def error_class(code: str) -> type[AppError]:
    """Give the class of a stable code; AppError for one that this release does not know."""
    return _registry.get(code, AppError)
