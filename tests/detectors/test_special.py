from __future__ import annotations

import re

import pytest

from dlpguard.detectors import special

TOLD = {
    "health": (
        "He was diagnosed with epilepsy", "diagnosed\nwith MS", "the client’s depression",
        "Ann Bee has dementia and lives alone.", "Mr Bee is HIV-positive.",
        "She has been signed off with stress.", "Her chemotherapy starts on Monday.",
        "The patient’s medication was changed.", "Please note that his care plan is attached.",
        "The tenant suffers from panic attacks.", "Mrs Bee had a miscarriage in May.",
    ),
    "disability": (
        "her son is autistic", "Mr Bee is registered blind.", "She is a wheelchair user.",
        "The pupil has special educational needs.", "His ADHD makes queues hard.",
    ),
    "safeguarding": (
        "on the child protection plan", "He is a looked-after child.",
        "Mrs Bee fled domestic violence.", "the child was neglected",
        "She lives with foster carers.",
    ),
    "sexuality": ("she came out as gay", "He is gay.", "her sexual orientation was mentioned"),
    "ethnicity": ("Ethnic origin: White British", "Her ethnicity was recorded wrongly."),
    "religion": ("the patient is a Sikh", "He is a practising Catholic.", "Mr Bee is Jewish."),
    "immigration": ("his asylum claim", "She was granted leave to remain.", "He was deported."),
    "offence": (
        "Mr Bee was convicted of theft", "He is on bail.", "She was remanded in custody.",
        "The client has convictions for burglary.",
    ),
    "benefits": (
        "Mrs Bee has rent arrears", "He was evicted in June.", "her debts grew",
        "The tenant is in arrears with the council.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("category", "text"), [(category, text) for category, texts in TOLD.items() for text in texts]
)
def test_what_is_said_of_somebody_has_its_category(category: str, text: str) -> None:
    assert category in special.categories(text)


@pytest.mark.parametrize(
    "text",
    [
        "Cancer Research UK holds a fun run in May.",
        "The hospital car park is closed.",
        "Diabetes awareness week: come to the library.",
        "The Christian Aid shop opens at nine. She left at ten.",
        "Prison reform is discussed on page 4",
        "cancerous growth in spending; blindly following",
        "",
        "Health and safety: keep the fire exits clear. Report accidents to the facilities team.",
        "She presented the benefits of the new system to her team.",
        "We owe her a debt of gratitude.",
        "Her hand cream is for sensitive skin.",
        "He adopted the new process and disabled the old one.",
        "She charged her team with delivering the strategy.",
        "He spoke with conviction about the budget.",
        "It was a stroke of luck that he saw the error.",
        "His proposal is sound and the release date is May.",
        "Her cost breakdown is attached.",
        "Please proceed with caution, she wrote.",
        "We do not discriminate on grounds of religion, disability or sexual orientation.",
        "If an employee is ill, he or she must give the manager a fit note after seven days.",
        "The applicant must say whether they have any convictions; see the policy.",
        "If the tenant falls into arrears, the procedure in annex B applies.",
        "All staff must do the safeguarding training by Friday; she has sent the link.",
        "Mental health awareness week starts on Monday.",
        "Anyone with a disability can apply for a blue badge.",
        "Mr Gay and Mrs Christian attended her meeting.",
        "Visit our prison museum, a former asylum.",
        "She paid with her Visa card at the surgery reception.",
        "Technical debt slows him down.",
        "The council's debts fell; rent arrears performance improved in the second quarter.",
        "Our partner organisations offer counselling.",
        "Foster good relations and avoid abuse of the system.",
        "There was a pregnant pause before he answered.",
        "The blind in his office is broken.",
    ],
)
def test_the_prose_of_offices_tells_nothing(text: str) -> None:
    assert [] == list(special.words(text))


def test_the_words_that_told_it_are_named_with_their_place() -> None:
    text = "Note: the patient’s son was\ndiagnosed with asthma. He is on bail."
    found = list(special.words(text))

    assert [
        ("health", "diagnosed with"),
        ("health", "asthma"),
        ("offence", "on bail"),
    ] == [(word.category, word.word) for word in found]
    assert ["diagnosed with", "asthma", "on bail"] == [text[w.start : w.end] for w in found]


def test_broken_characters_do_not_move_the_places() -> None:
    text = "\udcff\udcffé \N{GRINNING FACE} He was convicted of theft"
    places = [text[w.start : w.end] for w in special.words(text)]

    assert ["convicted of", "theft"] == places


def test_every_category_has_telling_phrases_and_suggestive_words() -> None:
    assert set(special.TELLING) == set(special.SUGGESTIVE)


def test_every_phrase_of_the_lexicon_is_found_when_it_is_said_of_somebody() -> None:
    for lexicon in (special.TELLING, special.SUGGESTIVE):
        for category, phrases in lexicon.items():
            missed = [p for p in phrases if category not in special.categories(f"he: {p} there")]

            assert [] == missed


def test_the_lexicon_is_written_as_it_is_looked_up() -> None:
    phrases = [
        p for lexicon in (special.TELLING, special.SUGGESTIVE) for p in sum(lexicon.values(), ())
    ]

    assert [] == [p for p in phrases if not re.fullmatch(r"[a-z0-9][a-z0-9', ]*", p)]


@pytest.mark.parametrize(
    ("remark", "told"),
    [
        ("stress", {"health"}),
        ("back pain", {"health"}),
        ("deaf", {"disability"}),
        ("heroin, homeless", {"health", "benefits"}),
        ("mental health nurse", set()),
        ("Diabetes UK", set()),
        ("gluten-free", set()),
        ("Ms", set()),
        ("Stoke Surgery", set()),
        ("safeguarding training", set()),
        (
            "She is said to have had a long illness, of which nobody who works here knows anything",
            set(),
        ),
    ],
)
def test_words_beside_a_name(remark: str, told: set[str]) -> None:
    assert told == special.beside(remark)


def test_words_that_count_beside_a_name_hide_none_that_count_in_a_sentence() -> None:
    assert {"health"} == special.categories("She has long covid.")
