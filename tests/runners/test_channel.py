"""The parent's end of a channel, and another end that does as it likes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import uvloop

from dlpguard.errors import ConfigurationError
from dlpguard.evidence import encode
from dlpguard.runners import _wire
from dlpguard.runners._channel import Channel

HERE = _wire.Progress("1.2")
PAYLOAD = encode(HERE)
FRAME = _wire.frame(PAYLOAD)
LIMIT = 1 << 20

Play = Callable[[Channel, socket.socket], Awaitable[object]]


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop])
def play(request: pytest.FixtureRequest) -> Callable[[Play], None]:
    """Run a conversation on each kind of event loop."""

    async def begin(conversation: Play) -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        channel = Channel(ours)
        try:
            with theirs:
                await asyncio.wait_for(conversation(channel, theirs), 10)
        finally:
            channel.close()

    def run(conversation: Play) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(begin(conversation))

    return run


def test_a_frame_that_comes_byte_by_byte_is_heard(play: Callable[[Play], None]) -> None:
    async def conversation(channel: Channel, theirs: socket.socket) -> None:
        hearing = asyncio.create_task(channel.hear(LIMIT))
        for byte in FRAME:
            await asyncio.sleep(0.001)
            theirs.send(bytes((byte,)))

        assert (HERE, len(FRAME)) == await hearing

    play(conversation)


def test_frames_that_come_together_are_heard_one_by_one(play: Callable[[Play], None]) -> None:
    async def conversation(channel: Channel, theirs: socket.socket) -> None:
        theirs.send(3 * FRAME)

        assert [HERE] * 3 == [(await channel.hear(LIMIT))[0] for _ in range(3)]
        assert channel.is_quiet()

    play(conversation)


def test_more_than_a_socket_holds_is_handed_over_whole(play: Callable[[Play], None]) -> None:
    pieces = b"head", bytes(5_000_000), b"tail"

    async def conversation(channel: Channel, theirs: socket.socket) -> None:
        size = sum(map(len, pieces))
        taking = asyncio.to_thread(theirs.recv, size, socket.MSG_WAITALL)
        taken, _ = await asyncio.gather(taking, channel.send(*pieces))

        assert b"".join(pieces) == taken

    play(conversation)


class Read:
    """Content that is read while it is handed over, as often as somebody wants it."""

    def __init__(self, *pieces: bytes, then: Exception | None = None) -> None:
        self._pieces, self._then = pieces, then

    def __len__(self) -> int:
        """Bytes."""
        return sum(map(len, self._pieces))

    @asynccontextmanager
    async def pieces(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """From the beginning."""
        yield self._read()

    async def _read(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            await asyncio.sleep(0)
            yield piece
        if self._then:
            raise self._then


@pytest.mark.parametrize("pieces", [(), (b"one",), (bytes(400_000), b"", b"x" * 400_000)])
def test_what_follows_a_frame_may_be_read_as_it_goes(
    play: Callable[[Play], None], pieces: tuple[bytes, ...]
) -> None:
    content = Read(*pieces)
    wanted = FRAME + b"".join(pieces)

    async def conversation(channel: Channel, theirs: socket.socket) -> None:
        for given in (content, b"".join(pieces), content):
            taking = asyncio.to_thread(theirs.recv, len(wanted), socket.MSG_WAITALL)
            taken, _ = await asyncio.gather(taking, channel.hand_over(FRAME, given))

            assert wanted == taken

    play(conversation)


def test_content_that_cannot_be_read_to_its_end_is_whoever_hands_it_overs_to_know(
    play: Callable[[Play], None],
) -> None:
    async def conversation(channel: Channel, theirs: socket.socket) -> None:
        with pytest.raises(ConfigurationError):
            await channel.hand_over(FRAME, Read(b"some", then=ConfigurationError("damaged")))

        assert FRAME + b"some" == theirs.recv(1000)

    play(conversation)


def test_an_answer_longer_than_allowed_is_a_lie_before_it_has_come(
    play: Callable[[Play], None],
) -> None:
    async def conversation(channel: Channel, theirs: socket.socket) -> None:
        theirs.send(_wire.LENGTH.pack(LIMIT + 1))

        with pytest.raises(_wire.Lie):
            await channel.hear(LIMIT)

    play(conversation)


def test_whoever_hangs_up_is_heard_to_the_last_whole_frame(play: Callable[[Play], None]) -> None:
    async def conversation(channel: Channel, theirs: socket.socket) -> None:
        theirs.send(FRAME + FRAME[:-1])
        theirs.close()

        assert HERE == (await channel.hear(LIMIT))[0]
        with pytest.raises(EOFError):
            await channel.hear(LIMIT)
        assert not channel.is_quiet()

    play(conversation)


@pytest.mark.parametrize("word", [FRAME, b""], ids=["a word", "hanging up"])
def test_what_nobody_asked_for_is_said_once(play: Callable[[Play], None], word: bytes) -> None:
    async def conversation(channel: Channel, theirs: socket.socket) -> None:
        told = list[bool]()
        channel.unasked = lambda: told.append(channel.is_quiet())
        channel.watch()
        if word:
            theirs.send(word)
        else:
            theirs.close()
        await asyncio.sleep(0.05)

        assert [False] == told

    play(conversation)


def test_what_is_said_without_end_stays_with_whoever_says_it(
    play: Callable[[Play], None],
) -> None:
    async def conversation(channel: Channel, theirs: socket.socket) -> None:
        theirs.setblocking(False)
        channel.watch()
        said = 0
        for _ in range(1000):
            try:
                said += theirs.send(FRAME * 1000)
            except BlockingIOError:
                break
            await asyncio.sleep(0)
        else:
            pytest.fail("everything was taken")

        assert said < 10 * LIMIT
        assert HERE == (await channel.hear(LIMIT))[0]

    play(conversation)
