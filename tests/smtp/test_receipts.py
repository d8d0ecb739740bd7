"""When a client is known to have our 250."""

from __future__ import annotations

from dlpguard.smtp.receipts import Receipts


def test_a_client_that_speaks_after_our_answer_has_it() -> None:
    receipts = Receipts()
    receipt = receipts.expect("a")
    receipt.told()
    receipt.heard()

    assert ("a",) == receipts.take()
    assert not receipts.is_awaited("a")


def test_what_it_said_before_our_answer_proves_nothing() -> None:
    receipts = Receipts()
    receipt = receipts.expect("a")
    receipt.heard()

    assert receipts.is_awaited("a")
    receipt.told()
    receipt.left()
    assert () == receipts.take()
    assert not receipts.is_awaited("a")


def test_a_client_that_had_gone_before_our_answer_never_has_it() -> None:
    receipts = Receipts()
    receipt = receipts.expect("a")
    receipt.left()
    receipt.told()
    receipt.heard()

    assert () == receipts.take()


def test_it_is_acknowledged_once() -> None:
    receipts = Receipts()
    receipt = receipts.expect("a")
    receipt.told()
    receipt.heard()
    receipt.heard()
    receipt.left()

    assert ("a",) == receipts.take()
    assert () == receipts.take()


def test_a_retry_acknowledges_the_first_copy() -> None:
    receipts = Receipts()
    receipt = receipts.expect("b")
    receipt.stands_for("a")

    assert (True, False) == (receipts.is_awaited("a"), receipts.is_awaited("b"))
    receipt.told()
    receipt.heard()
    assert ("a",) == receipts.take()


def test_a_retry_whose_client_has_gone_too_awaits_nothing() -> None:
    receipts = Receipts()
    receipt = receipts.expect("b")
    receipt.left()
    receipt.stands_for("a")

    assert (False, False) == (receipts.is_awaited("a"), receipts.is_awaited("b"))


def test_what_could_not_be_written_down_is_kept() -> None:
    receipts = Receipts()
    for id in ("a", "b"):
        receipt = receipts.expect(id)
        receipt.told()
        receipt.heard()
    receipts.give_back(receipts.take())

    assert {"a", "b"} == set(receipts.take())
