"""The work behind `lfsmake check`: what is asked of the judges, and how findings are shown, mended, exported."""

import os
from collections.abc import Sequence
from pathlib import Path

from lfsmake.cli.opened import configuration, read_project, store_path
from lfsmake.cli.options import Settings
from lfsmake.cli.output import emit, emit_json
from lfsmake.discover.judge.examine import RULES, World, of_project, of_tree
from lfsmake.discover.judge.findings import Finding, Rule
from lfsmake.discover.judge.kept import Kept
from lfsmake.lang.check_table import Checks
from lfsmake.lang.config import Config
from lfsmake.model.errors import EXIT_OK, LfsmakeError, UsageError
from lfsmake.model.step import Project, Resource
from lfsmake.store.place import cache_folder
from lfsmake.ui.color import paint, wants_color
from lfsmake.ui.problems import place_of, render
from lfsmake.ui.text import several

_COLORS = {"error": "red", "warning": "yellow", "note": "cyan"}


def recipes(settings: Settings, names: Sequence[str], online: bool) -> tuple[list[str], tuple[Finding, ...]]:
    """(the steps that were looked at, what was found). Raises RecipeErrors and UsageError."""
    config, project = read_project(settings)
    chosen = chosen_steps(project, names)
    world = _world(settings, config, online)
    return chosen, of_project(project, chosen, config.checks, world)


def chosen_steps(project: Project, names: Sequence[str]) -> list[str]:
    """The steps that the names mean, all without any. Raises UsageError for one that means nothing."""
    if not names:
        return list(project.steps)
    steps: dict[str, None] = {}
    for name in names:
        if name in project.groups:
            steps |= dict.fromkeys(project.groups[name].members)
        elif name in project.steps:
            steps[name] = None
        else:
            from lfsmake.lang.words import meant

            raise UsageError(
                f'there is no file, folder, step or group "{name}"',
                expected="a path, or a name that `lfsmake list` shows",
                hint=meant(name, [*project.steps, *project.groups]),
            )
    return list(steps)


def scripts(settings: Settings, path: Path, archives: str | None) -> tuple[int, tuple[Finding, ...]]:
    """(how many scripts were looked at, what was found) of a folder of scripts, or of a script. Raises UsageError."""
    import msgspec

    from lfsmake.discover.tree import discover

    path = Path(os.path.abspath(path))  # noqa: PTH100 - the user's own words for the place are kept
    if not path.is_dir() and not _is_text(path):
        raise UsageError(
            f"{path.name} is no text",
            expected="a .lfs file, a shell script, or a folder of either",
        )
    tree = discover(path if path.is_dir() else path.parent)
    if not path.is_dir():
        own = tuple(script for script in tree.scripts if script.path == path.name)
        if not own:
            raise UsageError(
                f"{path.name} is neither a recipe nor a shell script",
                expected="a .lfs file, a shell script, or a folder of either",
            )
        tree = msgspec.structs.replace(tree, scripts=own)
    try:
        config: Config | None = configuration(settings)
    except LfsmakeError:
        config = None
    checks = config.checks if config is not None else Checks()
    folder = Path(settings.directory) / archives if archives else None
    if folder is not None and not folder.is_dir():
        raise UsageError(f"{folder} is no folder", hint="--sources names the folder that the archives lie in")
    found = of_tree(tree, checks, _world(settings, config, online=False), folder)
    return len({script.path for script in tree.scripts}), found


def _is_text(path: Path) -> bool:
    """Whether it is worth discovering the folder of a file: programs and pipes are not."""
    try:
        if not path.is_file():  # opening a pipe would wait for who writes into it
            return False
        with path.open("rb") as file:
            return b"\0" not in file.read(4096)
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read: {error.strerror}") from None


def _world(settings: Settings, config: Config | None, online: bool) -> World:
    from lfsmake.discover.judge.sources import ask_server
    from lfsmake.engine.opened import lock_path
    from lfsmake.sources.lock import LockFile
    from lfsmake.store.disk import free_bytes

    try:
        store = store_path(settings)
    except LfsmakeError:
        store = Path(cache_folder(os.environ)) / "store"
    lock = LockFile.load(lock_path(config, store)) if config is not None else LockFile(store / "none")

    def stored(resource: Resource) -> str:
        for origin in resource.origins:
            known = [digest.value for digest in origin.digests if digest.algorithm == "sha256"]
            for sha256 in (*known, lock.get(origin.url)):
                path = store / "sources" / sha256 if sha256 else None
                if path is not None and path.is_file():
                    return str(path)
        return ""

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    kept = Kept(Path(cache_folder(os.environ)) / "check")
    ask = ask_server if online else None
    return World(os.geteuid(), max(0, free_bytes(store)), memory, lock.get, stored, ask, kept, _mounts())


def _mounts() -> tuple[str, ...]:
    """Where something is mounted, the outermost first."""
    from lfsmake.sandbox.remove import mounts_below

    try:
        return tuple(sorted(set(mounts_below("/"))))
    except OSError:
        return ()


def known_ids(ids: Sequence[str]) -> None:
    """UsageError for an id that is none; those of hooks have a `/` and are not known here."""
    rules = {rule.id for rule in RULES}
    for name in ids:
        if name not in rules and "/" not in name:
            from lfsmake.lang.words import meant

            raise UsageError(
                f'there is no finding "{name}"',
                expected="an id such as unsafe-rm",
                hint=meant(name, rules) or "`lfsmake check --explain all` lists them",
            )


def explain(settings: Settings, name: str) -> int:
    """Print one rule, or all in a line each."""
    if name != "all":
        known_ids((name,))
    chosen = [rule for rule in RULES if name in ("all", rule.id)]
    if settings.json:
        emit_json({"version": 1, "rules": chosen})
        return EXIT_OK
    if name == "all":
        widths = [max(len(getattr(rule, key)) for rule in chosen) for key in ("id", "severity")]
        for rule in chosen:
            emit(f"{rule.id:<{widths[0]}}  {rule.severity:<{widths[1]}}  {rule.title}")
        return EXIT_OK
    if not chosen:
        emit(f"{name} is a finding of one of the project's own hooks: its message says more")
    for rule in chosen:
        for line in _explained(rule):
            emit(line)
    return EXIT_OK


def _explained(rule: Rule) -> list[str]:
    lines = [f"{rule.id} ({rule.severity}): {rule.title}", "", f"why: {rule.why}", f"mend: {rule.mend}"]
    for word, text in (("bad", rule.bad), ("good", rule.good)):
        if text:
            lines += ["", f"{word}:", *(f"    {line}" for line in text.rstrip("\n").split("\n"))]
    return lines


def show(settings: Settings, findings: Sequence[Finding], severities: Sequence[str], what: str) -> None:
    """Findings with their places, what a kind of finding means with its first, and one line at the end."""
    import sys

    import msgspec

    from lfsmake.discover.judge.findings import problem

    color = wants_color(settings.color, sys.stdout)
    said: set[str] = set()
    for finding in findings:
        if finding.severity not in severities:
            continue
        told = problem(finding)
        if settings.quiet:
            place = "lfsmake" if finding.span is None else place_of(finding.span, settings.start)
            emit(f"{place}: {finding.severity}: {told.message}")
            continue
        lines = [render(msgspec.structs.replace(told, hint=""), color, folder=settings.start)]
        if finding.rule not in said:
            said.add(finding.rule)
            lines += [
                f"{paint(f'{word}:', 'cyan', color)} {text}"
                for word, text in (("why", finding.why), ("hint", finding.mend))
                if text
            ]
        emit("\n".join(lines) + "\n")
    if not settings.quiet:
        emit(f"lfsmake: {what}, {_counted(findings, severities)}")


def _counted(findings: Sequence[Finding], severities: Sequence[str]) -> str:
    counts = {word: sum(finding.severity == word for finding in findings) for word in ("error", "warning", "note")}
    seen = [several(count, word) for word, count in counts.items() if count and word in severities]
    hidden = [several(count, word) for word, count in counts.items() if count and word not in severities]
    text = ", ".join(seen) if seen else "no problems"
    last = next((word for word in ("note", "warning") if counts[word] and word not in severities), "")
    text += f"; {', '.join(hidden)} (--severity {last})" if hidden else ""
    mendable = sum(bool(finding.edits) for finding in findings)
    return text + (f"; --fix mends {mendable}" if mendable else "")


def fix(settings: Settings, findings: Sequence[Finding], *, dry_run: bool) -> list[Finding]:
    """Make the safe mends, or show them; returns what is left. What cannot be written is named and left."""
    from lfsmake.discover.judge.mend import mended, write
    from lfsmake.ui.text import nice_path

    done: list[Finding] = []
    files = 0
    for change in mended(findings):
        name = nice_path(change.path, settings.start)
        if change.refused:
            if not settings.json:
                emit(f"{name} is left as it is: {change.refused}")
        elif dry_run:
            if not settings.json:
                emit(change.diff(name).rstrip("\n"))
        else:
            try:
                write(change)
            except OSError as error:
                if not settings.json:
                    emit(f"{name} is left as it is: {error.strerror}")
                continue
            done += change.findings
            files += 1
    if done and not settings.json:
        emit(f"lfsmake: {several(len(done), 'finding')} mended in {several(files, 'file')}")
    return [finding for finding in findings if finding not in done]


def write_sarif(settings: Settings, findings: Sequence[Finding], path: str) -> None:
    """Raises UsageError where the file cannot be written."""
    import msgspec

    from lfsmake.discover.judge.sarif import sarif
    from lfsmake.store import disk

    log = sarif(findings, {rule.id: rule for rule in RULES}, settings.start)
    if path == "-":
        emit_json(log)
        return
    data = msgspec.json.format(msgspec.json.encode(log), indent=2) + b"\n"
    place = Path(settings.directory) / path
    if place.is_dir():
        raise UsageError(f"{path} is a folder", hint="--sarif names a file, - is standard output")
    try:
        disk.write_whole(place, data)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}", hint="--sarif names a file, - is standard output"
        ) from None
