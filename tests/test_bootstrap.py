"""bootstrap on machines that lack things. The machines are folders: PATH shows only what a test puts there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHELL = shutil.which("dash") or "/bin/sh"
PROGRAMS = (
    "awk bash bison cat cksum cp diff dirname env find g++ gawk gcc grep gzip head id ld ls m4 make "
    "mkdir mktemp newuidmap patch perl rm sed sort tar texi2any tr uname xz"
)
CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


class Machine:
    """A folder of programs, and bootstrap run with nothing else on PATH."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.venv = folder / "venv"
        self.log = folder / "log"
        for program in PROGRAMS.split():
            found = shutil.which(program)
            if found:
                (self.bin / program).symlink_to(found)
            else:  # only whether it is there is asked
                self.add(program, "exit 0")
        # A Python that can make a "virtual environment" without the network: programs that write down their calls.
        self.add(
            "python3",
            f"""
            case "$1 $2" in
                "-m venv")
                    mkdir -p {self.venv}/bin
                    : >{self.venv}/pyvenv.cfg
                    for name in python lfsmake pytest; do
                        printf '#!{SHELL}\\necho %s "$@" >>{self.log}\\n' $name >{self.venv}/bin/$name
                        chmod +x {self.venv}/bin/$name
                    done ;;
            esac
            """,
        )
        (self.bin / "chmod").symlink_to(shutil.which("chmod") or "/bin/chmod")
        self.user(0)

    def add(self, name: str, text: str) -> None:
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!{SHELL}\n{text}\n")
        path.chmod(0o755)

    def remove(self, *names: str) -> None:
        for name in names:
            (self.bin / name).unlink()

    def user(self, number: int) -> None:
        self.add("id", f"echo {number}")

    def apt(self, *brings: str) -> None:
        """An apt-get that writes its call down and brings these programs when asked to install."""
        made = "\n".join(f"printf '#!{SHELL}\\n' >{self.bin}/{name}; chmod +x {self.bin}/{name}" for name in brings)
        self.add("apt-get", f'echo apt-get "$@" >>{self.log}\ncase "$*" in *install*) :\n{made}\n;; esac')

    def calls(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SHELL, str(ROOT / "bootstrap"), *arguments],
            env={"PATH": str(self.bin), "LFSMAKE_VENV": str(self.venv), "TMPDIR": str(self.bin.parent)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    if not any(Path(path).exists() for path in CERTIFICATES):
        pytest.skip("this machine has no certificates, and bootstrap looks for them outside PATH")
    return Machine(tmp_path)


def test_help_says_what_there_is(machine: Machine) -> None:
    done = machine.run("--help")
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: ./bootstrap [-y] COMMAND [ARGUMENT...]\n")
    for command in ("toolchain", "run", "test", "lint"):
        assert f"\n  {command} " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("build",), "bootstrap: error: unknown command build"),
        (("--force", "test"), "bootstrap: error: unknown option --force"),
    ],
)
def test_wrong_usage_exits_2(machine: Machine, arguments: tuple[str, ...], message: str) -> None:
    done = machine.run(*arguments)
    assert done.returncode == 2
    assert done.stderr.endswith(message + "\n")


def test_without_a_command_it_shows_the_usage_and_exits_2(machine: Machine) -> None:
    done = machine.run()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: ")


def test_missing_packages_are_named_and_nothing_is_installed_unasked(machine: Machine) -> None:
    machine.remove("bison", "texi2any", "ld")
    machine.apt()
    done = machine.run("toolchain")
    assert done.returncode == 3
    assert done.stderr == (
        "bootstrap: missing packages: binutils bison texinfo\n"
        "bootstrap: error: install them with `apt-get install --no-install-recommends binutils bison texinfo`, "
        "or run ./bootstrap --yes\n"
    )
    assert machine.calls() == []


def test_yes_installs_what_is_missing_and_goes_on(machine: Machine) -> None:
    machine.remove("bison", "texi2any")
    machine.apt("bison", "texi2any")
    done = machine.run("--yes", "toolchain", "-j", "3")
    assert done.returncode == 0, done.stderr
    calls = machine.calls()
    assert calls[0] == "apt-get -qq -o Acquire::Retries=3 update"
    assert calls[1] == (
        "apt-get -qq -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 "
        "install -y --no-install-recommends bison texinfo"
    )
    assert calls[-1] == "lfsmake toolchain -j 3"


def test_an_installation_that_brings_nothing_is_an_error(machine: Machine) -> None:
    machine.remove("bison")
    machine.apt()
    done = machine.run("-y", "toolchain")
    assert done.returncode == 3
    assert done.stderr.endswith("bootstrap: error: still missing after their installation: bison\n")


def test_a_failing_apt_is_shown(machine: Machine) -> None:
    machine.remove("m4")
    machine.add("apt-get", 'echo "E: Unable to locate package m4" >&2; exit 100')
    done = machine.run("-y", "test")
    assert done.returncode == 3
    assert "E: Unable to locate package m4\n" in done.stderr
    assert done.stderr.endswith("bootstrap: error: apt-get could not install m4; mend that and run this again\n")


def test_an_ordinary_user_installs_with_sudo(machine: Machine) -> None:
    machine.user(1000)
    machine.remove("xz", "newuidmap")
    machine.apt("xz", "newuidmap")
    machine.add("sudo", f'echo sudo >>{machine.log}; exec "$@"')
    done = machine.run("-y", "toolchain")
    assert done.returncode == 0, done.stderr
    assert machine.calls()[2] == "sudo"
    assert machine.calls()[3].endswith("install -y --no-install-recommends xz-utils uidmap")


def test_an_ordinary_user_without_sudo_is_told_what_root_must_do(machine: Machine) -> None:
    machine.user(1000)
    machine.remove("xz")
    machine.apt()
    done = machine.run("-y", "toolchain")
    assert done.returncode == 3
    assert done.stderr.endswith(
        "bootstrap: error: only root can install packages and there is no sudo: "
        "run `apt-get install --no-install-recommends xz-utils` as root\n"
    )


def test_a_machine_without_apt_is_told_what_to_look_for(machine: Machine) -> None:
    machine.remove("gawk")
    done = machine.run("-y", "toolchain")
    assert done.returncode == 3
    assert done.stderr == (
        "bootstrap: this machine lacks what these Debian packages bring: gawk\n"
        "bootstrap: error: there is no apt-get here: install them with the machine's own package manager, "
        "then run this again\n"
    )


def test_python_itself_may_be_missing(machine: Machine) -> None:
    machine.remove("python3")
    machine.apt()
    done = machine.run("toolchain")
    assert done.returncode == 3
    assert done.stderr.startswith("bootstrap: missing packages: python3 python3-venv\n")


def test_a_python_without_venv_wants_its_package(machine: Machine) -> None:
    machine.add("python3", 'case "$*" in *ensurepip*) exit 1;; esac')
    machine.apt()
    done = machine.run("toolchain")
    assert done.returncode == 3
    assert done.stderr.startswith("bootstrap: missing packages: python3-venv\n")


def test_a_folder_that_is_no_virtual_environment_is_left_alone(machine: Machine) -> None:
    machine.venv.mkdir()
    precious = machine.venv / "thesis.txt"
    precious.write_text("years of work")
    done = machine.run("toolchain")
    assert done.returncode == 3
    assert done.stderr == (
        f"bootstrap: error: {machine.venv} is there and is no virtual environment; "
        "name another with LFSMAKE_VENV\n"
    )
    assert precious.read_text() == "years of work"


def test_the_second_run_installs_nothing(machine: Machine) -> None:
    assert machine.run("run", "-f", "recipes/example").returncode == 0
    first = machine.calls()
    assert sum("pip" in call and "install" in call for call in first) == 2
    done = machine.run("run", "-f", "recipes/example")
    assert (done.returncode, done.stderr) == (0, "")
    assert [call for call in machine.calls()[len(first) :] if "install" in call] == []
    assert machine.calls()[-1] == "lfsmake -f recipes/example"


def test_a_network_that_fails_is_tried_again_and_then_shown(machine: Machine) -> None:
    machine.run("toolchain")
    (machine.venv / "lfsmake-requirements").unlink()
    (machine.bin / "sleep").write_text(f"#!{SHELL}\necho sleep $1 >>{machine.log}\n")
    (machine.bin / "sleep").chmod(0o755)
    (machine.venv / "bin" / "python").write_text(
        f'#!{SHELL}\ncase "$*" in *install*) echo "WARNING: Connection refused"; exit 1;; esac\n'
    )
    done = machine.run("toolchain")
    assert done.returncode == 3
    assert done.stderr.endswith(
        "bootstrap: the network failed pip; trying again in 3 s\n"
        "bootstrap: the network failed pip; trying again in 10 s\n"
        "WARNING: Connection refused\n"
        f"bootstrap: error: pip failed; its output is above and in {machine.venv}/pip.log\n"
    )
    assert machine.calls()[-2:] == ["sleep 3", "sleep 10"]


def test_the_script_is_posix_shell() -> None:
    if shutil.which("dash") is None:
        pytest.skip("there is no dash here to read it")
    assert subprocess.run(["dash", "-n", str(ROOT / "bootstrap")], check=False).returncode == 0
