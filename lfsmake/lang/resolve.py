"""Declarations to steps: inheritance, templates, needs, judged by the options. Runs and fetches nothing."""

import re
from collections.abc import Mapping, Sequence

from lfsmake.lang.graph import cycles
from lfsmake.lang.merge import Merged, Merger, style_words
from lfsmake.lang.nodes import Amend, Block, Name
from lfsmake.lang.resolve_files import Declarations
from lfsmake.lang.resolve_hosts import Hosts
from lfsmake.lang.resolve_meant import known_failures, meant
from lfsmake.lang.resolve_needs import GroupNode, Links, Names, needs_of, report_cycles
from lfsmake.lang.resolve_options import Options
from lfsmake.lang.resolve_report import Report, Strings
from lfsmake.lang.resolve_scripts import Scripts
from lfsmake.lang.resolve_sources import Files, Sources
from lfsmake.lang.resolve_steps import Shaper
from lfsmake.lang.template import Templates, UnknownVersion
from lfsmake.model.step import Group, Host, Resource, Step

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]{0,127}")  # names become names of files: logs, work folders
_NO_FILES = Files(None, (), ())
_PEOPLE = ("summary", "homepage", "license")


class Draft:
    """A step that has everything but its needs."""

    def __init__(self, block: Block, merged: Merged, version: str) -> None:
        self.block = block
        self.merged = merged
        self.version = version
        self.provides: dict[str, str] = {}


class Resolver:
    """Resolves one set of declarations. `read` holds the files read on the way, besides recipes."""

    def __init__(
        self,
        report: Report,
        options: Options,
        declarations: Declarations,
        roots: Sequence[str],
        book: str,
        trees: Mapping[str, str],
    ) -> None:
        self._report = report
        self._options = options
        self._declarations = declarations
        self._book = book
        self._kinds: dict[str, dict[str, Block]] = {}
        self._amends: dict[tuple[str, str], list[Amend]] = {}
        self._versions: dict[str, str] = {}
        self._styles: dict[str, Merged] = {}
        self._resource_texts: dict[str, dict[str, str]] = {}
        self._resource_files: dict[str, Files] = {}
        self._merger = Merger(report)
        self._strings = Strings(report, Templates(self._version_of))
        self._sources = Sources(report, self._strings, roots)
        self._shaper = Shaper(report, self._strings, self._sources)
        self._scripts = Scripts(report, self._strings, roots, trees, self._sources.read)
        self._base = {**options.facts(), "book": book}

    @property
    def read(self) -> list[str]:
        """Local sources, patches and templates, absolute."""
        return list(self._sources.read)

    def project(self) -> tuple[dict[str, Step], dict[str, Group], dict[str, Host], dict[str, Resource]]:
        """Steps, groups, hosts and resources in the order declared."""
        self._sort()
        self._merge_styles()
        resources = self._resources()
        drafts = self._drafts()
        hosts = self._hosts()
        groups = self._group_nodes()
        provides = self._provides(drafts)
        versions = {name: draft.version for name, draft in drafts.items()}
        inactive, undecided = self._declarations.inactive, self._options.undecided
        names = Names(self._report, versions, groups, hosts, provides, inactive, undecided)
        expanded = names.expand_groups()
        links = {name: names.link(name, draft.merged.needs) for name, draft in drafts.items()}
        for name, draft in drafts.items():
            names.before(name, draft.merged.names.get("before", ()), links)
        steps = {name: self._step(draft, links[name], names, resources) for name, draft in drafts.items()}
        report_cycles(self._report, links, {name: step.check for name, step in steps.items()})
        return steps, expanded, hosts, resources

    # Names.

    def _sort(self) -> None:
        """Blocks by kind; a name stands once among styles, resources, and what can be needed."""
        spaces: dict[str, dict[str, Block]] = {}
        for block in self._declarations.blocks:
            kind, name = block.kind.text, block.name
            if not _NAME.fullmatch(name.text):
                self._report.add(
                    f'"{name.text}" cannot be the name of a {kind}',
                    name.span,
                    expected="letters, digits and + . _ -, a letter or digit first",
                )
            space = spaces.setdefault(kind if kind in ("style", "resource") else "step", {})
            other = space.setdefault(name.text, block)
            if other is not block:
                same = other.kind.text == kind
                what = f"two {kind}s" if same else f"a {other.kind.text} and a {kind}"
                self._report.add(
                    f"{what} are called {name.text}",
                    name.span,
                    hint=f"the first is at {self._report.place(other.name.span)}",
                )
                continue
            self._kinds.setdefault(kind, {})[name.text] = block
        for amend in self._declarations.amends:
            known = self._of(amend.kind.text)
            if amend.name.text in known:
                self._amends.setdefault((amend.kind.text, amend.name.text), []).append(amend)
            elif amend.name.text not in self._declarations.inactive:
                self._report.unknown(amend.kind.text, amend.name, known)

    def _of(self, kind: str) -> dict[str, Block]:
        return self._kinds.get(kind, {})

    def _version_of(self, name: str) -> str:
        for kind in ("resource", "package"):
            block = self._of(kind).get(name)
            if block is not None:
                return self._block_version(block)
        raise UnknownVersion(name)

    def _block_version(self, block: Block) -> str:
        if block.version is not None:
            return block.version.text
        parent = self._of("resource").get(block.parent.text) if block.parent is not None else None
        return parent.version.text if parent is not None and parent.version is not None else ""

    def _names(self, block: Block, version: str) -> dict[str, str]:
        return {**self._base, "name": block.name.text, "version": version}

    # Styles.

    def _merge_styles(self) -> None:
        styles = self._of("style")
        parents: dict[str, Name] = {}
        for name, block in styles.items():
            if block.parent is None:
                continue
            if block.parent.text in styles:
                parents[name] = block.parent
            else:
                self._report.unknown("style", block.parent, styles)
        for cycle in cycles({name: [parents[name].text] if name in parents else [] for name in styles}):
            self._report.add(
                "styles inherit from each other: " + " → ".join([*cycle, cycle[0]]),
                parents[cycle[0]].span,
                hint="; ".join(
                    f"{name} inherits {parents[name].text} at {self._report.place(parents[name].span)}"
                    for name in cycle
                ),
            )
            for name in cycle:
                parents.pop(name)
        for name in styles:
            chain = [name]
            while chain[-1] not in self._styles and chain[-1] in parents:
                chain.append(parents[chain[-1]].text)
            for at in reversed(chain):
                if at not in self._styles:
                    over = self._styles[parents[at].text] if at in parents else Merged()
                    block = styles[at]
                    self._styles[at] = self._over(over, block)

    def _style_of(self, block: Block, words: tuple[Name, ...]) -> Merged:
        if not words:
            return Merged()
        for extra in words[1:]:
            self._report.add(
                f"{block.kind.text} {block.name.text} has two styles",
                extra.span,
                hint="let one style inherit the other",
            )
        if words[0].text not in self._styles:
            self._report.unknown("style", words[0], self._styles)
        return self._styles.get(words[0].text) or Merged()

    def _merged(self, block: Block) -> Merged:
        amends = self._amends.get((block.kind.text, block.name.text), ())
        words = style_words(self._options.active(block.body))
        for amend in amends:
            words = style_words(self._options.active(amend.body)) or words
        return self._over(self._style_of(block, words), block)

    def _over(self, inherited: Merged, block: Block) -> Merged:
        """What is inherited, with the block's statements over it, and those of its amendments over these."""
        merged = self._merger.over(inherited, block, self._options.active(block.body))
        amends = self._amends.get((block.kind.text, block.name.text))
        if amends:
            merged = merged.amended()
            for amend in amends:
                self._merger.amend(merged, block, self._options.active(amend.body), amend.origins)
        return merged

    # Declarations.

    def _resources(self) -> dict[str, Resource]:
        out = {}
        for name, block in self._of("resource").items():
            merged = self._over(Merged(), block)
            version = self._block_version(block)
            names = self._names(block, version)
            files = self._resource_files[name] = self._sources.files(block, merged, version, names)
            self._resource_texts[name] = {key: self._shaper.text(merged, key, names) for key in _PEOPLE}
            if files.source is not None:
                out[name] = files.source
            elif not merged.sources:
                self._report.add(
                    f"resource {name} has no source", block.name.span, expected='source "URL" and its digest'
                )
        return out

    def _drafts(self) -> dict[str, Draft]:
        drafts = {}
        for block in self._declarations.blocks:
            kind, name = block.kind.text, block.name.text
            if kind in ("package", "script") and self._of(kind).get(name) is block:
                drafts[name] = Draft(block, self._merged(block), self._block_version(block))
        return drafts

    def _hosts(self) -> dict[str, Host]:
        makers = Hosts(self._report, self._strings)
        out = {}
        for name, block in self._of("host").items():
            merged = self._over(Merged(), block)
            out[name] = makers.host(block, merged, self._names(block, ""))
        return out

    def _group_nodes(self) -> dict[str, GroupNode]:
        out = {}
        for name, block in self._of("group").items():
            merged = self._over(Merged(), block)
            members = tuple(merged.names.get("members", ()))
            title = self._title(block, self._names(block, ""))
            out[name] = GroupNode(block, members, tuple(merged.needs), title)
        return out

    def _title(self, block: Block, names: Mapping[str, str]) -> str:
        return self._strings.render(block.title, names) if block.title else ""

    def _provides(self, drafts: Mapping[str, Draft]) -> dict[str, dict[str, str]]:
        out: dict[str, dict[str, str]] = {}
        for name, draft in drafts.items():
            for node in draft.merged.provides:
                version = node.version.text if node.version else ""
                draft.provides[node.name.text] = version
                out.setdefault(node.name.text, {})[name] = version
        return out

    # Steps.

    def _step(self, draft: Draft, links: Links, names: Names, resources: Mapping[str, Resource]) -> Step:
        block, merged, shaper = draft.block, draft.merged, self._shaper
        facts = self._names(block, draft.version)
        files, people = self._files(draft, facts, resources)
        unpacks = shaper.unpacks(merged, resources, facts)
        extras = [*files.extras]
        spans = [(resource, resource.span) for resource in ((files.source,) if files.source else ())]
        spans += [(resource, resource.span) for resource in extras]
        for word in merged.names.get("with", ()):
            resource = shaper.resource(word, resources)
            if resource is not None:
                extras.append(resource)
                spans.append((resource, word.span))
        spans += [
            (unpack.resource, node.resource.span)
            for unpack, node in zip(unpacks, merged.unpacks, strict=False)
        ]
        spans += [(patch.resource, patch.resource.span) for patch in files.patches]
        if len(spans) > 1:
            shaper.one_name_each(spans)
        found = self._scripts.script(block, merged, facts)
        script, runs_it = found if found is not None else (None, None)
        context, phases = shaper.context(merged), shaper.phases(block, merged, runs_it)
        tests = shaper.tests(merged)
        wanted = self._options.value("tests")
        runs = wanted == "all" or (wanted == "critical" and tests == "critical")
        return Step(
            name=block.name.text,
            kind="package" if block.kind.text == "package" else "script",
            version=draft.version,
            title=self._title(block, facts),
            context=context,
            user=shaper.user(merged, facts),
            workdir=shaper.workdir(merged, facts, anywhere=script is not None),
            phases=phases,
            span=block.name.span,
            env=shaper.env(merged, context, facts),
            facts=shaper.facts(phases, [resource for resource, _ in spans], files.patches, facts),
            source=files.source,
            extras=tuple(dict.fromkeys(extras)) if len(extras) > 1 else tuple(extras),
            unpacks=unpacks,
            patches=files.patches,
            files=shaper.files(merged, facts),
            needs=needs_of(links),
            after=tuple(name for name in links.after if not _needed(links, name)),
            hosts=tuple(links.hosts),
            provides=tuple(draft.provides.items()),
            conflicts=self._others(draft, names, "conflicts"),
            replaces=self._others(draft, names, "replaces"),
            tests=tests,
            check=runs and any(phase.name == "check" for phase in phases),
            cost=shaper.cost(merged),
            limits=shaper.limits(merged),
            retry=shaper.retry(merged),
            summary=people["summary"],
            homepage=people["homepage"],
            license=people["license"],
            fails=known_failures(merged, facts, self._strings, self._report) if merged.fails else (),
            allows=meant(merged, "allow", facts, self._strings, self._report) if merged.meant else (),
            differs=meant(merged, "differs", facts, self._strings, self._report) if merged.meant else (),
            script=script,
        )

    def _others(self, draft: Draft, names: Names, key: str) -> tuple[str, ...]:
        out: dict[str, None] = {}
        for word in draft.merged.names.get(key, ()):
            if word.text == draft.block.name.text:
                self._report.add(f"{word.text} cannot be among what it {key}", word.span)
                continue
            out.update(dict.fromkeys(name for name in names.steps(word) if name != draft.block.name.text))
        return tuple(out)

    def _files(
        self, draft: Draft, facts: Mapping[str, str], resources: Mapping[str, Resource]
    ) -> tuple[Files, Mapping[str, str]]:
        block, merged = draft.block, draft.merged
        own = self._sources.files(block, merged, draft.version, facts)
        people = {key: self._shaper.text(merged, key, facts) for key in _PEOPLE}
        if block.kind.text == "package" and block.parent is None and not merged.sources:
            self._report.add(
                f"package {block.name.text} has no source",
                block.name.span,
                expected='source "URL" and its digest, or from RESOURCE',
                hint="what has no source is a script",
            )
        if block.kind.text == "script" and own.source is not None:
            own = Files(None, (own.source, *own.extras), own.patches)  # nothing is unpacked for it
        if block.parent is None:
            return own, people
        parent = block.parent.text
        if parent not in self._of("resource"):
            self._shaper.resource(block.parent, resources)
            return own, people
        inherited = self._resource_files.get(parent, _NO_FILES)
        extra = (own.source, *own.extras) if own.source is not None else own.extras
        texts = self._resource_texts.get(parent, {})
        return (
            Files(inherited.source, inherited.extras + extra, inherited.patches + own.patches),
            {key: people[key] or texts.get(key, "") for key in _PEOPLE},
        )


def _needed(links: Links, name: str) -> bool:
    return any((name, scope) in links.needs for scope in ("build", "run"))
