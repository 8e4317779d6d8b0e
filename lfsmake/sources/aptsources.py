"""The machine's own apt configuration, read for a private one. Knows its formats and runs no download.

Hosts come only from here: the project names none.
"""

import re
import subprocess
from pathlib import Path

from msgspec import Struct

from lfsmake.sources.transfer import child_environment

_SIDE_SUITE = re.compile(r"[-/]")  # bookworm-updates, bookworm/updates, bookworm-pgdg: not a release itself


class Entry(Struct, frozen=True):
    """One entry of the machine's apt sources. `options` are deb822 fields ("Signed-By" and the like)."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    options: tuple[tuple[str, str], ...] = ()


# What a private entry takes over. Not "Trusted": an index without a good signature is never used.
_KEPT = {"signed-by": "Signed-By", "check-valid-until": "Check-Valid-Until", "check-date": "Check-Date"}


def machine_entries() -> list[Entry]:
    """All enabled entries of the machine, as apt reads them. Raises FileNotFoundError without apt."""
    answer = subprocess.run(
        ["apt-config", "shell", "LIST", "Dir::Etc::sourcelist/f", "PARTS", "Dir::Etc::sourceparts/d"],
        capture_output=True,
        text=True,
        env=child_environment(),
        stdin=subprocess.DEVNULL,
        check=False,
    )
    places = dict(re.findall(r"^(LIST|PARTS)='([^']*)'", answer.stdout, re.MULTILINE))
    entries: list[Entry] = []
    main = Path(places.get("LIST", "/etc/apt/sources.list"))
    if main.is_file():
        entries += one_line_entries(_text(main))
    folder = Path(places.get("PARTS", "/etc/apt/sources.list.d"))
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix == ".sources":
            entries += deb822_entries(_text(path))
        elif path.suffix == ".list":
            entries += one_line_entries(_text(path))
    return entries


def deb822_entries(text: str) -> list[Entry]:
    """Entries of a *.sources file."""
    entries: list[Entry] = []
    for fields in stanzas(text):
        if fields.get("enabled", "yes").strip().lower() in ("no", "false", "0", "off"):
            continue
        if not {"deb", "deb-src"} & set(fields.get("types", "").split()):
            continue
        uris = fields.get("uris", "").split()
        if uris:
            options = tuple((name, fields[key]) for key, name in _KEPT.items() if key in fields)
            suites, components = fields.get("suites", "").split(), fields.get("components", "").split()
            entries.append(Entry(uris[0], tuple(suites), tuple(components), options))
    return entries


def one_line_entries(text: str) -> list[Entry]:
    """Entries of a sources.list file."""
    entries: list[Entry] = []
    for line in text.splitlines():
        match = re.match(r"\s*deb(?:-src)?\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*([^#]*)", line)
        if match is None:
            continue
        given = dict(word.split("=", 1) for word in (match[1] or "").split() if "=" in word)
        options = tuple((name, given[key].replace(",", " ")) for key, name in _KEPT.items() if key in given)
        entries.append(Entry(match[2], (match[3],), tuple(match[4].split()), options))
    return entries


def stanzas(text: str) -> list[dict[str, str]]:
    """Deb822 paragraphs as field → value, names in lower case, continuation lines kept as lines."""
    found: list[dict[str, str]] = []
    current: dict[str, str] = {}
    name = ""
    for line in (*text.splitlines(), ""):
        if not line.strip():
            if current:
                found.append(current)
            current, name = {}, ""
        elif line.startswith("#"):
            continue
        elif line[0] in " \t":
            if name:
                current[name] += f"\n{line}"
        else:
            key, _, value = line.partition(":")
            name = key.strip().lower()
            current[name] = value.strip()
    return found


def entry_for(entries: list[Entry], suite: str, codename: str) -> Entry | None:
    """The machine's entry whose archive should carry `suite`; `codename` is the machine's own release.

    The one that names the suite, else the one of the machine's release: others' archives have a "main" too.
    """
    usable = [entry for entry in entries if "main" in entry.components]
    named = [entry for entry in usable if suite in entry.suites]
    if suite.endswith("-security"):
        usable = [each for each in usable if any(name.endswith("-security") for name in each.suites)]
    else:
        usable = [each for each in usable if any(not _SIDE_SUITE.search(name) for name in each.suites)]
        usable.sort(key=lambda each: (codename not in each.suites, not _path(each).endswith("/debian")))
    return next(iter(named + usable), None)


def machine_codename() -> str:
    """Such as "bookworm"; "" where the machine does not say."""
    match = re.search(r"^VERSION_CODENAME=\W*([\w.-]+)", _text(Path("/etc/os-release")), re.MULTILINE)
    return match[1] if match else ""


def _path(entry: Entry) -> str:
    return plain_uri(entry.uri).rstrip("/")


def plain_uri(uri: str) -> str:
    """`uri`, or the first mirror of the list that a mirror+file: URI names."""
    if not uri.startswith("mirror+file:"):
        return uri
    for line in _text(Path(re.sub(r"^mirror\+file:/*", "/", uri))).splitlines():
        words = line.split()
        if words and not words[0].startswith("#"):
            return words[0]
    return uri


def private_sources(entry: Entry, suite: str) -> str:
    """A *.sources file with the source packages of `suite` from the archive of `entry`."""
    lines = ["Types: deb-src", f"URIs: {plain_uri(entry.uri)}", f"Suites: {suite}"]
    lines.append(f"Components: {' '.join(entry.components)}")
    lines += [f"{name}: {value}" for name, value in entry.options]
    return "\n".join(lines) + "\n"


def private_configuration(folder: Path) -> str:
    """An apt.conf to be read after the machine's own: keeps all state in `folder`, runs none of its hooks."""
    return f"""#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Default-Release;
APT::Update::Error-Mode "any";
APT::Get::AllowUnauthenticated "false";
APT::Sandbox::User "root"; // the folders are private, apt's own user could not enter them
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Dir::State "{folder}/state";
Dir::State::lists "{folder}/state/lists";
Dir::State::status "/dev/null";
Dir::Cache "{folder}/cache";
Dir::Cache::archives "{folder}/cache/archives";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{folder}/sources.list.d";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
"""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
