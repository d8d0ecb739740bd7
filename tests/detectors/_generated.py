"""Lines with identifiers in them, and lines with what only looks like some.

Written from the issuers' rules, with `python-stdnum` for check digits and `phonenumbers` for what
is in service: nothing here knows the detectors' own patterns.
"""

from __future__ import annotations

import itertools
import random

import phonenumbers
from stdnum import iban, luhn
from stdnum.gb import nhs, utr

from tests.detectors._distractors import DISTRACTORS
from tests.detectors._lines import Line, Maker, digits, letters


def lines(seed: int, count: int) -> list[Line]:
    """So many lines: two with identifiers for each distractor, kinds in turn."""
    rng = random.Random(seed)
    made = []
    for number in range(count):
        makers = DISTRACTORS if number % 3 == 2 else IDENTIFIERS
        made.append(makers[(number // 3 * 2 + number % 3) % len(makers)](rng))
    rng.shuffle(made)
    return made


def _line(rng: random.Random, kind: str, written: str, value: str, *templates: str) -> Line:
    return Line(rng.choice(templates).format(written), frozenset({(kind, value)}))


def _phone(rng: random.Random) -> Line:
    """A number in service (any of +44 at random), one kept for drama, or one abroad."""
    region = rng.choice(("GB", "GB", "GB", "GB", "FR", "IE", "PL", "IN"))
    if region != "GB":
        number = phonenumbers.example_number(region)
        assert number
        style = rng.choice(("INTERNATIONAL", "E164"))
    else:
        style = rng.choice(("NATIONAL", "NATIONAL", "INTERNATIONAL", "E164", "bare", "(0)"))
        while True:
            national = rng.choice(("1", "2", "3", "7")) + digits(rng, 9)
            number = phonenumbers.PhoneNumber(country_code=44, national_number=int(national))
            if phonenumbers.is_valid_number(number):
                break
    value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    match style:
        case "bare":
            written = f"0{number.national_number}"
        case "(0)":
            written = f"+44 (0){number.national_number}"
        case _:
            written = phonenumbers.format_number(
                number, getattr(phonenumbers.PhoneNumberFormat, style)
            )
    return _line(
        rng,
        "phone",
        written,
        value,
        "You can ring me on {} after five.",
        "Tel: {}",
        "Mobile:{}",
        "{} is best before noon",
        "Call {} ext 231, please",
        "Bee,Ann,{},Plymouth",
        "Phone {}.",
        "Home / {} / work",
        "Seen 12/03/2014 {} left a message",
    )


def _drama(rng: random.Random) -> Line:
    start, block = rng.choice((("07700", "900"), ("01632", "960")))
    tail = digits(rng, 3)
    written = rng.choice(
        (
            f"{start} {block}{tail}",
            f"{start}{block}{tail}",
            f"({start}) {block} {tail}",
            f"+44 {start[1:]} {block}{tail}",
            f"{start}-{block}-{tail}",
        )
    )
    value = f"+44{start[1:]}{block}{tail}"
    return _line(
        rng, "phone", written, value, "Contact: {}", "her number {} is new", "{} or e-mail"
    )


def _nino(rng: random.Random) -> Line:
    while True:
        prefix = letters(rng, 1, "ABCEGHJKLMNOPRSTWXYZ") + letters(rng, 1, "ABCEGHJKLMNPRSTWXYZ")
        if prefix not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}:
            break
    one, two, three, last = (*(digits(rng, 2) for _ in range(3)), letters(rng, 1, "ABCD"))
    written = rng.choice(
        (f"{prefix}{one}{two}{three}{last}", f"{prefix} {one} {two} {three} {last}")
    )
    value = f"{prefix}{one}{two}{three}{last}"
    return _line(
        rng,
        "gb_nino",
        written,
        value,
        "NI number: {}",
        "NINO {}",
        "Her record ({}) is here",
        "National Insurance no. {}",
        "{}, starts Monday",
    )


def _nhs(rng: random.Random) -> Line:
    while True:
        value = rng.choice("34467") + digits(rng, 9)
        if (
            nhs.is_valid(value)
            and 320 <= int(value[:3]) <= 799
            and not 500 <= int(value[:3]) <= 599
        ):
            break
    spaced = f"{value[:3]} {value[3:6]} {value[6:]}"
    if rng.random() < 0.5:
        return _line(
            rng,
            "gb_nhs_number",
            rng.choice((value, spaced)),
            value,
            "NHS number {}",
            "NHS no: {}",
            "Patient {} (NHS no.)",
            "Health and care number: {}",
        )
    return _line(rng, "gb_nhs_number", spaced, value, "Seen today: {}", "{} attended clinic")


def _utr(rng: random.Random) -> Line:
    tail = digits(rng, 9)
    value = utr.calc_check_digit(tail) + tail
    written = rng.choice((value, f"{value[:5]} {value[5:]}", f"{value}K"))
    return _line(
        rng,
        "gb_utr",
        written,
        value,
        "UTR: {}",
        "Unique Taxpayer Reference {}",
        "Self Assessment, tax reference {}",
    )


def _passport(rng: random.Random) -> Line:
    if rng.random() < 0.3:
        number, born, ends = letters(rng, 2) + digits(rng, 7), "740812", "320415"
        middle = f"{number}{_mrz(number)}GBR{born}{_mrz(born)}F{ends}{_mrz(ends)}{'<' * 14}"
        checked = middle[:10] + middle[13:20] + middle[21:] + "0"
        return _line(rng, "passport", f"{middle}0{_mrz(checked)}", number, "{}", "MRZ {}")
    value = digits(rng, 9)
    return _line(
        rng,
        "passport",
        rng.choice((value, f"{value[:3]} {value[3:6]} {value[6:]}")),
        value,
        "Passport number: {}",
        "Passport no. {}",
        "UK passport {} expires soon",
    )


def _mrz(field: str) -> str:
    """The check digit of ICAO Doc 9303: weights 7, 3, 1."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return str(sum((7, 3, 1)[i % 3] * max(0, alphabet.find(c)) for i, c in enumerate(field)) % 10)


def _licence(rng: random.Random) -> Line:
    surname = rng.choice(("MORGA", "SMITH", "BEE99", "LEE99", "JONES", "OKONK"))
    month = rng.randint(1, 12) + rng.choice((0, 50))
    born = f"{rng.randint(5, 9)}{month:02d}{rng.randint(1, 28):02d}{rng.randint(0, 9)}"
    value = f"{surname}{born}{letters(rng, 1)}{rng.choice('9ABCJ')}9{letters(rng, 2)}"
    written = rng.choice((value, f"{value[:5]} {value[5:11]} {value[11:]}", value + " 17"))
    return _line(
        rng,
        "gb_driving_licence",
        written,
        value,
        "Driving licence: {}",
        "driver no {}",
        "He showed {} as proof",
        "DVLA: {}",
    )


def _account(rng: random.Random) -> Line:
    sort, account = digits(rng, 6), digits(rng, 8)
    dashed = f"{sort[:2]}-{sort[2:4]}-{sort[4:]}"
    text = rng.choice(
        (
            f"Sort code {dashed}, account number {account}",
            f"Account no {account} sort code {sort}",
            f"Pay to {dashed} {account} please",
            f"Bank details: s/c {dashed} a/c {account}",
            f"sort code: {sort[:2]} {sort[2:4]} {sort[4:]}\naccount: {account[:4]} {account[4:]}",
        )
    )
    return Line(text, frozenset({("gb_bank_account", f"{sort} {account}")}))


def _iban(rng: random.Random) -> Line:
    country, bban = rng.choice(
        (
            ("GB", letters(rng, 4) + digits(rng, 14)),
            ("DE", digits(rng, 18)),
            ("NL", letters(rng, 4) + digits(rng, 10)),
            ("IE", letters(rng, 4) + digits(rng, 14)),
            ("PL", digits(rng, 24)),
            ("FR", digits(rng, 23)),
            ("NO", digits(rng, 11)),
        )
    )
    value = country + iban.calc_check_digits(f"{country}00{bban}") + bban
    grouped = " ".join(value[i : i + 4] for i in range(0, len(value), 4))
    return _line(
        rng,
        "iban",
        rng.choice((value, grouped)),
        value,
        "IBAN: {}",
        "Transfer to {} today",
        "{}",
        "account {} at the bank",
    )


def _card(rng: random.Random) -> Line:
    start, length = rng.choice((("4", 16), ("51", 16), ("2221", 16), ("37", 15), ("55", 16)))
    body = start + digits(rng, length - len(start) - 1)
    value = body + luhn.calc_check_digit(body)
    cuts = (4, 10) if length == 15 else (4, 8, 12)
    edges = (0, *cuts, length)
    grouped = " ".join(value[a:b] for a, b in itertools.pairwise(edges))
    written = rng.choice((value, grouped, grouped.replace(" ", "-")))
    return _line(
        rng,
        "payment_card",
        written,
        value,
        "Card number {}",
        "charge it to {} please",
        "Visa {} exp 12/29",
        "{}",
    )


def _address(rng: random.Random) -> Line:
    area, inward = (
        rng.choice(("PL", "EX", "SW", "M", "LS", "CF", "BT", "G")),
        "ABDEFGHJLNPQRSTUWXYZ",
    )
    postcode = f"{area}{rng.randint(1, 19)} {rng.randint(0, 9)}{letters(rng, 2, inward)}"
    house = (
        f"{rng.randint(1, 240)} {rng.choice(('Station Road', 'High Street', 'St Mary’s Close'))}"
    )
    town = rng.choice((", Plymouth, ", "\nExeter\n", ", "))
    value = f"{postcode}, {house.casefold()}"
    return _line(
        rng,
        "postal_address",
        house + town + postcode,
        value,
        "She lives at {}.",
        "{}",
        "Address: {}",
    )


def _birth(rng: random.Random) -> Line:
    year, month, day = rng.randint(1931, 2012), rng.randint(1, 12), rng.randint(1, 28)
    name = (
        "Jan",
        "Feb",
        "March",
        "April",
        "May",
        "June",
        "July",
        "Aug",
        "Sept",
        "Oct",
        "Nov",
        "December",
    )[month - 1]
    written = rng.choice(
        (
            f"{day:02d}/{month:02d}/{year}",
            f"{day}.{month}.{year}",
            f"{day} {name} {year}",
            f"{year}-{month:02d}-{day:02d}",
            f"{day:02d}-{month:02d}-{year}",
        )
    )
    return _line(
        rng,
        "date_of_birth",
        written,
        f"{year}-{month:02d}-{day:02d}",
        "DOB: {}",
        "born {}",
        "Date of birth {}",
        "d.o.b. {}",
        "{} (DOB)",
    )


def _vehicle(rng: random.Random) -> Line:
    alphabet = "ABCDEFGHJKLMNOPRSTUVWXY"
    head = letters(rng, 2, alphabet)
    tail = letters(rng, 3, alphabet + "Z")
    year = rng.choice((rng.randint(2, 24), rng.randint(51, 74)))
    written = rng.choice(
        (
            f"{head}{year:02d} {tail}",
            f"{head}{year:02d}{tail}",
            f"A{rng.randint(1, 999)} {tail}",
            f"{tail} {rng.randint(1, 999)}D",
        )
    )
    return _line(
        rng,
        "gb_vehicle_registration",
        written,
        written.replace(" ", ""),
        "Vehicle reg {}",
        "his car, {}, was parked",
        "Registration number: {}",
        "VRM {}",
    )


def _email(rng: random.Random) -> Line:
    value = f"{rng.choice(('ann', 'siân', 'o.neill'))}.bee{rng.randint(1, 99)}@webmail.example"
    return _line(rng, "email_address", value, value, "Write to {}.", "<{}>", "mailto:{}", "{};")


def _ssn(rng: random.Random) -> Line:
    area = rng.choice([a for a in range(1, 900) if a != 666])
    value = f"{area:03d}{rng.randint(1, 99):02d}{rng.randint(1, 9999):04d}"
    return _line(
        rng,
        "us_ssn",
        f"{value[:3]}-{value[3:5]}-{value[5:]}",
        value,
        "SSN {}",
        "{} (US)",
        "Social security number: {}",
    )


def _reference(rng: random.Random) -> Line:
    value = rng.choice(
        (
            f"ILS/{rng.randint(2005, 2014)}/{digits(rng, 5)}",
            f"CR{digits(rng, 7)}",
            f"{letters(rng, 2)}{digits(rng, 6)}",
            f"{digits(rng, 7)}/13",
        )
    )
    return _line(
        rng,
        "case_reference",
        value,
        value,
        "Case ref: {}",
        "Crime reference number {}",
        "Hospital number: {}",
        "Client ID {}",
        "MRN: {}",
        "service user ref {}",
        "Patient no. {}",
        "claim number {}",
    )


def _internet(rng: random.Random) -> Line:
    value = rng.choice(
        (
            f"81.{rng.randint(2, 250)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}",
            f"2001:db8::{rng.randint(1, 9)}:{digits(rng, 3).lstrip('0') or '1'}",
        )
    )
    return _line(
        rng, "ip_address", value, value, "IP address: {}", "logged in from {}", "client IP {}"
    )


def _secret(rng: random.Random) -> Line:
    alnum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    value = rng.choice(
        (
            "AK" + "IA" + letters(rng, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
            "gh" + "p_" + letters(rng, 36, alnum),
            "sk_" + "live_" + letters(rng, 24, alnum),
            "xox" + "b-" + digits(rng, 12) + "-" + letters(rng, 24, alnum),
            "AI" + "za" + letters(rng, 35, alnum),
        )
    )
    return _line(rng, "secret", value, value, "key = {}", "token: {}", '"{}"', "{}")


IDENTIFIERS: tuple[Maker, ...] = (
    _phone,
    _nino,
    _nhs,
    _utr,
    _drama,
    _passport,
    _licence,
    _account,
    _iban,
    _card,
    _phone,
    _address,
    _birth,
    _vehicle,
    _email,
    _ssn,
    _reference,
    _internet,
    _secret,
)
