"""The words of the language: which statements stand where, and the nearest known word. Knows no nodes."""

from collections.abc import Iterable

PHASE_WORDS = ("prepare", "configure", "build", "check", "install")
DIGEST_WORDS = ("sha256", "sha512", "blake2b", "md5", "signed")
HEX_DIGITS = {"sha256": 64, "sha512": 128, "blake2b": 128, "md5": 32}
SCOPES = ("build", "run", "test")
CONTEXTS = ("host", "target", "image")

_PEOPLE = ("summary", "homepage", "license")
_SOURCES = ("source", "origin", "fixup", "patch", *DIGEST_WORDS)
_RUN = ("context", "user", "workdir", "needs", "env", "skip", "order", "pre", "post", *PHASE_WORDS)
_MEANT = ("allow", "differs")
_STEP = ("style", "with", "before", "tests", "fails", *_MEANT, "file", "cost", "memory", "time", "jobs", "retry")

# The statements of a block, by its kind, in the order they are best listed.
STATEMENTS: dict[str, tuple[str, ...]] = {
    "package": (
        *_SOURCES,
        *_PEOPLE,
        *_RUN,
        *_STEP,
        "unpack",
        "provides",
        "conflicts",
        "replaces",
        "when",
    ),
    "script": (*_RUN, *_STEP, *_PEOPLE, "unpack", "reads", "strict", *_SOURCES[:3], *DIGEST_WORDS, "when"),
    "resource": (*_SOURCES, *_PEOPLE, "when"),
    "style": (*_RUN, "when"),
    "group": ("members", "needs", "when"),
    "host": ("tool", "alias", "kernel", "when"),
}
EVERY_STATEMENT = tuple(dict.fromkeys(word for words in STATEMENTS.values() for word in words))

# The declarations of a file, outside all braces.
DECLARATIONS = (
    "package",
    "script",
    "resource",
    "style",
    "group",
    "host",
    "option",
    "book",
    "include",
    "amend",
    "when",
)
BLOCKS = tuple(STATEMENTS)

# How each statement is written, for hints.
USAGE: dict[str, str] = {
    "book": 'book "12.3"',
    "include": 'include "file.lfs"',
    "option": "option NAME = first|second",
    "package": 'package NAME [VERSION] [from RESOURCE] ["title"] {',
    "script": 'script NAME [from "PATH"] ["title"] {',
    "resource": "resource NAME [VERSION] {",
    "style": "style NAME [inherits STYLE] {",
    "group": 'group NAME ["title"] {',
    "host": 'host NAME ["title"] {',
    "amend": "amend KIND NAME {",
    "when": "when OPTION=VALUE|VALUE {",
    "source": 'source "URL" [as NAME]',
    "patch": 'patch "URL" [strip N]',
    "origin": 'origin "URL"',
    "unpack": 'unpack RESOURCE "folder"',
    "file": 'file /PATH from "template" [mode 0644]',
    "needs": "needs build|run|test NAME [>= VERSION]…",
    "provides": "provides NAME [VERSION]",
    "env": 'env NAME "value"',
    "cost": "cost 1 SBU 677 MB",
    "memory": "memory 4 GB",
    "time": "time 2 h",
    "jobs": "jobs 1",
    "retry": "retry 2",
    "kernel": "kernel 5.4",
    "tests": "tests critical",
    "fails": 'fails "TEST"… [because "text"]',
    "allow": 'allow FINDING because "text"',
    "differs": 'differs WORD because "text"',
    "reads": 'reads "PATH"… [from "PATH"]',
    "strict": "strict",
    "context": "context host|target|image",
    "tool": 'tool NAME [>= VERSION] [run "command"] [package "name"]',
    "alias": "alias NAME TOOL",
    **{word: f'{word} "text"' for word in (*_PEOPLE, "workdir", "user")},
    **{word: f"{word} NAME…" for word in ("before", "members", "conflicts", "replaces", "with")},
    **{word: f"{word} PHASE…" for word in ("skip", "order")},
    **{word: f"{word} HEX" for word in HEX_DIGITS},
    **{word: f"{word} PHASE: shell" for word in ("pre", "post")},
    **{word: f"{word}: shell" for word in (*PHASE_WORDS, "fixup")},
    "signed": "signed",
}


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The one of `words` that `word` was most likely meant to be, or None if none is near."""
    from difflib import get_close_matches

    lower = {known.lower(): known for known in words}
    near = get_close_matches(word.lower(), lower, n=1, cutoff=0.6)
    return lower[near[0]] if near else None


def listed(words: Iterable[str], last: str = "or") -> str:
    """`a, b or c`."""
    items = list(words)
    return f" {last} ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


def meant(word: str, words: Iterable[str]) -> str:
    """The hint `did you mean "source"?`, or "" when no word is near."""
    near = nearest(word, words)
    return f'did you mean "{near}"?' if near else ""
