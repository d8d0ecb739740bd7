"""What is missing is a skip at a desk, and a failure on CI."""

import pytest

from tests._needs import need, need_module

OUTCOMES = [("true", pytest.fail.Exception), ("", pytest.skip.Exception)]


@pytest.mark.parametrize(("ci", "outcome"), OUTCOMES)
def test_a_missing_library_fails_on_ci_and_skips_elsewhere(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)

    with pytest.raises(outcome, match="libarchive13 is not installed: apt-get install"):
        need(False, "libarchive13")


@pytest.mark.parametrize(("ci", "outcome"), OUTCOMES)
def test_so_does_a_missing_module(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)

    with pytest.raises(outcome, match="nobody-has-it is not installed: pip install"):
        need_module("nobody_has_it", "nobody-has-it")


def test_what_is_there_is_no_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    need(True, "libarchive13")
    need_module("pytest", "pytest")
