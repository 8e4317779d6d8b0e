"""Messages reach real receivers: a webhook, a mail server, a desktop; those that misbehave are named."""

import contextlib
import email
import email.policy
import os
import stat
import threading
from pathlib import Path

import pytest
from run_events import failed, over, started, step

from lfsmake.lang.alerts import Alerts, Receiver
from lfsmake.model.errors import HostErrors
from lfsmake.ui.alerts import courier, send
from lfsmake.ui.alerts.address import Address, resolve
from lfsmake.ui.alerts.listen import Alerting, addresses, try_all
from lfsmake.ui.alerts.message import Alert, Place
from lfsmake.ui.alerts.rules import Limits, Rules
from lfsmake.ui.alerts.send import Sender

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # apprise's own, loaded in this process too

PATIENCE = 60.0  # seconds: only a test that fails waits so long
PLACE = Place("builder", "/home/me/lfs")
MESSAGE = Alert(("failure",), "glibc failed – größer", "first line\n\n<b>second</b> & 100 %\n", "failure", "builder")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LFSMAKE_CACHE", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def address(url: str) -> Address:
    found = resolve(Receiver("me", url), "/", {})
    assert isinstance(found, Address)
    return found


def answer(url: str) -> str:
    """Why MESSAGE could not be sent there: the courier's answer, from within this process, since it starts slowly."""
    here = address(url)
    asked = {"url": here.url, "subject": MESSAGE.subject, "body": MESSAGE.body, "type": MESSAGE.tone}
    return here.redacted(courier.answer(asked)[0])


def test_a_webhook_gets_it_as_json(web):
    assert Sender(address(f"{web.url}/hook?rto=60"))(MESSAGE) == ""
    path, data = web.got.get(timeout=PATIENCE)
    assert path == "/hook"
    assert data["title"] == "lfsmake: glibc failed – größer on builder"
    assert data["message"].rstrip() == MESSAGE.body.rstrip()
    assert data["type"] == "failure"


def test_mail_is_plain_text_with_a_short_subject(mail):
    port, box = mail
    assert answer(f"mailto://127.0.0.1:{port}?from=lfs@example.org&to=me@example.org&cto=60") == ""
    got = email.message_from_bytes(box.got.get(timeout=PATIENCE), policy=email.policy.default)
    assert got["subject"] == "lfsmake: glibc failed – größer on builder"
    assert got["to"] == "me@example.org"
    assert "lfs@example.org" in got["from"]
    text = got.get_body(("plain",))
    assert text is not None
    assert "<b>second</b> & 100 %" in text.get_content()


def test_a_server_without_tls_is_not_given_a_password(mail):
    port, box = mail
    url = f"mailtos://me:s3cret@127.0.0.1:{port}?from=lfs@example.org&to=me@example.org&cto=60"
    why = answer(url)
    assert why.endswith(": it does not offer TLS"), why
    assert "s3cret" not in why
    assert box.got.empty()


@pytest.mark.parametrize(
    "form", ["json://127.0.0.1:{}/s3cret", "mailto://127.0.0.1:{}?from=lfs@example.org&to=me@example.org"]
)
def test_nobody_listens(form, closed_port):
    why = answer(form.format(closed_port))
    assert why.endswith(": connection refused"), why
    assert "s3cret" not in why


def test_a_webhook_that_refuses(web):
    web.status = 500
    why = answer(f"{web.url}/s3cret?rto=60")
    assert "error=500" in why
    assert "s3cret" not in why


@pytest.mark.parametrize(
    "form",
    ["json://127.0.0.1:{}/s3cret?rto=0.2&cto=0.2", "mailto://127.0.0.1:{}?from=a@example.org&to=b@example.org&cto=0.2"],
)
def test_a_receiver_that_never_answers(form, stall):
    why = answer(form.format(stall.port))
    assert why.endswith("no answer in time"), why


def test_a_webhook_that_speaks_no_tls(web):
    port = web.url.rpartition(":")[2]
    why = answer(f"jsons://127.0.0.1:{port}/s3cret?rto=60&cto=60")
    assert why.endswith(("it does not speak TLS", "it closed the connection")), why
    assert web.got.empty()


def test_sending_is_ended_when_it_takes_too_long(stall, monkeypatch):
    monkeypatch.setattr(send, "LIMIT", 0.1)
    assert Sender(address(f"json://127.0.0.1:{stall.port}/?rto=900&cto=900"))(MESSAGE) == "no answer in 0 seconds"


def test_sending_can_be_given_up(stall):
    sender = Sender(address(f"json://127.0.0.1:{stall.port}/?rto=900&cto=900"))
    whys: list[str] = []
    thread = threading.Thread(target=lambda: whys.append(sender(MESSAGE)))
    thread.start()
    assert stall.met.wait(PATIENCE)
    sender.cancel()
    thread.join(PATIENCE)
    assert whys == ["apprise gave no answer"]
    assert sender(MESSAGE) == "given up"


@pytest.fixture
def desktop(tmp_path, monkeypatch) -> Path:
    """A notify-send that keeps its arguments; its exit status is in the file beside it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "notify-send"
    program.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" > {folder}/args\necho "no display" >&2\nexit $(cat {folder}/status)\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (folder / "status").write_text("0")
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def test_the_desktop_shows_the_first_lines_and_takes_nothing_for_markup(desktop):
    assert Sender(address("desktop://"))(MESSAGE) == ""
    assert (desktop / "args").read_text() == (
        "--urgency=critical\n--app-name=lfsmake\n--\nlfsmake: glibc failed – größer on builder\n"
        "&lt;b&gt;second&lt;/b&gt; &amp; 100 %\n\n"
    )
    (desktop / "status").write_text("1")
    assert Sender(address("desktop://"))(MESSAGE) == "no display"


def checked(*urls: str) -> list[str]:
    """What keeps receivers with these URLs from being told, as it is said before a build."""
    receivers = tuple(Receiver(f"r{number}", url) for number, url in enumerate(urls))
    with pytest.raises(HostErrors) as caught:
        addresses(Alerts(receivers))
    return [problem.message for problem in caught.value.problems]


def test_what_apprise_cannot_use_is_an_error_before_the_build(monkeypatch):
    monkeypatch.delenv("NOT_SET", raising=False)
    said = checked("jsno://s3cret", "json://example.org", "slack://s3cret", "${NOT_SET}", "growl://s3cret")
    assert said[0] == "receiver r0 cannot be told: apprise knows no jsno://; perhaps json:// is meant"
    assert said[1].startswith("receiver r2 cannot be told: apprise cannot read what follows slack://")
    assert said[2] == "receiver r3: the variable NOT_SET is not set"
    assert len(said) in (3, 4), "growl needs a library, which may be there"
    assert "s3cret" not in "".join(said)


def test_what_was_found_good_once_is_not_asked_again(monkeypatch):
    alerts = Alerts((Receiver("me", "json://example.org/x"),))
    first = addresses(alerts)
    monkeypatch.setattr(send, "_courier", lambda: ["/nowhere"])
    assert addresses(alerts) == first
    said = "receiver r0 cannot be told: cannot run /nowhere: No such file or directory"
    assert checked("json://example.org/y") == [said]


def test_a_missing_library_is_named_with_its_cure(monkeypatch):
    monkeypatch.setattr(send, "apprise_place", lambda: None)
    monkeypatch.setenv("PATH", "/nowhere")
    receivers = (Receiver("mail", "mailto://x"), Receiver("desk", "desktop://"))
    with pytest.raises(HostErrors) as caught:
        addresses(Alerts(receivers))
    assert [(problem.message, problem.hint) for problem in caught.value.problems] == [
        ("receiver mail cannot be told: apprise is not installed", "pip install 'lfsmake[alerts]'"),
        ("receiver desk cannot be told: there is no notify-send", "install it (Debian: libnotify-bin)"),
    ]


@pytest.fixture
def at_hand(monkeypatch) -> None:
    """The courier in this process: what is sent when is looked at, not how."""
    monkeypatch.setattr(Sender, "_ask", lambda self, asked: courier.answer(asked))


def told(alerts: Alerts, *events) -> list[tuple[str, str]]:
    """A run's events, told; what lfsmake says of it, in any order."""
    said: list[tuple[str, str]] = []
    rules = Rules(Limits(2.0, 0, 0), PLACE, lambda run, targets: False)
    found = [address(receiver.url) for receiver in alerts.receivers]  # without asking apprise first: that is slow
    with Alerting(alerts, found, rules, lambda *what: said.append(what)) as listener:
        for event in events:
            listener(event)
    return said


def test_each_receiver_gets_what_it_asked_for(web, at_hand):
    receivers = (
        Receiver("first", f"{web.url}/first?rto=60", ("first-failure",)),
        Receiver("end", f"{web.url}/end?rto=60", ("end", "failure")),
        Receiver("none", f"{web.url}/none?rto=60", ("slow",)),
    )
    events = (started(), step("a"), failed("a"), step("b"), failed("b"), over(code=1, failed=2))
    said = told(Alerts(receivers, wait=PATIENCE), *events)
    assert [text for text, level in said if level == "warning"] == []
    got = set()
    while not web.got.empty():
        path, data = web.got.get()
        got.add((path, data["title"]))
    assert ("/first", "lfsmake: a failed in build on builder") in got
    assert ("/end", "lfsmake: all failed after 12:34 on builder") in got
    assert {path for path, _ in got} == {"/first", "/end"}


def test_one_dead_receiver_keeps_no_message_from_another(web, closed_port):
    receivers = (
        Receiver("dead", f"json://127.0.0.1:{closed_port}/s3cret", ("end",)),
        Receiver("well", f"{web.url}/well?rto=60", ("end",)),
    )
    said = told(Alerts(receivers, wait=PATIENCE), started(), over(built=1))
    assert web.got.get(timeout=PATIENCE)[0] == "/well"
    (warning,) = [text for text, level in said if level == "warning"]
    assert warning.startswith("an alert to dead could not be sent: ")
    assert warning.endswith("connection refused")


def test_a_receiver_that_stalls_is_waited_for_as_long_as_allowed(stall):
    receivers = (Receiver("slow", f"json://127.0.0.1:{stall.port}/?rto=900&cto=900", ("end",)),)
    said = told(Alerts(receivers, wait=0.0), started(), over(built=1))
    assert ("an alert to slow could not be sent in time", "warning") in said


def test_after_an_interrupt_hardly_anything_is_waited_for(stall, monkeypatch):
    monkeypatch.setattr("lfsmake.ui.alerts.listen._AFTER_INTERRUPT", 0.0)
    receivers = (Receiver("slow", f"json://127.0.0.1:{stall.port}/?rto=900&cto=900", ("failure",)),)
    said = told(Alerts(receivers, wait=1e6), started(), step("a"), failed("a"), over(code=130))
    assert ("an alert to slow could not be sent in time", "warning") in said


def test_messages_can_be_tried(web, at_hand):
    found = [
        (Receiver("well", ""), address(f"{web.url}/well?rto=60")),
        (Receiver("none", ""), address("jsno://s3cret")),
    ]
    results = {receiver.name: why for receiver, why, _ in try_all(found, PLACE)}
    assert results == {"well": "", "none": "apprise knows no jsno://; perhaps json:// is meant"}
    _, data = web.got.get(timeout=PATIENCE)
    assert data["title"] == "lfsmake: a test message to well on builder"
    assert data["message"].startswith("This is a test. It is sent on: failure, fixed, end.")


def test_the_message_is_not_in_the_arguments_of_any_process(stall):
    sender = Sender(address(f"json://127.0.0.1:{stall.port}/s3cret-{os.getpid()}?rto=900&cto=900"))
    thread = threading.Thread(target=sender, args=(MESSAGE,))
    thread.start()
    try:
        assert stall.met.wait(PATIENCE)
        lines = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                lines.append((folder / "cmdline").read_bytes())
        assert any(b"courier.py" in line for line in lines)
        assert not any(f"s3cret-{os.getpid()}".encode() in line for line in lines)
    finally:
        sender.cancel()
        thread.join(PATIENCE)


