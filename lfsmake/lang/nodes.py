"""What a recipe file says, node by node, each with its span. Knows no options, no inheritance, no other file."""

from __future__ import annotations

from msgspec import Struct

from lfsmake.model.errors import Span


class Name(Struct, frozen=True):
    """A bare word as written."""

    text: str
    span: Span


class Text(Struct, frozen=True):
    """A quoted string, escapes undone, not yet rendered by the template engine."""

    text: str
    span: Span


class Shell(Struct, frozen=True):
    """A shell body, dedented, ending without its last newline. `inline`: written on the line of the colon.

    `span` is of its first line; line n of `text` is line `span.line + n - 1` of the file.
    """

    text: str
    inline: bool
    span: Span


class Condition(Struct, frozen=True):
    """`option=a|b`."""

    option: Name
    choices: tuple[Name, ...]


class DigestNode(Struct, frozen=True):
    """`sha256 …`, or `signed` (algorithm "signed", empty value)."""

    algorithm: Name
    value: str


class Field(Struct, frozen=True, tag="field"):
    """summary, homepage, license, workdir, user: a keyword and a string."""

    key: Name
    value: Text


class Setting(Struct, frozen=True, tag="setting"):
    """A keyword and bare words: context, style, tests, retry, kernel, order, skip, before, members, conflicts, …"""

    key: Name
    values: tuple[Name, ...]


class Source(Struct, frozen=True, tag="source"):
    """`source "url" [as name]` or `patch "url" [strip N]`, then its digests, further origins and fix-ups."""

    key: Name  # source or patch
    url: Text
    alias: Name | None
    strip: Name | None
    digests: tuple[DigestNode, ...]
    fixup: Shell | None
    origins: tuple[OriginNode, ...]


class OriginNode(Struct, frozen=True, tag="origin"):
    """`origin "url"`, its digests and its fix-up: another place to have the source above it from."""

    url: Text
    digests: tuple[DigestNode, ...]
    fixup: Shell | None


class UnpackNode(Struct, frozen=True, tag="unpack"):
    """`unpack RESOURCE "folder"`."""

    resource: Name
    folder: Text


class FileNode(Struct, frozen=True, tag="file"):
    """`file /path from "template" [mode 0644]`, or `file /path [mode 0644]:` and the text itself."""

    path: Name
    template: Text | None
    mode: Name | None
    body: Shell | None


class Requirement(Struct, frozen=True):
    """`name`, or `name >= version`; operator is "" without a version."""

    name: Name
    operator: str
    version: Name | None


class Needs(Struct, frozen=True, tag="needs"):
    """`needs build|run|test` and requirements."""

    scope: Name
    requirements: tuple[Requirement, ...]


class Provides(Struct, frozen=True, tag="provides"):
    """`provides name [version]`."""

    name: Name
    version: Name | None


class Env(Struct, frozen=True, tag="env"):
    """`env NAME "value"`: exported to the shell."""

    name: Name
    value: Text


class Quantity(Struct, frozen=True):
    """A number with its unit, both as written."""

    number: Name
    unit: Name


class CostNode(Struct, frozen=True, tag="cost"):
    """`cost 1 SBU 677 MB`."""

    quantities: tuple[Quantity, ...]


class Limit(Struct, frozen=True, tag="limit"):
    """`memory 4 GB`, `time 2 h`, `jobs 1` (unit "")."""

    key: Name
    quantity: Quantity


class Fails(Struct, frozen=True, tag="fails"):
    """`fails "test" "tests-*" [because "text"]`: tests that are known to fail."""

    tests: tuple[Text, ...]
    reason: Text | None


class MeantNode(Struct, frozen=True, tag="meant"):
    """`allow id because "text"`, `differs word because "text"`: what a check would find, and is as it should be."""

    key: Name
    what: Name
    reason: Text


class ReadsNode(Struct, frozen=True, tag="reads"):
    """`reads "path" "lib/*.sh"`, `reads "path" from "other"`: files that the step's script finds beside itself."""

    paths: tuple[Text, ...]
    other: Text | None


class StrictNode(Struct, frozen=True, tag="strict"):
    """`strict`: the step's script ends with its first command that fails."""

    key: Name


class PhaseNode(Struct, frozen=True, tag="phase"):
    """`[pre|post] phase:` and its shell."""

    hook: Name | None
    phase: Name
    body: Shell


class ToolNode(Struct, frozen=True, tag="tool"):
    """`tool bison >= 2.7 [run "bison --version"] [package "bison"]`, inside a host declaration."""

    requirement: Requirement
    command: Text | None
    package: Text | None


class AliasNode(Struct, frozen=True, tag="alias"):
    """`alias sh bash`, inside a host declaration."""

    name: Name
    tool: Name


class When(Struct, frozen=True, tag="when"):
    """`when option=value { … } else { … }`, inside a block."""

    condition: Condition
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


Statement = (
    Field | Setting | Source | UnpackNode | FileNode | Needs | Provides | Env | CostNode | Limit | Fails | MeantNode
    | ReadsNode | StrictNode | PhaseNode | ToolNode | AliasNode | When
)


class Block(Struct, frozen=True, tag="block"):
    """A declaration with braces. `kind`: package, script, resource, style, group, host."""

    kind: Name
    name: Name
    version: Name | None  # package and resource
    parent: Name | None  # `from RESOURCE` of a package, `inherits STYLE` of a style
    title: Text | None
    body: tuple[Statement, ...]
    path: Text | None = None  # `from "path"` of a script


class Amend(Struct, frozen=True, tag="amend"):
    """`amend KIND NAME { … }`: statements put over a block's own. `origins` are further ones of its first source."""

    key: Name
    kind: Name
    name: Name
    origins: tuple[OriginNode, ...]
    body: tuple[Statement, ...]


class Book(Struct, frozen=True, tag="book"):
    """`book "12.3"`."""

    version: Text


class Include(Struct, frozen=True, tag="include"):
    """`include "path"`: another recipe file, below this one's folder."""

    path: Text


class OptionNode(Struct, frozen=True, tag="option"):
    """`option init = sysv|systemd`: the first value is the default."""

    name: Name
    choices: tuple[Name, ...]


class WhenItems(Struct, frozen=True, tag="when-items"):
    """`when` around declarations."""

    condition: Condition
    then: tuple[Item, ...]
    otherwise: tuple[Item, ...]


Item = Block | Amend | Book | Include | OptionNode | WhenItems


class RecipeFile(Struct, frozen=True):
    """One parsed file, declarations in order."""

    path: str
    items: tuple[Item, ...]
