"""Templates are found by room, texts speak the reader's language, and nothing that people typed becomes markup."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.requests import Request

from corridor.ground.problems import Forbidden, Invalid, NoSpace, NotFound, Problem
from corridor.ground.ui import N_, assets, navigate, problem_page, public_page, translations
from corridor.ground.ui.environment import environment, find_template
from corridor.ground.ui.viewing import Viewing, viewed
from corridor.ground.vocabulary import Workspace
from tests.conftest import House

SHOP = Workspace(id="main", name="Kestrel & Sons", zone="Asia/Tehran", currency="EUR")


def asked(path: str = "/", query: str = "", cookie: str = "", language: str = "") -> Request:
    """Return a request as a browser would send it."""
    headers = [(b"cookie", cookie.encode()), (b"accept-language", language.encode())]
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": headers,
        "server": ("x", 80),
    }
    return Request(scope | {"scheme": "http", "root_path": ""})


def said(source: str, language: str = "en", query: str = "", **values: object) -> str:
    """Render a line of template for a reader."""
    with viewed(Viewing(asked("/gaps", query), SHOP, language)):
        return environment().from_string(source).render(values)


def test_template_of_a_room_is_in_that_room() -> None:
    """`ui/shell.html` is in the folder of ground/ui; a name that leads outside finds nothing."""
    found = find_template("ui/shell.html")
    assert found is not None
    assert found.parent.parent.name == "ui"
    assert find_template("ui/../../problems.py") is None
    assert find_template("nowhere/x.html") is None


def test_numbers_in_a_text_are_written_as_the_language_writes_them() -> None:
    """A count given to a text comes out in the reader's digits."""
    assert said('{{ _("n = %(count)s", count=1204) }}') == "n = 1,204"
    assert said('{{ _("n = %(count)s", count=1204) }}', "fa") == "تعداد = ۱٬۲۰۴"
    assert said("{% trans num=2 %}{{ num }} day{% pluralize %}{{ num }} days{% endtrans %}") == "2 days"
    assert said('{{ _("With 95%% certainty between these") }}') == "With 95% certainty between these"


def test_text_that_people_typed_is_never_markup() -> None:
    """A value is escaped, and so is a text that nobody of the house wrote, even where it is passed on as a text to translate."""
    assert said('{{ _("You: %(name)s", name=name) }}', name="<b>") == "You: &lt;b&gt;"
    assert said("{{ _(name) }}", name="<script>100%</script>") == "&lt;script&gt;100%&lt;/script&gt;"
    assert said("{{ name|translated }}", "fa", name="<b>") == "&lt;b&gt;"


def test_addresses_keep_the_filters() -> None:
    """`url` keeps the filters, `here` changes one thing and goes back to the first screen of a list."""
    query = "period=30d&channel=web&sort=name&after=x"
    assert said('{{ url("/cases", state="open") }}', query=query) == "/cases?period=30d&amp;channel=web&amp;state=open"
    assert said('{{ here(sort="-name") }}', query=query) == "/gaps?period=30d&amp;channel=web&amp;sort=-name"
    assert said("{{ here(channel=none) }}", query=query) == "/gaps?period=30d&amp;sort=name"


def test_python_code_speaks_too() -> None:
    """Code outside templates says the same texts by the same rules."""
    _, ngettext = translations("fa")
    assert _(N_("Saved.")) == "ذخیره شد."
    assert ngettext("%(count)s day", "%(count)s days", 3, count=3) == "۳ روز"
    assert translations("en").gettext("Said by nobody, 100%%") == "Said by nobody, 100%"


def test_a_sentence_travels_over_a_redirect_once() -> None:
    """What a form says after it was sent shows on the next page, and only there."""
    answer = navigate("/cases", said="ذخیره شد.")
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"].split(";")[0]
    shown = public_page(asked(cookie=cookie), SHOP, "fa", "ui/public_problem.html", problem=NotFound("x"))
    assert "ذخیره شد." in bytes(shown.body).decode()
    assert "said=" in shown.headers["set-cookie"]
    assert "Max-Age=0" in shown.headers["set-cookie"]


@pytest.mark.parametrize(
    "problem", [NotFound("No case 12."), Forbidden("Not you."), Invalid("Wrong."), NoSpace("Full."), Problem("Odd.")]
)
@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_problem_is_a_page_with_a_sentence(problem: Problem, language: str) -> None:
    """Whoever is not signed in reads what went wrong in the language that the browser asks for."""
    page = problem_page(asked(language=f"{language};q=0.9"), problem)
    html = bytes(page.body).decode()
    assert page.status_code == problem.status
    assert f'<html lang="{language}"' in html
    assert problem.detail in html


def test_somebody_signed_in_reads_a_problem_in_the_shell(house: House) -> None:
    """A page that is not there is told in the shell, with the way back."""
    answer = house.client.get("/no-such-page")
    assert answer.status_code == 404
    assert '<nav class="rail"' in answer.text
    assert "There is nothing here" in answer.text


def test_pages_that_are_not_built_say_how_to_build_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the built files the error names the command that makes them."""
    monkeypatch.setattr(assets, "DIST", tmp_path)
    with pytest.raises(assets.NotBuilt, match="make setup"):
        assets.asset("app.css")
    (tmp_path / "manifest.json").write_text('{"app.css": "app-X.css"}')
    assert assets.asset("app.css") == "/static/app-X.css"
    with pytest.raises(assets.NotBuilt, match="make setup"):
        assets.island("nothing")


def test_the_companys_name_is_text() -> None:
    """A page of the customer's side carries the company's name, escaped, and no rail."""
    html = bytes(public_page(asked(), SHOP, "en", "ui/public_problem.html", problem=NotFound("x")).body).decode()
    assert "<bdi>Kestrel &amp; Sons</bdi>" in html
    assert 'class="rail"' not in html
