"""What the heading of a column, or the label in a form, says its values are.

A heading is read as words: punctuation, brackets, capitals and the case of letters do not count,
and `DateOfBirth`, `date_of_birth` and `Date of Birth (dd/mm/yy)` are the same.  Words that say
whose value it is ("client", "mother", "social worker") are taken off and kept as the party.  The
detectors' own HEADINGS are part of the lexicon, so a new detector brings its column names along.

>>> read("Surname (as on passport)")
Heading(role='surname', phrase='surname', party='')
>>> read("Mother's D.O.B.")
Heading(role='date_of_birth', phrase='dob', party='mother')
>>> read("School name").role
'thing'
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from dlpguard import detectors
from dlpguard.counting import staff
from dlpguard.detectors import gb_bank_account, person_name, postal_address, special

FULL_NAME = "person_name"
NAME = "name"
"""A heading that only says "name": of a person, a product or a ward, as the cells tell."""
FORENAME = "forename"
SURNAME = "surname"
INITIALS = "initials"
TITLE = "title"
ADDRESS = "postal_address"
ADDRESS_LINE = "address_line"
POSTCODE = "postcode"
TOWN = "town"
SORT_CODE = "sort_code"
ACCOUNT = "account_number"
REFERENCE = "reference"
"""A token of an organisation's own that tells people apart, but need not be a secret (staff no)."""
NOTES = "notes"
PERSONAL = "personal"
"""Something only people have (gender, age): it makes its table one of people."""
THING = "thing"
"""Anything that is not a person's: products, places, dates, sums.  Its cells are not names."""
SPECIAL = "special:"
"""The start of roles for special categories: `special:health`."""

TICKED = "column headed “illness”"
"""The evidence of columns of ticks under the name of an illness."""

LONGEST = 80
"""Characters.  Longer cells are text, not headings."""

MOST_WORDS = 8

_PARTIES = {
    "": (
        "client customer patient resident tenant claimant applicant service user su user person "
        "persons individual owner householder member participant pupil student learner child "
        "young yp prisoner inmate offender defendant victim donor beneficiary payee account holder "
        "attendee delegate candidate employee staff worker officers volunteer full legal personal "
        "home main primary current own registered contact preferred your cleient cwsmer claf"
    ),
    "parent": "parent guardian carer caregiver rhiant gofalwr",
    "mother": "mother mum mothers birth mother",
    "father": "father dad fathers",
    "partner": "partner spouse husband wife",
    "kin": "kin nok next emergency relative sponsor",
    "professional": (
        "social worker key allocated responsible officer manager supervisor practitioner "
        "caseworker keyworker gp doctor consultant solicitor teacher tutor assessor interviewer "
        "line assigned handler adviser advisor councillor clinician headteacher coordinator head"
    ),
}
"""Words about whose value it is.  "" is the person that the row is about."""

PROFESSIONAL = "professional"

_LEXICON: dict[str, str] = {
    FULL_NAME: (
        "full name|fullname|person name|name in full|client|patient|resident|tenant|service user|"
        "pupil|child|employee|applicant|claimant|name and surname|name of client|name of child|"
        "name of patient|name surname|surname forename|surname and forename|forename surname|"
        "forenames surname|first name surname|surname first name|first and last name|"
        "last name first name|surname initials|surname and initials|account holder|contact name|"
        "enw|enw llawn|parent|carer|mother|father|next of kin|nok|"
        "social worker|key worker|keyworker|case worker|caseworker|support worker|gp|officer|"
        "consultant|doctor|clinician|headteacher|head teacher|coordinator|co ordinator|"
        "manager|line manager|allocated worker|staff member|donor|member|prisoner|inmate|victim|"
        "defendant|offender|owner|householder|payee|beneficiary"
    ),
    NAME: "name|names|contact",
    FORENAME: (
        "forename|forenames|first name|firstname|first names|given name|given names|christian name|"
        "christian names|fname|f name|first|fore name|middle name|middle names|other names|"
        "enw cyntaf"
    ),
    SURNAME: (
        "surname|last name|lastname|family name|sname|lname|l name|second name|last|sur name|"
        "maiden name|cyfenw"
    ),
    INITIALS: "initial|initials|inits|first initial|middle initial",
    TITLE: "title|salutation|prefix|teitl",
    "phone": (
        "phone|phone no|phone number|phone numbers|telephone|telephone no|telephone number|tel|"
        "tel no|tel number|mobile|mobile no|mobile number|mobile phone|mob|mob no|cell|cell phone|"
        "landline|land line|home phone|work phone|home tel|work tel|daytime tel|daytime phone|"
        "evening phone|contact no|contact number|contact numbers|contact phone|contact tel|"
        "phone home|phone work|fax|fax no|ffon|rhif ffon"
    ),
    "email_address": (
        "email|e mail|email address|e mail address|email addr|mail|emails|mail address|ebost|e bost"
    ),
    "date_of_birth": (
        "dob|d o b|date of birth|birth date|birthdate|birthday|born|birth|d of b|dateofbirth|"
        "dyddiad geni"
    ),
    "gb_nino": (
        "nino|ni no|ni number|nin|n i no|n i number|national insurance|national insurance no|"
        "national insurance number|nat ins no|nat ins number|ni|nino number|insurance number|"
        "rhif yswiriant gwladol"
    ),
    "case_reference": (
        "case|case ref|case reference|case id|case no|case number|client ref|client reference|"
        "client id|client no|client number|customer ref|customer reference|customer id|"
        "patient ref|patient id|patient no|patient number|hospital no|hospital number|"
        "crime ref|crime no|crime number|crime reference|claim ref|claim no|claim number|"
        "claim reference|service user ref|service user id|service user no|pupil id|upn|"
        "tenancy ref|tenancy no|prison number|prisoner number|noms|"
        "file ref|file no|file number|swift id|swift no|mosaic id|carefirst id|"
        "liquidlogic id|rent account|council tax ref|ho ref|ho reference|home office ref|"
        "home office reference|nass ref|nass number|port ref|urn"
    ),
    REFERENCE: (
        "ref|refs|reference|ref no|reference no|reference number|ref number|ref id|our ref|"
        "record no|cyf|cyfeirnod|id|id no|id number|staff no|staff number|staff id|"
        "employee no|employee number|"
        "employee id|payroll no|payroll number|service no|service number|collar number|"
        "warrant number|membership no|membership number|member no|member id|person id|"
        "student id|student number|candidate number|licence no|registration no|unique id|uid|"
        "personnel number|assignment number"
    ),
    ADDRESS: (
        "address|home address|full address|postal address|residential address|current address|"
        "correspondence address|property address|pick up address|collection address|cyfeiriad"
    ),
    ADDRESS_LINE: (
        "address line|address line 1|address line 2|address line 3|address line 4|address 1|"
        "address 2|address 3|address 4|address1|address2|address3|address4|addr 1|addr 2|addr1|"
        "addr2|addr|line 1|line 2|line 3|street|street address|street name|house|house no|"
        "house number|house name|flat|flat no|house name or number|number and street"
    ),
    TOWN: "town|city|town or city|town city|county|locality|post town|village|tref",
    POSTCODE: "postcode|post code|pcode|p code|postal code|zip|zip code|pick up postcode|cod post",
    SORT_CODE: "sort code|sortcode|bank sort code|s c|branch code|cod didoli",
    ACCOUNT: (
        "account number|account no|acc no|acc number|acct no|acct|a c no|a c number|a c|"
        "bank account number|bank account no|bank a c|account num|rhif cyfrif"
    ),
    "gb_bank_account": "bank account|bank details|bank|sort code and account number|bank acc",
    "money": (
        "budget|personal budget|annual budget|weekly budget|indicative budget|direct payment|"
        "direct payments|benefit|benefits|benefit amount|arrears|rent arrears|salary|annual salary|"
        "gross pay|net pay|pay|basic pay|wage|wages|hourly rate|income|net income|savings|capital|"
        "debt|amount owed|owed|allowance|pension|contribution|client contribution|assessed charge|"
        "funding|care package cost|cost of care|weekly cost of care|package cost|grant|award|"
        "compensation|bonus|redundancy payment|maintenance|cyllideb|cyflog"
    ),
    "special:health": (
        "diagnosis|diagnoses|condition|conditions|medical condition|medical conditions|health|"
        "health conditions|medical|medical history|medication|medications|medicine|disability|"
        "disabilities|disabled|impairment|primary need|primary support reason|mental health|"
        "allergies|allergy|treatment|symptoms|hiv status|test result|blood group|sen|send|"
        "special needs|additional needs|care needs|care plan|needs|need|sen need|send need|"
        "pregnant|sickness|absence reason"
    ),
    "special:ethnicity": "ethnicity|ethnic origin|ethnic group|race|ethnic background",
    "special:religion": "religion|faith|religious belief|belief|denomination",
    "special:sexuality": "sexuality|sexual orientation|orientation",
    "special:safeguarding": (
        "safeguarding|safeguarding concern|safeguarding concerns|child protection|cp plan|risk|"
        "risks|risk level|abuse type|domestic abuse|domestic violence|dv"
    ),
    "special:offence": (
        "offence|offences|offence code|conviction|convictions|sentence|release date|crime type|"
        "criminal record|offending|charge|charges|index offence"
    ),
    "special:union": "trade union|union|union membership",
    "special:immigration": "immigration status|visa status|asylum status|visa no|visa type",
    PERSONAL: (
        "gender|sex|age|marital status|nationality|country of birth|place of birth|occupation|"
        "job title|job|role|position|known as|alias|preferred name|grade|rank|relationship|"
        "year group|rhyw|oed"
    ),
    NOTES: (
        "notes|note|comment|comments|remarks|details|description of needs|summary|narrative|"
        "case notes|further information|additional information|other information|observations|"
        "reason|reasons|action|actions|outcome|nodiadau|sylwadau"
    ),
    THING: (
        "product|item|items|description|sku|part|part no|part number|article|stock|barcode|isbn|"
        "quantity|qty|price|unit price|cost|total|subtotal|vat|net|gross|amount|value|currency|"
        "date|time|start|end|start date|end date|due date|day|week|month|year|period|quarter|from|"
        "to|until|order|order no|order number|order ref|invoice|invoice no|invoice number|"
        "invoice ref|po number|po|quote ref|supplier|vendor|company|company name|organisation|"
        "organization|business|firm|provider|practice|surgery|agency|charity|care home|home|clinic|"
        "employer|school|college|university|department|dept|team|"
        "service|unit|division|directorate|location|site|venue|room|building|office|ward|"
        "ward name|district|area|region|parish|constituency|country|road|road name|route|stop|"
        "station|platform|train|bus|event|course|session|subject|topic|type|category|status|code|"
        "version|file|file name|filename|folder|url|website|link|population|households|count|"
        "percent|rate|share|rank order|average|mean|median|score|result|task|project|"
        "species|model|make|brand|colour|size|weight|film|book|author|title of work|publisher|"
        "job reference|department code|cost centre|budget code|pension scheme|died|where"
    ),
}

ORGANISATION = frozenset({
    "company", "company name", "organisation", "organization", "business", "firm", "supplier",
    "vendor", "provider", "practice", "surgery", "home", "care home", "charity", "agency",
})  # fmt: skip
"""Headings of those whose address and numbers stand in a row beside the person to ask for."""

_THING_WORDS = (
    "product item company organisation organization business firm school college university "
    "department dept team site venue room building office ward district area region parish road "
    "street route stop station event course session file folder project task species brand model "
    "supplier vendor trade play film book song host server domain scheme group list field column "
    "sheet table village town city country county pub hotel ship horse dog cat pet club charity "
    "practice surgery hospital clinic home ref nick screen"
)
_THINGS = frozenset(_THING_WORDS.split())
"""`… name` after one of these is the name of a thing."""

_NUMBERED_THINGS = frozenset(
    {"product", "item", "order", "invoice", "part", "stock", "asset", "batch", "serial", "quote"}
)
"""`… ref` or `… number` after one of these is no person's."""

_CALENDAR = re.compile(
    r"mon(?:day)?|tues?(?:day)?|wed(?:nesday)?|thu(?:rs?)?(?:day)?|fri(?:day)?|sat(?:urday)?|"
    r"sun(?:day)?|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|week|wc|wk|am|pm|\d{1,4}(?:st|nd|rd|th)?"
)
"""Days and months: the columns of rotas and budgets."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What a column holds: its role, the phrase of the lexicon that said so, and whose it is."""

    role: str
    phrase: str
    party: str = ""


def read(cell: str) -> Heading | None:
    """What a cell says as a heading; None when it says nothing that is known."""
    if not cell or len(cell) > LONGEST:
        return None
    return _read(cell)


@lru_cache(maxsize=4096)
def _read(cell: str) -> Heading | None:
    words = _words(cell)
    if not 0 < len(words) <= MOST_WORDS:
        return None
    phrase = " ".join(words)
    if role := _lexicon().get(phrase):
        return _heading(role, phrase, words if role == FULL_NAME else [])
    if ("name" in words or "names" in words) and not _THINGS.isdisjoint(words):
        return Heading(THING, "name")
    if not _NUMBERED_THINGS.isdisjoint(words) or _is_date(words):
        return Heading(THING, phrase)
    parties = _party_words()
    rest = " ".join(w for w in words if w not in parties and w not in _SMALL and not w.isdigit())
    if role := _lexicon().get(rest):
        # "Client name" is a person's, whatever its cells look like.
        return _heading(FULL_NAME if role == NAME else role, rest, words)
    return _longest_phrase(words)


def own(cell: str, setup: detectors.Setup) -> Heading | None:
    """What a cell says as the heading of an organisation's own kind of number."""
    if not setup.custom or not cell or len(cell) > LONGEST:
        return None
    phrase = " ".join(_words(cell))
    role = _own_lexicon(setup).get(phrase)
    return Heading(role, phrase) if role else None


@lru_cache(maxsize=8)
def _own_lexicon(setup: detectors.Setup) -> dict[str, str]:
    return {
        " ".join(_words(heading)): each.name
        for each in setup.custom
        if (detector := detectors.by_kind(each.name, setup))
        for heading in detector.HEADINGS
    }


def illness(cell: str) -> Heading | None:
    """A heading that is a special category itself: "Diabetes", "Asthma".

    >>> illness("COPD")
    Heading(role='special:health', phrase='illness', party='')
    """
    if not cell or len(cell) > LONGEST:
        return None
    categories = sorted(special.categories(cell) | special.beside(cell))
    return Heading(SPECIAL + categories[0], "illness") if categories else None


def is_cared_for(cell: str) -> bool:
    """Whether a heading says that those below are looked after by somebody.

    >>> is_cared_for("Name of patient"), is_cared_for("Consultant")
    (True, False)
    """
    return len(cell) <= LONGEST and not _CARED_FOR.isdisjoint(_words(cell))


_CARED_FOR = frozenset({"patient", "patients", "client", "clients", "resident", "residents"})

SERVICES = frozenset(
    {"clinic", "service", "unit", "ward", "department", "team", "course", "session"}
)
"""Headings of what people are offered.  That a patient is offered it tells why."""


def _is_date(words: list[str]) -> bool:
    return all(map(_CALENDAR.fullmatch, words)) and any(word.isalpha() for word in words)


_SMALL = frozenset({"of", "the", "and", "a", "y", "yr"})


def _words(cell: str) -> list[str]:
    text = re.sub(r"[(\[][^)\]]{0,80}[)\]]?", " ", cell)
    text = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", text).casefold()
    text = re.sub(r"['’]s\b|['’]", "", text)
    text = re.sub(r"\b((?:[a-z]\.){2,4})", lambda m: m[1].replace(".", "") + " ", text)
    return re.findall(r"[^\W_]+", text)


def _heading(role: str, phrase: str, around: list[str]) -> Heading:
    """A heading whose party the words around its phrase tell: "parent 2" of "Parent 2 phone"."""
    parties = _party_words()
    party = next((parties[word] for word in around if parties.get(word)), "")
    if party == PROFESSIONAL and (role.startswith(SPECIAL) or role in ("money", NOTES, PERSONAL)):
        return Heading(role, phrase)
    number = next((word for word in around if word.isdigit()), "") if party else ""
    return Heading(role, phrase, f"{party} {number}".strip())


def _longest_phrase(words: list[str]) -> Heading | None:
    """A heading with unknown words around a phrase that is known, the longest and last one."""
    lexicon = _lexicon()
    for length in range(len(words) - 1, 0, -1):
        for start in range(len(words) - length, -1, -1):
            phrase = " ".join(words[start : start + length])
            role = lexicon.get(phrase)
            if role and (length > 1 or role in _SAFE_ALONE):
                return _heading(role, phrase, words[:start] + words[start + length :])
    return None


_SAFE_ALONE = frozenset(
    {"surname", "forename", "email_address", "date_of_birth", "gb_nino", "postcode", "phone"}
    | {"special:health", "special:ethnicity", "special:religion", "money", NOTES, REFERENCE}
)
"""Roles that one word among unknown ones is enough for ("Surname as on passport")."""


@cache
def _lexicon() -> dict[str, str]:
    """Phrase → role.  What stands in the table above wins over the detectors' own headings."""
    theirs = {d.KIND: d.HEADINGS for d in detectors.DETECTORS} | {
        FORENAME: person_name.FORENAME_HEADINGS,
        SURNAME: person_name.SURNAME_HEADINGS,
        TITLE: person_name.TITLE_HEADINGS,
        POSTCODE: postal_address.POSTCODE_HEADINGS,
        SORT_CODE: gb_bank_account.SORT_CODE_HEADINGS,
        ACCOUNT: gb_bank_account.ACCOUNT_HEADINGS,
    }
    known = {"sort": SORT_CODE, "account": ACCOUNT, "acct": ACCOUNT, "a c": ACCOUNT}
    for role, written in theirs.items():
        known |= {" ".join(_words(heading)): role for heading in written}
    known |= dict.fromkeys(staff.HEADINGS, FULL_NAME)
    for role, phrases in _LEXICON.items():
        known |= dict.fromkeys(phrases.split("|"), role)
    return known


@cache
def _party_words() -> dict[str, str]:
    return {word: party for party, words in reversed(_PARTIES.items()) for word in words.split()}
