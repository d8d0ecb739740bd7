"""Who we are, what our references look like, who our partners are: the section `organisation`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dlpguard.config._values import (
    USUAL_REGION,
    Domain,
    GroupName,
    Pattern,
    Region,
    Section,
    SenderPattern,
)


class Partner(Section):
    """An organisation with which data is shared by agreement; its subdomains are included."""

    domain: Domain
    """the partner's mail domain"""
    agreement: str = ""
    """for your records: where the agreement is"""
    owner: str = ""
    """for your records: who looks after it"""
    review: str = ""
    """for your records: when it is looked at again"""


class Organisation(Section):
    """Who we are, what our references look like, who our partners are."""

    domains: tuple[Domain, ...] = Field(min_length=1)
    """your own mail domains; addresses in their subdomains are inside too"""
    name: str = ""
    """the name in notices and reports"""
    case_references: tuple[Pattern, ...] = ()
    r"""patterns of your references, such as `'ILS/\d{4}/\d{5}'` (google-re2 syntax)"""
    phone_region: Region = USUAL_REGION
    """where a phone number without country code is from"""
    webmail: tuple[Domain, ...] = ()
    """personal webmail domains, added to the built-in list"""
    publishing: tuple[Domain, ...] = ()
    """domains that publish what they receive, added to the built-in list"""
    partners: tuple[Partner, ...] = ()
    """organisations with which data is shared by agreement; tables with the keys below"""
    contacts: tuple[str, ...] = ()
    """your published contacts (addresses); they are nobody's private data"""
    groups: dict[GroupName, Annotated[tuple[SenderPattern, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    """groups of senders that policies may name: lists of addresses, `*` stands for any
    characters"""
