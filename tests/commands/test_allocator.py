import subprocess
import sys

import pytest

_PIECES = """
import ctypes, resource
from dlpguard.commands import _allocator

if not hasattr(ctypes.CDLL(None), "gnu_get_libc_version"):
    raise SystemExit(3)
{keep}

def pieces(number):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(number):
        bytes(bytearray(b"x" * 250_000))
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

pieces(10)
print(pieces(200))
"""


def faults(keep: str) -> int:
    """Pages that the kernel gave a process for 200 pieces of 250 KB, one after the other."""
    done = subprocess.run(
        [sys.executable, "-c", _PIECES.format(keep=keep)], capture_output=True, check=False
    )
    if done.returncode == 3:
        pytest.skip("the C library is not glibc")
    return int(done.stdout)


def test_memory_of_the_piece_before_is_used_for_the_next() -> None:
    assert faults("_allocator.keep_buffers()") < 1000 < faults("")
