"""The commands of a section to the phases of a step, in the book's order. Knows one section, and no other recipe.

The book's `remap` is a hint. What holds is the order of the document: a command never comes to stand before one that
the book has first. Only the check is apart, since a check cannot change a layer.
"""

import re
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from lfsmake.discover.book.fillins import filled
from lfsmake.discover.book.model import Instruction, Section

_HINTS = {
    "pre": "prepare",
    "configure": "configure",
    "make": "build",
    "test": "check",
    "install": "install",
    "adjust": "install",
    "locale-test": "install",
    "locale-full": "install",
}
_RANKS = ("prepare", "configure", "build", "install")

# What a command is when the book does not say.
_CONTENT = (
    ("install", re.compile(r"(?m)^\s*(?:make|ninja|pip3)\b.*\binstall\b")),
    ("check", re.compile(r"(?m)^\s*(?:make|ninja)\b.*\b(?:check|test)\b")),
    (
        "configure",
        re.compile(r"(?m)^\s*(?:\S+=\S*\s+)*(?:\.{1,2}/(?:\S+/)?configure|meson setup|cmake|perl Makefile)\b"),
    ),
    ("build", re.compile(r"(?m)^\s*(?:make|ninja|pip3 wheel)\b")),
)
_SANITY = re.compile(r"\bdummy\.(?:c|log)\b|\ba\.out\b")
_FOLDER = re.compile(r"mkdir(?: -\w+)? +([\w.+-]+)\ncd +\1[ \t]*(?:\n+|$)")
_UNPACKED = re.compile(r"tar -xf \.\./(\S+)\nmv(?: -\w+)? +(\S+) +([\w.+-]+)(?:\n|$)")
_ASSIGNED = re.compile(r"(?m)^(?:export +)?([A-Za-z_]\w*)=")
_EXPORTED = re.compile(r"(?m)^export +([A-Za-z_]\w*)=([\w./:+-]*)$")
_MOVES = re.compile(r"(?m)^(?:(?:cd|pushd) +([\w./+-]+)|(popd))[ \t]*$")
_COMPOUND = re.compile(r"(?m)^\s*(?:if|for|case|while|until|function)\b")

_RESULTS = re.compile(r"grep [^\n]*\$\(find [^\n]*\)")  # fails where no test did
_MENU = re.compile(r"make (?:menu|n|x|g|old)?config")

_OWN_SHELL = "each step has a shell of its own"
_MOUNTS = "the sandbox mounts and unmounts what a step sees"
_ASKS = "it waits for an answer"
_OUTSIDE = "it is for the running machine, not for the system that is built"
_LEFT = (
    (re.compile(r"\s*(?:exec .*bash\b.*|logout|exit|su - .*|source ~/\..*|chroot .*)$"), _OWN_SHELL),
    (re.compile(r"\s*(?:mount|umount|swapon|(?:\S*/)?swapon|mountpoint .*&& *umount)\b.*$"), _MOUNTS),
    (re.compile(r"\s*(?:passwd(?: .*)?|tzselect|vim\b.*)$"), _ASKS),
    (re.compile(r"\s*(?:shutdown|reboot|grub-install|systemctl start)\b.*$"), _OUTSIDE),
)
# Pages whose work is done by the sandbox; their ids are the same in every book.
_PAGES = {
    "addinguser": "the sandbox has the user lfs, and the folders are that user's",
    "settingenviron": "the host context has this environment",
    "changingowner": "what the user lfs makes belongs to root in a layer",
}


class Left(Struct, frozen=True):
    """A command that is left out, as one line, and why."""

    text: str
    reason: str


class Phases(Struct, frozen=True):
    """What a section's commands make. `bodies` in the order they run; `order` only if it is not the usual one."""

    bodies: tuple[tuple[str, str], ...]
    order: tuple[str, ...] = ()
    workdir: str = ""
    env: tuple[tuple[str, str], ...] = ()
    unpacks: tuple[tuple[str, str], ...] = ()  # file name of the archive, folder
    critical: bool = False  # the check is one that the book says not to leave out
    left: tuple[Left, ...] = ()
    options: tuple[tuple[str, tuple[str, ...]], ...] = ()  # name, choices
    fills: tuple[str, ...] = ()  # what a reader has to fill in before the step makes sense
    choices: tuple[str, ...] = ()  # what a reader may change


class _Part(Struct):
    """A run of text of one phase."""

    phase: str
    text: str
    sanity: bool = False


def page_done(section: Section) -> str:
    """Why nothing of the page is needed here, "" if something may be."""
    return _PAGES.get(section.id.rpartition("-")[2], "")


def phases_of(section: Section, *, package: bool) -> Phases:
    """The phases of a section: of a package as the book hints, of anything else all in `install`."""
    read, left = _kept(section.instructions)
    found_here = [filled(instruction, text) for instruction, text in read]
    kept = [(instruction, one.text) for (instruction, _), one in zip(read, found_here, strict=True)]
    given = Phases(
        (),
        env=tuple(dict(pair for one in found_here for pair in one.env).items()),
        left=left,
        options=tuple(dict.fromkeys(option for one in found_here for option in one.options)),
        fills=tuple(dict.fromkeys(text for one in found_here for text in one.fills)),
        choices=tuple(dict.fromkeys(text for one in found_here for text in one.choices)),
    )
    if not package:
        text = _joined([text for _, text in kept])
        return replace(given, bodies=(("install", text),) if text else ())
    unpacks: list[tuple[str, str]] = []
    workdir = ""
    parts: list[_Part] = []
    for instruction, whole in kept:
        text, found = _unpacked(whole)
        unpacks += found
        phase, sanity = _phase(instruction, text, parts)
        made = _FOLDER.match(text)
        if made and not workdir and not any(part.phase != "prepare" for part in parts if part.phase != "check"):
            workdir, text = made[1], text[made.end() :].strip("\n")
        if workdir and phase == "prepare":
            phase = "configure"  # prepare runs in the top folder of the sources, all behind it in `workdir`
        if text:
            parts.append(_Part(phase, text, sanity))
    bodies, order = _folded(parts, workdir)
    critical = section.critical or any(part.sanity and part.phase == "check" for part in parts)
    env = dict(pair for part in parts if part.phase != "check" for pair in _EXPORTED.findall(part.text))
    return replace(
        given,
        bodies=bodies,
        order=order,
        workdir=workdir,
        env=(*given.env, *env.items()),
        unpacks=tuple(unpacks),
        critical=critical and any(phase == "check" for phase, _ in bodies),
    )


def _kept(instructions: Iterable[Instruction]) -> tuple[list[tuple[Instruction, str]], tuple[Left, ...]]:
    """The instructions with the text that is left of them, and what was left out."""
    kept: list[tuple[Instruction, str]] = []
    left: list[Left] = []
    for instruction in instructions:
        text = instruction.text.replace("\r\n", "\n").replace("\r", "").replace("\0", "").strip("\n")
        if _MENU.fullmatch(text.strip()):
            left.append(Left(text.strip(), f"{_ASKS}; make defconfig stands in its place"))
            kept.append((replace(instruction, remap="configure"), "make defconfig"))
            continue
        if instruction.nodump:
            continue
        if instruction.remap == "test" and _RESULTS.fullmatch(text):
            left.append(Left(text, "lfsmake reads the results of tests itself"))
            continue
        lines = text.split("\n")
        if _COMPOUND.search(text) and "<<" not in text:
            reason = next((why for line in lines if (why := _why_left(line))), "")
            if reason:
                left.append(Left(lines[0].strip() + " …", reason))
                continue
        elif "<<" not in text:
            lines, gone = _without(lines)
            left += gone
            text = "\n".join(lines).strip("\n")
        if text.strip():
            kept.append((instruction, text))
    return kept, tuple(left)


def _without(lines: list[str]) -> tuple[list[str], list[Left]]:
    """The lines but those of commands to leave out, with the lines they continue on."""
    out: list[str] = []
    gone: list[Left] = []
    command: list[str] = []
    for line in lines:
        command.append(line)
        if line.endswith("\\"):
            continue
        text = " ".join(" ".join(part.removesuffix("\\") for part in command).split())
        reason = _why_left(text)
        if reason:
            gone.append(Left(text, reason))
        else:
            out += command
        command = []
    return out + command, gone


def _why_left(line: str) -> str:
    return next((reason for pattern, reason in _LEFT if pattern.match(line)), "")


def _unpacked(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The text without pairs of `tar -xf ../FILE` and `mv FOLDER NAME` at its start, and those."""
    found: list[tuple[str, str]] = []
    while (pair := _UNPACKED.match(text)) is not None:
        if not re.match(re.escape(pair[2]) + r"(?:\.|-src)", pair[1]):
            break
        found.append((pair[1], pair[3]))
        text = text[pair.end() :].lstrip("\n")
    return text, found


def _phase(instruction: Instruction, text: str, before: list[_Part]) -> tuple[str, bool]:
    """The phase that is meant, and whether it looks at what was built rather than making anything."""
    if instruction.remap in _HINTS:
        return _HINTS[instruction.remap], False
    installed = any(part.phase == "install" for part in before)
    if installed and _SANITY.search(text):
        return "check", True
    for phase, pattern in _CONTENT:
        if pattern.search(text) and not (installed and phase != "install"):
            return phase, False
    built = [part.phase for part in before if part.phase != "check"]
    return (built[-1] if built else "prepare"), False


def _folded(parts: list[_Part], workdir: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Each phase once. The order is given where the check comes behind the install."""
    tested = any(part.phase == "check" and not part.sanity for part in parts)
    if tested:  # there is one check: what looks at the installed files stays among the commands around it
        for part in parts:
            if part.sanity:
                part.phase = "install"
    made = [part for part in parts if part.phase != "check"]
    rank = 0
    for part in made:
        rank = max(rank, _RANKS.index(part.phase))
        part.phase = _RANKS[rank]
    _keep_variables_together(made)
    bodies = {
        phase: _joined([part.text for part in made if part.phase == phase])
        for phase in _RANKS
        if any(part.phase == phase for part in made)
    }
    checks = [part for part in parts if part.phase == "check"]
    if not checks:
        return tuple(bodies.items()), ()
    first = parts.index(checks[0 if all(part.sanity for part in checks) else -1])
    late = any(part.phase == "install" for part in parts[:first]) and all(part.sanity for part in checks)
    at = _folder([part.text for part in parts[: parts.index(checks[0])] if part.phase != "check"])
    text = _joined([part.text for part in checks])
    if at:
        text = f"cd {at}\n{text}"
    if late:
        bodies["check"] = text
        return tuple(bodies.items()), tuple(bodies)
    out = [(phase, body) for phase, body in bodies.items() if phase != "install"]
    out.append(("check", text))
    out += [(phase, body) for phase, body in bodies.items() if phase == "install"]
    return tuple(out), ()


def _keep_variables_together(parts: list[_Part]) -> None:
    """A phase is a shell of its own: what uses a variable goes to the phase of the last that does."""
    for at, part in enumerate(parts):
        for name in _ASSIGNED.findall(part.text):
            used = re.compile(rf"\$\{{?{name}\b|\bunset\b.*\b{name}\b")
            later = [other for other in parts[at + 1 :] if used.search(other.text)]
            if later and later[-1].phase != part.phase and not _is_literal(name, part.text):
                first, last = _RANKS.index(part.phase), _RANKS.index(later[-1].phase)
                for other in parts:
                    if first <= _RANKS.index(other.phase) <= last:
                        other.phase = later[-1].phase


def _is_literal(name: str, text: str) -> bool:
    """Whether it is exported with a plain value, which becomes an `env` of the step."""
    return any(exported == name for exported, _ in _EXPORTED.findall(text))


def _folder(texts: Iterable[str]) -> str:
    """Where the commands leave off, below the folder that they started in; "" for there, or if it cannot be told."""
    at: list[str] = []
    stack: list[list[str]] = []
    for text in texts:
        for found in _MOVES.finditer(text):
            if found[2]:
                at = stack.pop() if stack else at
                continue
            if found[0].startswith("pushd"):
                stack.append(list(at))
            if found[1].startswith("/"):
                return ""
            for word in found[1].split("/"):
                if word == "..":
                    if not at:
                        return ""
                    at.pop()
                elif word not in ("", "."):
                    at.append(word)
    return "/".join(at)


def _joined(texts: list[str]) -> str:
    """The texts below each other, those of several lines with an empty line around."""
    out = ""
    last = ""
    for text in texts:
        if out:
            out += "\n\n" if "\n" in text or "\n" in last else "\n"
        out += text
        last = text
    return out
