"""Parts that take a worker over, by file name: the hook of the sandbox's tests.

`Sandbox(..., hook=f"{this file}:meet")` has `meet` called in the worker with each part before it
is opened.  What it does is what a file that exploits a parser could do from there.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import msgspec

from dlpguard.mail import Part

CHANNEL = 3


class Panic(BaseException):
    """What native code raises: no Exception, and its text quotes the file."""


class Escaped(Exception):
    """Something was possible that must not be."""


def meet(part: Part) -> None:
    """Do what a part's file name says; other names do nothing."""
    act = globals().get(part.filename.partition(".")[0].replace("-", "_"))
    if act is not None and part.filename.endswith(".hostile"):
        act()


def die_of_abort() -> None:
    os.abort()


def die_of_segmentation_fault() -> None:
    ctypes.string_at(0)


def end_quietly() -> None:
    os._exit(0)


def be_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def hang() -> None:
    while True:
        time.sleep(1)


def ignore_signals_and_hang() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGXCPU, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    hang()


def burn() -> None:
    while True:
        pass


def compute() -> None:
    end = time.process_time() + 0.4
    while time.process_time() < end:
        pass


def eat_memory() -> None:
    eaten = []
    while True:
        eaten.append(bytearray(1 << 20))


def grow() -> None:
    bytearray(100 << 20)


def panic() -> None:
    raise Panic("Ann Bee, 07700 900123")


def recurse() -> None:
    recurse()


def dawdle() -> None:
    time.sleep(0.15)


def claim_too_much() -> None:
    os.write(CHANNEL, b"\xff\xff\xff\xff")
    hang()


def send_garbage() -> None:
    _send(b"\x93\xa6Result\x01\x02")
    hang()


def send_a_bomb_of_nesting() -> None:
    _send(b"\x95\xa6Result\x01" + b"\x91" * 1_000_000)
    hang()


def send_invalid_text() -> None:
    _send(b"\x92\xa8Progress\xa2\xff\xfe")
    hang()


def answer_another_job() -> None:
    # ["Result", 0, {"sender": ""}, b"", false]
    _send(b"\x95\xa6Result\x00\x81\xa6sender\xa0" + b"\xc4\x00" + b"\xc2")
    hang()


def answer_twice() -> None:
    """Answer in place of the inspection, and the next message's job with it."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and "job" not in frame.f_locals:
        frame = frame.f_back
    assert frame is not None
    number = frame.f_locals["job"].number
    forged = [
        msgspec.msgpack.encode(["Result", n, {"sender": "forged"}, b""])
        for n in (number, number + 1)
    ]
    os.write(CHANNEL, b"".join(struct.pack(">I", len(f)) + f for f in forged))


def slander() -> None:
    _send(b"\x93\xa6Failed\xa7crashed\xb3ann@council.example")
    hang()


def greet_again() -> None:
    _send(b"\x92\xa7Started\x90")
    hang()


def report_progress_for_ever() -> None:
    while True:
        _send(b"\x92\xa8Progress\xa13")


def trickle() -> None:
    while True:
        _send(b"\x92\xa8Progress\xa13")
        time.sleep(0.05)


def write_for_ever() -> None:
    os.write(CHANNEL, struct.pack(">I", 4 << 20))
    while True:
        os.write(CHANNEL, bytes(65536))


def hang_up() -> None:
    os.close(CHANNEL)
    hang()


def speak_later() -> None:
    def speak(number: int, frame: object) -> None:
        _send(b"\x92\xa8Progress\xa13")

    signal.signal(signal.SIGALRM, speak)
    signal.setitimer(signal.ITIMER_REAL, 0.2)


def break_out() -> None:
    """Try what a worker must not be able to do; `Escaped` when something works."""
    attempts: dict[str, Callable[[], object]] = {
        "open a socket": socket.socket,
        "reach a socket": socket.socketpair,
        "run a program": lambda: os.execv("/bin/true", ["true"]),
        "start a process": _fork,
        "signal its parent": lambda: os.kill(os.getppid(), 0),
        "signal everybody": lambda: os.kill(-1, 0),
        "write a file": lambda: Path("/tmp/escaped").write_bytes(b"x"),
        "create a file in memory": lambda: os.memfd_create("x"),
        "delete a file": lambda: os.unlink("/tmp/dlpguard-no-such-file"),
        "read a file": lambda: Path("/etc/passwd").read_bytes(),
        "list a directory": lambda: os.listdir("/"),
        "look at processes": lambda: Path("/proc/1/environ").read_bytes(),
        "read its own checkout": (Path(__file__).parents[2] / "pyproject.toml").read_bytes,
    }
    for what, attempt in attempts.items():
        try:
            attempt()
        except PermissionError:
            continue
        except OSError as error:
            raise Escaped(what) from error
        raise Escaped(what)


def look_around() -> None:
    """`Escaped` when a worker has inherited anything."""
    if any(name.startswith("DLPGUARD") or "SECRET" in name for name in os.environ):
        raise Escaped("environment")
    for descriptor in range(CHANNEL + 1, 1024):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        raise Escaped("descriptor")
    if os.getcwd() != "/":
        raise Escaped("working directory")


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _send(payload: bytes) -> None:
    os.write(CHANNEL, struct.pack(">I", len(payload)) + payload)
