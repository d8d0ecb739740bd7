"""Special categories: what the law calls especially private (UK GDPR Articles 9 and 10).

A lexicon with context.  *Telling* phrases are hardly ever said but of a person's own case
("diagnosed with", "child protection plan") and count by themselves; *suggestive* words ("cancer",
"asylum") are in every newsletter and count only in a sentence that also speaks of somebody in
particular: "she", "the client", "her son", a "Mr".  A category is a property of a message or a
person; no policy against exposure or lists needs one.

Source: UK GDPR Art. 9 (1) and 10; ICO, "Special category data"; DESIGN 6 adds safeguarding,
benefits and debt.

>>> sorted(categories("She was diagnosed with MS and has rent arrears."))
['benefits', 'health']
>>> sorted(categories("Cancer Research UK holds a fun run for diabetes in May."))
[]
"""

from __future__ import annotations

import re

from dlpguard.detectors._pattern import word_pattern

TELLING: dict[str, tuple[str, ...]] = {
    "health": (
        "diagnosed with", "diagnosis of", "hiv positive", "hiv status", "living with hiv",
        "hiv clinic", "sectioned under", "detained under the mental health act",
        "mental health crisis", "suicide attempt", "attempted suicide", "suicidal", "self-harm",
        "self harm", "self-harming", "overdose", "miscarriage", "termination of pregnancy",
        "care plan", "medical history", "terminally ill", "palliative care",
        "occupational health report", "fit note", "gender dysphoria", "substance misuse",
        "alcohol dependency", "drug dependency", "methadone",
    ),
    "disability": (
        "registered disabled", "learning disability", "learning disabilities",
        "learning difficulties", "wheelchair user", "education, health and care plan", "ehcp",
        "blue badge", "autistic", "special educational needs", "disability living allowance",
        "personal independence payment",
    ),
    "safeguarding": (
        "child protection plan", "child protection conference", "child in need", "section 47",
        "s47 enquiry", "looked after child", "looked-after child", "safeguarding concern",
        "safeguarding referral", "safeguarding enquiry", "non-accidental injury",
        "domestic abuse", "domestic violence", "marac", "at risk of harm", "sexual exploitation",
        "care order", "placement order", "adoptive parents", "birth mother", "sexual abuse",
        "sexually abused", "vulnerable adult", "deprivation of liberty",
    ),
    "sexuality": (
        "sexual orientation", "came out as", "is gay", "is lesbian", "is bisexual",
        "is transgender", "gender identity clinic", "gender reassignment",
    ),
    "ethnicity": (
        "ethnic origin", "white british", "black caribbean", "black african", "asian british",
        "asian or asian british", "mixed ethnicity", "gypsy or traveller", "irish traveller",
    ),
    "religion": (
        "religious belief", "practising muslim", "practising christian", "jehovah's witness",
    ),
    "immigration": (
        "asylum seeker", "asylum claim", "refugee status", "leave to remain",
        "immigration status", "no recourse to public funds", "nrpf", "overstayer",
        "deportation order", "trafficked",
    ),
    "offence": (
        "convicted of", "conviction for", "previous convictions", "on licence", "on probation",
        "released from prison", "sex offender", "arrested for", "charged with", "on bail",
        "sentenced to", "police caution", "criminal record", "offence code", "release date",
    ),
    "benefits": (
        "rent arrears", "council tax arrears", "possession proceedings", "debt relief order",
        "universal credit claim", "housing benefit claim", "benefit fraud", "benefit sanction",
        "statutorily homeless", "foodbank voucher", "food bank voucher", "bankruptcy order",
    ),
}  # fmt: skip
"""Phrases that count by themselves."""

SUGGESTIVE: dict[str, tuple[str, ...]] = {
    "health": (
        "cancer", "tumour", "hiv", "aids", "diabetes", "epilepsy", "depression", "anxiety",
        "schizophrenia", "bipolar", "dementia", "alzheimer's", "psychosis", "asthma", "pregnant",
        "pregnancy", "stroke", "hepatitis", "multiple sclerosis", "medication", "surgery",
        "chemotherapy", "alcoholic", "addiction", "mental health", "counselling", "hospital",
        "illness", "sick leave", "sickness absence", "eating disorder", "anorexia",
    ),
    "disability": (
        "disabled", "disability", "autism", "adhd", "dyslexia", "deaf", "blind", "wheelchair",
    ),
    "safeguarding": (
        "abuse", "neglect", "foster", "fostered", "adopted", "adoption", "safeguarding",
        "violent", "refuge", "injunction",
    ),
    "sexuality": ("gay", "lesbian", "bisexual", "transgender", "homosexual"),
    "ethnicity": ("ethnicity", "roma", "traveller"),
    "religion": ("muslim", "christian", "jewish", "hindu", "sikh", "catholic", "religion"),
    "immigration": ("asylum", "refugee", "visa", "deported", "immigration", "undocumented"),
    "offence": (
        "prison", "offender", "offence", "convicted", "conviction", "arrested", "probation",
        "assault", "theft", "burglary", "custody", "sentence", "bail",
    ),
    "benefits": (
        "arrears", "eviction", "evicted", "homeless", "bankrupt", "debt", "debts",
        "universal credit",
    ),
}  # fmt: skip
"""Words that count in a sentence about somebody in particular."""

_SOMEBODY = word_pattern((
    "he", "she", "him", "her", "his", "hers", "he's", "she's", "mr", "mrs", "ms", "miss",
    "client", "patient", "service user", "claimant", "tenant", "resident", "pupil", "son",
    "daughter", "mother", "father", "mum", "dad", "husband", "wife", "partner", "brother",
    "sister", "child", "baby", "defendant", "prisoner", "offender", "applicant", "dob", "born",
    "nhs number",
))  # fmt: skip
_SENTENCE_END = re.compile(r"[.!?](?=\s)|\n\s{0,20}\n|\n(?=[-•*])|[;|]")
_SENTENCE = 240
"""Characters on either side of a word that are looked at when nothing ends the sentence."""


def categories(text: str) -> frozenset[str]:
    """The special categories that a text tells about somebody."""
    lower = text.casefold().replace("’", "'")
    flat = " ".join(lower.split())  # a phrase may run over a line's end
    found = {name for name, phrases in TELLING.items() if _has(flat, phrases)}
    if _SOMEBODY.search(lower):
        found |= {
            name
            for name, words in SUGGESTIVE.items()
            if name not in found and _has_about_somebody(lower, words)
        }
    return frozenset(found)


def _has(lower: str, phrases: tuple[str, ...]) -> bool:
    """Whether one of the phrases stands there whole (plain search first: it is far faster)."""
    return any(p in lower for p in phrases) and bool(word_pattern(phrases).search(lower))


def _has_about_somebody(lower: str, words: tuple[str, ...]) -> bool:
    return any(word in lower for word in words) and any(
        _SOMEBODY.search(_sentence(lower, match.start(), match.end()))
        for match in word_pattern(words).finditer(lower)
    )


def _sentence(text: str, start: int, end: int) -> str:
    first = max(0, start - _SENTENCE)
    for stop in _SENTENCE_END.finditer(text, first, start):
        first = stop.end()
    stop_after = _SENTENCE_END.search(text, end, end + _SENTENCE)
    return text[first : stop_after.start() if stop_after else end + _SENTENCE]
