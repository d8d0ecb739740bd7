"""As many invented people as a test asks for, from names that were written down here by hand.

None of the names was looked up in `dlpguard.names`: a community whose names are not known there
is what these tests are to find.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

_COMMUNITIES: dict[str, tuple[str, str]] = {
    "English": (
        "Margaret Kevin Susan Derek Chloe Oliver Pauline Trevor Gemma Lewis Brenda Neil",
        "Thompson Wilkinson Harrison Bradshaw Cartwright Pemberton Ashworth Birch Rose Marsh"
        " Fielding Sykes",
    ),
    "Welsh": (
        "Siân Rhodri Angharad Gethin Eirlys Iolo Nia Llinos Dewi Catrin Meurig Ffion",
        "Pritchard Llewelyn Gwilliam Bowen Cadwaladr Prosser Tudor Meredith Beynon Rhydderch"
        " Howell Parri",
    ),
    "Irish": (
        "Aoife Cormac Sinéad Donal Caoimhe Eoin Deirdre Tadhg Gráinne Fionnuala Seamus Orlaith",
        "O'Sullivan McLoughlin Gallagher Ní-Bhriain Fitzpatrick O'Dwyer Mulcahy Kavanagh Brady"
        " McGinley Heffernan Tierney",
    ),
    "Indian": (
        "Priyanka Rajesh Sunita Harpreet Lakshmi Vijay Anjali Gurdeep Kavya Suresh Meena Arjun",
        "Patel Sharma Venkatesan Dhaliwal Chatterjee Iyer Desai Grewal Krishnan Mukherjee Nair"
        " Solanki",
    ),
    "Pakistani": (
        "Shazia Imran Rukhsana Tariq Nadia Zulfiqar Saima Khalid Uzma Asif Farzana Waqar",
        "Hussain Chaudhry Mahmood Qureshi Bibi Siddiqui Rafiq Akhtar Javed Butt Awan Mirza",
    ),
    "Bangladeshi": (
        "Shirin Abdul Nasima Jahangir Rokeya Mizanur Taslima Shafiqul Ayesha Kamrul Salma Enamul",
        "Begum Rahman Khatun Chowdhury Miah Uddin Islam Haque Sultana Talukder Sarkar Alam",
    ),
    "West African": (
        "Chidinma Kwame Folake Emeka Abena Tunde Ngozi Kofi Yetunde Ifeanyi Akosua Babatunde",
        "Okonkwo Mensah Adeyemi Owusu Eze Adebayo Boateng Nwosu Asante Ogunleye Obi Afolabi",
    ),
    "East African": (
        "Hodan Abdirahman Amina Mehret Tesfaye Fadumo Biruk Wanjiru Selam Juma Ifrah Yusuf",
        "Warsame Farah Tekle Abebe Mwangi Hassan Gebremariam Kamau Nur Otieno Jama Haile",
    ),
    "Chinese": (
        "Wei Mei-Ling Xiaoming Ka-Yan Jun Siu-Fong Yuxin Wing-Hong Lihua Chi-Keung Ming Hoi-Ying",
        "Zhang Cheung Huang Leung Wang Yeung Zhao Kwok Liu Tsang Xu Fong",
    ),
    "Arabic": (
        "Fatima Mohammed Layla Abdullah Noor Khaled Hanan Mustafa Zainab Omar Rania Bilal",
        "Al-Hassan Al-Masri El-Sayed Haddad Mansour Khalil Ibrahim Najjar Saleh Darwish Aziz"
        " Al-Rashid",
    ),
    "Polish": (
        "Agnieszka Piotr Katarzyna Wojciech Malgorzata Krzysztof Beata Zbigniew Joanna Tomasz"
        " Ewa Grzegorz",
        "Kowalczyk Nowak Wisniewska Zielinski Lewandowska Szymanski Wojcik Kaczmarek Mazur"
        " Jankowska Pawlak Dudek",
    ),
    "Romanian": (
        "Andreea Gheorghe Mihaela Ionut Elena Bogdan Raluca Vasile Cristina Florin Ioana Marius",
        "Popescu Ionescu Dumitru Stoica Constantinescu Radu Munteanu Moldovan Ciobanu Stan"
        " Marinescu Lungu",
    ),
    "Turkish": (
        "Ayse Mehmet Emine Mustafa Zeynep Huseyin Elif Cemal Hatice Yusuf Gülay Osman",
        "Yilmaz Demir Kaya Ozturk Celik Aydin Arslan Dogan Korkmaz Polat Erdem Sahin",
    ),
    "Caribbean": (
        "Shanice Winston Beverley Delroy Marcia Leroy Keisha Desmond Yvonne Clive Tanisha Errol",
        "Campbell Beckford Grant Francis Blackwood Joseph Lawrence Pinnock Bailey Gayle Morgan"
        " Sinclair",
    ),
}

COMMUNITIES = tuple(_COMMUNITIES)

HEADING = ("Client ref", "Surname", "Forename", "DOB", "Home address", "Phone")

_TOWNS = (
    ("Plymouth", "PL1 2AB"),
    ("Leeds", "LS7 3PD"),
    ("Cardiff", "CF11 9LJ"),
    ("Bradford", "BD5 8HH"),
)
_STREETS = ("Station Road", "Church Lane", "Mill Close", "Victoria Terrace", "Park Avenue")


@dataclass(frozen=True, slots=True)
class Invented:
    """Somebody who does not exist."""

    forename: str
    surname: str
    born: datetime.date
    reference: str
    address: str
    phone: str

    @property
    def name(self) -> str:
        """Forename first."""
        return f"{self.forename} {self.surname}"

    @property
    def row(self) -> tuple[str, ...]:
        """The cells under `HEADING`."""
        born = self.born.strftime("%d/%m/%Y")
        return (self.reference, self.surname, self.forename, born, self.address, self.phone)


def people(n: int, start: int = 0, communities: Sequence[str] = COMMUNITIES) -> list[Invented]:
    """The people number `start` to `start + n`: neighbours are of different communities.

    Names are all different up to 144 times the communities; reference, birth date, address and
    telephone tell the others apart.
    """
    return [_person(number, communities) for number in range(start, start + n)]


def _person(number: int, communities: Sequence[str]) -> Invented:
    turn, community = divmod(number, len(communities))
    forenames, surnames = (names.split() for names in _COMMUNITIES[communities[community]])
    round_, place = divmod(turn, len(forenames))
    town, postcode = _TOWNS[number % len(_TOWNS)]
    street = _STREETS[number // len(_TOWNS) % len(_STREETS)]
    return Invented(
        forenames[place],
        surnames[(place + round_) % len(surnames)],
        datetime.date(1931, 1, 3) + datetime.timedelta(number * 7919 % 28_000),
        f"ILS/2013/{number:05}",
        f"{number // 20 + 1} {street}, {town} {postcode}",
        f"07700 900{number:03}" if number < 1000 else f"0798{number:07}",
    )
