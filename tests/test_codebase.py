"""The shape of the code: families are complete, modules small, and nothing speaks by itself."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from dlpguard import actions, commands, detectors, extractors

ROOT = Path(__file__).parents[1]
LONGEST_MODULE = 400

MODULES = {
    str(file.relative_to(ROOT)): file
    for folder in ("dlpguard", "samples")
    for file in sorted((ROOT / folder).rglob("*.py"))
    if "migrations" not in file.parts
}

FAMILIES: dict[str, Iterable[str]] = {
    "extractors": [reader.__name__.rpartition(".")[2] for reader in extractors._READERS],
    # A detector's module is called like its kind; special finds categories of texts, no values.
    "detectors": [*(detector.KIND for detector in detectors.DETECTORS), "special"],
    "actions": [action.NAME for action in actions.ACTIONS],
    "commands": commands.MEMBERS,
}


@functools.cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"), str(file))


@functools.cache
def imported(file: Path) -> frozenset[str]:
    """The modules of ours that a module imports, at its top or in a function."""
    found = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(module for module in found if module.startswith("dlpguard"))


def those(wrong: Callable[[Path], bool]) -> list[str]:
    """The modules with which something is wrong."""
    return [name for name, file in MODULES.items() if wrong(file)]


def test_these_checks_see_the_code() -> None:
    assert {"dlpguard/mail.py", "samples/make.py", "dlpguard/commands/demo.py"} <= MODULES.keys()
    assert "dlpguard.lifecycle" in imported(MODULES["dlpguard/store/messages.py"])
    assert "dlpguard.config" in imported(MODULES["dlpguard/commands/serve.py"])


@pytest.mark.parametrize("family", FAMILIES)
def test_every_module_of_a_family_is_listed_in_it(family: str) -> None:
    modules = (file.stem for file in (ROOT / "dlpguard" / family).glob("*.py"))

    assert sorted(m for m in modules if not m.startswith("_")) == sorted(FAMILIES[family])


def test_modules_are_short() -> None:
    assert [] == those(lambda file: len(file.read_text("utf-8").splitlines()) > LONGEST_MODULE)


def test_modules_say_what_they_are_for() -> None:
    assert [] == those(lambda file: not ast.get_docstring(tree(file)))


def test_only_commands_and_scripts_print() -> None:
    def prints(file: Path) -> bool:
        calls = (node.func for node in ast.walk(tree(file)) if isinstance(node, ast.Call))
        is_script = 'if __name__ == "__main__":' in file.read_text("utf-8")
        printed = any(isinstance(func, ast.Name) and func.id == "print" for func in calls)
        return printed and not is_script and "commands" not in file.parts

    assert [] == those(prints)


def test_only_commands_read_settings() -> None:
    assert [] == those(
        lambda file: (
            "dlpguard.config" in imported(file)
            and not {"commands", "samples", "config"} & set(file.parts)
        )
    )


def test_nobody_imports_what_another_family_keeps_to_itself() -> None:
    def pries(file: Path) -> bool:
        own = file.parent.relative_to(ROOT).parts
        return any(
            part.startswith("_") and tuple(parents) != own[: len(parents)]
            for module in imported(file)
            for *parents, part in [module.split(".")[:3]]
            if len(parents) == 2
        )

    assert [] == those(pries)


@pytest.mark.parametrize(
    ("kind", "is_wrong"),
    [
        ("a bare except", lambda n: n.type is None),
        ("an exception passed over", lambda n: [ast.Pass] == [type(s) for s in n.body]),
    ],
)
def test_no_exception_is_swallowed(kind: str, is_wrong: Callable[[ast.AST], bool]) -> None:
    def swallows(file: Path) -> bool:
        handlers = (n for n in ast.walk(tree(file)) if isinstance(n, ast.ExceptHandler))
        return any(is_wrong(handler) for handler in handlers)

    assert [] == those(swallows), kind


def test_every_shipped_policy_has_its_tests_beside_it() -> None:
    names = {f.name for f in (ROOT / "policies").glob("*.yaml")} - {"flows.yaml"}
    tests = {name for name in names if name.endswith(".test.yaml")}

    assert names - tests
    assert names - tests == {name.replace(".test.yaml", ".yaml") for name in tests}
