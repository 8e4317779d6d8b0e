"""Recipe files to a project: the way into the language. Builds nothing and looks at no store."""

import gc
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lfsmake.lang.config import Config
from lfsmake.lang.nodes import RecipeFile
from lfsmake.lang.resolve import Resolver
from lfsmake.lang.resolve_files import Declarations, Files
from lfsmake.lang.resolve_options import Options
from lfsmake.lang.resolve_report import Report, file_lines
from lfsmake.model.errors import RecipeError, Span
from lfsmake.model.step import Project

Parse = Callable[[list[Path]], list[RecipeFile]]


def load_project(
    files_or_folders: Sequence[Path],
    *,
    options: Mapping[str, str] | None = None,
    default: Sequence[str] = (),
    book: str = "",
    root: Path | None = None,
    places: Mapping[str, Span] | None = None,
    parse: Parse | None = None,
    cache_dir: Path | None = None,
    trees: Mapping[str, str] | None = None,
) -> Project:
    """The project that these recipes make, included files and all.

    A folder stands for the `*.lfs` files in it, by name. No included, local or template file may lie outside
    `root`, the folders given and those of the files given. `places` are the spans of what `options`, `default`
    and `book` say, where that stands in a file: "options.NAME", "default.0", "book". `trees`: the registered trees
    that scripts may lie in, name → absolute folder. Without a `cache_dir` every file is parsed anew; without a
    `default` the project's is every step.
    Raises RecipeErrors with every problem of all files.
    """
    paths = [Path(os.path.abspath(path)) for path in files_or_folders]  # noqa: PTH100 - links stay as they are
    looked = [path if os.path.isdir(path) else path.parent for path in paths]  # noqa: PTH112 - no where nobody may
    folders = [*([root] if root else []), *looked]
    roots = list(dict.fromkeys(os.path.realpath(folder) for folder in folders))
    shown = dict.fromkeys([*(os.path.abspath(folder) for folder in folders), *roots])  # noqa: PTH100
    report = Report(list(shown))
    loader = _Loader(report, roots, parse or _parser(cache_dir), trees or {})
    collecting = gc.isenabled()
    gc.disable()  # nothing made here is garbage; looking for some takes a third of the time
    try:
        project = loader.project(_recipes(report, paths), options or {}, default, book, places or {})
    except RecursionError:
        report.add(
            "the declarations are nested too deeply to be read", hint="use fewer `when`s inside each other"
        )
        project = None
    finally:
        if collecting:
            gc.enable()
    errors = report.errors(_line_reader())
    if errors is not None:
        raise errors
    if project is None:
        raise RecipeError("there are no recipes")
    return project


def load_configured(config: Config, overrides: Mapping[str, str], cache_dir: Path | None = None) -> Project:
    """The project of a configuration. `overrides` are options set elsewhere, which win. Raises RecipeErrors."""
    overridden = {f"options.{name}" for name in overrides}
    return load_project(
        [Path(path) for path in config.recipes],
        options={**config.options, **overrides},
        default=config.default,
        book=config.book,
        root=Path(config.root),
        places={name: span for name, span in config.places.items() if name not in overridden},
        cache_dir=cache_dir,
        trees=config.registry,
    )


def _recipes(report: Report, paths: Sequence[Path]) -> list[str]:
    """The files that stand for `paths`, each once."""
    out: dict[str, None] = {}
    for path in paths:
        try:
            out.update(dict.fromkeys(_recipes_of(report, path)))
        except OSError as error:
            report.add(f"cannot read {path}: {error.strerror}", expected="a recipe file or a folder of them")
            report.incomplete = True
    return list(out)


def _recipes_of(report: Report, path: Path) -> list[str]:
    if path.is_dir():
        found = sorted(str(file) for file in path.iterdir() if file.suffix == ".lfs" and file.is_file())
        if not found:
            report.add(f"no recipe in {path}", expected="files called *.lfs")
            report.incomplete = True
        return found
    if path.exists():
        return [str(path)]
    near = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
    report.add(
        f"no such recipe: {path}",
        expected="a recipe file or a folder of them",
        hint=report.nearest(path.name, near),
    )
    report.incomplete = True
    return []


def _parser(cache_dir: Path | None) -> Parse:
    if cache_dir is None:
        from lfsmake.lang.reading import read_file
        from lfsmake.lang.syntax import parse

        return lambda paths: [parse(str(path), read_file(path)) for path in paths]
    from lfsmake.lang.cache import parse_cached

    return lambda paths: parse_cached(paths, cache_dir)


def _line_reader() -> Callable[[str], Sequence[str]]:
    held: dict[str, list[str]] = {}

    def lines(path: str) -> Sequence[str]:
        if path not in held:
            held[path] = file_lines(path)
        return held[path]

    return lines


class _Loader:
    def __init__(self, report: Report, roots: Sequence[str], parse: Parse, trees: Mapping[str, str]) -> None:
        self._report = report
        self._roots = roots
        self._parse = parse
        self._trees = trees
        self._files = Files(report, roots)

    def project(
        self,
        first: list[str],
        values: Mapping[str, str],
        default: Sequence[str],
        book: str,
        places: Mapping[str, Span],
    ) -> Project:
        """Reads the files and all they include, and resolves what they declare."""
        self._files.first = first
        seen: dict[str, None] = dict.fromkeys(first)
        wave = first
        while wave:
            found: dict[str, None] = {}
            for path, parsed in self._parsed(wave):
                found.update(dict.fromkeys(self._files.add(path, parsed)))
            wave = [path for path in found if path not in seen]
            seen.update(dict.fromkeys(wave))
        self._files.report_cycles()
        options = Options(self._report)
        options.declare(self._files.options(), values, places)
        declarations = self._files.declarations(options)
        version = self._book(declarations, book, places.get("book"))
        resolver = Resolver(self._report, options, declarations, self._roots, version, self._trees)
        steps, groups, hosts, resources = resolver.project()
        self._check_default(default, {**steps, **groups}, places)
        return Project(
            version,
            steps,
            groups,
            hosts,
            resources,
            options.options,
            tuple(default) or tuple(steps),
            tuple(dict.fromkeys([*seen, *resolver.read])),
        )

    def _parsed(self, paths: list[str]) -> list[tuple[str, RecipeFile]]:
        """The files that could be parsed; what is wrong with the others is reported."""
        try:
            return list(zip(paths, self._parse([Path(path) for path in paths]), strict=True))
        except RecipeError as error:
            if len(paths) == 1:
                self._report.incomplete = True
                self._report.problems += error.problems
                return []
        return [pair for path in paths for pair in self._parsed([path])]

    def _book(self, declarations: Declarations, wanted: str, place: Span | None) -> str:
        if not declarations.books:
            return wanted
        first, *others = declarations.books
        for other in others:
            if other.version.text != first.version.text:
                self._report.add(
                    f'book "{other.version.text}" after book "{first.version.text}"',
                    other.version.span,
                    hint=f"the first is at {self._report.place(first.version.span)}",
                )
        if wanted and wanted != first.version.text:
            self._report.add(
                f'the recipes are for book "{first.version.text}", not "{wanted}"',
                place or first.version.span,
                hint=f"they say so at {self._report.place(first.version.span)}",
            )
        return first.version.text

    def _check_default(
        self, names: Sequence[str], targets: Mapping[str, object], places: Mapping[str, Span]
    ) -> None:
        for at, name in enumerate(names):
            if name not in targets and not self._report.incomplete:
                self._report.add(
                    f'unknown target "{name}"',
                    places.get(f"default.{at}"),
                    expected="a step or a group",
                    hint=self._report.nearest(name, targets),
                )
