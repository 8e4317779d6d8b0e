"""What a recipe says is as it should be: tests known to fail, findings, differences from the book. Judges nothing."""

from collections.abc import Mapping

from lfsmake.lang.merge import Merged
from lfsmake.lang.resolve_report import Report, Strings
from lfsmake.lang.words import USAGE
from lfsmake.model.step import KnownFailure, Meant


def known_failures(
    merged: Merged, names: Mapping[str, str], strings: Strings, report: Report
) -> tuple[KnownFailure, ...]:
    """The tests that are known to fail, each once."""
    out: dict[str, KnownFailure] = {}
    for node in merged.fails:
        reason = strings.render(node.reason, names) if node.reason else ""
        for text in node.tests:
            test = " ".join(strings.render(text, names).split())
            if not test.strip("*"):
                report.add(
                    "a test that is known to fail needs a name" if not test else f'"{test}" stands for every test',
                    text.span,
                    expected='the name of a test, such as "tests/io" or "io-*"',
                    hint="to leave all tests out: skip check",
                )
            out.setdefault(test, KnownFailure(test, reason))
    return tuple(out.values())


def meant(
    merged: Merged, key: str, names: Mapping[str, str], strings: Strings, report: Report
) -> tuple[Meant, ...]:
    """What the statements `key`, "allow" or "differs", name, in the order written; each with a reason that says it."""
    out: list[Meant] = []
    for node in merged.meant:
        if node.key.text != key:
            continue
        reason = strings.render(node.reason, names)
        if not reason.strip():
            report.add(
                f'"{key}" wants a reason',
                node.reason.span,
                expected="a sentence that tells the next reader why",
                hint=f"write: {USAGE[key]}",
            )
        out.append(Meant(node.what.text, reason, node.what.span))
    return tuple(out)
