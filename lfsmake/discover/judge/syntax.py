"""Whether pieces of shell are shell: bash reads them without running them. Knows no rule but that one."""

import contextlib
import re
import subprocess
from collections.abc import Iterable, Iterator
from shutil import which

import msgspec

from lfsmake.discover.judge.findings import Finding, Rule
from lfsmake.discover.judge.kept import Kept
from lfsmake.discover.judge.piece import Piece
from lfsmake.model.errors import Span

SYNTAX = Rule(
    "syntax",
    "error",
    "text that is no shell",
    "bash stops there, after it has run what stands before",
    "look at quotes, and at the ends of if, for, case and here-documents, above the place, too",
    "if true; then\n  make\n",
    "if true; then\n  make\nfi\n",
)
WINDOWS_ENDS = Rule(
    "SC1017",
    "error",
    "line ends of Windows",
    "every word at the end of a line has an invisible character more",
    "convert the file: dos2unix, or sed -i 's/\\r$//'",
)
RULES = (SYNTAX, WINDOWS_ENDS)
_SAID = re.compile(r"[^\n]*?: line ([0-9]+): (.*)")
_PATIENCE = 20.0  # seconds for one piece
_AT_ONCE = 4
_ASKED = "bash -n, 1"


def findings(pieces: Iterable[Piece], kept: Kept) -> Iterator[Finding]:
    """The first thing in each piece that bash cannot read. Nothing where there is no bash."""
    bash = which("bash")
    wanted = [piece for piece in pieces if piece.shell.interpreter in ("", "bash", "sh", "dash", "ksh")]
    if bash is None or not wanted:
        return
    from concurrent.futures import ThreadPoolExecutor  # logging comes with it

    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        answers = pool.map(lambda piece: _asked(bash, piece.shell.text, kept), wanted)
        for piece, said in zip(wanted, answers, strict=True):
            if said is not None:
                line, message = said
                lines = piece.shell.text.split("\n")
                line = min(max(1, line), len(lines))
                text = lines[line - 1]
                first = len(text) - len(text.lstrip()) + 1
                span = Span(piece.shell.path, line, first, line, max(first + 1, len(text.rstrip()) + 1))
                yield piece.finding(SYNTAX, message, span)


def line_ends(pieces: Iterable[Piece]) -> Iterator[Finding]:
    """Files with the line ends of Windows. A Shell has others, so the files themselves are looked at."""
    for piece in pieces:
        with contextlib.suppress(OSError), open(piece.shell.path, "rb") as file:
            for number, line in enumerate(file.read().split(b"\n"), 1):
                if line.endswith(b"\r"):
                    end = len(line.decode(errors="replace"))
                    place = Span(piece.shell.path, number, end, number, end + 1)
                    yield piece.finding(WINDOWS_ENDS, "this line ends as lines of Windows do", place)
                    break


def _asked(bash: str, text: str, kept: Kept) -> tuple[int, str] | None:
    known = kept.get(_ASKED, text)
    if known is None:
        known = msgspec.json.encode(_read(bash, text))
        kept.put(_ASKED, text, known)
    return msgspec.json.decode(known, type=tuple[int, str] | None)


def _read(bash: str, text: str) -> tuple[int, str] | None:
    """(line, what is wrong); None for shell. -n: nothing is run; no start file is read either."""
    command = [bash, "--noprofile", "--norc", "-n", "-O", "extglob", "/dev/stdin"]
    try:
        done = subprocess.run(
            command, input=text.encode(errors="replace"), capture_output=True, timeout=_PATIENCE, check=False,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode == 0:
        return None
    for line in done.stderr.decode(errors="replace").splitlines():
        match = _SAID.match(line)
        if match and not match[2].startswith("warning:"):
            return int(match[1]), match[2].replace("`", '"').replace("'", '"').removeprefix("syntax error: ")
    return None
