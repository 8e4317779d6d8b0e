"""Sources, patches and resources: where a step's files come from. Knows no phases, needs or options."""

import os
import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from lfsmake.lang.merge import Merged
from lfsmake.lang.nodes import Block, DigestNode, Shell, Source, Text
from lfsmake.lang.resolve_files import inside
from lfsmake.lang.resolve_report import Report, Strings
from lfsmake.model.errors import Span
from lfsmake.model.step import Body, Digest, Origin, Patch, Resource

SCHEMES = ("https", "http", "file", "debian", "pypi")

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_WEB = re.compile(r"https?://[^/\s]+/\S*")
_DEBIAN = re.compile(r"debian:[a-z][a-z0-9.-]*/[a-z0-9][a-z0-9+.-]+/[A-Za-z0-9][A-Za-z0-9+.~_-]*")
_PYPI = re.compile(r"pypi:([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)==([A-Za-z0-9.!+_-]+)")
_SHAPES = {
    "https": (_WEB, "https://HOST/PATH"),
    "http": (_WEB, "http://HOST/PATH"),
    "file": (re.compile(r"file:(?://)?/[^\s].*"), "file:///PATH"),
    "debian": (_DEBIAN, "debian:SUITE/SOURCE/FILE"),
    "pypi": (_PYPI, "pypi:NAME==VERSION"),
}
_ELSEWHERE = {
    "git": "git is not supported in this version: give the URL of an archive",
    "git+https": "git is not supported in this version: give the URL of an archive",
    "ftp": "ftp is not supported: most of its hosts answer https",
}


class Files(Struct, frozen=True):
    """What a resource or package says about its files: the first source, further ones, patches."""

    source: Resource | None
    extras: tuple[Resource, ...]
    patches: tuple[Patch, ...]


class Sources:
    """Turns source and patch statements into resources. `read` holds the local files they name, absolute."""

    def __init__(self, report: Report, strings: Strings, roots: Sequence[str]) -> None:
        self._report = report
        self._strings = strings
        self._roots = tuple(roots)
        self.read: dict[str, None] = {}

    def files(self, block: Block, merged: Merged, version: str, names: Mapping[str, str]) -> Files:
        """The files that a block's own statements give. The first source bears the block's name."""
        found: list[Resource] = []
        for node in merged.sources:
            resource = self._resource(node, "" if found else block.name.text, "" if found else version, names)
            if resource is not None:
                found.append(resource)
        patches: list[Patch] = []
        for node in merged.patches:
            resource = self._resource(node, "", "", names)
            strip = node.strip.text if node.strip else "1"
            if len(strip) > 2 or not (strip.isascii() and strip.isdigit()):
                span = node.strip.span if node.strip else node.key.span
                self._report.add(
                    f'a patch cannot be stripped by "{strip}"', span, expected="a number such as 1"
                )
            elif resource is not None:
                patches.append(Patch(resource, int(strip)))
        return Files(found[0] if found else None, tuple(found[1:]), tuple(patches))

    def _resource(self, node: Source, name: str, version: str, names: Mapping[str, str]) -> Resource | None:
        first = self._origin(node.url, node.digests, node.fixup, names, ())
        if first is None:
            return None
        origins = [first]
        for other in node.origins:
            origin = self._origin(other.url, other.digests, other.fixup, names, first.digests)
            if origin is not None:
                origins.append(origin)
        filename = node.alias.text if node.alias else file_name(first.url)
        if filename in ("", ".", "..") or "/" in filename or "\0" in filename:
            self._report.add(
                f'"{filename}" cannot be the name of a file' if filename else "the file has no name",
                node.alias.span if node.alias else node.url.span,
                hint='name it: source "URL" as NAME',
            )
            return None
        return Resource(name or filename, version, filename, tuple(origins), node.url.span)

    def _origin(
        self,
        node: Text,
        digests: Sequence[DigestNode],
        fixup: Shell | None,
        names: Mapping[str, str],
        inherited: tuple[Digest, ...],
    ) -> Origin | None:
        before = len(self._report.problems)
        url = self._strings.render(node, names)
        if len(self._report.problems) > before:
            return None
        scheme = _SCHEME.match(url)
        kind = scheme[1].lower() if scheme else ""
        given = tuple(Digest(digest.algorithm.text, digest.value.lower()) for digest in digests)
        for digest in digests:
            if digest.algorithm.text == "signed" and kind != "debian":
                self._report.add(
                    '"signed" is for debian: origins alone',
                    digest.algorithm.span,
                    expected="sha256, sha512, blake2b or md5 and the digest",
                    hint="no signed index names the digest of this file",
                )
        if not scheme:
            path = self._local(url, node.span)
            return Origin(path, given, node.span, body(fixup)) if path else None
        if not self._shape_fits(kind, url, node.span):
            return None
        if not given and kind in ("https", "http"):
            given = tuple(digest for digest in inherited if digest.algorithm != "signed")
        if not given and kind != "file":
            self._report.add(
                "a source without a digest",
                node.span,
                expected="sha256, sha512, blake2b or md5 on the next line",
                hint='"signed" takes the digest from the signed index' if kind == "debian" else "",
            )
        return Origin(url, given, node.span, body(fixup))

    def _shape_fits(self, kind: str, url: str, span: Span) -> bool:
        if kind not in _SHAPES:
            self._report.add(
                f'"{kind}:" is not a place to have files from',
                span,
                expected=", ".join(f"{scheme}:" for scheme in SCHEMES)
                + " or a path below the recipe's folder",
                hint=_ELSEWHERE.get(kind) or self._report.nearest(kind, SCHEMES),
            )
            return False
        pattern, shape = _SHAPES[kind]
        if not pattern.fullmatch(url):
            self._report.add(f'"{url}" is not complete', span, expected=shape)
            return False
        return True

    def _local(self, path: str, span: Span) -> str:
        """The absolute path of a plain one, or "" after reporting what is wrong with it."""
        return self.local(path, span, "source or patch")

    def local(self, path: str, span: Span, what: str) -> str:
        """The absolute path of a file below the recipe's folder; "" after reporting what is wrong with it."""
        report = self._report
        if os.path.isabs(path):  # noqa: PTH117 - spans and URLs are plain strings
            report.add(
                f'"{path}" is not below the recipe\'s folder',
                span,
                expected="a relative path",
                hint="a path elsewhere is written file:///PATH, with a digest",
            )
            return ""
        full = os.path.normpath(os.path.join(os.path.dirname(span.file), path))  # noqa: PTH118, PTH120
        if "\0" in path or not path:
            report.add(f"this {what} has no name", span)
        elif not inside(full, self._roots):
            report.add(
                f'"{path}" leaves the folder of the recipes', span, hint="keep the file below that folder"
            )
        elif not os.path.isfile(full):  # noqa: PTH113
            folder = os.path.dirname(full)  # noqa: PTH120
            near = os.listdir(folder) if os.path.isdir(folder) else []  # noqa: PTH112
            hint = report.nearest(os.path.basename(path), near)  # noqa: PTH119
            report.add(f'there is no file "{path}"', span, expected=f"a {what} beside the recipe", hint=hint)
        else:
            self.read[full] = None
            return full
        return ""


def body(shell: Shell | None) -> Body | None:
    """The model's form of a shell text."""
    return Body(shell.text, shell.span) if shell is not None else None


def file_name(url: str) -> str:
    """The last component of a URL's path, without query; the sdist's name for `pypi:`."""
    pypi = _PYPI.fullmatch(url)
    if pypi:
        return f"{re.sub(r'[-_.]+', '_', pypi[1]).lower()}-{pypi[2]}.tar.gz"
    if url.startswith(("https:", "http:")):
        url = re.split(r"[?#]", url, maxsplit=1)[0]
    name = url.rsplit("/", 1)[-1]
    if "%" in name:
        from urllib.parse import unquote

        name = unquote(name)
    return name
