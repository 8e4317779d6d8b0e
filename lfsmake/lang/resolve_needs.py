"""Turns the names in needs, members, before and conflicts into steps. Knows no phases and no files."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from lfsmake.lang.graph import components, cycles
from lfsmake.lang.nodes import Block, Name, Needs, Requirement
from lfsmake.lang.resolve_report import Report
from lfsmake.lang.versions import satisfies
from lfsmake.model.errors import Span
from lfsmake.model.step import Group, Need

_PLACES = 12  # edges whose places a cycle's hint lists


class Links(Struct):
    """What one step is tied to. `needs` keeps the first span of every (name, scope)."""

    needs: dict[tuple[str, str], Span]
    hosts: dict[str, None]
    after: dict[str, Span]


class GroupNode(Struct, frozen=True):
    """A group as declared: its members and needs as written."""

    block: Block
    members: tuple[Name, ...]
    needs: tuple[Needs, ...]
    title: str


class Names:
    """Everything a need can name: steps with versions, groups, hosts, provided names with their providers."""

    def __init__(
        self,
        report: Report,
        versions: Mapping[str, str],
        groups: Mapping[str, GroupNode],
        hosts: Mapping[str, object],
        provides: Mapping[str, Mapping[str, str]],
        inactive: Mapping[str, str],
        undecided: bool,
    ) -> None:
        self._report = report
        self._versions = versions
        self._groups = groups
        self._hosts = hosts
        self._provides = provides
        self._inactive = inactive
        self._undecided = undecided
        self._known = dict.fromkeys((*versions, *groups, *hosts, *provides))
        self.members: dict[str, tuple[str, ...]] = {}
        self._flows: dict[str, list[tuple[str, Needs]]] = {}  # step → what groups around it need

    def expand_groups(self) -> dict[str, Group]:
        """All groups, members expanded in the order written; cycles and unknown names are reported."""
        edges: dict[str, dict[str, Span]] = {}
        for name, group in self._groups.items():
            inner = edges[name] = {}
            for member in group.members:
                if member.text in self._groups and member.text not in self._versions:
                    inner.setdefault(member.text, member.span)
        plain = {name: list(inner) for name, inner in edges.items()}
        for cycle in cycles(plain):
            following = [*cycle[1:], cycle[0]]
            self._report.add(
                "groups are members of each other: " + " → ".join([*cycle, cycle[0]]),
                edges[cycle[0]][following[0]],
                hint="; ".join(
                    f"{inner} is a member at {self._report.place(edges[outer][inner])}"
                    for outer, inner in zip(cycle, following, strict=True)
                ),
            )
        for component in components(plain):  # needed ones first
            for inside in component:
                self.members[inside] = self._expand(self._groups[inside])
        out = {
            name: Group(name, group.title, self.members[name], group.block.name.span)
            for name, group in self._groups.items()
        }
        for name, group in self._groups.items():
            for needs in group.needs:
                for step in self.members[name]:
                    self._flows.setdefault(step, []).append((name, needs))
        return out

    def _expand(self, group: GroupNode) -> tuple[str, ...]:
        out: dict[str, None] = {}
        for member in group.members:
            text = member.text
            if text in self._versions:
                out[text] = None
            elif text in self._groups:
                out.update(dict.fromkeys(self.members.get(text, ())))
            elif text in self._hosts:
                self._report.add(
                    f"{text} is a host declaration and cannot be a member",
                    member.span,
                    expected="a step or a group",
                    hint=f"say: needs build {text}",
                )
            else:
                self._unknown(member, "step or group")
        return tuple(out)

    def link(self, step: str, needs: Iterable[Needs]) -> Links:
        """The step's own needs, the style's first as written, then those of the groups around it."""
        links = Links({}, {}, {})
        for node in needs:
            for requirement in node.requirements:
                self._add(links, step, node.scope.text, requirement, "")
        for group, flow in self._flows.get(step, ()):
            for requirement in flow.requirements:
                self._add(links, step, flow.scope.text, requirement, group)
        return links

    def _add(self, links: Links, step: str, scope: str, requirement: Requirement, group: str) -> None:
        name = requirement.name
        for found in self._resolve(requirement):
            if found == step:
                if group:
                    continue  # the group's other members wait for this one
                through = f", as a member of {name.text}" if name.text in self._groups else ""
                through = through or (f", which provides {name.text}" if name.text != step else "")
                self._report.add(f"{step} needs itself{through}", name.span, hint="take the need away")
            elif found in self._versions:
                links.needs.setdefault((found, scope), name.span)
            else:
                links.hosts[found] = None

    def _resolve(self, requirement: Requirement) -> Sequence[str]:
        """Steps and host declarations that a requirement names."""
        name = requirement.name.text
        if name in self._versions:
            self._check_version(requirement, name, self._versions[name])
            return (name,)
        if name in self._groups or name in self._hosts:
            if requirement.version is not None:
                what = "group" if name in self._groups else "host declaration"
                self._report.add(
                    f"{name} is a {what} and has no version",
                    requirement.version.span,
                    hint="a tool's version stands in its host declaration" if name in self._hosts else "",
                )
            return self.members.get(name, ()) if name in self._groups else (name,)
        providers = self._provides.get(name)
        if not providers:
            self._unknown(requirement.name, "step, group or host declaration")
            return ()
        if len(providers) > 1:
            self._report.add(
                f"{name} is provided by several: {', '.join(providers)}",
                requirement.name.span,
                hint="name the one that is meant",
            )
            return ()
        (provider,) = providers
        self._check_version(requirement, f"{name}, provided by {provider},", providers[provider])
        return (provider,)

    def _check_version(self, requirement: Requirement, who: str, version: str) -> None:
        wanted = requirement.version
        if wanted is None:
            return
        words = f"{requirement.name.text} {requirement.operator} {wanted.text}"
        if not version:
            self._report.add(f"{who} has no version to satisfy {words}", wanted.span)
        elif not satisfies(version, requirement.operator, wanted.text):
            self._report.add(
                f"{who} {version} does not satisfy {words}", wanted.span, hint="change the need or the version"
            )

    def _unknown(self, name: Name, kind: str) -> None:
        if name.text in self._inactive and self._undecided:
            return
        if name.text in self._inactive:
            self._report.add(
                f"{name.text} is not there with these options",
                name.span,
                hint=f"it is declared only {self._inactive[name.text]}",
            )
        else:
            self._report.unknown(kind, name, self._known)

    def before(self, step: str, names: Iterable[Name], links: Mapping[str, Links]) -> None:
        """Enters the order a `before` asks for with the steps it names."""
        for name in names:
            for other in self.steps(name):
                if other == step and name.text == step:
                    self._report.add(f"{step} cannot come before itself", name.span)
                elif other != step and other in links:
                    links[other].after.setdefault(step, name.span)

    def steps(self, name: Name) -> Sequence[str]:
        """The steps that a bare name means: itself, a group's members, all providers of it."""
        if name.text in self._versions:
            return (name.text,)
        if name.text in self._groups:
            return self.members.get(name.text, ())
        if name.text in self._provides:
            return tuple(self._provides[name.text])
        if name.text in self._hosts:
            self._report.add(
                f"{name.text} is a host declaration, not a step", name.span, expected="a step or a group"
            )
            return ()
        self._unknown(name, "step or group")
        return ()


def needs_of(links: Links) -> tuple[Need, ...]:
    """The model's form of a step's needs."""
    return tuple([Need(name, scope, span) for (name, scope), span in links.needs.items()])  # type: ignore[arg-type]


def report_cycles(report: Report, links: Mapping[str, Links], checks: Mapping[str, bool]) -> None:
    """Names every cycle of needs and order whole, with the places. Test needs count where checks run."""
    edges: dict[str, dict[str, tuple[str, Span]]] = {}
    for step, link in links.items():
        into = edges[step] = {}
        for (name, scope), span in link.needs.items():
            if scope != "test" or checks[step]:
                into.setdefault(name, ("needs", span))
        for name, span in link.after.items():
            into.setdefault(name, ("comes after", span))
    for cycle in cycles({name: list(into) for name, into in edges.items()}):
        following = [*cycle[1:], cycle[0]]
        places = [
            f"{name} {edges[name][other][0]} {other} at {report.place(edges[name][other][1])}"
            for name, other in zip(cycle, following, strict=True)
        ]
        if len(places) > _PLACES:
            places[_PLACES:] = [f"and {len(places) - _PLACES} more"]
        report.add(
            "steps need each other: " + " → ".join([*cycle, cycle[0]]),
            edges[cycle[0]][following[0]][1],
            expected="needs without a cycle",
            hint="; ".join(places),
        )
