"""What each class of failure means, and which class each cause has. Two tables, nothing else."""

from msgspec import Struct

from lfsmake.model.errors import (
    EXIT_ENVIRONMENT,
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_RECIPE,
    EXIT_SOURCE,
    EXIT_STEP,
)


class Policy(Struct, frozen=True):
    """`retries`: whether the recipe's `retry` applies. `exit_code`: of a run whose first failure is of this class."""

    retries: bool
    exit_code: int
    meaning: str


POLICIES: dict[str, Policy] = {
    "recipe": Policy(False, EXIT_RECIPE, "the recipe says something that cannot be"),
    "source": Policy(False, EXIT_SOURCE, "a source could not be had; the origins have their own retries"),
    "environment": Policy(False, EXIT_ENVIRONMENT, "the machine lacks something: disk, memory, a tool, a feature"),
    "step": Policy(True, EXIT_STEP, "a command of the step failed"),
    "test": Policy(True, EXIT_STEP, "the step was built, and its check failed"),
    "timeout": Policy(True, EXIT_STEP, "the step took longer than its limit"),
    "conflict": Policy(False, EXIT_STEP, "two layers of one root bring the same path"),
    "interrupted": Policy(False, EXIT_INTERRUPTED, "the user stopped the run"),
    "internal": Policy(False, EXIT_INTERNAL, "a bug of lfsmake"),
}

RETRY_DELAY = 1.0  # seconds before a failed step starts again, doubled each time


class Cause(Struct, frozen=True):
    """`host`, `target`: the class of a failure with that cause, by the context of its step. `advice`: what usually
    helps, where the error itself says nothing better."""

    host: str
    target: str
    advice: str


def _cause(advice: str, host: str = "step", target: str = "") -> Cause:
    return Cause(host, target or host, advice)


# In the host context the machine's own tools are used, in the target context only what the recipes bring: what is
# missing there, a recipe does not need.
CAUSES: dict[str, Cause] = {
    # the machine
    "disk-full": _cause("make room: `lfsmake store gc`, or another --store", "environment"),
    "out-of-memory": _cause("build with fewer jobs (-j), and say `memory` in the recipe", "environment"),
    "killed": _cause("often the kernel, out of memory: see `dmesg`, and build with fewer jobs (-j)", "environment"),
    "disk-error": _cause("see `dmesg`: the disk may be failing", "environment"),
    "resource-limit": _cause("a limit of the machine was reached: see `ulimit -a`", "environment"),
    "read-only": _cause("in the host context only $LFS can be written, nothing of the host", "recipe", "environment"),
    "missing-command": _cause(
        "{name} is not in the root: `needs build` what brings it", "environment", "recipe"
    ),
    "tool-too-old": _cause("a newer version is needed: the log says which", "environment", "recipe"),
    # the sources
    "truncated-archive": _cause("the archive is cut off: fetch it again", "source"),
    "corrupt-archive": _cause("the archive is damaged: fetch it again", "source"),
    "bad-checksum": _cause("the file is not what its digest says", "source"),
    # the recipe
    "patch-failed": _cause("the patch is for another version of the sources", "recipe"),
    "patch-reversed": _cause("the sources have this change already: take the patch out", "recipe"),
    "patch-no-file": _cause("see how many leading folders `strip` takes from the names in the patch", "recipe"),
    "patch-malformed": _cause("the patch is damaged or is no patch", "recipe"),
    "configure-option": _cause("the sources do not know that option: see `./configure --help`", "recipe"),
    "shell-syntax": _cause("the shell cannot read this: see quotes, `fi`, `done`"),
    "unbound-variable": _cause("the variable {name} has no value: it is misspelt, or not declared"),
    # the build
    "race": _cause("two jobs of make got into each other's way: `jobs 1` in the recipe avoids that"),
    "missing-header": _cause("no package of the root brings {name}, or its folder is not searched (-I)"),
    "missing-library": _cause("no package of the root brings {name}, or its folder is not searched (-L)"),
    "missing-package": _cause("`needs build` what brings it"),
    "missing-module": _cause("`needs build` what brings the module {name}"),
    "missing-file": _cause("{name} is not there: see what should have made it, and in which folder the phase runs"),
    "file-exists": _cause("{name} is there already: from a layer below, or made twice"),
    "permission-denied": _cause("see the mode of {name}, and the step's `user`"),
    "text-file-busy": _cause("a program is written while it runs: `jobs 1` in the recipe often avoids that"),
    "truncated-file": _cause("a file was read before it was whole: `jobs 1` in the recipe often avoids that"),
    "no-rule": _cause("{name} is missing and nothing makes it"),
    "undefined-reference": _cause("nothing that was linked defines {name}"),
    "multiple-definition": _cause("{name} is defined twice"),
    "relocation": _cause("an object that goes into a shared library must be compiled with -fPIC"),
    "bad-object": _cause("{name} is not an object for this machine: left over from another build?"),
    "link": _cause("see what the linker says above and below"),
    "syntax": _cause("the text is damaged, or is for another version of its tool: see patches and `sed`"),
    "undeclared": _cause("a header is not included, or the sources are for another version of a library"),
    "type": _cause("the sources are for another version of the compiler or of a library"),
    "compile": _cause("the sources are for another version of the compiler or of a library"),
    "warning-as-error": _cause("build without -Werror"),
    "error-directive": _cause("the sources refuse this machine or configuration: the line says why"),
    "internal-compiler-error": _cause("a bug of the compiler, too small a stack, or bad memory: try again"),
    "assembler": _cause("the assembler is too old for this, or the code is for another processor"),
    "bad-option": _cause("this version of the tool does not know the option"),
    "compiler-broken": _cause("the compiler does not work with these flags: config.log says how it failed"),
    "configure": _cause("see config.log in the kept build folder"),
    "build-files": _cause("the build's own files are wrong, or for another version of the tool"),
    "makefile-syntax": _cause("the Makefile is damaged: see patches, `sed` and heredocs"),
    "no-makefile": _cause("the phase runs in another folder than it should, or was not configured"),
    "tool-mismatch": _cause("files of two versions of a tool are mixed: run `autoreconf -fi`"),
    "bad-interpreter": _cause("the script's interpreter is not in the root: `needs build` it"),
    "exec-format": _cause("a program for another machine: cross-built programs cannot run here"),
    "network": _cause("a step has no network: declare what it wants as a source or resource"),
    "crash": _cause("a program of the step crashed: see which, and with what"),
    "exception": _cause("see the traceback"),
    "setup": _cause("see what the line says"),
    "build-script": _cause("see what the script wrote"),
    "command-failed": _cause("the command said nothing of its own: run it in `lfsmake shell … --failed`"),
    "test-failed": _cause("see the test's own log in the kept build folder", "test"),
}  # fmt: skip
