"""Finds a file of the tree by how a script calls it: by a path, a part of one, or a bare name. Knows no shell."""

import fnmatch
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from lfsmake.discover.scan.names import file_number, natural, stem

UNKNOWN = "\0"  # stands for a piece of a path that cannot be told

_TURN = re.compile(r"[-_.]?(?:p|pass|pt|stage|tool|tools|temp|tmp)[-_.]?\d*$", re.IGNORECASE)
_LITERAL = re.compile(r"[A-Za-z0-9]")
_PACKAGE_NAMES = frozenset(("pkgfile", "pkgbuild", "apkbuild", "spkgbuild", "template", "abuild", "lbuild",
                            "build", "build.sh",
                            "install.sh", "recipe", "buildfile", "make.sh", "compile.sh", "buildit",
                            "script"))  # fmt: skip


class Index:
    """The scripts of a tree by name and by what stands for their name."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = tuple(sorted(paths, key=natural))
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        for path in self.paths:
            folder, _, name = path.rpartition("/")
            self._by_name[name].append(path)
            self._by_stem[stem(name)].append(path)
            if name.lower() in _PACKAGE_NAMES and folder:
                self._by_stem[folder.rpartition("/")[2]].append(path)

    def called(self, word: str, caller: str, folder: str = "", near: Sequence[str] = ()) -> str:
        """The script that a path in `caller` means; "" for none. A word without a folder is a file's whole name.

        `folder`: where the caller has gone before, as far as it can be told. `near`: as in `named`, for a path of
        which a piece cannot be told.
        """
        known = word.rpartition(UNKNOWN)[2] if UNKNOWN in word else word
        name = known.rpartition("/")[2]
        if not name or name in (".", "..") or (UNKNOWN in word and "/" not in known):
            return ""
        found = self._by_name.get(name) or self._without(name, known)
        if len(found) > 1 and folder and not word.startswith(("/", UNKNOWN)):
            known = f"{folder}/{known.removeprefix('./')}"
        return self._nearest(found, known, caller, near if UNKNOWN in word else ()) if found else ""

    def _without(self, name: str, word: str) -> list[str]:
        """Scripts that are called without their extension, in the folder that the word names."""
        folder = word.split("/")[-2] if "/" in word else ""
        return [path for path in self._by_stem.get(name, ()) if folder and path.split("/")[-2:-1] == [folder]]

    def named(self, word: str, caller: str, near: Sequence[str] = ()) -> str:
        """The script that a bare name means: `gcc`, `gcc-13.2`, `gcc-pass1` where there is a `gcc/Pkgfile`.

        `near`: names of folders that the caller speaks of, which decide between scripts of one name.
        """
        bare = word.strip().strip("/").rpartition("/")[2] if "/" in word else word.strip()
        found = self._by_stem.get(bare) or self._by_name.get(bare) or self._by_stem.get(stem(bare))
        if not found:
            cut = _TURN.sub("", bare)
            found = self._by_stem.get(cut, []) if cut != bare else []
        if not found:
            return ""
        told = [sum(part in near for part in path.split("/")[:-1]) for path in found]
        best = [path for path, count in zip(found, told, strict=True) if count == max(told)]
        return self._nearest(best, word, caller)

    def matching(self, pattern: str, caller: str) -> tuple[str, ...]:
        """The scripts that a pattern of the shell means, seen from the caller's folder, in natural order."""
        pattern = pattern.rpartition(UNKNOWN)[2].removeprefix("./").lstrip("/")
        if not _LITERAL.search(pattern):
            return ()
        folder = caller.rpartition("/")[0]
        places = (f"{folder}/{pattern}" if folder else pattern, pattern, f"*/{pattern}")
        for place in places:
            depth = place.count("/")
            found = [path for path in self.paths if path.count("/") == depth and path != caller
                     and fnmatch.fnmatchcase(path, place)]  # fmt: skip
            if found:
                return tuple(found)
        return ()

    def counted(self, word: str, caller: str) -> tuple[str, ...]:
        """The scripts that `tools/$i-*.sh` means for all numbers, in natural order: those that end most like it."""
        asked = [part.replace(UNKNOWN, "*") for part in word.split("/") if part not in ("", ".")]
        folder = caller.split("/")[:-1]
        for known in range(len(asked), 1, -1):
            tail = asked[-known:]
            if any(not _LITERAL.search(part) for part in tail[:-1]):
                continue
            found = [
                path for path in self.paths
                if len(parts := path.split("/")) >= known and path != caller and file_number(parts[-1])
                and all(fnmatch.fnmatchcase(part, want) for part, want in zip(parts[-known:], tail, strict=True))
            ]  # fmt: skip
            if found:
                folders = {path.rpartition("/")[0] for path in found}
                nearest = max(sorted(folders), key=lambda one: _shared(one.split("/"), folder))
                return tuple(path for path in found if path.rpartition("/")[0] == nearest)
        return ()

    def _nearest(self, found: Sequence[str], word: str, caller: str, near: Sequence[str] = ()) -> str:
        """The one whose path ends most like the word, then the nearest to the caller."""
        asked = [part for part in word.split("/") if part not in ("", ".")]
        folder = caller.split("/")[:-1]
        if word.startswith(".") or "/" not in word:
            asked = [*folder, *asked]
        while ".." in asked:
            at = asked.index("..")
            del asked[max(at - 1, 0) : at + 1]

        def key(path: str) -> tuple[int, int, int, int, str]:
            parts = path.split("/")
            alike = 0
            while alike < min(len(parts), len(asked)) and parts[-1 - alike] == asked[-1 - alike]:
                alike += 1
            told = sum(part in near for part in parts[:-1])
            return (-alike, -told, -_shared(parts[:-1], folder), len(parts), path)

        return min((path for path in found if path != caller), key=key, default="")


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many folders two paths have in common, from the top."""
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return count
