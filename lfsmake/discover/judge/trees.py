"""What is wrong between the scripts of a tree: order, wrong shells, archives that are not there. Judges none alone."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from lfsmake.discover.judge.findings import Finding, Rule
from lfsmake.discover.judge.piece import operands
from lfsmake.discover.model import Script, Tree
from lfsmake.discover.shell.nodes import Shell
from lfsmake.model.errors import Span

UNORDERED = Rule(
    "unordered",
    "warning",
    "a script that needs one that comes later",
    "run in this order it fails, or takes what the host has",
    "renumber it, or change the order file",
)
SH_ON_BASH = Rule(
    "sh-on-bash",
    "warning",
    "a script for bash that is run by sh",
    "its first line is not heeded: where sh is another shell, it stops or does something else",
    "call it by its name, or with bash",
)
MISSING_SOURCE = Rule(
    "missing-source",
    "warning",
    "an archive or patch that is not there",
    "the script fails when it comes to unpack it",
    "put it there, or correct the name: the version may have been raised in one place only",
)
RULES = (UNORDERED, SH_ON_BASH, MISSING_SOURCE)


def in_tree(tree: Tree, shells: Mapping[str, Shell], archives: Path | None) -> Iterator[Finding]:
    """All findings of these rules. `shells`: absolute path → the script, read."""
    by_id = {script.id: script for script in tree.scripts}
    for script in tree.scripts:
        for need in script.needs:
            other = by_id.get(need.value)
            if other is not None and 0 < script.position < other.position:
                message = f"{script.id} needs {other.id}, which comes later"
                yield _finding(UNORDERED, message, need.span or script.span, script)
        if archives is not None and script.role == "build":
            yield from _missing(script, archives)
    yield from _wrong_shell(tree, shells)


def _missing(script: Script, archives: Path) -> Iterator[Finding]:
    for fact in (*script.sources, *script.patches):
        name = fact.value.rpartition("/")[2]
        if name and fact.sure != "guess" and not (archives / name).exists():
            yield _finding(MISSING_SOURCE, f"{name} is not in {archives}", fact.span or script.span, script)


def _wrong_shell(tree: Tree, shells: Mapping[str, Shell]) -> Iterator[Finding]:
    for_bash = {Path(path).name for path, shell in shells.items() if shell.interpreter == "bash"}
    for script in tree.scripts:
        shell = shells.get(script.span.file)
        if shell is None or script.part:
            continue
        for command in shell.commands:
            called = operands(command) if command.name in ("sh", "dash") else []
            if called and called[0].rpartition("/")[2] in for_bash:
                yield _finding(SH_ON_BASH, f"sh runs {called[0]}, which is for bash", command.span, script)


def _finding(rule: Rule, message: str, span: Span | None, script: Script) -> Finding:
    return Finding(rule.id, rule.severity, message, span, script.id, rule.why, rule.mend)
