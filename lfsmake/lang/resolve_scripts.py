"""Scripts that steps run as they are: which file, by which shell, beside what other files. Runs and judges nothing."""
# os.path on strings, as spans and digests hold them
# ruff: noqa: PTH112, PTH113, PTH114, PTH117, PTH118, PTH119, PTH120, PTH122, PTH123, PTH202, PTH207

import hashlib
import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

from lfsmake.lang.merge import Merged
from lfsmake.lang.nodes import Block, Text
from lfsmake.lang.resolve_files import inside
from lfsmake.lang.resolve_report import Report, Strings
from lfsmake.model.errors import Span
from lfsmake.model.step import SCRIPTS, Body, ReadFile, ScriptFile

LARGEST = 16 << 20  # bytes of a file that a script reads; what is larger is a source

_TREE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*):(.*)", re.DOTALL)
_GLOB = re.compile(r"[*?\[]")
_SHELLS = {"bash": "bash", "sh": "sh", "dash": "sh", "ash": "sh"}
_FLAG = re.compile(r"[-+][A-Za-z]+|--[a-z]+")
_SKIPPED = (".git", ".svn", ".hg")


class Scripts:
    """Resolves `from "path"`, `reads` and `strict` of the steps of one project.

    `roots`: real folders that paths of recipes may lead to. `trees`: registered name → absolute folder. `read` gathers
    every file read, and every folder whose list of files counted, absolute.
    """

    def __init__(
        self, report: Report, strings: Strings, roots: Sequence[str], trees: Mapping[str, str], read: dict[str, None]
    ) -> None:
        self._report = report
        self._strings = strings
        self._roots = tuple(roots)
        self._trees = trees
        self._read = read
        self._digests: dict[str, tuple[str, bool]] = {}

    def script(self, block: Block, merged: Merged, names: Mapping[str, str]) -> tuple[ScriptFile, Body] | None:
        """The script that the step runs and the body that runs it; None for a step that has none."""
        if block.path is None:
            self._refuse_without(block, merged)
            return None
        found = self._place(self._strings.render(block.path, names), block.path.span)
        if found is None:
            return None
        file, path, _ = found
        data = self._data(file, block.path, path)
        if data is None:
            return None
        held = self._interpreter(data, file, block.path)
        if held is None:
            return None
        shell, flags = held
        strict = merged.strict is not None
        script = ScriptFile(
            path=path,
            file=file,
            sha256=hashlib.sha256(data).hexdigest(),
            text=_decoded(data),
            shell=shell,
            flags=flags,
            strict=strict,
            command=_command(path, shell, flags, strict),
            reads=self._reads(merged, block, names, path),
        )
        return script, Body(script.command, Span(file, 1, 0))

    def _refuse_without(self, block: Block, merged: Merged) -> None:
        words = [(node.paths[0].span, "reads") for node in merged.reads]
        if merged.strict is not None:
            words.append((merged.strict.key.span, "strict"))
        for span, word in words:
            self._report.add(
                f'"{word}" without a script of its own',
                span,
                hint=f'it stands in a step that runs a file: script {block.name.text} from "PATH" {{',
            )

    # Files.

    def _place(self, text: str, span: Span, *, what: str = "script") -> tuple[str, str, str] | None:
        """(the file or pattern, absolute; its path below SCRIPTS; the real folder that may not be left)."""
        tree = _TREE.fullmatch(text)
        if tree is not None:
            base = self._trees.get(tree[1])
            if base is None:
                self._report.add(
                    f'no tree is registered as "{tree[1]}"',
                    span,
                    expected=", ".join(self._trees) or "a path below the recipe's folder",
                    hint=self._report.nearest(tree[1], self._trees)
                    or f"register it: lfsmake registry add DIR --name {tree[1]}",
                )
                return None
            if not os.path.isdir(base):
                self._report.add(
                    f"the tree {tree[1]} is gone: there is no folder {base}",
                    span,
                    hint=f"put its new place into lfsmake.toml: [registry.{tree[1]}]",
                )
                return None
            text, roots = tree[2], [os.path.realpath(base)]
        else:
            base, roots = os.path.dirname(span.file), list(self._roots)
        if not text or "\0" in text:
            self._report.add(f"this {what} has no name", span)
            return None
        full = os.path.normpath(os.path.join(base, text))
        if _GLOB.search(text) is None and os.path.islink(os.path.dirname(full)):
            full = os.path.join(os.path.realpath(os.path.dirname(full)), os.path.basename(full))
        for root in roots:
            if not os.path.isabs(text) and inside(full, [root]):
                folder = os.path.realpath(os.path.dirname(full))
                return full, os.path.relpath(os.path.join(folder, os.path.basename(full)), root), root
        where = f"the tree {tree[1]}" if tree is not None else "the folder of the recipes"
        self._report.add(f'"{text}" leaves {where}', span, expected="a path below it")
        return None

    def _data(self, file: str, text: Text, path: str) -> bytes | None:
        """What the script holds; None after reporting why it cannot be run."""
        if not os.path.isfile(file):
            folder = os.path.dirname(file)
            near = os.listdir(folder) if os.path.isdir(folder) else []
            gone = "a folder" if os.path.isdir(file) else "gone" if os.path.islink(file) else ""
            self._report.add(
                f'the script "{path}" is {gone}' if gone else f'there is no script "{path}"',
                text.span,
                expected="a shell script",
                hint=self._report.nearest(os.path.basename(file), near),
            )
            return None
        try:
            if os.path.getsize(file) > LARGEST:
                self._report.add(f'"{path}" is too large for a script', text.span, expected="at most 16 MB")
                return None
            with open(file, "rb") as opened:
                data = opened.read()
        except OSError as error:
            self._report.add(f'the script "{path}" cannot be read: {error.strerror}', text.span)
            return None
        self._read[file] = None
        return data

    def _interpreter(self, data: bytes, file: str, text: Text) -> tuple[str, tuple[str, ...]] | None:
        """(the shell, its flags); None after reporting that there is none for it."""
        called = os.path.basename(file)
        if b"\0" in data:
            self._report.add(f'"{called}" is a program, not a shell script', text.span)
            return None
        found = interpreter(data)
        if found is None:
            first = data.split(b"\n", 1)[0].decode(errors="replace").strip()
            self._report.add(
                f'"{called}" is no script for bash or sh: {first}',
                Span(file, 1, 1, 1, len(first) + 1),
                expected="#!/bin/bash or #!/bin/sh",
                hint=f"call it in a body of your own: script {os.path.splitext(called)[0]} {{ install: …",
            )
        return found

    # What it reads.

    def _reads(self, merged: Merged, block: Block, names: Mapping[str, str], own: str) -> tuple[ReadFile, ...]:
        out: dict[str, ReadFile] = {}
        for node in merged.reads:
            for text in node.paths:
                rendered = self._strings.render(text, names)
                if node.other is None:
                    found = self._found(rendered, text.span)
                else:
                    found = self._other(rendered, text.span, self._strings.render(node.other, names), node.other.span)
                out.update((read.path, read) for read in found if read.path != own)
        return tuple(out[path] for path in sorted(out))

    def _found(self, text: str, span: Span) -> list[ReadFile]:
        """The files that a path, a folder or a pattern stands for."""
        placed = self._place(text, span, what="file")
        if placed is None:
            return []
        full, path, root = placed
        if os.path.isfile(full) or (_GLOB.search(text) is None and not os.path.isdir(full)):
            read = self._one(full, path, span)
            return [read] if read else []
        folders: dict[str, None] = {}
        files = list(_below(full, folders) if os.path.isdir(full) else _matching(full, folders))
        self._read.update(folders)
        if not files:
            self._report.add(
                f'there is no file in "{text}"' if os.path.isdir(full) else f'no file is called "{text}"', span
            )
        real = [(file, os.path.join(os.path.realpath(os.path.dirname(file)), os.path.basename(file))) for file in files]
        found = [self._one(file, os.path.relpath(at, root), span) for file, at in real if inside(file, [root])]
        return [read for read in found if read is not None]

    def _other(self, text: str, span: Span, other: str, place: Span) -> list[ReadFile]:
        """The file `text` with what `other` holds."""
        at, source = self._place(text, span, what="file"), self._place(other, place, what="file")
        if at is None or source is None:
            return []
        read = self._one(source[0], at[1], place)
        return [read] if read else []

    def _one(self, file: str, path: str, span: Span) -> ReadFile | None:
        held = self._digests.get(file)
        if held is None:
            if not os.path.isfile(file):
                folder = os.path.dirname(file)
                near = os.listdir(folder) if os.path.isdir(folder) else []
                hint = self._report.nearest(os.path.basename(file), near)
                self._report.add(f'there is no file "{path}"', span, hint=hint)
                return None
            try:
                if os.path.getsize(file) > LARGEST:
                    hint = "declare it as a source, then it lies in the sources folder"
                    self._report.add(f'"{path}" is larger than 16 MB', span, hint=hint)
                    return None
                with open(file, "rb") as opened:
                    digest = hashlib.sha256(opened.read()).hexdigest()
            except OSError as error:
                self._report.add(f'"{path}" cannot be read: {error.strerror}', span)
                return None
            held = self._digests[file] = digest, os.access(file, os.X_OK)
        self._read[file] = None
        return ReadFile(path, file, *held)


def interpreter(data: bytes) -> tuple[str, tuple[str, ...]] | None:
    """(the shell of a script, "bash" or "sh", its flags) by its first line: bash where that says nothing, None for
    another language."""
    first = data.split(b"\n", 1)[0].decode(errors="replace").strip()
    if not first.startswith("#!"):
        return "bash", ()
    words = first[2:].split()
    if words and os.path.basename(words[0]) == "env":
        words = [word for word in words[1:] if word != "-S"]
    shell = _SHELLS.get(os.path.basename(words[0])) if words else None
    flags = tuple(words[1:])
    if shell is None or not all(_FLAG.fullmatch(flag) for flag in flags if not flag.isalnum()):
        return None
    return shell, flags


def _command(path: str, shell: str, flags: Sequence[str], strict: bool) -> str:
    """The shell text that runs the script. BASH_ENV has bash report which of its commands failed, see engine/phase."""
    words = [shell, *flags, *(["-e"] if strict else []), f"{SCRIPTS}/{path}"]
    prefix = "BASH_ENV=/run/lfsmake/script-env " if shell == "bash" else ""
    return prefix + " ".join(shlex.quote(word) for word in words)


def _decoded(data: bytes) -> str:
    """The text; "" for one that is no UTF-8, which nothing shows and no key holds."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ""
    return "" if "\0" in text else text


def _below(folder: str, folders: dict[str, None]) -> Iterator[str]:
    """Every file below a folder; links to folders are not followed."""
    for at, below, files in os.walk(folder):
        below[:] = sorted(name for name in below if name not in _SKIPPED)
        folders[at] = None
        yield from (os.path.join(at, name) for name in sorted(files) if os.path.isfile(os.path.join(at, name)))


def _matching(pattern: str, folders: dict[str, None]) -> Iterator[str]:
    """Every file that the pattern stands for."""
    import glob

    start = pattern[: _GLOB.search(pattern).start()]  # type: ignore[union-attr]  # it is a pattern
    folders[os.path.dirname(start)] = None
    for path in sorted(glob.glob(pattern, recursive=True)):
        folders[os.path.dirname(path)] = None
        if os.path.isfile(path):
            yield path
