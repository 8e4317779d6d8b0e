"""The cache key of a step: put together, digested, and compared part by part. Knows no plan and no store."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from lfsmake.engine.unpack import folder_of
from lfsmake.model.plan import EXECUTOR, SCHEMA, CacheKey, Reason
from lfsmake.model.step import Body, Resource, Step

Parts = dict[str, dict[str, str]]

_WORDS = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def all_resources(step: Step) -> Iterator[Resource]:
    """Every resource of the step: source, extras, unpacks, patches."""
    if step.source is not None:
        yield step.source
    yield from step.extras
    for unpack in step.unpacks:
        yield unpack.resource
    for patch in step.patches:
        yield patch.resource


def text_of(bodies: Iterable[Body]) -> str:
    """The bodies of one phase as the key sees them; the separator cannot occur in a body, NUL being refused."""
    return "\0".join([body.text for body in bodies])


def facts_used(step: Step, fixups: Iterable[str] = (), *, check: bool = False) -> tuple[tuple[str, str], ...]:
    """The facts that some shell text mentions: of the phases that make the layer, or with `check` of the check.

    Only these are given to the shell, so an option that a step never names cannot change it, and need not be in its
    key. `${!name}` may name anything: then all facts count.
    """
    texts = [text_of(phase.bodies) for phase in step.phases if (phase.name == "check") == check]
    texts += fixups
    whole = "\0".join(texts)
    if "${!" in whole:
        return step.facts
    words = set(_WORDS.findall(whole))
    return tuple([fact for fact in step.facts if fact[0] in words])


def make_key(
    step: Step,
    *,
    digests: Mapping[str, tuple[str, Body | None]],
    layers: Sequence[tuple[str, str]],
    host: Sequence[tuple[str, str]],
    sandbox: str,
) -> CacheKey:
    """The key of `step`.

    `digests`: file name → (sha256 of the file, fix-up of the origin it came from), for every resource of the step.
    `layers`: (step, layer digest), lowest first. `host`: (tool, what it is), used in the host context only.
    """
    fixups: list[tuple[str, str]] = []

    def digest(resource: Resource, where: str = "") -> tuple[str, str]:
        sha256, fixup = digests[resource.filename]
        if fixup is not None and not any(name == resource.filename for name, _ in fixups):
            fixups.append((resource.filename, fixup.text))
        return resource.filename + where, sha256

    sources = [digest(step.source, f" -> {folder_of(step)}")] if step.source is not None else []
    sources += [digest(extra) for extra in step.extras]
    sources += [digest(unpack.resource, f" -> {unpack.folder}") for unpack in step.unpacks]
    patches = tuple(digest(patch.resource, f" -p{patch.strip}") for patch in step.patches)
    return CacheKey(
        schema=SCHEMA,
        executor=EXECUTOR,
        context=step.context,
        user=step.user,
        workdir=step.workdir,
        phases=tuple([(phase.name, text_of(phase.bodies)) for phase in step.phases if phase.name != "check"]),
        env=step.env,
        facts=facts_used(step, [text for _, text in fixups]),
        sources=tuple(sources),
        fixups=tuple(fixups),
        patches=patches,
        files=tuple(
            (f"{file.path} {file.mode}", hashlib.sha256(file.text.encode()).hexdigest()) for file in step.files
        ),
        layers=tuple(layers),
        host=tuple(host) if step.context == "host" else (),
        sandbox=sandbox,
        scripts=_scripts(step),
    )


def _scripts(step: Step) -> tuple[tuple[str, str], ...]:
    """The step's script, as text where it is text, so that a change can be told by its line; and what it reads."""
    script = step.script
    if script is None:
        return ()
    reads = [(read.path, f"{read.sha256}{' executable' if read.executable else ''}") for read in script.reads]
    return ((script.path, script.text or f"sha256 {script.sha256}"), *reads)


def key_digest(key: CacheKey) -> str:
    """sha256 of the key's canonical JSON: fields in order, no spaces. The names of the steps below do not count,
    their layers do: a renamed step is the same step."""
    canonical = msgspec.structs.replace(key, layers=tuple([("", digest) for _, digest in key.layers]))
    return hashlib.sha256(msgspec.json.encode(canonical)).hexdigest()


def check_digest(step: Step) -> str:
    """Digest of the check text, the facts it uses and the failures it may have, "" when the step runs none."""
    if not step.check:
        return ""
    for phase in step.phases:
        if phase.name == "check":
            said: tuple[object, ...] = (text_of(phase.bodies), facts_used(step, check=True))
            if step.fails:  # only then: what passed before anything could be expected has still passed
                said += (sorted({known.test for known in step.fails}),)
            return hashlib.sha256(msgspec.json.encode(said)).hexdigest()
    return ""


def key_parts(key: CacheKey) -> Parts:
    """The key's fields, flattened to field → name → value; fields without names have the name ""."""
    parts: Parts = {}
    for field in key.__struct_fields__:
        value = getattr(key, field)
        parts[field] = dict(value) if isinstance(value, tuple) else {"": str(value)}
    return parts


_KINDS = {
    "schema": "the form of the cache key",
    "executor": "the way steps are run",
    "context": "the context",
    "user": "the user",
    "workdir": "the workdir",
    "phases": "the phase",
    "env": "env",
    "facts": "the fact",
    "sources": "the source",
    "fixups": "the fix-up of",
    "patches": "the patch",
    "files": "the file",
    "layers": "the layer of",
    "host": "the host's",
    "sandbox": "the sandbox policy",
    "scripts": "the script",
}


def differences(old: Parts, new: Parts) -> tuple[Reason, ...]:
    """What differs between two keys, as reasons of kind "changed", in the order of the key's fields."""
    reasons: list[Reason] = []
    for field in CacheKey.__struct_fields__:
        before, after = old.get(field, {}), new.get(field, {})
        if before == after:
            if list(before) != list(after):
                reasons.append(_reason(field, "", " ".join(before), " ".join(after), "order changed"))
            continue
        for name in [*before, *(name for name in after if name not in before)]:
            if name not in after:
                reasons.append(_reason(field, name, before[name], "", "removed"))
            elif name not in before:
                reasons.append(_reason(field, name, "", after[name], "added"))
            elif before[name] != after[name]:
                reasons.append(_reason(field, name, before[name], after[name], "changed"))
    return tuple(reasons)


def _first_change(old: str, new: str) -> int:
    """The number of the first line that differs, from 1."""
    pairs = enumerate(zip(old.split("\n"), new.split("\n"), strict=False), 1)
    return next((number for number, (a, b) in pairs if a != b), min(old.count("\n"), new.count("\n")) + 2)


def _reason(field: str, name: str, old: str, new: str, verb: str) -> Reason:
    what = " ".join(word for word in (_KINDS[field], name) if word)
    if field == "scripts" and "\n" not in old + new:
        what = f"the script's file {name}"
    elif field == "scripts" and verb == "changed":
        verb += f", line {_first_change(old, new)}"
    step = name if field == "layers" else ""
    return Reason("changed", f"{what} {verb}", field=field, name=name, old=old, new=new, step=step)
