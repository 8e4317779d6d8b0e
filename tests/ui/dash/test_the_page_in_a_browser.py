"""The page in a real browser: what it shows, that it follows and comes back, and that everybody can use it."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import Run, Served
from scene import GRAPH, RUN, begun, built, failed, started, whole_run

from lfsmake.model.events import Invocation, Machine, PhaseStarted, Sample

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 60_000  # milliseconds: a busy machine is no failure

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One headless Chromium for all tests."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        sandbox = [] if os.geteuid() else ["--no-sandbox"]  # which root cannot have
        words = [*sandbox, "--disable-dev-shm-usage", "--disable-gpu"]
        made = driver.chromium.launch(executable_path=CHROMIUM, args=words, timeout=PATIENCE)
        yield made
        made.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """`visit(url, width)`: a page. At the end it must have had nothing to complain about."""
    contexts = []
    complaints: list[str] = []

    def go(url: str, *, width: int = 1280, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 860}, **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto(url)
        return page

    yield go
    for context in contexts:
        context.close()
    assert complaints == []


def wait_for_text(page: Any, selector: str, text: str) -> None:
    page.locator(selector, has_text=text).first.wait_for()


def machine(at: float, cpu: float = 0.5) -> Machine:
    return Machine(at=at, cpu=cpu, memory_free=4_000_000_000, memory_total=8_000_000_000, disk_free=10**10, jobs=2)


def fits(page: Any) -> bool:
    """Whether nothing makes the page wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_live_run_is_shown_as_it_goes(begin: Callable[..., Run], serve: Callable[..., Served], visit: Any) -> None:
    page = visit(serve().url)
    wait_for_text(page, "#empty", "No run yet")
    run = begin()
    run.tell(started(1000.0), begun("layout", 1001.0))
    wait_for_text(page, "#state", "running")
    wait_for_text(page, "#facts", "0 of 14")
    wait_for_text(page, "#running-list", "layout")
    run.tell(
        built("layout", 1002.0, 1.0), begun("binutils-pass1", 1002.0),
        PhaseStarted(at=1002.0, step="binutils-pass1", phase="configure"), machine(1002.0), machine(1006.0, 0.97),
        Sample(at=1006.0, step="binutils-pass1", cpu=7.6, rss=250_000_000, processes=9, phase="configure"),
    )  # fmt: skip
    wait_for_text(page, "#facts", "1 of 14")
    wait_for_text(page, "#running-list .tag", "configure")
    wait_for_text(page, "#running-list .uses", "1.9 processors · 250 MB")
    wait_for_text(page, "#charts", "97 %")
    page.locator('#graph-view [data-step="layout"][data-state="built"]').wait_for()
    page.locator('#graph-view [data-step="binutils-pass1"][data-state="running"]').wait_for()
    page.locator('#timeline-view [data-step="layout"]').wait_for()
    assert page.locator("#progress").get_attribute("aria-valuetext") == "1 of 14 steps"
    assert page.title() == "1/14 · system · lfsmake"


def test_many_running_steps_leave_no_hole_beside_them(
    begin: Callable[..., Run], serve: Callable[..., Served], visit: Any
) -> None:
    run = begin()
    run.tell(
        started(1000.0), *(begun(step, 1001.0) for step in list(GRAPH)[:6]), machine(1002.0), machine(1006.0),
        PhaseStarted(at=1001.0, step="layout", phase="install"),
        Sample(at=1006.0, step="layout", cpu=1.0, rss=1_000_000, processes=1, phase="install"),
    )  # fmt: skip
    page = visit(serve().url)
    wait_for_text(page, "#charts", "50 %")
    page.locator("#running-list .uses").nth(5).wait_for()
    below = "document.querySelector('#machine').getBoundingClientRect().bottom"
    last = "document.querySelector('#charts').lastElementChild.getBoundingClientRect().bottom"
    assert page.evaluate(f"{below} - {last}") < 40
    page.evaluate("location.hash = 'step=layout'")
    wait_for_text(page, "#step-body dt", "elapsed")
    wait_for_text(page, "#step-body", "Needed by")


def test_a_log_is_followed_and_is_only_text(
    begin: Callable[..., Run], serve: Callable[..., Served], visit: Any, logs: Path
) -> None:
    log = logs / "glibc.log"
    log.write_bytes(b"\x1b[31mred\x1b[0m <b>bold</b>\n\xff\x00binary\n10%\r100%")
    run = begin()
    run.tell(started(1000.0), begun("glibc", 1001.0, str(log)))
    page = visit(f"{serve().url}/#step=glibc")
    wait_for_text(page, "#log", "100%")
    assert page.locator("#log").inner_text() == "red <b>bold</b>\n\ufffd\\x00binary\n100%"
    with log.open("ab") as file:
        file.write(b" done\nthe next line\n")
    wait_for_text(page, "#log", "the next line")
    assert page.locator("#log").inner_text() == "red <b>bold</b>\n\ufffd\\x00binary\n100% done\nthe next line\n"
    page.keyboard.press("Escape")
    wait_for_text(page, ".tail", "the next line")


@pytest.mark.parametrize(("width", "lines"), [(1280, 7), (400, 4)])
def test_the_last_lines_of_a_running_step_are_whole(
    width: int, lines: int, begin: Callable[..., Run], serve: Callable[..., Served], visit: Any, logs: Path
) -> None:
    log = logs / "glibc.log"
    log.write_text("".join(f"line {number}\n" for number in range(1, 21)))
    begin().tell(started(1000.0), begun("glibc", 1001.0, str(log)))
    page = visit(serve().url, width=width)
    wait_for_text(page, ".tail", "line 20")
    assert page.locator(".tail").inner_text().split("\n") == [f"line {number}" for number in range(21 - lines, 21)]
    assert page.evaluate("(tail => tail.scrollHeight <= tail.clientHeight)(document.querySelector('.tail'))")


def test_a_long_log_is_read_from_its_end_and_backwards(
    begin: Callable[..., Run], serve: Callable[..., Served], visit: Any, logs: Path
) -> None:
    log = logs / "glibc.log"
    with log.open("wb") as file:
        os.truncate(file.fileno(), 2_000_000_000)
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + b"".join(b"line %d of the log\n" % number for number in range(8000)))
    begin().tell(started(1000.0), begun("glibc", 1001.0, str(log)))
    page = visit(f"{serve().url}/#step=glibc")
    wait_for_text(page, "#log", "line 7999 of the log")
    first = page.locator("#log").inner_text().split("\n", 1)[0]
    wait_for_text(page, "#log-note", "of 2.0 GB")
    page.locator("#log-earlier").click()
    page.wait_for_function("first => !document.getElementById('log').textContent.startsWith(first)", arg=first)
    shown = page.locator("#log").inner_text().split("\n")
    start = int(shown[0].split()[1])
    assert shown[: 8000 - start] == [f"line {number} of the log" for number in range(start, 8000)]


def test_it_comes_back_when_the_server_does(
    begin: Callable[..., Run], serve: Callable[..., Served], visit: Any
) -> None:
    run = begin()
    run.tell(started(1000.0), begun("layout", 1001.0))
    served = serve()
    page = visit(served.url)
    wait_for_text(page, "#connection", "live")
    served.stop()
    wait_for_text(page, "#connection", "connection lost, trying again")
    run.tell(built("layout", 1002.0, 1.0))
    serve(port=served.port)
    wait_for_text(page, "#facts", "1 of 14")
    wait_for_text(page, "#connection", "live")


def test_a_failure_is_shown_whole(begin: Callable[..., Run], serve: Callable[..., Served], visit: Any) -> None:
    run = begin()
    asked = Invocation(files=("/srv/x.lfs",), store="/srv/store")
    run.tell(msgspec.structs.replace(started(1000.0), invocation=asked), begun("glibc", 1001.0))
    page = visit(serve().url)
    wait_for_text(page, "#running-list", "glibc")
    run.tell(failed("glibc", 1010.0, "/srv/lfs/store/logs/glibc.log"))
    card = page.locator(".failure")
    card.wait_for()
    text = " ".join(card.inner_text().split())
    for part in (
        "glibc failed in its build phase", "missing header", "recipes/chapter06.lfs:142", "exit status 2",
        "rtl.h:25:10: fatal error: gmp.h: No such file or directory", "at rtl.h:25, line 4711 of the log",
        "the library's headers are missing", "patch gcc-15.1.patch: added", "for a suspected race",
        "lfsmake -f /srv/x.lfs --store /srv/store log glibc",
        "lfsmake -f /srv/x.lfs --store /srv/store shell glibc --failed",
        "lfsmake -f /srv/x.lfs --store /srv/store system", "/srv/lfs/store/work/failed/glibc",
    ):  # fmt: skip
        assert part in text
    assert card.locator(".hit").inner_text().strip() == "rtl.h:25:10: fatal error: gmp.h: No such file or directory"
    assert page.locator("#announcer").inner_text() == "1 step failed, 1 of 14 steps done"


def test_everything_is_reached_by_keys(begin: Callable[..., Run], serve: Callable[..., Served], visit: Any) -> None:
    begin().tell(*whole_run(1000.0))
    page = visit(serve().url)
    page.locator('#graph-view [data-step="layout"][tabindex="0"]').wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(60):
        if page.evaluate("document.activeElement.closest('#graph-view') !== null"):
            break
        page.keyboard.press("Tab")
    focused = "document.activeElement.dataset.step"
    assert page.evaluate(focused) == "layout"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == "gcc-pass1"
    assert page.evaluate("document.querySelectorAll('#graph-view [tabindex=\"0\"]').length") == 1
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for()
    wait_for_text(page, "#step-title", "gcc-pass1")
    wait_for_text(page, "#step-body", "5:10")
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="detached")
    assert page.evaluate(focused) == "gcc-pass1"
    page.wait_for_function("location.hash === ''")  # the dialog's own event clears it, a moment later


def test_focus_can_be_seen(begin: Callable[..., Run], serve: Callable[..., Served], visit: Any) -> None:
    begin().tell(*whole_run(1000.0))
    page = visit(serve().url)
    page.locator("#find").wait_for()
    for _ in range(12):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            "(() => { const style = getComputedStyle(document.activeElement.querySelector('rect') || "
            "document.activeElement); return style.outlineStyle !== 'none' || style.strokeWidth === '3px'; })()"
        )
        assert seen, page.evaluate("document.activeElement.outerHTML")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_telephone(
    scheme: str, begin: Callable[..., Run], serve: Callable[..., Served], visit: Any
) -> None:
    run = begin()
    run.tell(*whole_run(1000.0, fails="coreutils", until=640), machine(1640.0), machine(1644.0))
    page = visit(serve().url, width=400, color_scheme=scheme)
    page.locator(".failure").wait_for()
    page.locator("#graph-view svg").wait_for()
    assert fits(page)
    page.evaluate("location.hash = 'step=coreutils'")
    wait_for_text(page, "#step-body", "missing header")
    assert fits(page)
    assert page.evaluate("document.querySelector('dialog').scrollWidth <= innerWidth")


def luminance(page: Any, what: str) -> int:
    return int(page.evaluate(f"getComputedStyle(document.body).{what}.match(/\\d+/g).reduce((a, b) => a + +b, 0)"))


def test_it_is_dark_where_the_system_is(begin: Callable[..., Run], serve: Callable[..., Served], visit: Any) -> None:
    begin().tell(started(1000.0))
    url = serve().url
    light, dark = visit(url, color_scheme="light"), visit(url, color_scheme="dark")
    assert luminance(light, "backgroundColor") > 600 > 200 > luminance(light, "color")
    assert luminance(dark, "backgroundColor") < 100 < 600 < luminance(dark, "color")


def test_nothing_moves_for_those_who_asked_for_that(
    begin: Callable[..., Run], serve: Callable[..., Served], visit: Any
) -> None:
    begin().tell(started(1000.0), begun("layout", 1001.0))
    url = serve().url
    name = "getComputedStyle(document.querySelector('[data-state=running] circle')).animationName"
    for motion, expected in (("no-preference", "pulse"), ("reduce", "none")):
        page = visit(url, reduced_motion=motion)
        page.locator('#graph-view [data-state="running"]').wait_for()
        assert page.evaluate(name) == expected


def test_names_are_text(begin: Callable[..., Run], serve: Callable[..., Served], visit: Any) -> None:
    evil = "<img src=x onerror=document.title='owned'>"
    run = begin()
    run.tell(started(1000.0, {evil: (), "b": (evil,)}), begun(evil, 1001.0), failed(evil, 1002.0))
    page = visit(serve().url)
    page.locator(".failure").wait_for()
    wait_for_text(page, "#rows", evil)
    page.locator("#rows .link", has_text=evil).click()
    wait_for_text(page, "#step-title", evil)
    assert page.locator("img").count() == 0


def test_ten_thousand_steps(begin: Callable[..., Run], serve: Callable[..., Served], visit: Any) -> None:
    graph = {f"step-{at}": (f"step-{at // 2}",) if at else () for at in range(10_000)}
    run = begin()
    run.tell(started(1000.0, graph), begun("step-0", 1001.0))
    page = visit(serve().url, width=400)
    page.locator('.cell[data-step="step-0"][data-state="running"]').wait_for()
    assert page.locator(".cell").count() == 10_000
    assert page.locator("#rows tr").count() == 300
    wait_for_text(page, "#rows-more", "and 9,700 more: find what you look for above")
    run.tell(built("step-0", 1002.0, 1.0))
    page.locator('.cell[data-step="step-0"][data-state="built"]').wait_for()
    page.locator("#find").fill("step-9999")
    page.wait_for_function("document.querySelectorAll('#rows tr').length === 1")
    assert fits(page)


def test_what_is_wrong_with_the_events_is_said(
    begin: Callable[..., Run], serve: Callable[..., Served], visit: Any
) -> None:
    run = begin()
    run.tell(started(1000.0))
    run.raw(b"\x00\xff not an event\n")
    page = visit(serve().url)
    wait_for_text(page, "#notices", "1 line of this run's events could not be read, and was passed over.")
    shutil.rmtree(run.folder)
    wait_for_text(page, "#notices", "cannot be read any more (no such file or directory)")
    wait_for_text(page, "#facts", f"0 of {len(GRAPH)}")


def test_a_past_run_is_chosen_from_the_list(
    begin: Callable[..., Run], serve: Callable[..., Served], visit: Any
) -> None:
    past = begin("20261101-000000-000000")
    past.tell(*whole_run(1000.0, fails="coreutils"))
    past.end()
    begin().tell(started(2000.0), begun("layout", 2001.0))
    page = visit(serve().url)
    wait_for_text(page, "#state", "running")
    page.locator("#runs a", has_text="failed").click()
    wait_for_text(page, "#state", "failed")
    page.locator(".failure").wait_for()
    page.locator("#runs a", has_text="running").click()
    wait_for_text(page, "#state", "running")


def test_with_a_token(begin: Callable[..., Run], serve: Callable[..., Served], visit: Any) -> None:
    begin().tell(started(1000.0))
    url = serve(token="s3cret", cookie="lfsmake-dash-1").url  # noqa: S106
    page = visit(f"{url}/?token=s3cret&run={RUN}")
    wait_for_text(page, "#state", "running")
    wait_for_text(page, "#connection", "live")
    assert page.url == f"{url}/?run={RUN}"
