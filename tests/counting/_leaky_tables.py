"""Leaks in tables: rosters, cards, labels, plans."""

from __future__ import annotations

from tests.counting import _files
from tests.counting._leaks import Leak, Those, book, born, lines, nhs_number


def cards(those: Those) -> Leak:
    """In Word, two columns, label and value, card below card."""
    rows = [row for p in those for row in (
        ("Name", p.name), ("Date of birth", born(p)), ("Address", p.address), ("", ""),
    )]  # fmt: skip
    return Leak(attachments={"cards.docx": _files.word(rows)})


def labels(those: Those) -> Leak:
    """For envelopes, three across."""
    cells = [f"{p.name}\n" + p.address.replace(", ", "\n") for p in those]
    rows = [cells[n : n + 3] for n in range(0, len(cells), 3)]
    return Leak(attachments={"labels.docx": _files.word(rows)})


def calendar_page(those: Those) -> Leak:
    """Appointments of a clinic, a column for each day."""
    rows: list[list[str]] = [["", "Mon 22", "Tue 23", "Wed 24"]]
    for n in range(0, len(those), 3):
        told = [f"{p.name} {born(p)} diabetes review" for p in those[n : n + 3]]
        rows.append([f"{9 + n // 3}:00", *told])
    return book("clinic.xlsx", rows)


def seating_plan(those: Those) -> Leak:
    """With what each of them must not eat."""
    rows: list[list[str]] = [["Table 1", "Table 2", "Table 3"]]
    for n in range(0, len(those), 3):
        rows.append([f"{p.name} (coeliac disease)" for p in those[n : n + 3]])
    return Leak(attachments={"seating.docx": _files.word(rows)})


def transposed(those: Those) -> Leak:
    """A column for each person."""
    rows = [
        ["Name", *(p.name for p in those)],
        ["DOB", *map(born, those)],
        ["Address", *(p.address for p in those)],
    ]
    return book("transposed.xlsx", rows)


def one_cell_each(those: Those) -> Leak:
    """Everything about somebody in column A."""
    told = [(f"{p.surname.upper()}, {p.forename}; {born(p)}; {p.address}",) for p in those]
    return book("list.xlsx", told)


def merge_source(those: Those) -> Leak:
    """With the headings and codes of a system that writes letters."""
    heading = ("URN", "SALUT", "INIT", "SNAME", "ADD1", "ADD2", "PCODE", "LTRCODE", "AMT")
    rows = [heading]
    for n, p in enumerate(those, 1):
        street, town = p.address.split(", ")
        town, outward, inward = town.split()
        urn, amount = f"{4_170_000 + n}", f"{n * 12.5:.2f}"
        rows.append(
            (urn, "Mr", p.forename[0], p.surname, street, town, f"{outward} {inward}", "R2", amount)
        )
    return Leak(attachments={"MERGE01.TXT": _files.delimited(rows, "|")})


def banded_by_ward(those: Those) -> Leak:
    """A title, a heading again for each ward, subtotals."""
    rows: list[tuple[object, ...]] = [("Stairlifts 2013/14 - CONFIDENTIAL",), ()]
    for n in range(0, len(those), 4):
        rows += [(f"Ward {n // 4 + 1}",), ("Client", "D.o.B.", "Cost")]
        rows += [(p.name, p.born, 1450 + n) for p in those[n : n + 4]]
        rows += [("Subtotal", "", 5800), ()]
    return book("stairlifts.xlsx", rows)


def typed_cells(those: Those) -> Leak:
    """Dates and numbers as the workbook's own types; leading zeros are lost."""
    rows: list[tuple[object, ...]] = [("Patient", "Born", "NHS", "Mobile")]
    for n, p in enumerate(those, 1):
        number, phone = nhs_number(n).replace(" ", ""), p.phone.replace(" ", "")
        rows.append((p.name, p.born, int(number), int(phone)))
    return book("recall.xlsx", rows)


def parents_and_children(those: Those) -> Leak:
    """Two people in each row."""
    rows: list[tuple[str, ...]] = [("Child", "Child DOB", "Parent", "Parent mobile", "Address")]
    for child, parent in zip(those[::2], those[1::2], strict=True):
        rows.append((child.name, born(child), parent.name, parent.phone, child.address))
    return book("nursery.xlsx", rows)


def welsh(those: Those) -> Leak:
    """Headings in Welsh."""
    heading = ("Cyfenw", "Enw cyntaf", "Dyddiad geni", "Cyfeiriad", "Ffôn")
    return book(
        "rhestr.xlsx",
        [heading, *((p.surname, p.forename, born(p), p.address, p.phone) for p in those)],
    )


def payroll(those: Those) -> Leak:
    """Bank accounts without a heading, in a fixed width."""
    return Leak(attachments={"BACS.TXT": lines(lambda n, p: (
        f"{n:06} {p.surname.upper()[:16]:<16} {p.forename[0]} 123456 {31_000_000 + n * 7:08} "
        f"{1_200 + n * 13:>9}.{n % 100:02}"
    ), those)})  # fmt: skip


def special_needs(those: Those) -> Leak:
    """Pupils, their classes and what they have."""
    needs = ("ASD", "ADHD", "dyslexia", "SEMH", "hearing impairment")
    rows = [("Pupil", "Class", "Need")]
    rows += [(p.name, f"{n % 6 + 1}B", needs[n % 5]) for n, p in enumerate(those)]
    return book("SEN register.xlsx", rows)


def asylum(those: Those) -> Leak:
    """Home Office references."""
    rows = [("HO ref", "Name", "Nationality", "Status")]
    rows += [(f"H{1_204_170 + n}", p.name, "Eritrean", "appeal") for n, p in enumerate(those)]
    return Leak(attachments={"NASS.csv": _files.delimited(rows)})


def donors(those: Those) -> Leak:
    """Who gave how much, and where they live."""
    rows = [("Donor", "Gift", "Address")]
    rows += [(p.name, f"£{(n + 1) * 25}.00", p.address) for n, p in enumerate(those)]
    return Leak(attachments={"gift aid.html": _files.webpage(rows)})


def tenants(those: Those) -> Leak:
    """Arrears, with initials before the surname."""
    rows = [("Tenant", "Property", "Arrears")]
    rows += [
        (f"Mr {p.forename[0]} {p.surname}", p.address, f"£{n * 31 + 40}.20")
        for n, p in enumerate(those)
    ]
    return Leak(attachments={"arrears.pdf": _files.pdf(rows)})


def waiting_list(those: Those) -> Leak:
    """Hospital numbers and operations, names split and in capitals, no heading."""
    rows = [
        (f"D{204_170 + n}", p.surname.upper(), p.forename.upper(), born(p), "Hysterectomy")
        for n, p in enumerate(those)
    ]
    return Leak(attachments={"WL.csv": _files.delimited(rows)})


def initials_and_numbers(those: Those) -> Leak:
    """No forename anywhere."""
    rows = [("Title", "Initials", "Surname", "NHS No")]
    rows += [("Mrs", p.forename[0], p.surname, nhs_number(n)) for n, p in enumerate(those)]
    return Leak(attachments={"recall.csv": _files.delimited(rows)})


def visits(those: Those) -> Leak:
    """Three rows for each client, who is named in the first."""
    rows = [("Client", "DOB", "Visit", "Note")]
    for p in those:
        rows += [(p.name, born(p), "01/07/2013", "bathed")]
        rows += [("", "", "03/07/2013", "bathed"), ("", "", "05/07/2013", "refused")]
    return book("visits.xlsx", rows)


def addresses_over_lines(those: Those) -> Leak:
    """Line breaks in a cell of CSV."""
    rows = [("Name", "Address", "Budget")]
    rows += [(p.name, p.address.replace(", ", "\n"), "£412.00") for p in those]
    return Leak(attachments={"budgets.csv": _files.delimited(rows, ";")})


def titles_behind_names(those: Those) -> Leak:
    """Thompson, Margaret (Mrs)."""
    rows = [("Name", "D.O.B", "Ward")]
    rows += [(f"{p.surname}, {p.forename} (Mrs)", born(p), "7") for p in those]
    return book("ward 7.xlsx", rows)


def two_things_in_a_column(those: Those) -> Leak:
    """Name and address in one, birth date and number in the other."""
    rows = [("Name & Address", "DOB / NHS No")]
    rows += [
        (f"{p.name}, {p.address}", f"{born(p)} / {nhs_number(n)}") for n, p in enumerate(those)
    ]
    return book("list.xlsx", rows)


def two_rows_of_headings(those: Those) -> Leak:
    """Client and carer over the columns of each; nobody has a carer."""
    rows = [("Client", "", "", "Carer", ""), ("Surname", "Forename", "DOB", "Name", "Tel")]
    rows += [(p.surname, p.forename, born(p), "", "") for p in those]
    return book("carers.xlsx", rows)


def ticks(those: Those) -> Leak:
    """Conditions as headings, crosses below."""
    rows = [("Name", "Diabetes", "Asthma", "COPD")]
    rows += [(p.name, "X" if n % 2 else "", "X" if n % 3 else "", "") for n, p in enumerate(those)]
    rows[1:2] = [(those[0].name, "", "", "X")]
    return book("conditions.xlsx", rows)


def free_meals(those: Those) -> Leak:
    """A school's own headings."""
    rows = [("UPN", "Legal Surname", "Legal Forename", "Reg", "FSM", "EAL")]
    rows += [
        (f"H8014172{n:05}", p.surname, p.forename, "9B", "Y", "N") for n, p in enumerate(those)
    ]
    return book("FSM.xlsx", rows)


def sickness(those: Those) -> Leak:
    """Why staff were away."""
    reasons = ("Stress", "Back pain", "Flu", "Depression", "Pregnancy")
    rows = [("Employee no", "Name", "From", "Days", "Reason")]
    rows += [
        (f"{41_700 + n}", p.name, "01/07/2013", "5", reasons[n % 5]) for n, p in enumerate(those)
    ]
    return book("absence.xlsx", rows)


def salaries(those: Those) -> Leak:
    """Who earns what."""
    rows: list[tuple[object, ...]] = [("Name", "Post", "Grade", "Salary")]
    rows += [(p.name, "Clerk", "C", 21_519 + n) for n, p in enumerate(those)]
    return book("salaries.xlsx", rows)


def payees(those: Those) -> Leak:
    """Bank accounts under short headings."""
    rows: list[tuple[object, ...]] = [("Payee", "Sort", "Account", "Amt")]
    rows += [(p.name, "20-41-70", f"{31_000_000 + n}", 90.5) for n, p in enumerate(those)]
    return book("run 0417.xlsx", rows)


def cards_side_by_side(those: Those) -> Leak:
    """Two forms abreast, again and again."""
    rows = []
    for one, other in zip(those[::2], those[1::2], strict=True):
        rows += [("Name", one.name, "", "Name", other.name)]
        rows += [("DOB", born(one), "", "DOB", born(other))]
        rows += [("Address", one.address, "", "Address", other.address), ("", "", "", "", "")]
    return book("cards.xlsx", rows)


IN_TABLES = (
    cards,
    labels,
    calendar_page,
    seating_plan,
    transposed,
    one_cell_each,
    merge_source,
    banded_by_ward,
    typed_cells,
    welsh,
    payroll,
    special_needs,
    asylum,
    donors,
    tenants,
    waiting_list,
    initials_and_numbers,
    visits,
    addresses_over_lines,
    titles_behind_names,
    two_things_in_a_column,
    two_rows_of_headings,
    ticks,
    free_meals,
    sickness,
    salaries,
    payees,
    cards_side_by_side,
)
