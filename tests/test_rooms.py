"""The rooms hold: imports go down only, and no file grows beyond what one reads in one go."""

import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]
LONGEST = 410  # lines: "about 400"


def lint(config: Path) -> subprocess.CompletedProcess[str]:
    """import-linter over this checkout, whatever lfsmake is installed, without leaving a cache behind."""
    program = (
        "import sys; from importlinter.cli import lint_imports; sys.path.insert(0, sys.argv[2]); "
        "sys.exit(lint_imports(sys.argv[1], no_cache=True))"
    )
    return subprocess.run(
        [sys.executable, "-c", program, str(config), str(REPO)],
        cwd=config.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_imports_go_down_only() -> None:
    done = lint(REPO / "pyproject.toml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_import_upwards_would_be_found(tmp_path: Path) -> None:
    """The contract turned upside down is broken: what passes above passes because it was looked at."""
    upside_down = tmp_path / "pyproject.toml"
    upside_down.write_text(
        '[tool.importlinter]\nroot_package = "lfsmake"\n'
        '[[tool.importlinter.contracts]]\nname = "upside down"\ntype = "layers"\n'
        'containers = ["lfsmake"]\nlayers = ["model", "engine"]\n',
        encoding="utf-8",
    )
    done = lint(upside_down)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "lfsmake.engine is not allowed to import lfsmake.model" in done.stdout + done.stderr


FILES = sorted((REPO / "lfsmake").rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(REPO)) for path in FILES])
def test_no_file_is_longer_than_one_reads(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST, f"{lines} lines: split it by meaning"


def test_no_module_needs_itself_through_others() -> None:
    import grimp

    from lfsmake.lang.graph import cycles

    graph = grimp.build_graph("lfsmake")
    modules = sorted(module for module in graph.modules if not module.endswith("__init__"))
    edges = {module: sorted(graph.find_modules_directly_imported_by(module)) for module in modules}
    assert not cycles(edges), "deferred imports count: untie them by moving what both need"
