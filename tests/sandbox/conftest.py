"""Accounts that sandboxes are started from: root, a user with id ranges, a user with a single id."""

import importlib.util
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from lfsmake.sandbox import Bind, Spec, Ways, remove_tree

REPOSITORY = Path(__file__).parents[2]
DRIVER = Path(__file__).with_name("driver.py")


class Result(NamedTuple):
    """What a sandbox ended with, or the error that it could not start with."""

    status: int = -1
    user: float = 0.0
    system: float = 0.0
    rss: int = 0
    out: str = ""
    err: str = ""
    error: str = ""
    hint: str = ""


class Account(NamedTuple):
    """Somebody sandboxes are started by, and a folder of his."""

    kind: str  # "root", "ranges" or "single"
    uid: int
    python: str
    path: str
    folder: Path

    @property
    def ways(self) -> Ways:
        return Ways(id_ranges=self.kind != "single")

    def mkdir(self, name: str) -> Path:
        """A folder of his below his folder."""
        made = self.folder / name
        made.mkdir(parents=True)
        for level in (made, *made.parents):
            if level == self.folder:
                break
            os.chown(level, self.uid, pwd.getpwuid(self.uid).pw_gid)
        return made

    def write(self, path: Path, text: str = "") -> Path:
        """A file of his."""
        path.write_text(text)
        os.chown(path, self.uid, pwd.getpwuid(self.uid).pw_gid)
        return path

    def spec(self, command: str, **changes: Any) -> Spec:
        """A shell command in the host context, on folders `lower`, `upper` and `work` unless changed."""
        for name in ("lower", "upper", "work"):
            if name not in changes and not (self.folder / name).exists():
                self.mkdir(name)
        spec = Spec(
            context="host",
            target="/mnt/lfs",
            lowers=(str(self.folder / "lower"),),
            upper=str(self.folder / "upper"),
            work=str(self.folder / "work"),
            mountpoints=("sources",),
            binds=(),
            argv=("/bin/sh", "-c", command),
            env=(("PATH", "/usr/bin:/bin:/usr/sbin:/sbin"), ("LC_ALL", "C")),
            cwd="/mnt/lfs",
        )
        return spec._replace(**changes)

    def python_run(self, arguments: list[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run his interpreter, where the package can be imported."""
        return subprocess.run(
            [self.python, *arguments], input=stdin, text=True, capture_output=True, check=False, **self.identity()
        )

    def identity(self) -> dict[str, Any]:
        """What subprocess needs to run something as him."""
        environment = {"PYTHONPATH": self.path, "PATH": os.environ["PATH"]}
        if self.uid == os.geteuid():
            return {"env": environment, "cwd": "/"}
        group = pwd.getpwuid(self.uid).pw_gid
        return {"env": environment, "cwd": "/", "user": self.uid, "group": group, "extra_groups": []}

    def run(self, command: str | Spec, *, append_lowers: bool | None = None, **changes: Any) -> Result:
        """Run a command of his in a sandbox to its end."""
        spec = self.spec(command, **changes) if isinstance(command, str) else command
        ways = self.ways._replace(append_lowers=append_lowers)
        request = {"spec": spec._asdict(), "ways": ways._asdict()}
        if self.uid == os.geteuid():
            return Result(**_driver_run(request))
        done = self.python_run([str(Path(self.path) / "driver.py")], json.dumps(request))
        assert done.returncode == 0, done.stderr
        return Result(**json.loads(done.stdout))


def _load_driver() -> Callable[[dict[str, Any]], dict[str, Any]]:
    spec = importlib.util.spec_from_file_location("sandbox_driver", DRIVER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    run: Callable[[dict[str, Any]], dict[str, Any]] = module.run
    return run


_driver_run = _load_driver()


@pytest.fixture(scope="session")
def package_for_all() -> Iterator[Path]:
    """A copy of what a sandbox needs that every user can read: the checkout may lie in somebody's home."""
    folder = Path(tempfile.mkdtemp(prefix="lfsmake-test-package-"))
    folder.chmod(0o755)
    for room in ("model", "sandbox"):
        shutil.copytree(REPOSITORY / "lfsmake" / room, folder / "lfsmake" / room)
    shutil.copy(REPOSITORY / "lfsmake/__init__.py", folder / "lfsmake")
    shutil.copytree(Path(msgspec.__file__).parent, folder / "msgspec")
    shutil.copy(DRIVER, folder)
    subprocess.run(["chmod", "-R", "a+rX", str(folder)], check=True)
    yield folder
    shutil.rmtree(folder)


def _ordinary_user(ranges: bool) -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    owners = {
        name: {line.split(":")[0] for line in Path(name).read_text().splitlines()} if Path(name).exists() else set()
        for name in ("/etc/subuid", "/etc/subgid")
    }
    for user in pwd.getpwall():
        both = all(user.pw_name in names or str(user.pw_uid) in names for names in owners.values())
        if user.pw_uid and (both or (not ranges and user.pw_name == "nobody")):
            return user
    return None


def _interpreter_for(user: pwd.struct_passwd, package: Path) -> str | None:
    wanted = f"import sys, lfsmake.model.errors; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
    for python in (sys.executable, f"/usr/bin/python{sys.version_info[0]}.{sys.version_info[1]}", "/usr/bin/python3"):
        account = Account("", user.pw_uid, python, str(package), Path("/"))
        try:
            if account.python_run(["-c", wanted]).returncode == 0:
                return python
        except OSError:
            continue
    return None


def _account(kind: str, package: Path) -> Account:
    if kind == "root":
        if os.geteuid() != 0:
            pytest.skip("not root")
        return _with_sandbox(Account(kind, 0, sys.executable, str(package), Path("/")))
    user = _ordinary_user(kind == "ranges")
    if user is None:
        pytest.skip("no ordinary user to be; for id ranges one that /etc/subuid and /etc/subgid name")
    python = _interpreter_for(user, package)
    if python is None:
        pytest.skip(f"no interpreter of this version that {user.pw_name} may run")
    return _with_sandbox(Account(kind, user.pw_uid, python, str(package), Path("/")))


def _with_sandbox(account: Account) -> Account:
    """The account, or a skip that says why this machine gives it no sandbox of its kind."""
    script = "import lfsmake.sandbox as s; print(s.probe(ways=s.Ways(id_ranges=%r)).id_ranges)"
    done = account.python_run(["-c", script % (account.kind != "single")])
    if done.returncode != 0 and not _namespaces_work(account):
        pytest.skip(f"no sandbox on this machine: {done.stderr.splitlines()[-1]}")
    if account.kind == "ranges" and done.returncode == 0 and done.stdout != "True\n":
        pytest.skip("no id ranges for this user in /etc/subuid and /etc/subgid, or no newuidmap")
    return account


def _namespaces_work(account: Account) -> bool:
    """Whether util-linux gets what our program did not: then it is our program that is wrong, and tests must fail."""
    flags = "-mpinf" if account.kind == "root" else "-Urmpinf"
    command = ["unshare", flags, "--mount-proc", "true"]
    try:
        return subprocess.run(command, check=False, capture_output=True, **account.identity()).returncode == 0
    except OSError:
        return False


@pytest.fixture(scope="session")
def _accounts(package_for_all: Path) -> Callable[[str], Account]:
    made: dict[str, Account | str] = {}

    def account(kind: str) -> Account:
        if kind not in made:
            try:
                made[kind] = _account(kind, package_for_all)
            except pytest.skip.Exception as reason:
                made[kind] = str(reason)
        found = made[kind]
        if isinstance(found, str):
            pytest.skip(found)
        return found

    return account


@pytest.fixture
def make_account(_accounts: Callable[[str], Account]) -> Iterator[Callable[[str], Account]]:
    """An account of a kind, with a new folder of its own."""
    folders = []

    def make(kind: str) -> Account:
        account = _accounts(kind)
        folder = Path(tempfile.mkdtemp(prefix="lfsmake-test-"))
        folders.append(folder)
        os.chown(folder, account.uid, pwd.getpwuid(account.uid).pw_gid)
        folder.chmod(0o755)
        return account._replace(folder=folder)

    yield make
    for folder in folders:
        remove_tree(folder)


@pytest.fixture(params=["root", "ranges", "single"])
def account(request: pytest.FixtureRequest, make_account: Callable[[str], Account]) -> Account:
    """Each kind of account in turn."""
    made: Account = make_account(request.param)
    return made


@pytest.fixture
def me(make_account: Callable[[str], Account]) -> Account:
    """Whoever runs the tests."""
    return make_account("root" if os.geteuid() == 0 else "single")


@pytest.fixture
def tiny_root(make_account: Callable[[str], Account]) -> Callable[[Account], dict[str, Any]]:
    """Changes to a spec that make its root the target context with the host's /usr lent to it."""

    def changes(account: Account) -> dict[str, Any]:
        base = account.mkdir("base")
        for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
            if Path(f"/{name}").is_symlink():
                (base / name).symlink_to(f"usr/{name}")
                os.chown(base / name, account.uid, -1, follow_symlinks=False)
        binds = [Bind("/usr", "/usr")]
        binds += [Bind(f"/{name}", f"/{name}") for name in ("bin", "lib", "lib64") if not (base / name).is_symlink()]
        return {
            "context": "target",
            "target": "/",
            "lowers": (str(base),),
            "mountpoints": ("usr",),
            "binds": tuple(bind for bind in binds if Path(bind.source).exists()),
            "cwd": "/",
        }

    return changes
