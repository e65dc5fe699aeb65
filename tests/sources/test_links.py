"""The settings of the sources: what they may say, and every mistake told at once with its place."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from api.sources.links import Links, read_links
from engine.problems import Refused
from tests.bundled import rulebook
from tests.sources.certificates import authority


def _read(folder: Path, text: str) -> Links:
    (folder / "sources.toml").write_text(text, "utf-8")
    return read_links(str(folder / "sources.toml"), rulebook())


def _mistakes(folder: Path, text: str) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        _read(folder, text)
    return {one.field: one.code for one in refused.value.problems}


def test_one_address_serves_every_source() -> None:
    links = read_links("https://share.example/", rulebook()).links
    assert set(links) == {code for code, one in rulebook().sources.items() if one.interface == "standard"} and links["marriage_records"].url == "https://share.example/v1/sources/marriage_records"


def test_nothing_stated_asks_nobody() -> None:
    assert not read_links("", rulebook()).links


def test_a_file_says_for_each_source_what_differs(tmp_path: Path) -> None:
    links = _read(tmp_path, '''
        [defaults]
        timeout_ms = 300
        [platform]
        url = "https://share.example/{source}/ask"
        [sources.marriage_records]
        url = "http://civil.example:8080"
        timeout_ms = 700
        breaker = {failures = 2, rest_s = 9}
    ''').links
    own, other = links["marriage_records"], links["birth_records"]
    assert (own.url, own.manner.timeout_ms, own.manner.breaker.failures, own.manner.attempts) == ("http://civil.example:8080/v1/sources/marriage_records", 700, 2, 2)
    assert (other.url, other.manner.timeout_ms, other.manner.breaker.failures) == ("https://share.example/birth_records/ask", 300, 5)


def test_without_a_platform_only_the_named_sources_can_be_asked(tmp_path: Path) -> None:
    assert set(_read(tmp_path, '[sources.marriage_records]\nurl = "http://civil.example"').links) == {"marriage_records"}


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    assert _mistakes(tmp_path, '''
        colour = "red"
        [defaults]
        timeout_ms = 0
        attempts = "two"
        [platform]
        [sources.marriage_records]
        breaker = {failures = 0, rest_s = 4000}
    ''') == {"colour": "source-settings", "defaults.timeout_ms": "source-settings", "defaults.attempts": "source-settings", "platform.url": "source-settings",
             "sources.marriage_records.breaker.failures": "source-settings", "sources.marriage_records.breaker.rest_s": "source-settings"}


def test_what_does_not_fit_the_rulebook_or_the_machine_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "short.key").write_bytes(b"secret")
    assert _mistakes(tmp_path, '''
        [platform]
        url = "share.example"
        [sources.mariage_records]
        [tls]
        certificate = "client.pem"
        [signing]
        key_id = "mianzheng"
        key_file = "short.key"
    ''') == {"sources.mariage_records": "unknown-source", "platform.url": "wrong-address", "tls": "half-certificate", "signing.key_file": "unreadable-key"}


def test_the_nearest_source_is_named_and_the_word_quoted(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        _read(tmp_path, '[sources.mariage_records]\nurl = "http://civil.example"')
    [problem] = refused.value.problems
    assert problem.nearest == "marriage_records" and "mariage_records" in problem.text("zh") and "sources.toml" in problem.text("zh")


def test_no_password_and_no_key_is_repeated() -> None:
    with pytest.raises(Refused) as refused:
        read_links("ftp://hall:secret@share.example/v1?key=alsosecret", rulebook())
    assert "secret" not in refused.value.problems[0].text("zh") and "share.example" in refused.value.problems[0].text("zh")


def test_what_people_check_takes_no_address(tmp_path: Path) -> None:
    assert _mistakes(tmp_path, '[sources.household_means_investigation]\nurl = "http://civil.example"') == {"sources.household_means_investigation": "asked-by-hand"}


@pytest.mark.parametrize("stated", ["ftp://share.example", "http://", "http://share.example:99999", "https://[", "http://exa mple/", "http://x/\n{source}",
                                    "http://例え。xn--/", "http://%zz/", "http://x/a\x00b"])
def test_an_address_that_is_none(stated: str) -> None:
    with pytest.raises(Refused) as refused:
        read_links(stated, rulebook())
    assert [one.code for one in refused.value.problems] == ["wrong-address"]


@pytest.mark.parametrize(("name", "text", "code"), [("none.toml", None, "unreadable-file"), ("bad.toml", "[platform\n", "not-toml")])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, text: str | None, code: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(Refused) as refused:
        read_links(str(tmp_path / name), rulebook())
    assert [one.code for one in refused.value.problems] == [code]


@pytest.mark.parametrize(("text", "code"), [
    ("a = " + "[" * 5_000, "not-toml"), ("a" + ".a" * 5_000 + " = 1", "source-settings"), ('[signing]\nkey_id = "k"\nkey_file = "a\\u0000b"', "unreadable-key"),
    ('[tls]\nca = "a\\u0000b"', "unreadable-certificate"), ('[signing]\nkey_id = "钥匙"\nkey_file = "k"', "source-settings"),
    ('[signing]\nkey_id = "k"\nkey_file = "random.key"\nalgorithm = "ed25519"', "unreadable-key")])
def test_nonsense_is_a_mistake_with_its_place_and_no_more(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "random.key").write_bytes(bytes(range(64)))
    assert set(_mistakes(tmp_path, text).values()) == {code}


def test_a_file_written_on_windows_is_read(tmp_path: Path) -> None:
    assert _read(tmp_path, '\ufeff[platform]\r\nurl = "https://share.example"\r\n').links


def test_certificates_and_keys_lie_beside_the_settings(tmp_path: Path) -> None:
    authority(tmp_path)
    (tmp_path / "sign.key").write_bytes(b"0" * 32 + b"\n")
    links = _read(tmp_path, '[platform]\nurl = "https://share.example"\n[tls]\nca = "ca.pem"\ncertificate = "client.pem"\nkey = "client.key"\n'
                            '[signing]\nkey_id = "hall"\nkey_file = "sign.key"')
    assert isinstance(links.tls, ssl.SSLContext) and links.key is not None and links.key.secret == b"0" * 32
    assert "0000" not in repr(links)


def test_a_key_that_is_another_certificates_is_refused(tmp_path: Path) -> None:
    authority(tmp_path)
    assert _mistakes(tmp_path, '[platform]\nurl = "https://share.example"\n[tls]\ncertificate = "client.pem"\nkey = "server.key"') == {"tls": "unreadable-certificate"}
