"""A script's statements, walked once: what unpacks, enters, leaves and tells is taken out, the rest is kept.

Knows one script. Where a statement stands relative to the unpacked folder is told by following `cd`; what cannot be
followed leaves the script whole, with the reason.
"""

import re
from collections.abc import Sequence

from lfsmake.discover.convert.place import Place, Walked
from lfsmake.discover.convert.said import LEAVES, alike, base, called, stem_of
from lfsmake.discover.convert.statements import Statement
from lfsmake.discover.convert.trim import close, short, unquoted, without_jobs
from lfsmake.discover.facts.lines import UNKNOWN
from lfsmake.discover.facts.names import is_archive
from lfsmake.discover.shell.nodes import Command

_ARGUMENTS = re.compile(r"\$\{?(?:[1-9@*#]|BASH_SOURCE\b|0\b)")
_SETS = frozenset(("variable_assignment", "variable_assignments", "declaration_command"))
_VERSION = re.compile(r"(?i)(?:^|_)ver(?:sion)?$")
_VARIABLE = re.compile(r"\"?\$\{?([A-Za-z_]\w*)\}?\"?/?")
_FOLDERS = frozenset(("mkdir", "rm", "rmdir"))
_JOBS = re.compile(r"(?:-j *|--jobs=)\d*")
_TESTS = re.compile(r"\bmake\b[^;&|\n]*\b(?:check|tests?)\b|\bctest\b|\bninja test\b")
_ENDS = ("exit", "return", "logout")
_OUTSIDE = frozenset(("chroot", "su", "sudo", "mount", "umount", "reboot", "shutdown"))


class Walker(Place):
    """One walk over the statements of one script."""

    def walk(self, statements: Sequence[Statement]) -> Walked:
        """All statements; what is kept is in their order."""
        opening = any(self._opens(one) for one in statements)
        self.opened = self.inside = not opening
        comments: list[Statement] = []
        for number, one in enumerate(statements):
            if one.kind == "comment":
                comments.append(one)
                continue
            command = self.said.command(one)
            if command is not None and command.name in _ENDS:
                break
            if one.anew and self.inside:
                self.behind, self.inside, self.at = self.at, False, []
            why = self._statement(one, command, statements[number + 1 :])
            if why:
                return Walked(whole=why)
            if self.kept and self.kept[-1].statement is one:
                self.kept[-1].comments = close(comments, one)
            comments.clear()
        if not any(not one.sets and not one.moves for one in self.kept):
            return Walked(whole="nothing of it is left once what unpacks and cleans up is taken out")
        return Walked(
            "", tuple(one for one in self.kept if not (one.sets and self._names_here(one.text))), tuple(self.patches),
            tuple(self.unpacks), tuple(self.roots.items()), tuple(self.marks), tuple(self.heres),
            frozenset(self.tops),
        )  # fmt: skip

    def _names_here(self, text: str) -> bool:
        """Whether a statement says where the sources are unpacked."""
        found = re.match(r"(?:(?:export|local|declare|readonly) +)?([A-Za-z_]\w*)=", text)
        return found is not None and found[1] in self.heres

    def _opens(self, one: Statement) -> bool:
        """Whether a statement unpacks the script's own archive, or enters its folder."""
        command = self.said.command(one)
        if command is None:
            return False
        found = self.said.unpacked(command)
        if found is not None:
            return self._is_own(found[0])
        if self.said.helper(command) == "opens":
            return True
        return command.name in ("cd", "pushd") and len(command.words) > 1 and self._is_top(command)

    def _statement(self, one: Statement, command: Command | None, later: Sequence[Statement]) -> str:
        said = self.said
        if command is not None and command.name == "set":
            self._errexit(command)
        if one.kind in _SETS:
            if re.match(r"(?:export +)?(?:MAKEFLAGS|NINJAJOBS)=[\"']?(?:-j|\d|\$)", one.text):
                return ""  # how many jobs there are is lfsmake's to say
            self._keep(one, None, text=self._told(one), sets=True)
            return ""
        if command is not None:
            reads = said.pauses(command)
            if reads is not None:
                if reads and any(re.search(rf"\$\{{?{reads}\b", other.text) for other in later):
                    self.marks.append(f"it asked for {reads}, which nothing answers now: {short(one.text)}")
                return ""
            if command.name in (".", "source"):
                return self._sources(command)
        if said.tells_only(one) or (said.fetches(one) and not self._opens(one)):
            return ""
        if command is not None and not self.opened:
            if self._opens(one):
                self._open(command)
                return ""
            if command.name in LEAVES or (command.name in _FOLDERS and self._passing(command, later)):
                return ""
        if not self.opened:
            inner = [each for each in said.commands(one) if each.words]
            names = {called(each) for each in inner}
            if one.kind == "unset_command" or (
                names <= {"cd", "[", "[[", "test", "echo", "ls", "find", "exit", "tar", "true", "", *_FOLDERS}
                and all(self._passing(each, later) for each in inner if each.name in _FOLDERS)
            ):
                return ""
        if command is not None:
            handled = self._known(command, one, later)
            if handled is not None:
                return handled
        return self._body(one)

    def _errexit(self, command: Command) -> None:
        """`set -e`, `set +e`, `set -o errexit`."""
        words = self.said.words(command)
        signs = [word for word in words if re.match(r"[-+][a-z]*e", word)]
        signs += [words[place] for place, word in enumerate(words[1:]) if word == "errexit"]
        if signs and self.lenient != (signs[-1][0] == "+"):
            self.lenient = not self.lenient
            if self.lenient and self.opened:
                self.marks.append("it goes on after failures behind set +e")

    def _passing(self, command: Command, later: Sequence[Statement]) -> bool:
        """Whether folders that are made or removed ahead of the sources are only there to unpack or build in."""
        for word in command.words[1:]:
            value, text = self.said.value(word), word.text.strip("\"'")
            if text.startswith("-") or not value.startswith("/") or re.match(r"/(?:tmp/|sources|mnt/lfs)", value):
                continue
            if UNKNOWN in value and not re.match(r"/(?:usr|etc|var|opt|lib|s?bin|boot|home|root|srv)\b", value):
                continue
            if self._names_top(text, value) or any(
                re.search(rf"(?:cd|pushd|-C|-d) +\"?{re.escape(text)}(?![\w/])", other.text) for other in later
            ):
                continue
            return False
        return True

    def _told(self, one: Statement) -> str:
        """An assignment; where it asks a program of the tree, the version it asks for, "" for the text as it is."""
        asked = next((each.name for each in self.said.commands(one) if each.name in self.said.programs), "")
        found = re.match(r"(?:(?:export|local|declare|readonly) +)?([A-Za-z_]\w*)=", one.text) if asked else None
        if found is None:
            return ""
        version = self.script.version
        if version is not None and _VERSION.search(found[1]) and re.fullmatch(r"[\w.+-]+", version.value):
            return f"{found[0]}{version.value}"
        self.asked[found[1]] = asked
        return ""

    def _sources(self, command: Command) -> str:
        """A file that is read in: variables and functions are looked up, anything else has to be run."""
        scope = self.said.values.files.get((self.said.shell.path, command.start))
        word = command.words[1].text if len(command.words) > 1 else ""
        if scope is None:
            return f"it reads {short(word)}, which is not in the tree"
        does = {called(one) for one in scope.bodies.get("", ()) if one.words}
        if does - {
            "export",
            "set",
            "umask",
            "echo",
            "printf",
            "[",
            "test",
            "[[",
            "",
            ".",
            "source",
            "unset",
            "declare",
            "exit",
            "shopt",
            "readonly",
        }:
            return f"{short(word)}, which it reads, does more than set variables"
        return ""

    def _open(self, command: Command) -> None:
        found = self.said.unpacked(command)
        self.opened = True
        if found is not None:
            archive_word = next(
                (word for word in command.words[1:] if is_archive(base(self.said.value(word)).rstrip("*"))), None
            )
            if archive_word is not None:
                self._root(archive_word.text)
            if found[1] and not found[2]:
                self._root(f"{found[1]}/")
            here = _VARIABLE.fullmatch(found[1]) if found[2] else None
            if here:
                self.heres[here[1]] = None
            if found[1]:
                folder = found[1].strip("\"'")
                if found[2]:
                    self.tops |= {base(folder), folder}
            return
        if command.name in ("cd", "pushd"):
            self.inside = self.entered = True
            if command.name == "pushd":
                self.stack.append((None, False, False))
        else:
            for word in command.words[1:]:  # `extract $SOURCES/m4.tar.xz $BUILD`: both are the folder of the sources
                if is_archive(base(self.said.value(word))):
                    self._root(word.text)
                elif _VARIABLE.fullmatch(word.text):
                    self._root(f"{word.text}/")
            self.inside = self.entered = self.inside or self.said.enters(command)

    def _root(self, text: str) -> None:
        """The variable that a path of a file in the sources begins with: what it has to be here."""
        found = re.fullmatch(r"\"?\$\{?([A-Za-z_]\w*)\}?\"?(/sources?)?/[^/]*", text)
        if found and found[1] != "LFS":
            self.roots[found[1]] = "/.." if found[2] else ""

    def _known(self, command: Command, one: Statement, later: Sequence[Statement]) -> str | None:
        """What is taken out once the archive is unpacked; None for what stays."""
        said, name = self.said, command.name
        helper = said.helper(command)
        if helper == "unclear":
            return f"it calls {name}, a function that does more than unpack and tell"
        if helper == "opens":
            named = [word for word in said.words(command) if is_archive(base(word))]
            if all(self._is_own(word) for word in named) and all(each.sets for each in self.kept):
                self.inside = self.entered = self.inside or said.enters(command)
                return ""
            return f"it calls {name} once more, to unpack another archive"
        if helper == "leaves":
            self.inside, self.at = False, None
            return ""
        if name in LEAVES:
            return self._move(command, one)
        renames = name == "mv" and not self.inside and len(command.words) > 2
        if renames and self._names_top(command.words[-2].text, said.value(command.words[-2])):
            self.tops |= {base(said.value(command.words[-1])), base(command.words[-1].text)}
            return ""
        if name in ("rm", "rmdir") and self._removes_top(command):
            return ""
        found = said.unpacked(command)
        if found is not None:
            if self.own and self._is_own(found[0]) and self.inside is False:
                return ""
            return self._unpack(command, found, one, later)
        if name == "mv" and self.unpacks and self._renames(command):
            return ""
        if name == "patch" and self._patch(command):
            return ""
        return None

    def _unpack(
        self, command: Command, found: tuple[str, str, bool], one: Statement, later: Sequence[Statement]
    ) -> str | None:
        """A further archive: `unpack` if its folder is told and nothing depends on when it is done."""
        name = base(found[0])
        if self.at != [] or not self.inside or found[1] or found[2] or UNKNOWN in name or self._is_own(name):
            return None
        files = [file for file in self.complete if alike(name, file)]
        if len(files) != 1 or not self.complete[files[0]]:
            return None
        stem = stem_of(files[0])
        for other in later[:8]:
            moved = self.said.command(other)
            if moved is None or moved.name not in ("mv", "ln", "tar") or len(moved.words) < 3:
                continue
            if moved.name != "tar" and alike(base(self.said.value(moved.words[-2])), stem):
                to = self.said.value(moved.words[-1]).rstrip("/")
                if moved.name == "mv" and re.fullmatch(r"[\w.+-]+", to):
                    self.unpacks.append((files[0], to))
                    return ""
                return None
        self.unpacks.append((files[0], stem))
        return ""

    def _renames(self, command: Command) -> bool:
        if self.at != [] or len(command.words) < 3:
            return False
        source, to = base(self.said.value(command.words[-2])), self.said.value(command.words[-1]).rstrip("/")
        return any(alike(source, stem_of(file)) and folder == to for file, folder in self.unpacks)

    def _patch(self, command: Command) -> bool:
        """A patch that is put in before anything else is done: `patch`."""
        if not self.inside or self.at != [] or any(not one.sets for one in self.kept):
            return False
        words = self.said.words(command)
        ahead = [self.said.value(one.target) for one in command.redirects if one.operator == "<" and one.target]
        strip = next((int(found[1]) for word in words if (found := re.search(r"^-\w*?p(\d)", word))), -1)
        files = [base(word) for word in (*words, *ahead) if re.search(r"\.(?:patch|diff)(?:\.\w+)?$", word)]
        if len(files) != 1 or strip < 0 or any(re.match(r"-\w*R|--reverse|-d", word) for word in words):
            return False
        named = [file for file in self.complete if alike(files[0], file) and self.complete[file]]
        if len(named) != 1:
            return False
        self.patches.append((named[0], strip))
        return True

    def _body(self, one: Statement) -> str:
        """A statement that stays."""
        if _ARGUMENTS.search(unquoted(one.text)) and not (
            one.kind == "function_definition" or "awk" in one.text or "<<" in one.text
        ):
            return f"it looks at its arguments or its own name: {short(one.text)}"
        for name, program in tuple(self.asked.items()):
            if re.search(rf"\$\{{?{name}\b", one.text):
                self.marks.append(f"{name} is told by {program}, a program of the tree that no step has")
                del self.asked[name]
        tests = False  # as another user
        for command in self.said.commands(one):
            if command.name in self.said.programs:
                self.marks.append(f"it runs {command.name}, a program of the tree that no step has")
            helper = self.said.helper(command)
            if helper in ("unclear", "opens", "leaves"):
                return f"it calls {command.name}, a function that does more than unpack and tell"
            if command.name in _OUTSIDE:
                tests = command.name in ("su", "chroot") and (
                    self.said.phase(one) == "check" or _TESTS.search(one.text) is not None
                )
                if not tests:
                    return f"it runs {command.name}: {short(one.text)}"
        text, phase = one.text, "check" if tests else self.said.phase(one)
        asked = one.kind == "if_statement" and one.inner and re.search(r"(?i)test|check", one.condition)
        if asked and all(self.said.phase(each) == "check" for each in one.inner):
            text, phase = "\n".join(each.text for each in one.inner), "check"
        for word in {
            word.text for command in self.said.commands(one) if command.name in ("make", "ninja")
            for word in command.words[1:] if "$" in word.text and _JOBS.fullmatch(self.said.value(word))
        }:  # fmt: skip
            text = re.sub(rf" +{re.escape(word)}(?=[\s;&|)]|$)", "", text)
        self._keep(one, phase, text=without_jobs(text, self.said.commands(one)))
        return ""
