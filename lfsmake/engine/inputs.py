"""What a step is made of besides layers: digests of its sources, the host's tools. Knows no order and no traces."""

from collections.abc import Mapping, Sequence

from lfsmake.engine.hosttools import HostTools
from lfsmake.engine.key import all_resources, make_key
from lfsmake.model.plan import CacheKey
from lfsmake.model.step import Body, Host, Project, Resource, Step
from lfsmake.sources.choose import Known, known
from lfsmake.sources.lock import LockFile
from lfsmake.store.store import Store


class Inputs:
    """Answers, for the steps of one project, what their keys hold; asks the network nothing."""

    def __init__(self, project: Project, store: Store, lock: LockFile, sandbox: str) -> None:
        self.project = project
        self.store = store
        self.lock = lock
        self.sandbox = sandbox
        self.tools = HostTools(store)
        option = project.options.get("origin")
        self.policy = option.value if option else "auto"
        self._known: dict[Resource, Known] = {}
        self._fingerprints: dict[tuple[str, ...], tuple[tuple[str, str], ...]] = {}

    def known(self, resource: Resource) -> Known | None:
        """The origin and digest of the resource's file, if both are certain without asking anybody."""
        found = self._known.get(resource)
        if found is None:
            found = known(resource, self.store, self.lock, self.policy)
            if found is not None:
                self._known[resource] = found
        return found

    def learned(self, resource: Resource, found: Known) -> None:
        """The file was fetched: this is what it is."""
        self._known[resource] = found

    def unknown(self, step: Step) -> tuple[Resource, ...]:
        """The step's resources whose digest is not known yet."""
        return tuple(resource for resource in all_resources(step) if self.known(resource) is None)

    def missing(self, step: Step) -> tuple[Resource, ...]:
        """The step's resources that must be fetched before it can run."""
        return tuple(
            resource for resource in all_resources(step) if (found := self.known(resource)) is None or not found.path
        )

    def hosts(self, step: Step) -> tuple[Host, ...]:
        """The host declarations the step needs, where its context sees the host at all."""
        if step.context != "host":
            return ()
        return tuple(self.project.hosts[name] for name in step.hosts)

    def key(self, step: Step, layers: Sequence[tuple[str, str]]) -> CacheKey | None:
        """The step's key over these (step, layer digest); None while a source's digest is unknown."""
        digests: dict[str, tuple[str, Body | None]] = {}
        for resource in all_resources(step):
            found = self.known(resource)
            if found is None:
                return None
            digests[resource.filename] = (found.sha256, found.origin.fixup)
        host: tuple[tuple[str, str], ...] = ()
        if step.context == "host" and step.hosts:
            if step.hosts not in self._fingerprints:
                self._fingerprints[step.hosts] = self.tools.fingerprint(self.hosts(step))
            host = self._fingerprints[step.hosts]
        return make_key(step, digests=digests, layers=layers, host=host, sandbox=self.sandbox)

    def archives(self, step: Step) -> tuple[tuple[str, str], ...]:
        """(file, name in the sources folder) of every resource of the step."""
        pairs: dict[str, str] = {}
        for resource in all_resources(step):
            found = self.known(resource)
            if found is not None and found.path:
                pairs[resource.filename] = found.path
        return tuple((path, name) for name, path in pairs.items())

    def fixups(self, step: Step) -> Mapping[str, Body]:
        """File name → fix-up of the origin that the file came from."""
        fixups: dict[str, Body] = {}
        for resource in all_resources(step):
            found = self.known(resource)
            if found is not None and found.origin.fixup is not None:
                fixups[resource.filename] = found.origin.fixup
        return fixups
