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
    "help2man cpio gperf ed perl-openssl-defaults rustc cargo golang-go"
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
        skip = [
            f"--exclude=./{name}"
            for name in ("dev/*", "proc/*", "sys/*", "var/cache/apt/*", "var/lib/apt/lists/*")
        ]
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


def build(project: Path, store: Path, steps: list[str], before: str = "") -> tuple[list[Any], dict[str, Any]]:
    """Runs lfsmake; the run's events, and the scenes of its failures. `before`: shell that puts it under a limit."""
    runs = project / ".lfsmake" / "runs"
    known = set(runs.iterdir()) if runs.is_dir() else set()
    scenes = project.parent / "scenes.jsonl"
    scenes.write_text("", encoding="utf-8")
    words = [
        sys.executable,
        "-m",
        "tests.engine.evidence.run_recorded",
        "-q",
        "-k",
        "-j2",
        "--store",
        str(store),
        *steps,
    ]
    env = {
        **os.environ,
        "PYTHONPATH": str(REPO),
        "LFSMAKE_CACHE": str(project.parent / "cache"),
        "SCENES": str(scenes),
    }
    subprocess.run(["sh", "-c", f'{before}\nexec "$@"', "sh", *words], cwd=project, env=env, check=False)
    (new,) = set(runs.iterdir()) - known
    events = [json.loads(line) for line in (new / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    seen = [json.loads(line) for line in scenes.read_text(encoding="utf-8").splitlines()]
    return events, {scene.pop("step"): scene for scene in seen}


def keep(events: list[Any], scenes: dict[str, Any], index: dict[str, Any]) -> None:
    """The failure of every step, its log beside the index."""
    expected = expectations()
    for event in events:
        if event["event"] != "step-failed" or event["step"] not in expected:
            continue
        name, failure = event["step"], event["failure"]
        content = Path(failure["log"]).read_bytes() if failure.get("log") else b""
        with gzip.GzipFile(LOGS / f"{name}.log.gz", "wb", mtime=0) as out:
            out.write(content)
        # No scene where lfsmake judges before any log is looked at.
        index[name] = {
            "held_out": held_out(name),
            "scene": scenes.get(name),
            "said": failure["failure_class"],
        }
    label(index)


def label(index: dict[str, Any]) -> None:
    """Writes into the index what the recipes expect of its logs."""
    expected = expectations()
    for name, entry in index.items():
        failure_class, cause, error = expected[name]
        content = gzip.decompress((LOGS / f"{name}.log.gz").read_bytes())
        line, text = first_match(content, error)
        entry.update({"class": failure_class, "cause": cause, "line": line, "text": text[:200]})


def first_match(content: bytes, error: str) -> tuple[int, str]:
    """The first line of the failed phase that the recipe's expression matches: its number and itself."""
    lines = content.decode(errors="replace").split("\n")
    begin = max((number + 1 for number, line in enumerate(lines) if re.match(r"==> \S+: \w+$", line)), default=0)
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
        keep(*build(project, folder / "store", usual), index)
    for name in (name for name in wanted if name.startswith("oom-")):
        group = MEMORY / f"corpus-{os.getpid()}"
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text("130M", encoding="ascii")
        keep(*build(project, folder / "store", [name], f"echo $$ > {group}/cgroup.procs"), index)
        group.rmdir()
    for name in (name for name in wanted if name.startswith("full-")):
        small = folder / "small"
        small.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80m", "corpus", small], check=True)
        try:
            keep(*build(project, small / "store", [name]), index)
        finally:
            subprocess.run(["umount", small], check=True)
    label(index)
    INDEX.write_text(
        json.dumps(dict(sorted(index.items())), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
