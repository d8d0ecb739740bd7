"""The sentences of a report, the same in a terminal and on a page."""

from __future__ import annotations

from collections.abc import Iterator

from dlpguard.replay.headings import Known
from dlpguard.replay.letters import Origin
from dlpguard.replay.run import Replayed
from dlpguard.replay.tallies import Tally

BUDGET_IN_A_THOUSAND = 1
"""Held mailings of a thousand messages that reviewers can bear."""

FEW = 3_000
"""Messages of which one held mailing more or less decides about the budget: three in as many are
what chance makes of one in a thousand."""


def headline(replayed: Replayed) -> str:
    """What an administrator wants to know, in a sentence.

    Counts are of messages, the share is of what somebody has to decide.
    """
    t = replayed.tally.totals
    parts = [
        f"{t.forwarded:,} forwarded" + (f" ({t.tagged:,} of them tagged)" if t.tagged else ""),
        _with_decisions(t.asked, "asked about", t.questions, "question", "questions"),
        _with_decisions(t.held, "held", t.holds, "decision", "decisions"),
    ]
    if t.rejected:
        parts.append(f"{t.rejected:,} rejected")
    share = t.in_a_thousand(t.holds)
    within = "within" if share <= BUDGET_IN_A_THOUSAND else "over"
    return (
        f"With these policies, of {_number(t.messages, 'message', 'messages')}: "
        f"{', '.join(parts)}. That is {_share(share)} held in 1,000, {within} the budget of "
        f"{BUDGET_IN_A_THOUSAND}."
    )


def hours(tally: Tally, minutes: float) -> str:
    """A reviewer's time: "1.5 hours for a reviewer", and how much of it falls on a day."""
    total = tally.minutes(minutes) / 60
    days = len(tally.days)
    each = f", {total * 60 / days:.1f} minutes a day over {days:,} days" if days > 1 else ""
    return f"{total:,.1f} hours for reviewers{each}"


def caveats(replayed: Replayed) -> tuple[str, ...]:
    """What was assumed, what was left out, and what nobody can know from what there was."""
    origin = replayed.origin
    lines = [*(_of_records() if origin.records else _of_mail(origin))]
    lines += [
        "Who would have been asked is taken to say yes after an hour; what would have been held "
        "stays held.",
        "Flows count as registered today, whenever the mail was sent.",
    ]
    lines += _left_out(origin)
    if replayed.inside:
        lines.append(
            f"{_number(replayed.inside, 'message', 'messages')} went to nobody outside: such mail "
            "is never held."
        )
    if replayed.tally.totals.messages < FEW:
        lines.append(
            f"Fewer than {FEW:,} messages say little about one in a thousand: replay more."
        )
    return tuple(lines)


def _of_mail(origin: Origin) -> Iterator[str]:
    known = dict(origin.known)
    if number := known[Known.FIELDS]:
        yield (
            f"The recipients of {_number(number, 'message', 'messages')} are those that To, Cc "
            "and Bcc name, and the mailboxes that took it: whoever else was in Bcc is not known, "
            "and a mailing to hidden recipients looks smaller than it was."
        )
    if number := known[Known.NOBODY]:
        yield (
            f"{_number(number, 'message names', 'messages name')} no recipient: judged as if sent "
            "to one unknown mailbox outside."
        )
    yield (
        "Everybody is new at the beginning: who was written to before the first message here is "
        "not known, so policies about first mail match too often in the first weeks."
    )
    if origin.undated:
        yield (
            f"{_number(origin.undated, 'message has', 'messages have')} no date that can be right: "
            "the date of the file was taken."
        )


def _of_records() -> Iterator[str]:
    yield (
        "Nothing was read again: what stands in the records is what was found when the mail was "
        "sent, with the detectors and the lists of partners of that day. Recipients are those of "
        "the envelope, Bcc included."
    )
    yield (
        "What adds up over a month (small mails to one private mailbox) begins with the first "
        "record."
    )


def _left_out(origin: Origin) -> Iterator[str]:
    messages = _number(origin.others, "message", "messages")
    if origin.others and origin.records:
        yield f"{messages} judged while the relay enforced were left out."
    elif origin.others:
        yield f"{messages} from senders that the relay does not serve were left out."
    if origin.private:
        yield "Mail that only a group of its own may know of was left out."
    if origin.unusable:
        yield (
            f"{_number(origin.unusable, 'file begins', 'files begin')} with no mail header and "
            "were left out."
        )
    if origin.duplicates:
        yield (
            f"{_number(origin.duplicates, 'message', 'messages')} stood there twice, byte for "
            "byte, and counted once."
        )


def _share(share: float) -> str:
    """Two digits that say something: 0.2, 1.3, 10, 249."""
    return f"{share:,.0f}" if share >= 10 else f"{share:.2g}"


def _number(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def _with_decisions(messages: int, word: str, decisions: int, one: str, several: str) -> str:
    if messages == decisions:
        return f"{messages:,} {word}"
    return f"{messages:,} {word} ({_number(decisions, one, several)})"
