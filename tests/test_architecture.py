"""The rules of the house that no single module can keep: imports, sizes, words."""

from __future__ import annotations

import ast
import gc
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted(p for top in ("bot", "core", "adapters") for p in (ROOT / top).rglob("*.py"))
MAY_IMPORT_TORCH = ("core/painting/", "core/llm/transformers_chat", "core/diffchat/")
COMPOSE = ("bot/config.py", "bot/platforms.py", "bot/serving.py")
MAX_FILE_LINES, MAX_FUNCTION_LINES = 400, 60


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file. CPython 3.11 can fail with SystemError when a collection runs while it builds the tree."""
    gc.disable()
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    finally:
        gc.enable()


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_imports_go_inwards_only(path: Path) -> None:
    top = name(path).split("/")[0]
    tops = {module.split(".")[0] for module in imports(path)}

    assert not (top == "core" and tops & {"bot", "adapters"})
    assert not (top == "adapters" and "bot" in tops)
    if top == "bot" and name(path) not in COMPOSE:
        assert "adapters" not in tops


@pytest.mark.parametrize("path", [p for p in SOURCES if "adapters/" in name(p)], ids=name)
def test_adapters_do_not_know_each_other(path: Path) -> None:
    own = name(path).removesuffix(".py").split("/")[1]

    others = {m.split(".")[1] for m in imports(path) if m.startswith("adapters.")}

    assert others <= {own}


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_torch_stays_where_it_paints(path: Path) -> None:
    heavy = {m.split(".")[0] for m in imports(path)} & {"torch", "diffusers", "transformers"}

    assert not heavy or name(path).startswith(MAY_IMPORT_TORCH)


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    functions = [
        n for n in ast.walk(tree(path)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    assert text.count("\n") <= MAX_FILE_LINES
    assert [f.name for f in functions if (f.end_lineno or 0) - f.lineno > MAX_FUNCTION_LINES] == []


def test_the_bot_process_imports_no_torch_and_no_browser_of_models() -> None:
    code = (
        "import sys, bot.app, bot.serving, adapters.console.platform\n"
        "print([m for m in ('torch', 'diffusers', 'transformers', 'numpy') if m in sys.modules])"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT
    )

    assert loaded.stdout.strip() == "[]", loaded.stderr
