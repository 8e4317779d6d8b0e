"""From settings to a session or a project. Knows the engine's front door and nothing behind it."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from lfsmake.cli.given import home_filled
from lfsmake.cli.options import Settings
from lfsmake.cli.ownlog import place
from lfsmake.cli.targets import remember
from lfsmake.engine.opened import runs_folder
from lfsmake.engine.session import Request, Session, load, open_session, read_configuration
from lfsmake.lang.config import Config
from lfsmake.model.errors import LfsmakeError
from lfsmake.model.step import Project, Step
from lfsmake.store.place import cache_folder


def request_of(settings: Settings) -> Request:
    """What the settings ask the engine for."""
    return Request(
        directory=settings.directory,
        files=settings.files,
        options=settings.options,
        store=settings.store,
    )


@contextlib.contextmanager
def opened(settings: Settings) -> Iterator[Session]:
    """The session, closed at the end. Raises LfsmakeError."""
    try:
        session = open_session(request_of(settings))
    except LfsmakeError:
        with contextlib.suppress(LfsmakeError):  # so that the project's log has it too
            runs_path(settings)
        raise
    place(session.runs)
    try:
        remember(settings.directory, settings.files, session.project)
        session.admit = lambda steps: _admit(session, steps)
        yield session
    finally:
        session.close()


def _admit(session: Session, steps: Sequence[Step]) -> None:
    """Raises RecipeErrors for what no step may do, before the first one is started."""
    if steps:
        from lfsmake.discover.judge.cheap import refuse

        refuse(steps, session.project.files, os.geteuid())


def read_project(settings: Settings) -> tuple[Config, Project]:
    """The configuration and the recipes, without a store. Raises RecipeErrors."""
    config, _ = read_configuration(request_of(settings))
    place(runs_folder(config, str(_store_of(settings, config))))
    project = load(config, settings.options)
    remember(settings.directory, settings.files, project)
    return config, project


def configuration(settings: Settings) -> Config:
    """The configuration alone. Raises RecipeErrors."""
    return read_configuration(request_of(settings))[0]


def store_path(settings: Settings) -> Path:
    """The folder of the store that a session with these settings opens; reads the configuration, no recipes."""
    config, _ = read_configuration(request_of(settings))
    return _store_of(settings, config)


def runs_path(settings: Settings) -> str:
    """The folder of the runs that are kept; reads the configuration, no recipes, and opens no store."""
    config, _ = read_configuration(request_of(settings))
    runs = runs_folder(config, str(_store_of(settings, config)))
    place(runs)
    return runs


def _store_of(settings: Settings, config: Config) -> Path:
    return home_filled(settings.store or config.store or f"{cache_folder(os.environ)}/store")
