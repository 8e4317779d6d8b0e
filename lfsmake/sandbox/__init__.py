"""Namespaces, overlays, processes: one command in one root. Standard library only; knows nothing of recipes."""

TYPE_CHECKING = False  # see root.py: this file is imported inside the sandbox too
if TYPE_CHECKING:
    from lfsmake.sandbox.causes import explain
    from lfsmake.sandbox.cgroup import Account, Groups, account, delegated
    from lfsmake.sandbox.mapped import run_mapped
    from lfsmake.sandbox.process import Process, start
    from lfsmake.sandbox.remove import remove_tree
    from lfsmake.sandbox.spec import Bind, Capabilities, Exit, Spec, Ways
    from lfsmake.sandbox.trial import probe

__all__ = [
    "Account",
    "Bind",
    "Capabilities",
    "Exit",
    "Groups",
    "Process",
    "Spec",
    "Ways",
    "account",
    "delegated",
    "explain",
    "probe",
    "remove_tree",
    "run_mapped",
    "start",
]

_HOMES = {
    "Account": "cgroup",
    "Bind": "spec",
    "Capabilities": "spec",
    "Exit": "spec",
    "Groups": "cgroup",
    "Process": "process",
    "Spec": "spec",
    "Ways": "spec",
    "account": "cgroup",
    "delegated": "cgroup",
    "explain": "causes",
    "probe": "trial",
    "remove_tree": "remove",
    "run_mapped": "mapped",
    "start": "process",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    # A module of the same name would take the place of what it holds: none is called so.
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
