"""The Dockerfile: nothing that cannot be built, and little that somebody could use against it."""

from __future__ import annotations

import fnmatch
import re
import tomllib

from tests.deploy import _compose
from tests.deploy._compose import ROOT

STAGES = _compose.stages()
LAST = STAGES[-1]


def test_what_runs_is_not_root_and_has_no_compiler() -> None:
    run = " ".join(rest for word, rest in LAST if word == "RUN")

    assert ["10001:10001"] == [rest for word, rest in LAST if word == "USER"]
    assert "install --yes --no-install-recommends libarchive13 libseccomp2" in run
    assert not re.search(r"\b(?:gcc|g\+\+|make|build-essential|python3-dev|curl|wget)\b", run)


def test_packages_are_those_that_are_locked() -> None:
    commands = [rest for stage in STAGES for word, rest in stage if word == "RUN"]
    from_packages = [rest for rest in commands if rest.startswith(("pip ", "npm "))]

    assert 3 == len(from_packages)
    for command in from_packages:
        assert "npm ci" in command or "--require-hashes" in command or "--no-deps" in command


def test_everything_that_is_copied_is_let_in_and_there() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    let_in = [line[1:] for line in lines if line.startswith("!")]
    copied = [rest.split()[:-1] for stage in STAGES for word, rest in stage if word == "COPY"]
    names = [name for words in copied for name in words if "--from" not in " ".join(words)]

    assert "*" in lines
    for name in names:
        assert (ROOT / name).exists(), name
        assert any(name == one or name.startswith(f"{one}/") for one in let_in), name
        assert not any(fnmatch.fnmatch(name, line) for line in lines[2:] if line[0] not in "!#*")


def test_everything_that_the_package_is_made_of_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    wanted = {*wheel["packages"], *wheel["force-include"], project["project"]["readme"]}
    [build] = [stage for stage in STAGES if stage[0][1].endswith("AS build")]
    copied = {name for word, rest in build if word == "COPY" for name in rest.split()[:-1]}

    assert wanted | {"pyproject.toml", "requirements.txt", "LICENSE"} <= copied


def test_it_starts_what_it_should_where_it_may_write() -> None:
    given = dict(LAST)

    assert ("/var/lib/dlpguard", '["dlpguard"]') == (given["WORKDIR"], given["ENTRYPOINT"])
    assert "install -d -m 700 -o 10001 -g 10001 /var/lib/dlpguard" in " ".join(
        rest for word, rest in LAST if word == "RUN"
    )
    assert '["serve", "--config", "/etc/dlpguard/dlpguard.toml"]' == given["CMD"]
    assert _compose.image_health_check()[0] == "python"
