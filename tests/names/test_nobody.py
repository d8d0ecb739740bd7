"""Office text in which nobody is named, however much of it has capitals."""

from __future__ import annotations

import pytest

from dlpguard import names

NOBODY = {
    "numbers": "01632 960123\n4111 1111 1111 1111\nAB123456C\n12/03/1984\n£12,345.67\n1,204.50\n",
    "log": (
        "2031-04-05 10:11:12,123 INFO Worker Pool Started Thread Main\n"
        "2031-04-05 10:11:13,001 ERROR Connection Manager: Timeout From Broker Alpha\n"
        "[error] Request Handler Failed: Victoria Line Service\n"
        "Apr 05 10:11:12 gateway sshd[4221]: Accepted Publickey For Root From 10.0.0.1\n"
    ),
    "source code": (
        "from dataclasses import dataclass, field\n"
        "import Foo, Bar\n"
        "class PersonManager(BaseModel):\n"
        "    def Run(self): return Dean(Rose)\n"
        "public static final String Grace = new Carter(Mason);\n"
        "if (User.Name == Mark) { Frank.call(); }\n"
    ),
    "streets": (
        "12 Victoria Road\n14 Albert Terrace\nCharles Street\nGrace Court\n3 Nelson Gardens\n"
        "Elizabeth Close, Plymouth PL1 2AB\nSt John's Hill\nMargaret Crescent\nHenry Avenue\n"
    ),
    "prices": (
        "Victoria Sponge £3.20\nEarl Grey Tea £2.10\nGranny Smith Apples £1.20\nToner Black £41\n"
        "Office Chair £120.00\nPrinter Paper £4.50\nStanley Knife £9.99\n"
    ),
    "timetable": (
        "Bus 12\tMill Lane\t07:12\nBus 12\tChurch Street\t07:20\nBus 14\tRose Walk\t07:31\n"
        "Train\tBristol Parkway\t08:01\nTrain\tExeter St Davids\t09:10\n"
    ),
    "wards": (
        "Ward\tResidents\nDevonport\t1204\nSt Peter and the Waterfront\t2201\nSutton and Mount "
        "Gould\t990\nHam\t1000\nStoke\t870\n"
    ),
    "months": "April was wet. June is dry. In May and August we close. Easter Monday is off.\n",
    "headings": (
        "Terms of Reference\nRisk Register\nMinutes of the Last Meeting\nAny Other Business\n"
        "EXECUTIVE SUMMARY\nNEXT STEPS\nHealth and Safety Policy\nEqual Opportunities\n"
    ),
    "firms": (
        "Marks & Spencer and WH Smith reported. Smith & Nephew plc fell. Morgan Stanley rose.\n"
        "Harris Builders Ltd, Taylor Estates and Wilson Solicitors LLP bid for it.\n"
    ),
    "office": (
        "Kind Regards\nDear Sir or Madam,\nDear Colleagues,\nHi Team,\nYours Faithfully\n"
        "Adult Social Care, Housing Benefit and Council Tax\nHead of Service\nOut Of Office\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", NOBODY)
def test_nobody_is_found_where_nobody_is_named(kind: str) -> None:
    text = NOBODY[kind]

    assert [] == [text[a:b] for a, b in names.find(text)]


def test_somebody_is_found_in_a_log_by_full_name() -> None:
    text = "2031-04-05 10:11:12 INFO Case opened for Siobhan Gallagher by queue 7\n"

    assert ["Siobhan Gallagher"] == [text[a:b] for a, b in names.find(text)]
