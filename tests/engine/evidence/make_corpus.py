"""Makes the corpus of failing logs: breaks real builds, as recipes/ says, and keeps the logs. Judges nothing.

    python -m tests.engine.evidence.make_corpus FOLDER [STEP…]

Needs root, debootstrap, a Debian mirror and PyPI, 10 GB in FOLDER, and half an hour. What is expected of each failure
stands in the recipes, and was written before the logs were there; which logs are held out follows from the name of the
step, and so was settled before the first pattern was written.
"""

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REPO = HERE.parents[2]
LOGS = HERE / "corpus"
INDEX = LOGS / "index.json"
BOOK_TOOLS = (
    "gcc g++ clang lld make cmake ninja-build meson autoconf automake libtool pkg-config patch bison flex texinfo bc "
    "perl m4 file xz-utils bzip2 gettext autopoint python3-dev python3-setuptools python3-pip python3-wheel "
    "python3-pytest zlib1g-dev libelf-dev libssl-dev libexpat1-dev libxml-parser-perl dejagnu gawk rsync wget "
    "help2man cpio cargo golang-go gperf ed"
)
EXPECTED = re.compile(r"^#: (\S+) (\S+) \| (.*)\n(?:package|script) (\S+)", re.MULTILINE)
MEMORY = Path("/sys/fs/cgroup/memory")


def expectations() -> dict[str, tuple[str, str, str]]:
    """Step → its class, its cause and what finds its first error, as the recipes say; "" for none."""
    found = {}
    for path in sorted((HERE / "recipes").glob("*.lfs")):
        for failure_class, cause, error, name in EXPECTED.findall(path.read_text(encoding="utf-8")):
            found[name] = (failure_class, *("" if each.strip() == "-" else each for each in (cause, error)))
    return found


def held_out(name: str) -> bool:
    """Whether the patterns were written without a look at this step's log."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 3 == 0


def prepare(folder: Path) -> Path:
    """The project in `folder`, with its Debian and its broken archives."""
    project = folder / "project"
    shutil.copytree(HERE / "recipes", project, dirs_exist_ok=True)
    (project / "lfsmake.toml").write_text('recipes = ["."]\n', encoding="utf-8")
    sources = project / "sources"
    sources.mkdir(exist_ok=True)
    if not (sources / "base.tar").exists():
        root = folder / "root"
        tools = ",".join(BOOK_TOOLS.split())
        subprocess.run(["debootstrap", "--variant=minbase", f"--include={tools}", "bookworm", root], check=True)
        skip = [f"--exclude=./{name}" for name in ("dev/*", "proc/*", "sys/*", "var/cache/apt/*", "var/lib/apt/lists/*")]
        subprocess.run(["tar", "-C", root, *skip, "-cf", sources / "base.tar", "."], check=True)
    broken_archives(sources)
    return project


def broken_archives(sources: Path) -> None:
    """Archives as a bad download or a bad disk leaves them."""
    content = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(8000))
    for kind in ("gz", "xz", "bz2"):
        whole = io.BytesIO()
        with tarfile.open(fileobj=whole, mode=f"w:{kind}") as archive:
            for number in range(4):
                member = tarfile.TarInfo(f"thing-1/data{number}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        data = whole.getvalue()
        (sources / f"truncated.tar.{kind}").write_bytes(data[: len(data) // 2])
        spoilt = bytearray(data)
        spoilt[len(data) // 2 : len(data) // 2 + 64] = bytes(64)
        (sources / f"corrupt.tar.{kind}").write_bytes(bytes(spoilt))
    (sources / "page.tar.gz").write_text("<!DOCTYPE html>\n<title>404 Not Found</title>\n", encoding="utf-8")
    (sources / "sed-wrong.patch").write_text(
        "--- a/sed/utils.c\n+++ b/sed/utils.c\n@@ -30,5 +30,5 @@\n #include <nothing.h>\n-#include <one.h>\n"
        "+#include <two.h>\n #include <three.h>\n \n \n",
        encoding="utf-8",
    )


def build(project: Path, store: Path, steps: list[str], before: str = "") -> list[dict[str, Any]]:
    """Runs lfsmake; the run's events. `before`: shell that puts it under a limit."""
    runs = project / ".lfsmake" / "runs"
    known = set(runs.iterdir()) if runs.is_dir() else set()
    words = [sys.executable, "-m", "lfsmake", "-q", "-k", "-j2", "--store", str(store), *steps]
    env = {**os.environ, "PYTHONPATH": str(REPO), "LFSMAKE_CACHE": str(project.parent / "cache")}
    subprocess.run(["sh", "-c", f'{before}\nexec "$@"', "sh", *words], cwd=project, env=env, check=False)
    (new,) = set(runs.iterdir()) - known
    return [json.loads(line) for line in (new / "events.jsonl").read_text(encoding="utf-8").splitlines()]


def oom_kills() -> int:
    """The kernel's count."""
    words = dict(line.split() for line in Path("/proc/vmstat").read_text(encoding="ascii").splitlines())
    return int(words["oom_kill"])


def keep(events: list[dict[str, Any]], jobs: int, killed: int, index: dict[str, Any]) -> None:
    """The first failure of every step, its log beside the index."""
    expected = expectations()
    contexts = {}
    for path in (HERE / "recipes").glob("*.lfs"):
        text = path.read_text(encoding="utf-8")
        for name, body in re.findall(r"^(?:package|script) (\S+).*?\{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL):
            contexts[name] = "host" if "context host" in body else "target"
    seen = set()
    for event in events:
        if event["event"] != "step-failed" or event["step"] in seen or event["step"] not in expected:
            continue
        name, failure = event["step"], event["failure"]
        seen.add(name)
        content = Path(failure["log"]).read_bytes() if failure.get("log") else b""
        line, text = first_match(content, expected[name][2])
        with gzip.GzipFile(LOGS / f"{name}.log.gz", "wb", mtime=0) as out:
            out.write(content)
        index[name] = {
            "held_out": held_out(name),
            "class": expected[name][0],
            "cause": expected[name][1],
            "line": line,
            "text": text,
            "phase": failure.get("phase", ""),
            "status": failure.get("status", 0),
            "context": contexts[name],
            "jobs": jobs,
            "oom_kills": killed,
            "command": failure.get("command", ""),
            "source": failure["failure_class"] if not failure.get("log") else "",
        }


def first_match(content: bytes, error: str) -> tuple[int, str]:
    """The first line of the failed phase that the recipe's expression matches: its number and itself."""
    lines = content.decode(errors="replace").split("\n")
    begin = max((number for number, line in enumerate(lines) if re.match(r"==> \S+: \w+$", line)), default=0)
    for number in range(begin, len(lines)):
        if error and re.search(error, lines[number]):
            return number + 1, lines[number]
    return 0, ""


def main() -> None:
    """Builds what is named, or all of it, and writes the index."""
    folder = Path(sys.argv[1]).absolute()
    LOGS.mkdir(exist_ok=True)
    index = json.loads(INDEX.read_text(encoding="utf-8")) if INDEX.exists() else {}
    project = prepare(folder)
    wanted = sys.argv[2:] or sorted(expectations())
    usual = [name for name in wanted if not name.startswith(("oom-", "full-"))]
    if usual:
        keep(build(project, folder / "store", usual), 2, 0, index)
    for name in (name for name in wanted if name.startswith("oom-")):
        group = MEMORY / f"corpus-{os.getpid()}"
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text("220M", encoding="ascii")
        killed = oom_kills()
        events = build(project, folder / "store", [name], f"echo $$ > {group}/cgroup.procs")
        keep(events, 2, oom_kills() - killed, index)
        group.rmdir()
    for name in (name for name in wanted if name.startswith("full-")):
        small = folder / "small"
        small.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80m", "corpus", small], check=True)
        try:
            keep(build(project, small / "store", [name]), 2, 0, index)
        finally:
            subprocess.run(["umount", small], check=True)
    INDEX.write_text(json.dumps(dict(sorted(index.items())), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
