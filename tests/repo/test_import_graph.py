"""Imports follow the one direction of flow: text -> program -> machine -> trace -> what people see."""

import ast
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "kthreadlab"

ORDER = (
    "lang",
    "compile",
    "kernel",
    "machine",
    "trace",
    "run",
    "checks",
    "show",
    "play",
    "course",
    "userland",
    "grading",
    "front",
)
"""The folders, each open to those before it."""
MAY_IMPORT = {folder: set(ORDER[:n]) for n, folder in enumerate(ORDER)} | {
    "trace": {"lang"},
    "show": {"lang", "trace", "checks"},
}
"""Folder -> what it may import from, beside itself: trace and show know nothing of how a run came about."""

KERNEL_PYTHON = (PACKAGE / "checks" / "given", PACKAGE / "linux")


def sources(folder: str) -> list[Path]:
    paths = sorted((PACKAGE / folder).rglob("*.py"))
    return [path for path in paths if not any(top in path.parents for top in KERNEL_PYTHON)]


@cache
def imported(path: Path) -> set[tuple[str, str]]:
    """What *path* imports, anywhere in it: modules of kthreadlab, without the leading ``kthreadlab.``, and what of
    each, or ""."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            home = ".".join((PACKAGE.name, *path.relative_to(PACKAGE).parts)[: -node.level]) if node.level else ""
            module = ".".join(filter(None, [home, node.module]))
            found |= {(module, alias.name) for alias in node.names}
    own = {(module.partition(".")[2], name) for module, name in found if module.split(".")[0] == PACKAGE.name}
    return own - {("", "")}


def imports(path: Path) -> set[str]:
    """The modules of kthreadlab, and what in them, that *path* imports."""
    pairs = imported(path)
    return {module for module, _ in pairs if module} | {f"{module}.{name}".strip(".") for module, name in pairs}


def test_every_folder_has_its_place():
    """None is forgotten, and none is named that is not there; kernel Python imports nothing."""

    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}

    assert folders == set(MAY_IMPORT)


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_imports_follow_the_arrows(folder):
    """No folder imports from one that comes after it."""

    open_to = MAY_IMPORT[folder] | {folder, "__version__"}
    wrong = {
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in sources(folder)
        for name in imports(path)
        if name.split(".")[0] not in open_to
    }

    assert set() == wrong


def graph() -> dict[str, set[str]]:
    """The files of the package by their names as modules, and which of them each imports."""
    files = [path for folder in MAY_IMPORT for path in sources(folder)] + sorted(PACKAGE.glob("*.py"))
    modules = {path: ".".join(path.relative_to(PACKAGE).with_suffix("").parts) for path in files}
    names = {name.removesuffix(".__init__"): path for path, name in modules.items()}
    out = {}
    for name, path in names.items():
        pairs = {(f"{module}.{what}".strip("."), module) for module, what in imported(path)}
        out[name] = {inner if inner in names else module for inner, module in pairs} & names.keys()
    return out


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """The sets of files that import each other, be it through others."""

    def reached(name: str) -> set[str]:
        found, todo = set(), [name]
        while todo:
            new = graph[todo.pop()] - found
            found |= new
            todo += new
        return found

    after = {name: reached(name) for name in graph}
    found = {frozenset(other for other in after[name] if name in after[other]) for name in graph}
    return [set(circle) for circle in found if circle]


def test_no_file_imports_itself_through_others():
    """Wherever an import stands, late or for the types only, it follows the arrows between files too."""

    assert {"checks.report", "lang.ir", "show", "__main__"} <= set(graph())
    assert {"lang.ir", "lang.api"} <= graph()["lang.python_expr"]
    assert [{"a", "b"}] == circles({"a": {"b"}, "b": {"a", "c"}, "c": set()}), "a circle is seen"
    assert [] == circles(graph())


def test_show_sees_of_the_checks_only_the_report():
    """A view knows nothing of how a verdict was reached."""

    seen = {name for path in sources("show") for name in imports(path) if name.startswith("checks.")}

    assert {"report"} >= {name.split(".")[1] for name in seen}


def test_the_engine_runs_without_jupyter():
    """Only what people touch may know of IPython, and even it is told the session rather than looking for it."""

    foreign = ("IPython", "ipykernel", "nbformat", "nbgrader", "ipywidgets", "anywidget", "simpy")
    found = set()
    for folder in MAY_IMPORT:
        for path in sources(folder):
            for node in ast.walk(ast.parse(path.read_text())):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                found |= {f"{path.relative_to(PACKAGE)}: {n}" for n in names if n.split(".")[0] in foreign}

    assert set() == {line for line in found if not line.startswith(("grading/", "front/"))}
