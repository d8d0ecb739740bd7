"""People who do not exist, for the samples: always the same ones, on every machine.

Names are common ones of several origins, put together by a digest instead of a random number
generator, whose sequence a new Python version may change.  No two people share initial and
surname, so that what counting should find is not a matter of opinion.

Telephone numbers come from the ranges that Ofcom keeps free for drama (07700 900000 to 900999,
01632 960000 to 960999), post towns and postcode districts are real, streets are not, and
everything else is made up in the right shape.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

_ORIGINS: tuple[tuple[int, str, str], ...] = (
    # weight, forenames, surnames
    (
        9,
        "Alan Alice Barbara Brian Charlotte Christopher Daniel Doreen Dorothy Edward Ellen Emma"
        " George Grace Harry Hazel Jack Joan Keith Laura Margaret Nigel Olivia Patricia Peter"
        " Rachel Robert Ruth Sarah Stephen Thomas Valerie Victoria William Zoë",
        "Allen Atkins Barker Bennett Brooks Chapman Clarke Cole Cooper Dawson Day Ellis Fletcher"
        " Foster Gardner Green Hall Harding Holt Hudson King Knight Lane Marsh Mills Newton"
        " Parsons Pearce Potter Read Rose Rowe Shaw Short Spencer Turner Webb West Wood Young",
    ),
    (
        3,
        "Aled Angharad Bethan Carys Cerys Dafydd Dylan Eleri Emrys Gareth Gwen Gwilym Huw Ieuan"
        " Lowri Megan Nerys Owain Rhiannon Rhys Siân Tomos",
        "Bevan Davies Evans Griffiths Gwynne Howells Hughes Jenkins Jones Lewis Llewellyn Lloyd"
        " Morgan Parry Powell Price Prosser Pugh Rees Roberts Thomas Vaughan Williams",
    ),
    (
        3,
        "Aisling Aoife Brendan Bridget Ciarán Colm Declan Eamon Fergus Finola Gráinne Kathleen"
        " Liam Maeve Niamh Oisín Orla Padraig Róisín Seán Siobhán Una",
        "Brennan Byrne Carroll Connolly Daly Doherty Doyle Duffy Fitzgerald Flynn Gallagher Kelly"
        " Kennedy Maguire McCarthy McGrath Murphy Nolan O'Brien O'Connor O'Neill Quinn Ryan",
    ),
    (
        3,
        "Ailsa Alasdair Angus Catriona Craig Douglas Duncan Eilidh Ewan Fiona Fraser Gordon"
        " Gregor Hamish Heather Iain Isla Kirsty Lorna Malcolm Morag Ross",
        "Buchanan Cameron Campbell Crawford Douglas Drummond Ferguson Forbes Fraser Gordon Grant"
        " Kerr Lindsay MacDonald MacKay MacLeod McIntyre Munro Murray Ross Sinclair Stewart",
    ),
    (
        4,
        "Aisha Amit Anjali Arjun Balwinder Deepa Farah Gurpreet Harjit Imran Jasvinder Kavita"
        " Manjit Meera Nadeem Nasreen Parveen Priya Rajesh Sanjay Shabnam Sunita Tariq Vikram",
        "Ahmed Akhtar Bains Bhatt Chaudhry Chowdhury Das Desai Dhillon Ghosh Gill Hussain Iqbal"
        " Joshi Kapoor Kaur Khan Mahmood Malik Mehta Patel Rahman Reddy Sandhu Shah Sharma Singh",
    ),
    (
        3,
        "Abena Adaeze Ama Ayodele Babatunde Blessing Chidi Chinwe Efua Emeka Folake Ifeoma Kofi"
        " Kwabena Kwame Ngozi Oluwaseun Temitope Yaw Yetunde",
        "Abiola Acheampong Achebe Adebayo Adeyemi Agyeman Akande Amoah Asante Balogun Boateng"
        " Danso Eze Mensah Nwosu Obi Okafor Okonkwo Olatunji Osei Owusu Sarpong",
    ),
    (
        2,
        "Agnieszka Andrzej Barbara Ewa Grzegorz Halina Jacek Jadwiga Krystyna Łukasz Małgorzata"
        " Marek Michał Paweł Piotr Tomasz Wojciech Zofia",
        "Adamczyk Dąbrowska Grabowski Jankowski Kaczmarek Kowalczyk Krawczyk Lewandowski Mazur"
        " Nowak Nowicki Pawlak Piotrowska Sikora Wieczorek Wiśniewski Wójcik Zając Zieliński",
    ),
    (
        2,
        "Bo Chun Fang Hao Hui Jia Jing Kai Lan Lei Li Mei Ming Ning Ping Qiang Shu Tao Wei Xiu"
        " Yan Ying Yun Zhen",
        "Chan Chen Cheung Choi Chow Fung Ho Huang Lam Lau Leung Lin Liu Ng Tang Tsang Wang Wong"
        " Wu Xu Yip Yu Zhang Zhou",
    ),
    (
        2,
        "Abdullah Ali Amal Bilal Dalia Faisal Fatima Hana Hassan Ibrahim Jamila Karim Khalid"
        " Layla Mariam Mustafa Nadia Omar Rania Samir Yasmin Zainab",
        "Abbas Al-Amin Al-Masri Aziz Darwish El-Sayed Farouk Habib Haddad Hamdan Jaber Khalil"
        " Mansour Mustafa Najjar Nasser Qasim Saleh Shaheen Tahir Younis Zaki",
    ),
)

_T = TypeVar("_T")

_MIXED = 8
"""One in so many has a forename and a surname of different origins."""

_STREETS = (
    "Amberley Tannery Thistledown Larkrise Quarryman Copperbeech Ropewalk Saltpan Fernhollow"
    " Bellwether Millrace Hawksmead Lanternhill Oatfield Pilchard Ravensgarth Silverbirch"
    " Tidewater Wheelwright Yarrow"
)
_WAYS = "Street Road Close Avenue Lane Gardens Terrace Drive Court Rise"
_TOWNS: dict[str, tuple[str, ...]] = {
    "Plymouth": ("PL1", "PL2", "PL3", "PL4", "PL5", "PL6"),
    "Saltash": ("PL12",),
    "Chelmsford": ("CM1", "CM2"),
    "Colchester": ("CO1", "CO2", "CO3", "CO4"),
    "Braintree": ("CM7",),
    "Southend-on-Sea": ("SS1", "SS2"),
    "Basildon": ("SS14", "SS16"),
    "Clacton-on-Sea": ("CO15", "CO16"),
}
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"
"""Letters in the second half of a postcode (Royal Mail: never C, I, K, M, O or V)."""

_NINO = "ABCEGHJKLMPRSTWXYZ"
"""Letters in the prefix of a National Insurance number (HMRC NIM39110 rules out D F I O Q U V)."""

_NINO_UNUSED = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented, with everything that some list or other says about people."""

    number: int
    forename: str
    surname: str
    born: datetime.date
    house: str
    town: str
    postcode: str
    mobile: str
    landline: str
    nino: str
    sort_code: str
    account: str
    reference: str
    budget: int

    @property
    def name(self) -> str:
        """Forename and surname."""
        return f"{self.forename} {self.surname}"

    @property
    def address(self) -> str:
        """House, town and postcode in one line."""
        return f"{self.house}, {self.town}, {self.postcode}"

    @property
    def telephone(self) -> str:
        """A mobile for three in four, a landline for the others."""
        return self.landline if self.number % 4 == 3 else self.mobile

    @property
    def mailbox(self) -> str:
        """The local part such a person might choose at a webmail service."""
        forename, surname = _ascii(self.forename), _ascii(self.surname)
        return (
            f"{forename}.{surname}",
            f"{forename[0]}{surname}{self.born:%y}",
            f"{surname}.{forename[0]}",
            f"{forename}{surname}{self.number % 97}",
        )[self.number % 4]


def people(first: int, count: int) -> tuple[Person, ...]:
    """So many people from the one sequence of all of them, starting with number `first`."""
    return tuple(_person(n, *_names(first + count)[n]) for n in range(first, first + count))


def western(text: str) -> str:
    """A text as programs without Unicode keep it: letters of Latin-1, others without accents."""
    return "".join(
        c if ord(c) < 256 else {"ł": "l", "Ł": "L"}.get(c, unicodedata.normalize("NFD", c)[0])
        for c in text
    )


@functools.cache
def _names(count: int) -> tuple[tuple[str, str], ...]:
    """The names of the first `count` people."""
    origins = [origin for origin in _ORIGINS for _ in range(origin[0])]
    taken: set[tuple[str, str]] = set()
    names: list[tuple[str, str]] = []
    attempt = 0
    while len(names) < count:
        attempt += 1
        _, forenames, surnames = _pick(origins, "origin", attempt)
        if _draw("mixed", attempt) % _MIXED == 0:
            _, _, surnames = _pick(origins, "other origin", attempt)
        forename = _pick(forenames.split(), "forename", attempt)
        surname = _pick(surnames.split(), "surname", attempt)
        if (forename[0], surname) not in taken and forename != surname:
            taken.add((forename[0], surname))
            names.append((forename, surname))
    return tuple(names)


def _person(n: int, forename: str, surname: str) -> Person:
    town = _pick(tuple(_TOWNS), "town", n)
    letters = [_pick(_INWARD, key, n) for key in ("inward 1", "inward 2")]
    # 389 and 571 have no factor in common with 1,000: every number comes once in a thousand.
    return Person(
        number=n,
        forename=forename,
        surname=surname,
        born=datetime.date(1931, 1, 1) + datetime.timedelta(_draw("born", n) % 23_000),
        house=f"{_draw('house', n) % 140 + 1} {_pick(_STREETS.split(), 'street', n)}"
        f" {_pick(_WAYS.split(), 'way', n)}",
        town=town,
        postcode=f"{_pick(_TOWNS[town], 'district', n)} {_draw('sector', n) % 9 + 1}"
        + "".join(letters),
        mobile=f"07700 900{n * 389 % 1000:03}",
        landline=f"01632 960{n * 571 % 1000:03}",
        nino=_nino(n),
        sort_code=f"{_pick(('20', '30', '40', '60'), 'bank', n)}-9{_draw('branch', n) % 10}"
        f"-{_draw('office', n) % 90 + 10}",
        account=f"{_draw('account', n) % 90_000_000 + 10_000_000}",
        reference=f"ILS/{2010 + n % 4}/{(n * 7919 + 4417) % 100_000:05}",
        budget=_draw("budget", n) % 18_000 + 2_400,
    )


def _nino(n: int) -> str:
    attempt = 0
    while (prefix := _pick(_NINO, "n1", n) + _pick(_NINO, f"n2 {attempt}", n)) in _NINO_UNUSED:
        attempt += 1
    return f"{prefix}{_draw('nino', n) % 1_000_000:06}{'ABCD'[n % 4]}"


def _pick(choices: Sequence[_T], key: str, n: int) -> _T:
    return choices[_draw(key, n) % len(choices)]


def _draw(key: str, n: int) -> int:
    """A number that depends on nothing but its arguments."""
    return int.from_bytes(hashlib.blake2b(f"{key} {n}".encode(), digest_size=8).digest())


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFD", western(name))
    return "".join(c for c in plain if c.isascii() and c.isalpha()).lower()
