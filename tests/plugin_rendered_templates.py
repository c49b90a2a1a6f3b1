"""A template that no test ever renders fails the run of the whole suite (`CORRIDOR_WHOLE_SUITE=1`).

Each process writes the names of the templates it rendered into a folder that all of them share; the one that started the
others compares them with the templates on disk at the end.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

WHOLE = "CORRIDOR_WHOLE_SUITE"
FOLDER = "CORRIDOR_RENDERED_TEMPLATES"

rendered: set[str] = set()
never_rendered = pytest.StashKey[list[str]]()


def is_whole_suite() -> bool:
    """Say whether everything runs, so that what is missing is missing."""
    return os.environ.get(WHOLE) == "1"


def is_worker(config: pytest.Config) -> bool:
    """Say whether this process works for another one (pytest-xdist)."""
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    """Make the shared folder before any worker starts, and begin to note what is rendered."""
    if not is_whole_suite():
        return
    if not is_worker(config):
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="rendered-templates-")
    note_rendered_templates()


def note_rendered_templates() -> None:
    """Note each template that the environment hands out: to a page, or to a template that extends, includes or imports it."""
    from corridor.ground.ui.environment import environment

    made: Any = environment()
    get_template = made.get_template

    def noting(name: Any, *given: Any, **named: Any) -> Any:
        found = get_template(name, *given, **named)
        rendered.add(found.name)
        return found

    made.get_template = noting


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write down what was rendered here; in the process that started the others, fail the run if a template is left over."""
    if not is_whole_suite() or session.config.option.collectonly:
        return
    folder = Path(os.environ[FOLDER])
    (folder / f"{os.getpid()}.txt").write_text("\n".join(sorted(rendered)))
    if is_worker(session.config):
        return
    missing = sorted(set(templates_on_disk()) - set().union(*(file.read_text().split("\n") for file in folder.glob("*.txt"))))
    session.config.stash[never_rendered] = missing
    if missing and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def templates_on_disk() -> list[str]:
    """Return the names of all templates of the house."""
    from corridor.ground.ui.environment import environment

    return environment().list_templates()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Name the templates that were never rendered."""
    missing = config.stash.get(never_rendered, [])
    if not missing:
        return
    terminalreporter.section("templates that no test renders", red=True)
    terminalreporter.line("Write a test that opens the page, or delete the template:")
    for name in missing:
        terminalreporter.line(f"  {name}")
