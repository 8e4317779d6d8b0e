"""Secrets come from the environment and from files, and leave no trace in what is shown."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfsmake.lang.alerts import Receiver, scheme
from lfsmake.model.errors import Problem, Span
from lfsmake.ui.alerts.address import Address, place_of, resolve


def resolved(url: str, folder: Path | str = "/", **environ: str) -> Address:
    found = resolve(Receiver("me", url), str(folder), environ)
    assert isinstance(found, Address), found
    return found


def refused(url: str, folder: Path | str = "/", **environ: str) -> Problem:
    found = resolve(Receiver("me", url, span=Span("lfsmake.toml", 2, 7)), str(folder), environ)
    assert isinstance(found, Problem)
    assert found.span == Span("lfsmake.toml", 2, 7)
    return found


def test_a_secret_of_the_environment_is_encoded_as_a_part_of_the_url():
    address = resolved("json://me:${WORD}@example.org/x", WORD=" p@ss/wörd ")
    assert address.url == "json://me:p%40ss%2Fw%C3%B6rd@example.org/x"
    assert address.redacted("p@ss/wörd p%40ss%2Fw%C3%B6rd at example.org") == "*** *** at example.org"


def test_a_secret_can_be_the_whole_url():
    assert resolved("${URL}", URL="json://me:p%40ss@example.org").url == "json://me:p%40ss@example.org"


def test_a_secret_of_a_file_is_its_first_line(tmp_path, monkeypatch):
    (tmp_path / "token").write_text("s3cret\nsecond line\n")
    assert resolved("json://example.org/${file:token}", tmp_path).url == "json://example.org/s3cret"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolved("json://example.org/${file: ~/token }", "/").url == "json://example.org/s3cret"
    assert resolved(f"${{file:{tmp_path}/token}}://x", "/").url == "s3cret://x"


def test_a_secret_that_is_not_there(tmp_path):
    hint = "set it, or LFSMAKE_ALERTS=off for a build that tells nobody"
    url = "json://example.org/${VALUE}"
    unset, empty = refused(url), refused(url, VALUE=" ")
    assert (unset.message, unset.hint) == ("receiver me: the variable VALUE is not set", hint)
    assert (empty.message, empty.hint) == ("receiver me: the variable VALUE is empty", hint)
    gone = refused("json://example.org/${file:token}", tmp_path)
    assert gone.message == f"receiver me: cannot read {tmp_path}/token: No such file or directory"
    assert gone.expected == "a file with a secret in its first line"
    (tmp_path / "token").write_bytes(b"\n")
    assert refused("json://x/${file:token}", tmp_path).message.endswith("is empty")
    (tmp_path / "token").write_bytes(b"\xff\n")
    assert refused("json://x/${file:token}", tmp_path).message.endswith("it is not UTF-8")
    assert refused("json://x/${file:.}", tmp_path).message.endswith("Is a directory")


@pytest.mark.parametrize("value", ["s3cret", "x y://s3cret", "json://a b"])
def test_a_secret_that_is_no_url_is_not_shown(value):
    problem = refused("${URL}", URL=value)
    assert problem == Problem("receiver me: its secret is no URL", problem.span, "a URL such as json://…")


def test_secrets_written_into_the_url_are_hidden_too():
    address = resolved("slack://TokenA123/TokenB456/TokenC789/#channel?footer=hidden1")
    said = "TokenA123 TokenB456 TokenC789 #channel hidden1 slack://TokenA123/TokenB456/TokenC789/#channel?footer=hidden1"
    assert address.redacted(said) == "*** *** *** #*** *** ***"


def test_the_name_of_a_host_is_shown():
    address = resolved("json://user1:pass1@example.org:8080/hook/abcd")
    said = "no answer from example.org:8080 for user1 with pass1 at /hook/abcd"
    assert address.redacted(said) == "no answer from example.org:8080 for *** with *** at /***/***"


def test_a_url_that_cannot_be_taken_apart_is_hidden_as_a_whole():
    address = resolved("json://[s3cret")
    assert address.redacted("cannot read json://[s3cret") == "cannot read ***"


def test_neither_addresses_nor_receivers_show_their_url():
    address = resolved("json://s3cret/x")
    assert repr(address) == "Address('me', 'json://…')"
    assert str([address]) == "[Address('me', 'json://…')]"


def test_the_line_of_the_configuration_is_shown_without_the_url(tmp_path):
    path = tmp_path / "lfsmake.toml"
    path.write_text('[alerts.to.me]\nurl = "json://s3cret" # x\n')
    found = place_of(Problem("wrong", Span(str(path), 2, 7, 2, 22)))
    assert found.source == 'url = "json://******" # x'
    path.unlink()
    assert place_of(Problem("wrong", Span(str(path), 2, 7, 2, 22))).source == ""


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=4, max_size=40))
def test_no_value_of_a_secret_is_ever_left_in_a_message(value: str):
    found = resolve(Receiver("me", "json://example.org/${S}?x=y"), "/", {"S": value})
    if isinstance(found, Problem):
        assert value not in found.message
        return
    assert value.strip() not in found.redacted(f"a {value} b {found.url} c")
    assert found.url not in found.redacted(found.url)


def test_what_may_be_shown_of_a_url_is_its_scheme():
    assert [scheme(url) for url in ("json://a/b", "${URL}", "a b")] == ["json://…", "…", "…"]
