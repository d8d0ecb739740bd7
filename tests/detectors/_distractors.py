"""Lines with what only looks like an identifier: orders, barcodes, prices, hashes, times."""

from __future__ import annotations

import random
import uuid

from stdnum import ean, isbn

from tests.detectors._lines import Line, Maker, digits, letters


def _distractor(*templates: str) -> Maker:
    """A maker of lines: `{d8}` stands for eight random digits, `{L3}` for three letters."""

    def make(rng: random.Random) -> Line:
        book = f"978{digits(rng, 9)}"
        words = {f"d{count}": digits(rng, count) for count in range(2, 17)}
        words |= {f"L{count}": letters(rng, count) for count in (1, 2, 3)}
        words |= {
            "hex": f"{rng.getrandbits(256):064x}",
            "uuid": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            "ean": f"5{digits(rng, 11)}",
            "isbn": isbn.format(book + ean.calc_check_digit(book)),
            "price": f"{rng.randint(1, 9999):,}.{digits(rng, 2)}",
            "lat": f"50.{digits(rng, 6)}",
            "day": f"{rng.randint(1, 28):02d}",
            "month": f"{rng.randint(1, 12):02d}",
            "hour": f"{rng.randint(0, 23):02d}",
        }
        return Line(rng.choice(templates).format(**words))

    return make


DISTRACTORS: tuple[Maker, ...] = (
    _distractor("Order {d10} has been sent", "Order number: {d10}", "your order no. {d10}"),
    _distractor("Barcode {ean}3", "EAN: {ean}7", "GTIN {ean}1"),
    _distractor("ISBN {isbn}", "ISBN-13: {isbn}, second edition"),
    _distractor("Invoice {d8} of {day}/{month}/2014", "Invoice no {d10}", "INV-{d6} is overdue"),
    _distractor(
        "Part no {L2}-{d6}-{L3}", "Part number {d10}", "SKU {L2}{d6}X", "Item {L3}{d4}{L2}"
    ),
    _distractor("The chairs cost £{price} each", "Total: £{price}", "from £{price} to £{price}"),
    _distractor("{lat}, -4.{d6}", "Grid reference SX {d5} {d5}", "lat {lat} lon -4.{d6}"),
    _distractor("sha256 {hex}", "commit {hex:.40}", "md5: {hex:.32}", "id {uuid}"),
    _distractor(
        "2013-{month}-{day} {hour}:00:12,345 ERROR worker-3",
        "2013{month}{day}{hour}0012",
        "{day}.{month}.2013 {hour}:00",
        "[{day}/Nov/2013:{hour}:00:00 +0000] GET /",
    ),
    _distractor("Batch 0{d10}", "Serial no 0{d9}", "Tracking number 0{d10}", "Asset {d8}"),
    _distractor("VAT no GB {d9}", "Company number {d8}", "Charity no. {d7}", "UPRN {d12}"),
    _distractor("Version 2.14.{d4}", "release 1.2.3.4 is out", "192.168.1.20 is the printer"),
    _distractor("{d8} rows were read", "{d9} bytes free", "pages 1200-1300", "population {d6}"),
    _distractor("Meeting on {day}/{month}/2014 at {hour}:00", "by {day} March 2015", "Q3 2014/15"),
    _distractor("Ticket INC{d7}", "job #{d6}", "PO {d10}", "quote {d8}"),
    _distractor("IMEI {d12}345", "Meter {d8}", "MAC 00:1B:44:11:3A:B7", "DOI 10.1000/{d4}"),
    _distractor("Room B{d4}", "Flight BA{d4}", "bus 12 at {hour}:15", "A4 paper, 80 gsm, 5 x {d4}"),
    _distractor("account manager, ext {d4}", "extension {d5}", "1920x1080", "tel: ext {d4}"),
    _distractor("GX{d6} widgets", "Zone {L3}-{d4}", "KN{d6}B spare", "cable type {L2}{d4}"),
    _distractor("Order ref {d3} {d3} {d4}", "job 0{d4} {d6}", "ticket 0{d3} {d3} {d4}"),
    _distractor("{d16} was scanned", "parcel {d4} {d4} {d4} {d4}", "code {L2}{d6}{L1}"),
    _distractor("part {d3}-{d2}-{d4}", "lot {d3}-{d3}-{d4}", "stock no {d5} {d5}"),
    _distractor("13848{d8}", "ts=1384{d6}", "{d10} ms", "0800 - 1700 daily", "24/7/365"),
    _distractor("{L2}{d2} {L3}", "grid {L2}{d4}{d4}", "form {L3}{d3}{L1}", "seat {L1}{d2}"),
    _distractor("icon@2x.png", "@{L3}{d4}", "user@localhost", "image001.png@01D8A2B3.5C6D7E80"),
)
