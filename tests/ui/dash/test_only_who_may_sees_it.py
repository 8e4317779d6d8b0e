"""The guard: names of this machine, the token, headers, and that nothing can be changed."""

import pytest
from asking import ask
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from lfsmake.ui.dash.guard import Guard, is_loopback


def page(request: object) -> PlainTextResponse:
    return PlainTextResponse("the page")


def guarded(token: str = "") -> Guard:
    app = Starlette(routes=[Route("/", page, methods=["GET", "POST"]), Route("/api/runs", page)])
    return Guard(app, host="127.0.0.1", token=token)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8790", "localhost:8790", "localhost", "LOCALHOST:1", "[::1]:8790", "192.168.1.7:8790", "10.0.0.1"],
)
def test_addresses_and_this_machine_s_names_are_answered(host: str) -> None:
    assert ask(guarded(), "/", host=host).text == "the page"


@pytest.mark.parametrize(
    "host", ["evil.example.org", "evil.example.org:8790", "127.0.0.1.example.org", "", "localhost.example.org"]
)
def test_a_name_that_somebody_else_s_dns_gives_is_refused(host: str) -> None:
    answer = ask(guarded(), "/", host=host)
    assert (answer.status, answer.text) == (
        421,
        "This is not the name of this machine: use its address or localhost.\n",
    )


@pytest.mark.parametrize("url", ["/", "/api/runs", "/?token=wrong", "/?token=", "/?token=s3cre%C3%A9"])
def test_without_its_token_nothing_is_shown(url: str) -> None:
    answer = ask(guarded("s3cret"), url)
    assert (answer.status, answer.text) == (
        401,
        "This dashboard wants its token: open the address that `lfsmake dash` printed when it started.\n"
        "It ends in ?token=… and is needed once per browser.\n",
    )


def test_the_token_is_left_behind_for_a_cookie() -> None:
    first = ask(guarded("s3cret"), "/?run=r-1&token=s3cret")
    assert (first.status, first.headers["location"]) == (303, "./?run=r-1")
    cookie = first.headers["set-cookie"]
    assert cookie == "lfsmake-dash=s3cret; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000"
    assert ask(guarded("s3cret"), "/?run=r-1", cookie="x=1; lfsmake-dash=s3cret; y=2").text == "the page"
    assert ask(guarded("another"), "/", cookie="lfsmake-dash=s3cret").status == 401


def test_a_path_cannot_lead_a_browser_to_another_host() -> None:
    assert ask(guarded("s3cret"), "//evil.example.org/?token=s3cret").headers["location"] == "./"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_can_be_changed(method: str) -> None:
    answer = ask(guarded(), "/", method=method)
    assert (answer.status, answer.text) == (405, "The dashboard only shows.\n")
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("url", "cookie"), [("/", ""), ("/?token=s3cret", ""), ("/", "lfsmake-dash=s3cret"), ("/no", "")]
)
def test_every_answer_keeps_other_pages_out(url: str, cookie: str) -> None:
    headers = ask(guarded("s3cret"), url, cookie=cookie).headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("localhost", True), ("0.0.0.0", False),  # noqa: S104
     ("::", False), ("192.168.1.7", False), ("example.org", False), ("127.0.0.1.example.org", False)],
)  # fmt: skip
def test_what_only_this_machine_reaches(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
