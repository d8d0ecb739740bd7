"""`flows.yaml`: the registered flows, beside the policies.

- name: payroll
  from: payroll@council.example
  to: "*@payroll.example"
  kinds: [gb_nino, gb_bank_account, money]
  max_people: 200
  agreement: Data sharing agreement 2026/14
  owner: Head of Human Resources
  since: 2026-04-01
  until: 2027-03-31
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from dlpguard.policy import patterns, yamlfile
from dlpguard.policy.flows import LONGEST, Flow
from dlpguard.policy.parameters import NOTHING_KNOWN, Kind, Known, Several, Word
from dlpguard.policy.problem import PolicyError, Problem
from dlpguard.policy.yamlfile import Source

NAME = "flows.yaml"
"""The file's name in a policy directory.  Where there is none, no flow is registered."""


def _destination(value: str) -> str:
    if wrong := patterns.problem(value):
        raise ValueError(wrong)
    return value


class FlowFile(BaseModel):
    """What the organisation rightly sends: whose data, to whom, under which agreement."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,79}$",
        description="What it is called in explanations: small letters, digits and hyphens.",
        examples=["payroll"],
    )
    senders: Several[Word] = Field(
        alias="from",
        description="Who sends it, by envelope address; `*` stands for any characters.",
        examples=["payroll@council.example"],
    )
    to: Several[Annotated[Word, AfterValidator(_destination)]] = Field(
        description="Who gets it: every recipient outside must be like one of these.",
        examples=["*@payroll.example"],
    )
    kinds: Several[Kind] = Field(
        description="What may stand beside people's names; anything else is not covered."
    )
    max_people: int = Field(
        ge=1, strict=True, description="Of how many people at most, in one message."
    )
    agreement: str = Field(
        min_length=1, description="Why it is right: the contract or data sharing agreement."
    )
    owner: str = Field(min_length=1, description="Who answers for it, and renews it.")
    since: date = Field(description="The day on which it was approved; in force from then on.")
    until: date = Field(description="The last day it is in force: at most twelve months later.")

    @model_validator(mode="after")
    def _ends(self) -> FlowFile:
        if self.until < self.since:
            raise ValueError("`until` is before `since`; a flow ends after it begins")
        if self.until - self.since > LONGEST:
            raise ValueError(
                "`until` is more than twelve months after `since`; write an earlier date and "
                "renew the flow when it ends"
            )
        return self

    def flow(self) -> Flow:
        """The flow, as policies see it."""
        return Flow(
            self.name,
            self.senders,
            self.to,
            frozenset(self.kinds),
            self.max_people,
            self.agreement,
            self.owner,
            self.since,
            self.until,
        )


def read(file: Path, known: Known = NOTHING_KNOWN) -> tuple[Flow, ...]:
    """The flows in a file; none when there is no such file, or nothing in it but comments.

    `known` are the names that the settings give.
    `PolicyError` lists everything wrong with it.
    """
    return parse(yamlfile.read(file), known) if file.exists() else ()


def parse(source: Source, known: Known = NOTHING_KNOWN) -> tuple[Flow, ...]:
    """The flows in what was read of a file.  `PolicyError` lists everything wrong with it."""
    if source.data is None:
        return ()
    if not isinstance(source.data, list):
        fix = "start each with `- name: …`"
        raise PolicyError([source.problem((), "flows are a list", fix)])
    wrong: list[Problem] = []
    flows = [flow for i in range(len(source.data)) for flow in _flow(source, i, wrong, known)]
    names = [item.get("name") for item in source.data if isinstance(item, dict)]
    for i, item in enumerate(source.data):
        if isinstance(item, dict) and item.get("name") in names[:i]:
            what = f"`name` is used twice: `{item['name']}`"
            wrong.append(source.problem((i, "name"), what, "call one of the two something else"))
    if wrong:
        raise PolicyError(wrong)
    return tuple(flows)


def _flow(source: Source, i: int, wrong: list[Problem], known: Known) -> Iterator[Flow]:
    """The flow at an index; what is wrong with it goes to `wrong`."""
    item = source.data[i]
    if not isinstance(item, dict):
        wrong.append(source.problem((i,), "a flow is a mapping", "start it with `- name: …`"))
        return
    try:
        yield FlowFile.model_validate(item, context=known).flow()
    except ValidationError as error:
        wrong += yamlfile.problems(source, (i,), error, FlowFile, "key")
