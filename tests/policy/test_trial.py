import email
import email.policy
import io
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import openpyxl
import pytest

from dlpguard import recipients
from dlpguard.facts import Campaign, Facts
from dlpguard.mail import Envelope
from dlpguard.policy import PolicyError, invented, trial
from dlpguard.policy.trialmail import ORGANISATION, Attachment, Content, Mail, build
from dlpguard.verdict import Action

POLICY = """
title: Not to many
why: Because.
when: [{reach: 10}]
then: quarantine
"""


def inspect(raw: bytes, envelope: Envelope) -> Facts:
    """Looks at recipients only: enough for policies about reach."""
    del raw
    audience = recipients.audience(envelope, (), (), (), ORGANISATION)
    return Facts(envelope.sender, audience=audience, campaign=Campaign(reach=audience.reach))


def tried(directory: Path, cases: str, policy: str = POLICY) -> list[trial.Result]:
    (directory / "not-to-many.yaml").write_text(policy)
    (directory / "not-to-many.test.yaml").write_text(cases)
    return trial.run(directory, inspect, directory)


CASES = """
- name: ten are held
  mail: {from: ann@council.example, bcc: 10 outside addresses}
  expect: quarantine
  because: 10 outside recipients

- name: nine are not
  mail: {from: ann@council.example, bcc: [8 outside, someone@webmail.example]}
  expect: allow
"""


def test_cases_that_come_out_as_expected_pass(tmp_path: Path) -> None:
    results = tried(tmp_path, CASES)

    assert [result.passed for result in results] == [True, True]
    assert [result.line for result in results] == [2, 7]
    assert str(results[0]).endswith("not-to-many.test.yaml:2: not-to-many: ten are held: passed")


def test_a_case_that_does_not_says_what_it_got_and_why(tmp_path: Path) -> None:
    [result] = tried(tmp_path, CASES.split("\n\n", maxsplit=1)[0].replace("quarantine", "allow"))

    assert str(result) == (
        f"{tmp_path}/not-to-many.test.yaml:2: not-to-many: ten are held\n"
        "  expected: allow\n"
        "  got:      quarantine\n"
        "  because:\n"
        "    not-to-many: 10 outside recipients"
    )


def test_a_case_where_nothing_matched_says_so(tmp_path: Path) -> None:
    [result] = tried(tmp_path, CASES.split("\n\n")[1].replace("allow", "reject"))

    assert result.problem == "  expected: reject\n  got:      allow\n  nothing matched"


@pytest.mark.parametrize(
    "because",
    [
        "not-to-many",
        "outside recipients",
        '"not-to-many: 10 outside"',
        "[not-to-many, 10 outside]",
    ],
)
def test_because_is_a_policy_or_a_part_of_its_reason(tmp_path: Path, because: str) -> None:
    case = CASES.split("\n\n", maxsplit=1)[0]

    [said] = tried(tmp_path, case.replace("10 outside recipients", because))

    assert said.passed


@pytest.mark.parametrize(
    "because", ["a full moon", '"floor: outside"', '"not-to-many: moon"', "[not-to-many, moon]"]
)
def test_a_reason_that_is_not_given_fails(tmp_path: Path, because: str) -> None:
    case = CASES.split("\n\n", maxsplit=1)[0]

    [not_said] = tried(tmp_path, case.replace("10 outside recipients", because))

    assert not_said.problem.startswith("  expected because: ")
    assert "\n  because:\n    not-to-many: 10 outside recipients" in not_said.problem


def test_a_policy_is_tested_alone_and_overall_with_all_others(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(POLICY.replace("quarantine", "reject"))
    (tmp_path / "other.test.yaml").write_text(CASES.replace("quarantine", "reject"))
    case = CASES.split("\n\n", maxsplit=1)[0]

    alone, *_ = tried(tmp_path, case)
    overall, *_ = tried(tmp_path, case + "\n  overall: reject")
    wrong, *_ = tried(tmp_path, case + "\n  overall: quarantine")

    assert (alone.passed, overall.passed, wrong.passed) == (True, True, False)
    assert wrong.problem.startswith("  expected of all policies: quarantine\n  got of all polic")


def test_a_policy_that_observes_is_tested_as_if_it_acted(tmp_path: Path) -> None:
    results = tried(tmp_path, CASES, POLICY + "mode: observe\n")

    assert [result.passed for result in results] == [True, True]


def test_a_policy_without_tests_and_tests_without_a_policy_fail(tmp_path: Path) -> None:
    (tmp_path / "untested.yaml").write_text(POLICY)
    (tmp_path / "renamed.test.yaml").write_text(CASES)

    results = tried(tmp_path, CASES)

    assert sorted((result.policy, result.name) for result in results if not result.passed) == [
        ("renamed", "has a policy"),
        ("untested", "has tests"),
    ]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        tried(tmp_path, CASES.replace("bcc: 10", "attach: [gone.pdf], bcc: 10"))

    place = f"{tmp_path}/not-to-many.test.yaml:2:1: no file gone.pdf in {tmp_path}; "
    assert str(caught.value).startswith(place)


def test_everything_wrong_in_all_test_files_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(POLICY)
    (tmp_path / "other.test.yaml").write_text(CASES.replace("expect: allow", "expect: hold"))

    with pytest.raises(PolicyError) as caught:
        tried(tmp_path, CASES.replace("bcc:", "bbc:"))

    assert [(p.file.name, p.line) for p in caught.value.problems] == [
        ("not-to-many.test.yaml", 3),
        ("not-to-many.test.yaml", 8),
        ("other.test.yaml", 9),
    ]


SEVERAL = """
- name: four transactions are one mailing
  mails:
    - {from: ann@council.example, bcc: 4 outside addresses}
    - {from: ann@council.example, bcc: 3 webmail addresses}
    - {from: ann@council.example, to: 3 partner addresses}
  expect: quarantine
  because: 10 outside recipients

- name: so are ten to one each
  mail: {from: ann@council.example, to: 1 outside address, times: 10}
  expect: quarantine

- name: nine are not
  mail: {from: ann@council.example, to: 1 outside address, times: 9}
  expect: allow

- name: ten to the same mailbox are one recipient
  mail: {from: ann@council.example, to: desk@firm.example, times: 10}
  expect: allow
"""


def test_several_mails_are_one_campaign(tmp_path: Path) -> None:
    assert [str(r) for r in tried(tmp_path, SEVERAL) if not r.passed] == []


def test_the_rest_are_those_whom_the_policy_is_not_for(tmp_path: Path) -> None:
    case = """
- name: colleagues get theirs
  mail: {from: ann@council.example, to: 10 outside addresses and 2 inside}
  expect: quarantine
  rest: allow
"""
    [passed] = tried(tmp_path, case, POLICY + "applies_to: outside\n")
    [failed] = tried(tmp_path, case)

    assert passed.passed
    assert failed.problem.startswith("  expected for the rest: allow\n  got for the rest:      qua")


@pytest.mark.parametrize(
    ("policy", "keys"),
    [
        ("first_time: {of: webmail}", "first_time: '*@webmail.example'"),
        ("sender: {group: finance}", "groups: finance"),
    ],
)
def test_what_only_the_store_and_the_settings_know_is_told(
    tmp_path: Path, policy: str, keys: str
) -> None:
    text = POLICY.replace("when: [{reach: 10}]", f"when:\n  - {policy}")
    case = f"""
- name: it is so
  mail: {{from: ann@council.example, to: someone@webmail.example, {keys}}}
  expect: quarantine
- name: it is not
  mail: {{from: ann@council.example, to: someone@webmail.example}}
  expect: allow
"""
    (tmp_path / "not-to-many.yaml").write_text(text)
    (tmp_path / "not-to-many.test.yaml").write_text(case)
    results = trial.run(tmp_path, inspect, tmp_path, {"finance": ("nobody@council.example",)})

    assert [str(result) for result in results if not result.passed] == []


def test_a_case_may_have_a_registered_flow(tmp_path: Path) -> None:
    flow = "flow: {from: ann@council.example, to: '*@firm.example', kinds: phone, max_people: 9}"
    case = f"""
- name: it is covered
  {flow}
  mail: {{from: ann@council.example, to: [{", ".join(f"r{i}@firm.example" for i in range(10))}]}}
  expect: allow
- name: somebody else is not
  {flow}
  mail: {{from: ann@council.example, to: 10 outside addresses}}
  expect: quarantine
"""
    results = tried(tmp_path, case, POLICY + "unless: [flow: registered]\n")

    assert [str(result) for result in results if not result.passed] == []


def test_junit_counts_by_policy(tmp_path: Path) -> None:
    results = tried(tmp_path, CASES.replace("expect: allow", "expect: tag"))

    root = ET.fromstring(trial.junit(results))
    [suite] = root.findall("testsuite")

    assert (
        suite.get("name"),
        suite.get("tests"),
        suite.get("failures"),
    ) == ("not-to-many", "2", "1")
    [failure] = suite.findall("testcase/failure")
    assert failure.get("message") == "expected: tag"
    assert failure.text is not None
    assert "got:      allow" in failure.text


# ── the mail builder ────────────────────────────────────────────────────────────────────────────


def built(**keys: object) -> tuple[email.message.EmailMessage, Envelope]:
    mail = Mail.model_validate({"from": "Ann Bee <ann@council.example>", **keys})
    raw, envelope = build(mail, Path(__file__).parent)
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(parsed, email.message.EmailMessage)
    return parsed, envelope


def test_counted_addresses_are_distinct_and_in_their_circles() -> None:
    message, envelope = built(
        to="150 webmail addresses and 7 outside",
        cc=["2 partner", "Jo <jo@firm.example>"],
        bcc="1 publishing address and 3 inside",
    )

    audience = recipients.audience(envelope, (), (), (), ORGANISATION)
    circles = (audience.webmail, audience.external, audience.partner, audience.publishing)
    assert circles == (150, 9, 2, 1)
    assert (audience.internal, len(set(envelope.addresses))) == (3, 164)
    assert envelope.sender == "ann@council.example"
    assert (
        len(message["To"].addresses),
        len(message["Cc"].addresses),
        message["Bcc"],
    ) == (157, 3, None)


def test_an_address_that_only_looks_counted_stays_an_address() -> None:
    _, envelope = built(to="10 outside@firm.example")

    assert len(envelope.addresses) == 1


def test_a_body_is_text_or_described() -> None:
    plain, _ = built(to="a@firm.example", body="Hello\n")
    listed, _ = built(
        to="a@firm.example", body={"text": "Dear all", "people": 2, "with": ["name", "phone"]}
    )

    assert plain.get_content() == "Hello\r\n"
    assert "Dear all" in listed.get_content()
    assert "Alice Adams, 07700 900000" in listed.get_content()


def test_attachments_may_be_described_in_words() -> None:
    message, _ = built(
        to="a@firm.example", attach="xlsx of 4 people with name, phone and case reference; 1 hidden"
    )
    [attached] = message.iter_attachments()

    book = openpyxl.load_workbook(io.BytesIO(attached.get_content()))
    assert attached.get_filename() == "people.xlsx"
    assert [c.value for c in book.worksheets[0][1]] == ["Name", "Phone", "Case reference"]
    assert [(s.sheet_state, s.max_row) for s in book.worksheets] == [("visible", 4), ("hidden", 2)]


def test_hostile_words_cost_no_time() -> None:
    words = "xlsx of 4 people with " + "a and " * 20_000

    mail = Mail.model_validate({"from": "a@council.example", "to": "b@x.example", "attach": words})
    assert mail.attach == (words,)


def test_each_of_several_mails_is_about_other_people() -> None:
    mail = Mail.model_validate(
        {
            "from": "ann@council.example",
            "to": "1 webmail address",
            "body": {"text": "Hello", "people": 2},
            "attach": [{"name": "a.csv", "people": 1}, "clients.xlsx"],
            "times": 3,
        }
    )
    each = mail.each()

    bodies = [one.body.table()[1:] for one in each if isinstance(one.body, Content)]
    assert len({row for rows in bodies for row in rows}) == 6
    files = [one.attach[0].table()[1] for one in each if isinstance(one.attach[0], Attachment)]
    assert len(set(files)) == 3
    assert {one.attach[1] for one in each} == {"clients.xlsx"}
    assert {one.times for one in each} == {1}


def described(**keys: object) -> Attachment:
    return Attachment.model_validate({"name": "clients.xlsx", **keys})


@pytest.mark.parametrize(
    ("hidden", "state", "rows"),
    [("", None, 5), ("sheet", "hidden", 3), ("very hidden sheet", "veryHidden", 3)],
)
def test_a_hidden_sheet_holds_the_last_people(hidden: str, state: str | None, rows: int) -> None:
    content = described(people=4, hidden=hidden, hide=2).content()

    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.worksheets[0].max_row == rows
    assert [state] * (state is not None) == [sheet.sheet_state for sheet in book.worksheets[1:]]


def test_rows_and_columns_can_be_hidden() -> None:
    rows = openpyxl.load_workbook(
        io.BytesIO(described(people=4, hidden="rows", hide=1).content())
    ).worksheets[0]
    columns = openpyxl.load_workbook(
        io.BytesIO(described(people=4, hidden="columns", **{"with": ["name", "phone"]}).content())
    ).worksheets[0]

    assert [n for n, row in rows.row_dimensions.items() if row.hidden] == [5]
    assert [n for n, column in columns.column_dimensions.items() if column.hidden] == ["B"]


def test_an_archive_holds_files_and_may_be_marked_encrypted() -> None:
    inner = {"name": "a.csv", "people": 1, "with": ["name"]}
    plain = described(name="a.zip", holds=[inner]).content()
    locked = described(name="a.zip", holds=[inner], encrypted=True).content()

    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        assert archive.read("a.csv") == b"Name\r\nAlice Adams\r\n"
    with zipfile.ZipFile(io.BytesIO(locked)) as archive, pytest.raises(RuntimeError):
        archive.read("a.csv")


def test_a_damaged_file_is_cut_in_half() -> None:
    whole = described(name="a.csv", people=10).content()

    assert described(name="a.csv", people=10, damaged=True).content() == whole[: len(whole) // 2]


def test_every_field_of_a_person_can_be_told() -> None:
    fields = invented.FIELDS
    content = Content.model_validate({"people": 2000, "with": list(fields)})

    heading, *people = content.table()

    assert len(people) == 2000
    assert all(len(row) == len(heading) and all(row) for row in people)
    once = ("Name", "Phone", "Case reference", "NI number", "Account number")
    assert [len({row[heading.index(name)] for row in people}) for name in once] == [2000] * 5


def test_the_case_knows_its_policy(tmp_path: Path) -> None:
    tried(tmp_path, CASES)

    [first, _] = trial.cases(tmp_path / "not-to-many.test.yaml")

    assert (first.policy, first.expect) == ("not-to-many", Action.QUARANTINE)
