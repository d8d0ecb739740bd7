import contextlib
import io
import random
import struct

import olefile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlpguard.document import Document, Hidden, Text, Unread
from dlpguard.extractors import Budget, Unreadable, extract
from dlpguard.extractors._compound import Compound, root_names
from dlpguard.extractors.ole import native
from dlpguard.mail import Part
from tests.extractors._oldfiles import compound, property_set

PLACE = "oleObject1.bin"
CSV = b"Ann,07700 900123\nBob,07700 900124\n"


def read(content: bytes) -> Document:
    return extract(Part("1", content, filename=PLACE))


def package(name: bytes, body: bytes) -> bytes:
    """An Ole10Native stream as Office writes it (MS-OLEDS 2.3.6)."""
    path = b"C:\\Users\\ann\\" + name + b"\0"
    inner = struct.pack("<H", 2) + name + b"\0" + path + struct.pack("<HHI", 0, 3, len(path)) + path
    inner += struct.pack("<I", len(body)) + body
    return struct.pack("<I", len(inner)) + inner


def test_a_package_gives_its_file_its_name_and_where_it_was() -> None:
    document = read(compound({"\x01Ole10Native": package(b"Ann Bee.csv", CSV)}))

    assert ["oleObject1.bin › Ann Bee.csv"] == [inside.name for inside in document.inside]
    assert document.inside[0].format == "csv"
    assert document.gaps == ()
    assert any("C:\\Users\\ann" in b.text and b.hidden is Hidden.PROPERTY
               for b in document.blocks if isinstance(b, Text))  # fmt: skip


def test_a_package_of_an_older_program_is_its_bytes() -> None:
    assert native(struct.pack("<I", len(CSV)) + CSV + b"junk") == ("", [], CSV)


@pytest.mark.parametrize("name", ["CONTENTS", "Package"])
def test_a_file_that_is_wrapped_as_it_is_is_inside(name: str) -> None:
    (inside,) = read(compound({name: b"Dear Ann Bee", "\x01Ole": bytes(20)})).inside

    assert inside.blocks[0] == Text(f"oleObject1.bin › {name}", "Dear Ann Bee")


def test_a_document_that_was_taken_apart_into_a_storage_is_put_together() -> None:
    streams = {"WordDocument": b"w" * 5000, "1Table": b"t" * 100, "Data/deep": b"d" * 70}
    content = compound({f"Object/{name}": body for name, body in streams.items()})

    (inside,) = read(content).inside

    assert inside.format == "doc"
    with olefile.OleFileIO(io.BytesIO(Compound(content, Budget()).as_file(("Object",)))) as made:
        assert made.parsing_issues == []  # type: ignore[attr-defined]
        assert streams == {name: made.openstream(name).read() for name in streams}


def test_a_storage_with_many_streams_keeps_all_of_them() -> None:
    streams = {f"Object/s{number}": bytes([number % 256]) * number * 30 for number in range(300)}
    made = Compound(Compound(compound(streams), Budget()).as_file(("Object",)), Budget())

    assert streams == {f"Object/{path[0]}": made.read(path) for path in made.streams}


def test_an_unknown_program_is_a_gap_and_its_properties_are_read() -> None:
    content = compound({"Secret": b"\1\2", "\5SummaryInformation": property_set({2: b"Ann Bee"})})
    document = read(content)

    assert [Unread.UNSUPPORTED] == [gap.why for gap in document.gaps]
    assert Text("oleObject1.bin › properties", "Ann Bee", Hidden.PROPERTY) in document.blocks


def test_a_compound_file_that_was_cut_off_is_a_gap() -> None:
    content = compound({"\x01Ole10Native": package(b"list.csv", CSV * 300)})

    assert read(content[:1500]).gaps


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_changed_in_a_package_is_read_or_a_gap(data: st.DataObject) -> None:
    content = bytearray(compound({"a/CONTENTS": CSV, "\x01Ole10Native": package(b"x.csv", CSV)}))
    for _ in range(5):
        content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.integers(0, 255))

    assert read(bytes(content)).format in {"ole", "unknown"}


def samples() -> list[bytes]:
    """Compound files of many shapes: large and small streams, storages, none at all."""
    generator = random.Random(2)
    made = []
    for count in (0, 1, 5, 40):
        names = [f"{'Object/' * (n % 3)}Stream {n} é" for n in range(count)]
        sizes = (0, 1, 63, 64, 4095, 4096, 9000)
        bodies = [generator.randbytes(generator.choice(sizes)) for _ in names]
        made.append(compound(dict(zip(names, bodies, strict=True))))
    return made


def by_olefile(content: bytes) -> tuple[set[str], dict[tuple[str, ...], bytes]]:
    with olefile.OleFileIO(io.BytesIO(content)) as opened:
        paths = opened.listdir(streams=True, storages=False)
        found = {tuple(path): opened.openstream(path).read() for path in paths}
        return {path[0].lower() for path in opened.listdir(True, True)}, found


@pytest.mark.parametrize("number", range(4))
def test_streams_are_those_that_olefile_reads(number: int) -> None:
    content = samples()[number]
    names, streams = by_olefile(content)

    opened = Compound(content, Budget())

    assert names == root_names(content)
    assert streams == {path: opened.read(path) for path in opened.streams}


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_whatever_is_changed_in_the_tables_the_same_is_read(data: st.DataObject) -> None:
    changed = bytearray(samples()[2])
    tables = [at for at in range(len(changed)) if at < 512 or at > len(changed) - 2048]
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.sampled_from(tables))] = data.draw(st.sampled_from([0, 1, 2, 9, 255]))
    content = bytes(changed)
    try:
        names, streams = by_olefile(content)
        opened = Compound(content, Budget())
    except Exception:  # noqa: BLE001 - olefile raises anything for what is damaged
        return

    for path in opened.streams:
        with contextlib.suppress(Unreadable):
            assert streams[path] == opened.read(path)
    ours = root_names(content)
    assert ours is None or names <= ours


def test_the_names_of_a_damaged_file_are_left_to_others() -> None:
    content = samples()[1]

    assert root_names(content[:600]) is None
    assert root_names(content[:30] + b"\x01\x00" + content[32:]) is None
    assert root_names(b"") is None
