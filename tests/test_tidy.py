"""The rules a machine can hold over the source text, each with a snippet that breaks it.

A rule looks at one file and yields (line, what to write instead). ruff, mypy and import-linter hold what they can hold;
here is what is particular to this house.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).resolve().parent.parent
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500

MODULE_FILES = {"__init__", "books", "contract", "rules", "tables", "queries", "service", "http", "jobs", "providers"}
OPEN_TO_MODULES = {"contract", "service"}
OPEN_TO_APPS = OPEN_TO_MODULES | {"http", "jobs", "tables"}  # and to migrations

Function = ast.FunctionDef | ast.AsyncFunctionDef
Finding = tuple[int, str]


@dataclass(frozen=True)
class Source:
    """One file: its path below the root, with forward slashes, and its text."""

    path: str
    text: str

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(ast.parse(self.text, self.path)))

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def module(self) -> str:
        """The business module this file belongs to, or nothing."""
        found = re.match(r"src/shangmai/modules/(\w+)/", self.path)
        return found[1] if found else ""

    def is_under(self, *paths: str) -> bool:
        """Whether this is one of these files or lies in one of these folders, given below src/shangmai, without .py."""
        return any(re.match(rf"src/shangmai/{path}(\.py$|/)", self.path) for path in paths)

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """Each call with the dotted name that is called."""
        return ((node, ast.unparse(node.func)) for node in self.nodes if isinstance(node, ast.Call))

    def functions(self) -> Iterator[Function]:
        return (node for node in self.nodes if isinstance(node, Function))

    def says(self, mark: str, first: int, last: int) -> bool:
        """Whether a comment such as `# sql: why`, with its why, stands on these lines."""
        return any(re.search(rf"# {mark}: \S", line) for line in self.lines[max(first - 1, 0) : last])


Rule = Callable[[Source], Iterator[Finding]]


# --- src/shangmai --------------------------------------------------------------------------------------------------


def modules_meet_at_contract_and_service(source: Source) -> Iterator[Finding]:
    open_parts = OPEN_TO_MODULES if source.module else OPEN_TO_APPS if source.is_under("apps", "migrations") else set()
    for line, name in imported_names(source):
        if not name.startswith("shangmai.modules."):
            continue
        module, part = [*name.split(".")[2:], ""][:2]
        if module != source.module and part not in open_parts:
            yield line, f"{module}.{part or '*'} is private: import what {module}'s contract or service offers"


def imported_names(source: Source) -> Iterator[tuple[int, str]]:
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def module_files_have_known_names(source: Source) -> Iterator[Finding]:
    if source.module:
        name = source.path.split("/")[4].removesuffix(".py")
        if name not in MODULE_FILES:
            yield 1, f"{name} is no part of a module; its home is one of {', '.join(sorted(MODULE_FILES))}"


def module_init_is_a_docstring(source: Source) -> Iterator[Finding]:
    if re.fullmatch(r"src/shangmai/modules/\w+/__init__\.py", source.path):
        body = ast.parse(source.text).body
        if not body or not is_docstring(body[0]):
            yield 1, "begin with a docstring: purpose, tables owned, invariants, events in and out"
        for extra in body[1:]:
            yield extra.lineno, "a module's __init__ is its docstring only; move this to contract, rules or service"


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def actions_say_what_they_do(source: Source) -> Iterator[Finding]:
    for function in source.functions():
        decorators = [ast.unparse(d.func) for d in function.decorator_list if isinstance(d, ast.Call)]
        if any(name.split(".")[-1] == "action" for name in decorators) and not ast.get_docstring(function):
            yield function.lineno, f"{function.name} is an action: its docstring is its help, in the API and for agents"


def long_functions_say_why(source: Source) -> Iterator[Finding]:
    if source.is_under("migrations"):
        return  # a list of statements, read once from top to bottom
    for function in source.functions():
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        signature_end = max(function.lineno, function.body[0].lineno - 1)
        if lines > FUNCTION_LINES_MAX and not source.says("long", function.lineno, signature_end):
            yield (
                function.lineno,
                f"{function.name} has {lines} lines: split it, or end the def line with `# long: why`",
            )


def files_stay_short(source: Source) -> Iterator[Finding]:
    if len(source.lines) > FILE_LINES_MAX:
        yield (
            FILE_LINES_MAX + 1,
            f"{len(source.lines)} lines: make it a folder (service/placing.py, service/canceling.py)",
        )


def time_comes_from_the_clock(source: Source) -> Iterator[Finding]:
    if source.is_under("kernel/clock"):
        return
    for call, name in source.calls():
        if re.search(r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.time(_ns)?)$", name):
            yield call.lineno, f"{name}(): write tx.now, or kernel.clock where there is no tx"
    for line, name in imported_names(source):
        if name in {"time.time", "time.time_ns"}:
            yield line, f"{name}: write tx.now, or kernel.clock where there is no tx"


def amounts_are_not_floats(source: Source) -> Iterator[Finding]:
    if source.is_under("kernel/metrics", "kernel/observability", "kernel/logs"):
        return
    for call, name in source.calls():
        if name == "float":
            yield call.lineno, "float(): write Money for an amount, Decimal for a rate or a cost, int for a quantity"


def only_the_kernel_commits(source: Source) -> Iterator[Finding]:
    if source.is_under("kernel/db", "migrations"):
        return
    for call, name in source.calls():
        if name.endswith(".commit"):
            yield call.lineno, f"{name}(): an action or a handler is one transaction, and kernel.db commits it"


SQL_CALLS = {"text", "fetch", "fetchrow", "fetchval", "execute", "executemany", "exec_driver_sql", "prepare", "cursor"}
SQL_VERBS = re.compile(r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|CREATE|ALTER|DROP|TRUNCATE|COPY|LOCK TABLE)\s")


def sql_is_not_pasted_together(source: Source) -> Iterator[Finding]:
    """NAMES in capitals may be pasted in, they are fixed in the source; the kernel may build statements ahead."""
    handed_over: list[ast.expr] = [
        call.args[0] for call, name in source.calls() if call.args and name.split(".")[-1] in SQL_CALLS
    ]
    lying_about: list[ast.expr] = [
        node for node in source.nodes if isinstance(node, ast.JoinedStr) and starts_with_sql(node)
    ]
    suspects = handed_over if source.is_under("kernel") else handed_over + lying_about
    for line, last in sorted({(node.lineno, node.end_lineno or node.lineno) for node in suspects if is_pasted(node)}):
        if not source.says("sql", line - 1, last):
            yield line, "pass values as $1, $2 …; where a name must be pasted in, say `# sql: why` it cannot be foreign"


def starts_with_sql(node: ast.JoinedStr) -> bool:
    first = node.values[0] if node.values else None
    return isinstance(first, ast.Constant) and bool(SQL_VERBS.match(str(first.value)))


def is_pasted(node: ast.expr) -> bool:
    match node:
        case ast.JoinedStr(values=values):
            return any(isinstance(part, ast.FormattedValue) and not is_fixed(part.value) for part in values)
        case ast.BinOp(left=left, right=right):
            return not (is_fixed(left) and is_fixed(right))
        case ast.Call(func=ast.Attribute(attr="format", value=ast.Constant())):
            return True
    return False


def is_fixed(node: ast.expr) -> bool:
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.isupper()
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return is_fixed(left) and is_fixed(right)
    return False


def only_apps_print(source: Source) -> Iterator[Finding]:
    if source.is_under("apps"):
        return
    for call, name in source.calls():
        if name == "print":
            yield call.lineno, "print(): log it with structlog, or let the app print"


def errors_are_not_swallowed(source: Source) -> Iterator[Finding]:
    for node in source.nodes:
        if not isinstance(node, ast.ExceptHandler):
            continue
        if node.type is None:
            yield node.lineno, "bare except: name the error that is expected here"
        elif catches_all(node.type) and all(isinstance(step, ast.Pass) or is_ellipsis(step) for step in node.body):
            yield (
                node.lineno,
                "this hides every bug: name the error that is expected here, or log it and say what follows",
            )
    for call, name in source.calls():
        if name.split(".")[-1] == "suppress" and any(catches_all(argument) for argument in call.args):
            yield call.lineno, "this hides every bug: name the error that is expected here"


def catches_all(node: ast.expr) -> bool:
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return any(ast.unparse(part) in {"Exception", "BaseException"} for part in parts)


def is_ellipsis(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is ...


def nothing_is_left_open(source: Source) -> Iterator[Finding]:
    for number, line in enumerate(source.lines, start=1):
        if found := re.search(r"\b(TODO|FIXME|XXX)\b", line):
            yield number, f"{found[0]}: do it now, or open an issue and leave the code saying what it does today"


ERRORS = {"AppError", "NotFound", "Denied", "Unauthenticated", "Conflict", "Invalid", "TooMany", "Unavailable"}
CHINESE = re.compile("[\u4e00-\u9fff]")


def errors_speak_both_languages(source: Source) -> Iterator[Finding]:
    """kernel.errors sees that both texts are there; that each is in its language can only be read."""
    for node in source.nodes:
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).split(".")[-1] in ERRORS for base in node.bases):
            zh = assigned(node, "zh")
            doc = ast.get_docstring(node) or ""
            if not doc or CHINESE.search(doc) or not CHINESE.search(zh):
                yield node.lineno, f'{node.name}: the docstring is the English message, zh = "…" the Chinese one'


def assigned(node: ast.ClassDef, name: str) -> str:
    for step in node.body:
        match step:
            case ast.Assign(targets=[ast.Name(id=found)], value=ast.expr() as value) if found == name:
                return ast.unparse(value)
            case ast.AnnAssign(target=ast.Name(id=found), value=ast.expr() as value) if found == name:
                return ast.unparse(value)
    return ""


# --- tests ---------------------------------------------------------------------------------------------------------


def own_modules_are_not_mocked(source: Source) -> Iterator[Finding]:
    """Setting a constant is allowed, `setattr(errors, "strict", False)`: it turns a switch and fakes nothing."""
    message = "use the real module on the real database (only outside systems have fakes), or say `# patch: why`"
    for line, name in imported_names(source):
        if name.startswith("unittest.mock") or name.split(".")[0] == "mock":
            yield line, message
    ours = names_from_shangmai(source)
    for call, name in source.calls():
        if name.endswith(".setattr") and call.args and not isinstance(call.args[-1], ast.Constant):
            target = ast.unparse(call.args[0]).strip("'\"").split(".")[0]
            if target in ours and not source.says("patch", call.lineno, call.end_lineno or call.lineno):
                yield call.lineno, message


def names_from_shangmai(source: Source) -> set[str]:
    names = {"shangmai"}
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "shangmai":
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.asname for alias in node.names if alias.asname and alias.name.startswith("shangmai.")}
    return names


# --- the rules over the files, and over snippets that break them ---------------------------------------------------

SOURCE_RULES: list[Rule] = [
    modules_meet_at_contract_and_service,
    module_files_have_known_names,
    module_init_is_a_docstring,
    actions_say_what_they_do,
    long_functions_say_why,
    files_stay_short,
    time_comes_from_the_clock,
    amounts_are_not_floats,
    only_the_kernel_commits,
    sql_is_not_pasted_together,
    only_apps_print,
    errors_are_not_swallowed,
    nothing_is_left_open,
    errors_speak_both_languages,
]
TEST_RULES: list[Rule] = [own_modules_are_not_mocked]


def files(folder: str) -> list[Source]:
    paths = sorted((ROOT / folder).rglob("*.py"))
    return [Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in paths]


@pytest.fixture(scope="module")
def trees() -> dict[str, list[Source]]:
    return {folder: files(folder) for folder in ("src", "tests")}


@pytest.mark.parametrize(
    ("folder", "rule"),
    [*(("src", rule) for rule in SOURCE_RULES), *(("tests", rule) for rule in TEST_RULES)],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_every_file_keeps(folder: str, rule: Rule, trees: dict[str, list[Source]]) -> None:
    findings = [f"{source.path}:{line}: {message}" for source in trees[folder] for line, message in rule(source)]
    if findings:
        pytest.fail("\n".join(findings), pytrace=False)


# Snippets that break a rule beside neighbours that keep it; `# bad` ends the lines that must be found, and no others.
EXAMPLES: list[tuple[Rule, str, str]] = [
    (
        modules_meet_at_contract_and_service,
        "src/shangmai/modules/orders/service.py",
        """
        from shangmai.modules.inventory import queries  # bad
        from shangmai.modules.inventory.tables import balances  # bad
        from shangmai.modules import inventory  # bad
        import shangmai.modules.payments.http  # bad
        from shangmai.modules.inventory import service as stock
        from shangmai.modules.inventory.contract.errors import OutOfStock
        from shangmai.modules.orders import queries as own, rules
        from shangmai.kernel.db import queries as kernel_queries
        """,
    ),
    (
        modules_meet_at_contract_and_service,
        "src/shangmai/apps/api.py",
        """
        from shangmai.modules.orders import queries, rules  # bad
        from shangmai.modules.orders import http, jobs, service, tables
        """,
    ),
    (
        modules_meet_at_contract_and_service,
        "src/shangmai/kernel/x.py",
        "from shangmai.modules.a import contract  # bad",
    ),
    (module_files_have_known_names, "src/shangmai/modules/orders/helpers.py", "a = 1  # bad"),
    (module_files_have_known_names, "src/shangmai/modules/orders/utils/text.py", "a = 1  # bad"),
    (module_files_have_known_names, "src/shangmai/modules/orders/service/placing.py", "a = 1"),
    (module_files_have_known_names, "src/shangmai/kernel/helpers.py", "a = 1"),
    (module_init_is_a_docstring, "src/shangmai/modules/orders/__init__.py", "# only a comment  # bad"),
    (
        module_init_is_a_docstring,
        "src/shangmai/modules/orders/__init__.py",
        """
        '''Promises to customers.'''
        from shangmai.modules.orders.service import cancel  # bad
        """,
    ),
    (module_init_is_a_docstring, "src/shangmai/modules/orders/service/__init__.py", "from a import b"),
    (
        actions_say_what_they_do,
        "src/shangmai/modules/orders/service.py",
        """
        @action("orders.cancel", grant="orders.cancel")
        async def cancel(tx, do):  # bad
            return do

        @actions.action("orders.place")
        async def place(tx, do):
            '''Place the order.'''

        @on(OrderPlaced)
        async def handle(tx, events): ...
        """,
    ),
    (long_functions_say_why, "src/shangmai/kernel/x.py", "def f():  # bad\n" + "    a = 1\n" * 70),
    (long_functions_say_why, "src/shangmai/kernel/x.py", "def f():  # long:  # bad\n" + "    a = 1\n" * 70),
    (long_functions_say_why, "src/shangmai/kernel/x.py", "def f():  # long: one table\n" + "    a = 1\n" * 70),
    (long_functions_say_why, "src/shangmai/kernel/x.py", "def f():\n" + "    a = 1\n" * 69),
    (files_stay_short, "src/shangmai/kernel/x.py", "a = 1\n" * 500 + "a = 1  # bad\n"),
    (files_stay_short, "src/shangmai/kernel/x.py", "a = 1\n" * 500),
    (
        time_comes_from_the_clock,
        "src/shangmai/modules/orders/rules.py",
        """
        from time import time  # bad
        a = datetime.now(UTC)  # bad
        b = dt.datetime.utcnow()  # bad
        c = time.time()  # bad
        d = date.today()  # bad
        e = tx.now, clock.now(), time.monotonic(), "datetime.now()"
        """,
    ),
    (time_comes_from_the_clock, "src/shangmai/kernel/clock.py", "a = datetime.now(UTC)"),
    (amounts_are_not_floats, "src/shangmai/modules/pricing/rules.py", "a = float(b)  # bad\nc: float = math.floor(d)"),
    (amounts_are_not_floats, "src/shangmai/kernel/metrics.py", "a = float(b)"),
    (only_the_kernel_commits, "src/shangmai/modules/orders/service.py", "await tx.conn.commit()  # bad\ncommit()"),
    (only_the_kernel_commits, "src/shangmai/kernel/db/database.py", "await conn.commit()"),
    (
        sql_is_not_pasted_together,
        "src/shangmai/modules/orders/queries.py",
        """
        await tx.fetch(f"SELECT * FROM orders WHERE id = '{id_}'")  # bad
        await tx.execute("DELETE FROM " + table)  # bad
        await tx.fetchval("SELECT %s" % number)  # bad
        await tx.fetchrow("SELECT {}".format(number))  # bad
        sa.text(f"now() - {days}")  # bad
        query = f"UPDATE {table} SET a = 1"  # bad
        await tx.fetch(f"SELECT {COLUMNS} FROM {tables.NAME} WHERE id = $1", id_)
        await tx.fetch("SELECT " + COLUMNS + " FROM orders")
        await tx.fetch(f"SELECT * FROM {book}_holds")  # sql: a book's name is fixed in its definition
        # sql: partitions are named by the month
        await tx.execute(f"CREATE TABLE {name}")
        log.info(f"selected {number} of {total}")
        """,
    ),
    (sql_is_not_pasted_together, "src/shangmai/kernel/books.py", 'a = f"SELECT {b}"\ntx.fetch(f"SELECT {b}")  # bad'),
    (only_apps_print, "src/shangmai/kernel/x.py", "print(1)  # bad\npprint(1)\nconsole.print(1)"),
    (only_apps_print, "src/shangmai/apps/cli/main.py", "print(1)"),
    (
        errors_are_not_swallowed,
        "src/shangmai/kernel/x.py",
        """
        try:
            a()
        except:  # bad
            raise
        try:
            a()
        except (ValueError, Exception):  # bad
            pass
        try:
            a()
        except BaseException:  # bad
            ...
        with contextlib.suppress(Exception):  # bad
            a()
        try:
            a()
        except KeyError:
            pass
        except Exception:
            log.exception("a")
        """,
    ),
    (nothing_is_left_open, "src/shangmai/kernel/x.py", "a = 1  # FIXME later  # bad\nb = 'methods and XXXL'"),
    (
        errors_speak_both_languages,
        "src/shangmai/modules/orders/contract.py",
        """
        class OrderNotFound(NotFound):  # bad
            '''There is no such order.'''
            zh = "There is no such order."

        class OrderNotCancelable(errors.Conflict):  # bad
            '''包裹已出库。'''
            zh = "包裹已出库。"

        class OrderClosed(Conflict):  # bad
            zh = "订单已关闭。"

        class OrderOnHold(Conflict):
            '''The order is on hold; release it first.'''
            zh: ClassVar[str] = "订单已挂起，请先解除。"

        class Order(Struct): ...
        """,
    ),
    (
        own_modules_are_not_mocked,
        "tests/orders/test_cancel.py",
        """
        from unittest import mock  # bad
        from unittest.mock import AsyncMock  # bad
        from shangmai.modules.orders import service
        import shangmai.kernel.clock as clock
        monkeypatch.setattr(service, "cancel", fake)  # bad
        monkeypatch.setattr(service.queries, "lock", fake)  # bad
        monkeypatch.setattr("shangmai.kernel.clock.now", fake)  # bad
        monkeypatch.setattr(clock, "now", fake)  # bad
        monkeypatch.setattr(os, "name", "nt")
        monkeypatch.setenv("TZ", "UTC")
        monkeypatch.setattr(service, "attempts_max", 3)
        monkeypatch.setattr(service, "registry", {})  # patch: a registry of this test's own
        """,
    ),
]


@pytest.mark.parametrize(("rule", "path", "snippet"), EXAMPLES)
def test_each_rule_finds_what_breaks_it(rule: Rule, path: str, snippet: str) -> None:
    source = Source(path, dedent(snippet))
    bad = [number for number, line in enumerate(source.lines, start=1) if line.endswith("# bad")]
    assert sorted({line for line, _ in rule(source)}) == bad


def test_each_rule_has_a_snippet_that_breaks_it() -> None:
    assert {rule for rule, _, snippet in EXAMPLES if "# bad" in snippet} == {*SOURCE_RULES, *TEST_RULES}
