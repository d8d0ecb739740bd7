"""Running text to people: who is meant, what goes with whom, and who only takes part."""

import time

import pytest

from dlpguard import counting
from dlpguard.counting import Participants
from dlpguard.counting.prose import read
from dlpguard.detectors import Setup
from dlpguard.document import Document, Hidden, Text
from dlpguard.people import People

SETUP = Setup(case_references=(r"ILS/\d{4}/\d{5}",))
NOBODY = Participants()


def people(*texts: str, participants: Participants = NOBODY) -> People:
    blocks = tuple(Text("body", text) for text in texts)
    return counting.count(Document("message", "mail", blocks), participants, SETUP)[1]


def test_a_name_and_what_stands_near_it_are_one_person() -> None:
    found = people("Please ring John Smith (DOB 02/03/1984) on 07700 900123 about his case.")

    assert [("john smith", ("date_of_birth", "person_name", "phone"), True)] == [
        (p.name, p.kinds, p.private) for p in found.everyone
    ]


@pytest.mark.parametrize(
    "other", ["Smith, John", "Mr J Smith", "Mr Smith", "JOHN SMITH", "J. Smith"]
)
def test_one_person_may_be_spelled_in_several_ways(other: str) -> None:
    found = people(f"John Smith was seen on Monday.\n\nClient: {other}, NI number AB123456C.")

    assert [("john smith", True)] == [(p.name, p.private) for p in found.everyone]


def test_two_people_on_one_line_keep_their_own_numbers() -> None:
    found = people("Ring Ann Bee on 07700 900001, or John Smith, NI number AB123456C.")

    assert {"ann bee": False, "john smith": True} == {p.name: p.private for p in found.everyone}


def test_what_stands_below_a_name_is_theirs() -> None:
    found = people(
        "John Smith\nborn 02/03/1984\n12 Station Road, Plymouth PL1 2AB\n\nAll fine here."
    )

    assert [{"date_of_birth", "person_name", "postal_address"}] == [
        set(p.kinds) for p in found.everyone
    ]


def test_a_number_two_paragraphs_away_is_not_theirs() -> None:
    text = "John Smith came in today.\n\nThe office was busy.\n\nReference: NI number AB123456C."

    assert {"john smith": False, "": True} == {p.name: p.private for p in people(text).everyone}


def test_an_ni_number_without_a_name_is_somebody() -> None:
    assert 1 == people("NI numbers: AB123456C.").private


def test_a_case_number_alone_is_nobody() -> None:
    assert () == people("Our ref ILS/2013/04417, thank you for your letter.").everyone


def test_an_offices_address_is_no_secret() -> None:
    found = people("The meeting is at 12 Station Road, Plymouth PL1 2AB. Ask for Ann Bee.")

    assert 0 == found.private


def test_a_home_that_is_called_so_is_private() -> None:
    assert 1 == people("John Smith lives at 12 Station Road, Plymouth PL1 2AB.").private


def test_every_letters_our_ref_is_no_secret() -> None:
    assert 0 == people("Our ref: AB/12345\n\nAnn Bee will call you on Monday.").private


def test_health_is_told_of_the_one_it_is_told_of() -> None:
    text = "Ann Bee chaired the meeting.\n\nJohn Smith was diagnosed with epilepsy in May."

    assert {"ann bee": False, "john smith": True} == {
        p.name: p.private for p in people(text).everyone
    }


def test_three_records_alike_are_a_list() -> None:
    text = "\n".join(
        f"{name} 07700 90000{n} ILS/2013/0441{n}"
        for n, name in enumerate(("John Smith", "Mary Jones", "Robert Brown"))
    )

    assert (3, 3) == (people(text).listed, people(text).private)


def test_a_record_may_take_three_lines() -> None:
    text = "\n".join(
        f"{name}\n07700 90000{n}\nILS/2013/0441{n}"
        for n, name in enumerate(("John Smith", "Mary Jones", "Robert Brown"))
    )

    assert (3, 3) == (people(text).listed, people(text).private)


def test_names_a_line_each_are_a_list_of_contacts() -> None:
    found = people("Coming:\n- John Smith\n- Mary Jones\n- Robert Brown\n")

    assert (3, 0) == (found.listed, found.private)


def test_labels_and_values_are_a_form() -> None:
    text = "Name: John Smith\nDate of birth: 02/03/1984\nNI number: AB123456C\nTel: 01632 960001"
    found = people(text)

    assert [{"date_of_birth", "gb_nino", "person_name", "phone"}] == [
        set(p.kinds) for p in found.everyone
    ]


def test_a_form_in_one_line_is_a_form() -> None:
    text = "\n".join(
        f"Name: {name}; Tel: 01632 96000{n}; Client ref: ILS/2013/0441{n}"
        for n, name in enumerate(("John Smith", "Mary Jones", "Robert Brown"))
    )

    assert (3, 3) == (people(text).private, people(text).listed)


def test_csv_pasted_into_a_mail_is_a_table() -> None:
    rows = ("Smith,John,02/03/1984", "Jones,Mary,03/04/1985", "Bee,Ann,04/05/1986")
    text = "\n".join(("Hi,", "", "Surname,Forename,DOB", *rows, ""))
    findings, found = counting.count(
        Document("message", "mail", (Text("body", text),)), NOBODY, SETUP
    )

    assert (3, 3) == (found.private, found.listed)
    assert ["02/03/1984", "03/04/1985", "04/05/1986"] == [
        text[f.start : f.end] for f in findings if f.kind == "date_of_birth"
    ]


def test_the_same_text_as_an_alternative_is_counted_once() -> None:
    text = "John Smith, NI number AB123456C"

    assert 1 == len(people(text, text).everyone)


def test_hidden_text_makes_hidden_people() -> None:
    blocks = (
        Text("letter", "John Smith came in today."),
        Text("letter › comment", "John Smith has rent arrears and depression.", Hidden.COMMENT),
    )
    found = counting.count(Document("letter.docx", "docx", blocks), NOBODY, SETUP)[1]

    assert [("john smith", Hidden.COMMENT, True)] == [
        (p.name, p.hidden, p.private) for p in found.everyone
    ]


def test_the_author_in_a_files_properties_takes_part() -> None:
    blocks = (
        Text("a.docx › properties", "Minutes\nMary Jones", Hidden.PROPERTY),
        Text("a.docx", "Mary Jones wrote the minutes. John Smith was there."),
    )
    found = counting.count(Document("a.docx", "docx", blocks), NOBODY, SETUP)[1]

    assert ["john smith"] == [p.name for p in found.everyone]


SENDER = Participants(
    addresses=frozenset({"ann.bee@council.example", "john.smith@firm.example"}),
    names=("Ann Bee",),
    outside_names=("John Smith",),
    domains=frozenset({"council.example"}),
    addressee="john.smith@firm.example",
    addressee_name="John Smith",
)


def test_sender_and_recipient_are_not_counted() -> None:
    text = (
        "Dear John,\n\nAnn Bee and John Smith met today.\n\nKind regards\n\nAnn Bee\n01632 960001"
    )

    assert () == people(text, participants=SENDER).everyone


def test_the_senders_own_data_disclose_nobody() -> None:
    assert () == people("My NI number: Ann Bee, AB123456C", participants=SENDER).everyone


def test_the_addressee_may_receive_their_own_data() -> None:
    text = "Dear Mr Smith,\n\nJohn Smith, NI number AB123456C, born 02/03/1984.\n"

    assert [("john smith", True, True)] == [
        (p.name, p.private, p.addressee) for p in people(text, participants=SENDER).everyone
    ]


def test_who_is_greeted_is_the_addressee() -> None:
    text = "Dear Mrs Jones,\n\nYour appointment: Mary Jones, NI number AB123456C."

    assert [True] == [p.addressee for p in people(text, participants=SENDER).everyone]


def test_a_third_person_is_counted() -> None:
    text = "Dear Mr Smith,\n\nMary Jones, NI number AB123456C, has moved."

    assert [("mary jones", False)] == [
        (p.name, p.addressee) for p in people(text, participants=SENDER).everyone
    ]


def test_a_published_contact_is_not_counted() -> None:
    chief = Participants(contacts=frozenset({"mary jones", "press@council.example"}))
    text = "Contact Mary Jones, 01632 960001, press@council.example"

    assert () == people(text, participants=chief).everyone


SIGNATURES = (
    "Kind regards\n\nMary Jones\nSenior Officer\nTel: 01632 960001\nmary.jones@firm.example",
    "Best wishes,\nMary Jones | Firm Ltd | 12 Station Road, Plymouth PL1 2AB | 07700 900123",
    "Yours sincerely\n\n\n\nMrs M Jones\nHead of Housing",
    "Many thanks\nMary\n\n-- \nMary Jones\nRegistered office: 12 Station Road, Plymouth PL1 2AB",
    "Cofion cynnes\nMary Jones\nSwyddog",
    "Thanks\nMary Jones\nSent from my phone",
)


@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_signature_discloses_nobody(signature: str) -> None:
    assert () == people(f"Hello all,\n\nThe bins are emptied on Monday.\n\n{signature}\n").everyone


def test_a_list_below_the_closing_is_counted_all_the_same() -> None:
    rows = "\n".join(f"{name}, NI number AB1234{n:02}C" for n, name in enumerate(MANY))

    assert len(MANY) == people(f"Hi,\n\nlist below\n\nThanks\nAnn\n\n{rows}\n").private


MANY = tuple(
    f"{forename} {surname}"
    for forename in ("John", "Mary", "Robert", "Kate")
    for surname in ("Smith", "Jones", "Brown", "Walsh", "Evans")
)

THREAD = """I agree.

From: Mary Jones <mary.jones@firm.example>
Sent: 02 March 2013 10:14
To: Robert Brown <robert.brown@firm.example>; Kate Walsh
Cc: John Evans
Subject: RE: fence

Works for me.

On 1 Mar 2013, at 09:30, Robert Brown <robert.brown@firm.example> wrote:

> Shall we meet on Monday?
>
> Kind regards
> Robert Brown
> Director, Firm Ltd
> 12 Station Road, Plymouth PL1 2AB
> 01632 960001
"""


def test_a_long_thread_discloses_nobody() -> None:
    assert () == people(THREAD).everyone


def test_who_only_takes_part_in_the_thread_is_not_counted_where_they_are_named() -> None:
    assert () == people(f"As Robert Brown says, Monday is fine.\n\n{THREAD}").everyone


@pytest.mark.parametrize(
    "text",
    [
        "Minutes\nPresent: Ann Bee (chair), John Smith, Mary Jones\nApologies: Kate Walsh\n"
        "1. The budget of £12,000 for the park was agreed.\n"
        "2. Mary Jones will write to the school.",
        "PRESS RELEASE\nCouncillor John Smith said: “The new library cost £1,200,000.”\n"
        "Contact: Mary Jones, press office, 01632 960001, press@council.example",
        "Your quotation Q-12345: 3 desks at £99.00, total £297.00. "
        "Ask for John Smith, 01632 960001.",
        "INFO 2013-03-02 10:11:12 worker-7 request 4417 took 120 ms from 10.0.0.1",
        "Adams, D. (1979) The Guide. London: Pan. Brown, K. and Smith, J. (2001) Cities. Oxford.",
        "Rota week 12\nMon: John, Mary\nTue: Robert, Kate\nWed: John, Kate",
    ],
)
def test_ordinary_texts_have_no_private_people(text: str) -> None:
    assert 0 == people(text).private


@pytest.mark.parametrize(
    "hostile",
    [
        "Name: " * 20_000,
        "a, b, c\n" * 20_000,
        "Dear " * 20_000,
        "From: \n" * 20_000,
        "> " * 50_000,
        "Kind regards\n" * 10_000,
        '",' * 50_000,
        "On " + "x\n" * 50_000,
        "Ann Bee, 07700 900123, " * 10_000,
        "Name: Ann Bee; DOB: 02/03/1984; " * 5_000,
        "Kind regards\nAnn Bee\n\nAB123456C\n" * 3_000,
        "a, b, c\n\nName: x\nPhone: 1\n\n" * 5_000,
    ],
    ids=range(12),
)
def test_hostile_texts_cost_little(hostile: str) -> None:
    start = time.process_time()
    read(Text("body", hostile), SETUP)

    assert time.process_time() - start < 5


def test_each_letter_of_a_mail_merge_discloses_its_own_reader() -> None:
    letters = "".join(
        f"{name}\n{n} High Street\nPlymouth PL1 2AB\nOur ref: ILS/2013/0000{n}\nDear {name}\n"
        f"Your personal budget is £{n}00.00 a week.\nYours sincerely\nAnn Bee\n"
        for n, name in enumerate(MANY[:6], 1)
    )
    found = people(letters, participants=SENDER)

    assert 5 == len([p for p in found.everyone if p.private and not p.addressee])


def test_a_sum_in_the_next_sentence_is_not_theirs() -> None:
    assert 0 == people("We say goodbye to Mary Jones. Rent arrears are £12,000.00.").private


def test_dates_behind_many_names_are_their_birth_dates() -> None:
    def text(*dates: str) -> str:
        return "\n\n".join(
            f"{name} ({date}) is coming to see us about it."
            for name, date in zip(MANY, dates, strict=False)
        )

    assert 4 == people(text("03/01/1931", "08/09/1952", "15/05/1974", "19/01/1996")).private
    assert 0 == people(text("03/01/2012", "08/09/2012", "15/05/2013", "19/01/2013")).private


def test_a_contact_of_a_program_is_nobody() -> None:
    text = "host = x.council.example\nowner = team@firm.example\ncontact = 01632 960100\n"

    assert () == people(text).everyone
