"""Every template on disk is whole: it compiles, what it takes from others is there, and it keeps to the content security policy."""

from __future__ import annotations

import re
from typing import Any

import pytest
from jinja2 import nodes

from corridor.ground.ui.environment import environment

TEMPLATES = environment().list_templates()
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(ld\+)?json\")|<style\b|\son[a-z]+\s*=\s*[\"'{]|javascript:", re.IGNORECASE
)
SIDES = re.compile(r"style=\"[^\"]*(?:margin|padding|border|inset)?-?(?:left|right)\s*:", re.IGNORECASE)


def source(name: str) -> str:
    """Return the text of a template."""
    made = environment()
    assert made.loader is not None
    return made.loader.get_source(made, name)[0]


def tree(name: str) -> nodes.Template:
    """Return a template as Jinja reads it."""
    return environment().parse(source(name), name)


def offered(name: str) -> set[str]:
    """Return the names that other templates can import from one."""
    found = tree(name)
    macros = {macro.name for macro in found.find_all(nodes.Macro)}
    return macros | {target.name for one in found.find_all(nodes.Assign) for target in one.find_all(nodes.Name)}


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_compiles(name: str) -> None:
    """A template has no slip in its syntax, and uses filters and tests that exist."""
    environment().compile(source(name), name)


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_takes_only_what_is_there(name: str) -> None:
    """A template extends, includes and imports templates and macros that exist."""
    missing = []
    for node in tree(name).find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
        taken: Any = node
        if not isinstance(taken.template, nodes.Const):
            continue
        if taken.template.value not in TEMPLATES:
            missing.append(f"line {node.lineno}: there is no template {taken.template.value}")
        elif isinstance(node, nodes.FromImport):
            names = {one[0] if isinstance(one, tuple) else one for one in node.names}
            missing += [
                f"line {node.lineno}: {taken.template.value} has no {one}"
                for one in sorted(names - offered(taken.template.value))
            ]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_keeps_to_the_security_policy(name: str) -> None:
    """A template has no inline script, no inline handler and no style sheet of its own, which browsers would refuse to run."""
    found = INLINE.findall(source(name))
    assert not found, f"{name} has {found}: put scripts into web/src/islands and styles into web/src/css."


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_has_no_left_and_right(name: str) -> None:
    """A template styles by logical properties, so that it reads right-to-left as well."""
    assert not SIDES.search(source(name)), f"{name}: use margin-inline-start and the like."


FRAMES = {"ui/shell.html", "ui/public.html"}


def frame(name: str) -> str:
    """Return the template that one extends, or nothing."""
    names = [one.template.value for one in tree(name).find_all(nodes.Extends) if isinstance(one.template, nodes.Const)]
    return names[0] if names else ""


def chain(name: str) -> list[str]:
    """Return a template and the ones it extends, up to the shell."""
    names = [name]
    while (above := frame(names[-1])) and above not in names:
        names.append(above)
    return names


@pytest.mark.parametrize("name", [name for name in TEMPLATES if frame(name) and name not in {frame(one) for one in TEMPLATES}])
def test_page_has_a_title(name: str) -> None:
    """Every page says in its title what it is."""
    own = [one for one in chain(name) if one not in FRAMES]
    assert any(block.name == "title" for one in own for block in tree(one).find_all(nodes.Block)), f"{name} has no block `title`."
