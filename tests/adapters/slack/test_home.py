"""The App Home: what it shows, that it keeps up, and that its buttons work."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.slack.home import HomeState, home_view
from bot.app import Easel
from core.preferences import COUNT, person_scope
from core.types import QueueEntry, UserRef
from tests.fakes.chat.slack import FakeSlack, View
from tests.fakes.chat.slack_conformity import needed_slack_spec
from tests.fakes.slack_guest import Guest, slack_lobby
from tests.fakes.slack_pictures import THREAD, picture

loopback = pytest.mark.asyncio(loop_scope="module")
Lobby = tuple[FakeSlack, Easel]
TWO_CHOSEN = '"initial_option": {"text": {"type": "plain_text", "text": "2 at a time"'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lobby(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lobby]:
    async with slack_lobby(tmp_path_factory.mktemp("easel")) as opened:
        yield opened


def entry(number: int, running: bool = False) -> QueueEntry:
    return QueueEntry(
        f"job{number}", f"turn{number}", THREAD, "slack:T1:U1", f"<wish> {number}", running, number, 40.0
    )  # fmt: skip


def test_a_home_at_its_fullest_keeps_slacks_rules() -> None:
    pictures = [picture(n, caption="<!here> " * 300) for n in range(1, 7)]
    files = {p.id: f"F{p.number}" for p in pictures}
    state = HomeState(pictures, files, [entry(n, n == 0) for n in range(15)], {COUNT: "3"})

    view = home_view(state)

    assert needed_slack_spec().check_view(view) == ([], [])
    shown = json.dumps(view, ensure_ascii=False)
    assert "and 5 more" in shown and "&lt;wish&gt; 0" in shown
    assert shown.count('"Cancel"') == 10
    assert '"initial_option": {"text": {"type": "plain_text", "text": "3 at a time"' in shown


def test_an_empty_home_says_how_to_begin() -> None:
    view = home_view(HomeState([], {}, [], {}))

    shown = json.dumps(view, ensure_ascii=False)
    assert needed_slack_spec().check_view(view) == ([], [])
    assert "None yet." in shown and "Nothing is waiting" in shown


@loopback
async def test_opening_the_home_shows_ones_pictures(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    (one,) = await ann.pictures(await ann.imagine("a red fox"))

    await ann.slack.open_home(ann.user)

    home = await _home(ann, one.id)
    assert "slack_file" in json.dumps(home.body)


@loopback
async def test_the_home_keeps_up_with_new_pictures_and_choices(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    await ann.slack.open_home(ann.user)
    await _home(ann, "None yet.")

    (one,) = await ann.pictures(await ann.imagine("a red fox"))

    home = await _home(ann, one.id)
    assert "None yet." not in json.dumps(home.body)
    await ann.slash("/easel", "settings")
    await ann.choose(await ann.whisper("Your usual choices"), "2 at a time")
    await _home(ann, TWO_CHOSEN)


@loopback
async def test_nobodys_home_is_made_before_they_open_it(lobby: Lobby) -> None:
    ann = Guest(*lobby)

    await ann.imagine("a red fox")

    assert ann.user.id not in ann.slack.home


@loopback
async def test_a_button_of_the_home_answers_in_the_direct_message(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    (one,) = await ann.pictures(await ann.imagine("a red fox"))
    await ann.slack.open_home(ann.user)
    home = await _home(ann, one.id)

    await ann.slack.wait_ack(await ann.slack.click(home, "easel:again:0", ann.user))

    card = await ann.card(1, ann.slack.im(ann.user))
    (again,) = await ann.pictures(card)
    assert again.caption == one.caption


@loopback
async def test_a_choice_made_at_home_is_kept(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    await ann.slack.open_home(ann.user)
    home = await _home(ann, "Your usual choices")

    clicked = await ann.slack.click(home, "easel:set:0", ann.user, "count:2")
    await ann.slack.wait_ack(clicked)

    await _home(ann, TWO_CHOSEN)
    scope = person_scope(UserRef("slack", ann.id, ""))
    assert ann.slack.messages(ann.slack.im(ann.user)) == []
    assert await ann.easel.desk.setting(scope, COUNT) == "2"


@loopback
async def test_a_home_that_slack_refuses_is_tried_again_when_it_is_opened(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    ann.slack.error("hash_conflict", match="views.publish")
    known = len(ann.slack.rec.calls)

    await ann.slack.open_home(ann.user)
    await ann.slack.wait_call("views.publish", since=known)
    assert ann.user.id not in ann.slack.home
    await ann.slack.open_home(ann.user)

    await _home(ann, "None yet.")


async def _home(guest: Guest, part: str) -> View:
    """The person's Home, once it holds these words."""

    def shown() -> list[View]:
        view = guest.slack.home.get(guest.user.id)
        return [view] if view and part in json.dumps(view.body, ensure_ascii=False) else []

    found: View = (await guest.slack.until(shown, 20.0, f"home with {part!r}"))[0]
    return found


@loopback
async def test_a_picture_that_slack_cannot_show_does_not_take_the_home_along(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    (one,) = await ann.pictures(await ann.imagine("a red fox"))
    ann.slack.error("invalid_arguments", 2, "views.publish")

    await ann.slack.open_home(ann.user)

    home = await _home(ann, one.id)
    assert "slack_file" not in json.dumps(home.body)
