"""Writes `docs/reference/` from the code, so that it says what the code does.

    python docs/write_reference.py            writes the pages
    python docs/write_reference.py --check    exit code 1 when they are not up to date

`pages()` is what a test compares with the files.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import itertools
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer.main

from dlpguard import actions, commands, detectors, extractors
from dlpguard.actions._parts import TAG_FIELD
from dlpguard.document import Hidden, Unread
from dlpguard.mail import MessageId
from dlpguard.policy import words
from dlpguard.policy.flowfile import FlowFile
from dlpguard.policy.grammar import CONDITIONS
from dlpguard.policy.language import PolicyFile
from dlpguard.runners.courier import PASSED
from dlpguard.smtp import replies
from dlpguard.smtp._trace import HEADER_LIMIT, NAMESPACE, trace

FOLDER = Path(__file__).resolve().parent / "reference"

WRITTEN = "<!-- Written by docs/write_reference.py from the code: run it again after a change. -->"


def pages() -> dict[str, str]:
    """The content of each page by its file's name."""
    made = {
        "commands.md": _commands(),
        "policies.md": _policies(),
        "kinds.md": _kinds(),
        "replies.md": _replies(),
        "header-fields.md": _header_fields(),
    }
    texts = {name: "\n".join(lines).rstrip() for name, lines in made.items()}
    return {name: f"{WRITTEN}\n\n{text}\n" for name, text in texts.items()}


def _commands() -> Iterator[str]:
    """Every command with its arguments and options, in the order of the help."""
    yield "# Commands\n"
    yield (
        "Exit codes: 0 fine; 1 something was found, or decided otherwise; 2 wrong use, or it cannot"
        " run. Commands that need settings read `dlpguard.toml` in the current folder, or the file"
        " that `--config` names.\n"
    )
    yield from _command("dlpguard", typer.main.get_command(commands.app()))


def _command(name: str, command: Any) -> Iterator[str]:
    members = getattr(command, "commands", None)
    if name != "dlpguard":
        yield f"## {name}\n" if members or name.count(" ") == 1 else f"### {name}\n"
        yield from _prose(command.help or "")
    if members is not None:
        for member, inside in members.items():
            yield from _command(f"{name} {member}", inside)
        return
    parameters = [one for one in command.params if one.name != "help"]
    if parameters:
        yield from _table(
            ("parameter", "what it is", "default"),
            [(_spelling(one), _help(one), _default(one)) for one in parameters],
        )


def _spelling(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{(parameter.metavar or parameter.name).upper()}`"
    names = ", ".join(parameter.opts)
    return f"`{names}`" if parameter.is_flag else f"`{names} {_value(parameter)}`"


def _value(parameter: Any) -> str:
    """What stands for an option's value: its choices, or a word of its own or of its type."""
    annotation = parameter.type_descriptor.annotation
    choices = get_args(annotation)[0] if get_origin(annotation) is list else annotation
    if get_origin(choices) is Literal:
        return "|".join(get_args(choices))
    if isinstance(choices, type) and issubclass(choices, Enum):
        return "|".join(str(one.value) for one in choices)
    return parameter.metavar or {Path: "FILE", int: "N", float: "N"}.get(annotation, "TEXT")


def _help(parameter: Any) -> str:
    often = " May be given more than once." if parameter.multiple or parameter.nargs < 0 else ""
    said = str(getattr(parameter, "help", "") or "")
    return said if "more than once" in said or "several times" in said else said + often


def _default(parameter: Any) -> str:
    value = parameter.default
    if parameter.required:
        return "must be given"
    if value is None or value is False or callable(value) or str(value) in {"", "()", "[]"}:
        return ""
    return f"`{value}`"


def _policies() -> Iterator[str]:
    """What a policy file may say, a line for each key and parameter."""
    yield "# The policy language\n"
    yield (
        "Every key, condition and parameter. [Writing policies](../policies.md) explains them;"
        " `dlpguard policy schema` prints the same for editors.\n"
    )
    yield "## Keys\n"
    yield from _table(("key", "what it is", "default"), _fields(PolicyFile))
    yield "## Actions\n"
    told = [(f"`{one.NAME}`", _first_sentence(_module_doc(one))) for one in actions.ACTIONS]
    yield from _table(("action", "what happens"), told)
    yield "## Conditions\n"
    for name, grammar in CONDITIONS.items():
        yield f"### {name}\n"
        yield f"{grammar.description}\n"
        rows = _fields(grammar.model)
        if rows:
            yield from _table(("parameter", "what it is", "default"), rows)
        if grammar.examples:
            yield "```yaml\n" + "\n".join(f"- {one}" for one in grammar.examples) + "\n```\n"
    yield "## Flows\n"
    yield "The keys of an entry in `flows.yaml`.\n"
    yield from _table(("key", "what it is", "default"), _fields(FlowFile))


def _fields(model: Any) -> list[tuple[str, str, str]]:
    """Key, description and default of each field of a pydantic model."""
    return [
        (
            f"`{field.alias or name}`",
            field.description or "",
            "must be given" if field.is_required() else _plain(field.get_default()),
        )
        for name, field in model.model_fields.items()
    ]


def _plain(value: object) -> str:
    """A default as an author would write it; nothing for "none"."""
    if value is None or value in ((), [], ""):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    shown = value.name.lower() if isinstance(value, Enum) else value
    return f"`{shown}`"


def _kinds() -> Iterator[str]:
    """What is found, what is hidden, what cannot be read, and in which formats."""
    yield "# What is found\n"
    yield "## Kinds\n"
    yield (
        "What detectors find, and policies may ask for (`kinds`). Each detector's module has the"
        " whole specification with its source: what is one, what is not, how often chance makes"
        " one.\n"
    )
    described = {one.KIND: _first_sentence(_module_doc(one)) for one in detectors.DETECTORS}
    described["special_category"] = _first_sentence(_module_doc(detectors.special))
    yield from _table(
        ("kind", "called", "what it is"),
        [(f"`{kind}`", words.KINDS[kind][1], described[kind]) for kind in words.KINDS],
    )
    yield "## Gaps\n"
    yield (
        "Why something could not be read. Those of the [floor](../policies.md#the-floor) are held"
        " unless `[gaps]` accepts them; about the others policies decide.\n"
    )
    yield from _table(
        ("`why`", "it is", "decided by"),
        [(f"`{why}`", words.UNREAD[why], _decider(why)) for why in Unread],
    )
    yield "## Hidden\n"
    yield (
        "Why somebody who looks at a file would not see something. Policies may ask for these"
        " (`hidden_content`), and count the people in them apart.\n"
    )
    yield from _table(("`why`",), [(f"`{why.value}`",) for why in Hidden])
    yield "## Formats\n"
    yield "What a file is, is decided by its bytes. A reader for each family of formats:\n"
    yield from _table(
        ("reader", "what it reads"),
        [(f"`{_short(one)}`", _first_sentence(_module_doc(one))) for one in extractors._READERS],
    )


def _decider(why: Unread) -> str:
    ordinary = {Unread.ENCRYPTED, Unread.SCAN, Unread.UNSUPPORTED}
    return "policies" if why in ordinary else "the floor"


def _replies() -> Iterator[str]:
    """Every SMTP reply with when it is given, from the constants and their docstrings."""
    yield "# SMTP replies\n"
    yield (
        "Every reply that dlpguard gives. Those that begin with 4 mean that the client keeps the"
        " mail and tries again. What to do about the usual ones stands under"
        " [what clients see](../smarthost.md#what-clients-see).\n"
    )
    found = list(_constants(inspect.getsource(replies)))
    for first, title in (("2", "Fine"), ("3", "Go on"), ("4", "Not now"), ("5", "No")):
        rows = sorted((said, when) for said, when in found if said[:1] == first)
        if rows:
            yield f"## {title}\n"
            yield from _table(("reply", "when"), [(f"`{said}`", when) for said, when in rows])


def _constants(source: str) -> Iterator[tuple[str, str]]:
    """Replies among the constants of a module, each with the docstring that follows it."""
    body = ast.parse(source).body
    for one, after in itertools.pairwise(body):
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Constant | ast.JoinedStr):
            value = ast.literal_eval(one.value)
            if re.match(r"[2-5]\d\d ", str(value)) and isinstance(after, ast.Expr):
                yield str(value), _told(ast.literal_eval(after.value))
    functions = {one.name: one for one in body if isinstance(one, ast.FunctionDef)}
    for name, sample in (("queued", "ID"), ("backlog", "…")):
        doc = ast.get_docstring(functions[name]) or ""
        yield getattr(replies, name)(sample), _told(doc)


def _told(docstring: str) -> str:
    """A docstring with the names of settings instead of the code's."""
    said = re.sub(r"Rules\.(\w+?)(_seconds)?`", r"listen.\1`", _joined(docstring))
    return said.replace("`HEADER_LIMIT`", f"{HEADER_LIMIT >> 20} MiB")


def _header_fields() -> Iterator[str]:
    """The fields that dlpguard writes, with an example that its own function made."""
    yield "# Header fields\n"
    yield (
        "dlpguard puts fields in front of a message and changes nothing else: what came in goes out"
        " byte for byte behind them, so signatures made before still verify. Fields that begin with"
        f" `{_namespace()}` and came with a message are removed: they are dlpguard's to write, and"
        " it never believes them.\n"
    )
    rows = [
        ("`Received`", "always", "the client, this relay, the message's id; never a recipient"),
        ("`X-DLPGuard-Id`", "always", "the id in the log, on the site and in the `250` reply"),
        (
            f"`{PASSED[0]}: {PASSED[1]}`",
            "always",
            "for the next hop, so that it does not send the message here again",
        ),
        (
            f"`{TAG_FIELD}`",
            "a policy with `then: tag` matched",
            "`name; title` of the policy; one field for each",
        ),
    ]
    yield from _table(("field", "when", "what it says"), rows)
    example = trace(
        MessageId("01J5XGQ3ZK8M2N4P6R8T0V2W4Y"),
        name="mail.council.example",
        client="10.0.0.4",
        protocol="ESMTPS",
        hostname="dlpguard.council.example",
        installation="7d1f0c2a",
        time=1795341243.0,
    )
    lines = example.decode().replace("\r\n", "\n")
    yield f"```text\n{lines}{PASSED[0]}: {PASSED[1]}\n```\n"
    yield (
        "Notices to senders and reviewers carry `Auto-Submitted: auto-replied`, so that nobody's"
        " out-of-office answers them.\n"
    )


def _namespace() -> str:
    return "-".join(
        {"dlpguard": "DLPGuard"}.get(w, w.title()) for w in NAMESPACE.decode().split("-")
    )


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heading)} |"
    yield "|" + " --- |" * len(heading)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
    yield ""


def _prose(text: str) -> Iterator[str]:
    """A help text: paragraphs, each on lines of its own."""
    for paragraph in text.split("\n\n"):
        yield _joined(paragraph).replace("<", "&lt;") + "\n"


def _joined(text: str) -> str:
    """Text of several lines on one, with one space between sentences."""
    return " ".join(text.split())


def _first_sentence(text: str) -> str:
    """The first sentence of a docstring, without the signs of markup that a table would break."""
    paragraph = _joined(text.partition("\n\n")[0])
    sentence = re.split(r"(?<=[.])\s", paragraph)[0]
    return sentence.replace("<", "&lt;")


def _module_doc(member: Any) -> str:
    found = inspect.getmodule(member) if not inspect.ismodule(member) else member
    return (found.__doc__ if found else "") or ""


def _short(member: Any) -> str:
    return str(member.__name__).rpartition(".")[2]


def main() -> None:
    """Write the pages, or compare them."""
    line = argparse.ArgumentParser(description=__doc__)
    line.add_argument("--check", action="store_true", help="only say whether they are up to date")
    check = line.parse_args().check
    old = []
    for name, content in pages().items():
        file = FOLDER / name
        if not file.is_file() or file.read_text("utf-8") != content:
            old.append(name)
            if not check:
                file.write_text(content, "utf-8")
    sys.stdout.write("\n".join([*old, "" if old else "up to date\n"]))
    sys.exit(bool(check and old))


if __name__ == "__main__":
    main()
