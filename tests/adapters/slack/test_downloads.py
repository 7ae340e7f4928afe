from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from adapters.slack.downloads import Downloads, trusted
from adapters.slack.workspaces import connect
from core.errors import BadInput, NotAPicture, PictureTooLarge
from core.painting.picture_file import MAX_UPLOAD_BYTES
from tests.fakes.chat.slack import FakeSlack, Message
from tests.fakes.slack_house import png


@pytest.mark.parametrize(
    ("url", "is_ours"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.png", True),
        ("https://slack.com/x", True),
        ("https://files.slack.com:443/x", True),
        ("https://acme.enterprise.slack.com/x", True),
        ("http://files.slack.com/x", False),
        ("https://files.slack.com.evil.org/x", False),
        ("https://evilslack.com/x", False),
        ("https://files.slack.com@evil.org/x", False),
        ("https://files.slack.com:8443/x", False),
        ("https://evil.org/?https://files.slack.com", False),
        ("file:///etc/passwd", False),
        ("", False),
        ("http://127.0.0.1:9/api/x", True),
        ("http://127.0.0.1:91/api/x", False),
    ],
)
def test_the_token_goes_to_slacks_own_hosts_only(url: str, is_ours: bool) -> None:
    assert trusted(url, "127.0.0.1:9") is is_ours


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
async def downloads(slack: FakeSlack) -> AsyncIterator[Downloads]:
    async with aiohttp.ClientSession() as session:
        workspaces = await connect(slack.bot_token, slack.api_base, session)
        yield Downloads(workspaces, session, slack.api_base)


async def attached(slack: FakeSlack, name: str = "a.png", data: bytes = b"") -> Message:
    return await slack.say("look", files=[(name, data or png())])


async def test_a_picture_arrives_as_it_was_sent(slack: FakeSlack, downloads: Downloads) -> None:
    message = await attached(slack)
    (fetched,) = await downloads.fetch(slack.team.id, message.files)

    assert fetched.name == "a.png" and fetched.data == png()


async def test_a_file_known_by_its_id_alone_is_looked_up(
    slack: FakeSlack, downloads: Downloads
) -> None:
    message = await attached(slack)
    (fetched,) = await downloads.fetch(slack.team.id, [{"id": message.files[0]["id"]}])

    assert fetched.data == png()


async def test_the_login_page_is_not_taken_for_a_picture(
    slack: FakeSlack, downloads: Downloads
) -> None:
    message = await attached(slack)
    slack.scopes = slack.scopes - {"files:read"}

    with pytest.raises(BadInput, match="text/html") as refused:
        await downloads.fetch(slack.team.id, message.files)
    assert "files:read" in refused.value.reply


async def test_a_file_on_a_strange_host_is_refused(slack: FakeSlack, downloads: Downloads) -> None:
    message = await attached(slack)
    strange: dict[str, Any] = message.files[0] | {"url_private": "https://evil.org/a.png"}

    with pytest.raises(BadInput, match="not Slack's"):
        await downloads.fetch(slack.team.id, [strange])


async def test_a_file_that_is_too_large_is_not_fetched(
    slack: FakeSlack, downloads: Downloads
) -> None:
    message = await attached(slack)
    large = message.files[0] | {"size": MAX_UPLOAD_BYTES + 1}

    with pytest.raises(PictureTooLarge):
        await downloads.fetch(slack.team.id, [large])
    assert not slack.rec.find(lambda call: call.route == "download")


async def test_a_file_that_lies_about_its_size_is_cut_off(
    slack: FakeSlack, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.slack.downloads.MAX_UPLOAD_BYTES", 100)
    message = await attached(slack)
    liar = message.files[0] | {"size": 50}

    with pytest.raises(PictureTooLarge):
        await downloads.fetch(slack.team.id, [liar])


async def test_a_file_of_another_kind_is_not_fetched(
    slack: FakeSlack, downloads: Downloads
) -> None:
    message = await attached(slack, "notes.txt", b"words")

    with pytest.raises(NotAPicture):
        await downloads.fetch(slack.team.id, message.files)


async def test_a_download_that_fails_for_a_moment_is_tried_again(
    slack: FakeSlack, downloads: Downloads
) -> None:
    message = await attached(slack)
    slack.cut(1, lambda call: call.route == "download")
    (fetched,) = await downloads.fetch(slack.team.id, message.files)

    assert fetched.data == png()
