"""Settings and policies that the pages show are such as dlpguard takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from dlpguard.config import load
from dlpguard.policy import flowfile, language, trial
from tests.docs._blocks import Block, every_block

OWN = '[organisation]\ndomains = ["council.example"]\n'
"""What every settings file says; a page about something else leaves it out."""

SETTINGS = every_block("toml")
YAML_BLOCKS = every_block("yaml")


def name(block: Block) -> str:
    return block.name


@pytest.mark.parametrize("block", SETTINGS, ids=name)
def test_settings_are_taken(block: Block, tmp_path: Path) -> None:
    file = tmp_path / "dlpguard.toml"
    own = "" if "[organisation]" in block.text else OWN
    file.write_text(f"{own}{block.text}", "utf-8")

    assert load(file).organisation.domains


@pytest.mark.parametrize("block", YAML_BLOCKS, ids=name)
def test_policies_tests_and_flows_are_taken(block: Block, tmp_path: Path) -> None:
    file = tmp_path / "shown.yaml"
    file.write_text(block.text, "utf-8")
    content = YAML(typ="safe").load(block.text)

    if isinstance(content, dict) and "title" in content:
        assert language.read(file).when
    elif isinstance(content, list) and "expect" in str(content[0]):
        assert trial.cases(file)
    elif isinstance(content, list) and "agreement" in str(content[0]):
        assert flowfile.read(file)
    else:
        conditions = block.text.removeprefix("when:\n")
        indented = re.sub(r"^", "  ", conditions, flags=re.MULTILINE)
        file.write_text(f"title: T\nwhy: W\nwhen:\n{indented}\nthen: tag\n", "utf-8")

        assert language.read(file).when


def test_there_is_something_to_check() -> None:
    assert len(SETTINGS) > 5
    assert len(YAML_BLOCKS) > 20
