import asyncio
import hashlib
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from adapters.console.player import ScriptPlatform
from adapters.console.script import parse_script
from core.errors import BadInput
from core.types import Answer, TextPart, Turn, TurnState, UserRef
from tests.fakes.desk import FakeDesk

ANN = UserRef("console", "ann", "Ann")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[FakeDesk]:
    (tmp_path / "store").mkdir()
    desk = FakeDesk(tmp_path / "store")
    yield desk
    await desk.close()


async def test_a_played_script_leaves_a_transcript_beside_its_pictures(
    desk: FakeDesk, tmp_path: Path
) -> None:
    player = _player(desk, tmp_path, "a dog by a river\nmake it night\n@press vary 2 strong")

    reached = await _play(player, desk)

    assert reached == 3 and player.failures == 0
    document = _document(tmp_path)
    assert set(document) == {"version", "script", "conversation", "turns"}
    assert (document["version"], document["script"]) == (1, "s.txt")
    view = await desk.view(player.thread)
    assert view and document["conversation"] == view.conversation.id
    first, second, third = document["turns"]
    assert {**first, "pictures": [], "seconds": 0} == {
        "user": "a dog by a river",
        "press": None,
        "attachments": [],
        "text": "Here is **a dog by a river**.",
        "parts": [
            {"text": "Here is **a dog by a river**."},
            {"pictures": [1], "verb": "generate"},
        ],
        "actions": [
            {"verb": "generate", "numbers": [1], "source": None, "text": "a dog by a river"}
        ],
        "pictures": [],
        "state": "done",
        "error": "",
        "seconds": 0,
    }
    assert second["actions"] == [
        {"verb": "edit", "numbers": [2], "source": 1, "text": "make it night"}
    ]
    assert third["user"] == "@press vary 2 strong"
    assert third["press"] == {"verb": "vary", "number": 2, "text": "strong"}
    assert third["actions"][0]["numbers"] == [3, 4, 5, 6] and third["actions"][0]["source"] == 2


async def test_each_picture_has_its_record_and_its_png(desk: FakeDesk, tmp_path: Path) -> None:
    await _play(_player(desk, tmp_path, "a dog\nmake it night"), desk)

    record = _document(tmp_path)["turns"][1]["pictures"][0]
    data = (tmp_path / "out" / "picture-2.png").read_bytes()
    picture = await desk.picture(record["id"])
    assert picture and picture.recipe
    assert record == {
        "number": 2,
        "id": picture.id,
        "parent": 1,
        "verb": "edit",
        "caption": "make it night",
        "recipe": json.loads(picture.recipe.to_json()),
        "state": "ready",
        "file": "picture-2.png",
        "width": 256,
        "height": 256,
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    assert Image.open(io.BytesIO(data)).format == "PNG"


async def test_attachments_become_numbered_pictures(desk: FakeDesk, tmp_path: Path) -> None:
    Image.new("RGB", (8, 4), "red").save(tmp_path / "cat.png")
    player = _player(desk, tmp_path, "@attach cat.png\nmake it blue")

    await _play(player, desk)

    turn = _document(tmp_path)["turns"][0]
    (attachment,) = turn["attachments"]
    assert attachment["name"] == "cat.png"
    upload = attachment["picture"]
    assert (upload["number"], upload["verb"], upload["recipe"]) == (1, None, None)
    with Image.open(tmp_path / "out" / upload["file"]) as png:
        assert png.size == (8, 4)
    assert turn["pictures"][0]["parent"] == 1


async def test_a_restart_stops_the_play_and_the_conversation_goes_on_after_it(
    desk: FakeDesk, tmp_path: Path
) -> None:
    player = _player(desk, tmp_path, "a dog\n@restart\nmake it night\n@press select 1")

    reached = await _play(player, desk)

    assert reached == 2 and len(_document(tmp_path)["turns"]) == 1
    assert await _play(player, desk, reached) == 4
    document = _document(tmp_path)
    assert [turn["user"] for turn in document["turns"]] == [
        "a dog", "make it night", "@press select 1",
    ]  # fmt: skip
    assert document["turns"][1]["actions"][0]["source"] == 1
    assert len(await desk.threads("console")) == 1


async def test_a_refused_message_is_a_failed_turn_and_the_script_goes_on(
    desk: FakeDesk, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(b"not a picture")
    text = f"{'a' * 5000}\n@press vary 7\n@attach a.png\nlook\na dog"
    player = _player(desk, tmp_path, text)

    await _play(player, desk)

    turns = _document(tmp_path)["turns"]
    assert [turn["state"] for turn in turns] == ["failed", "failed", "failed", "done"]
    assert [turn["error"] for turn in turns[:3]] == [
        "That is longer than 4000 characters; please shorten it.",
        "There is no picture 7 here. There is none yet.",
        "a.png is not a picture I can read.",
    ]
    assert turns[2]["attachments"] == [{"name": "a.png", "picture": None}]
    assert player.failures == 3


async def test_a_turn_that_fails_in_the_bot_counts_as_a_failure(
    desk: FakeDesk, tmp_path: Path
) -> None:
    player = _player(desk, tmp_path, "please fail")

    await _play(player, desk)

    (turn,) = _document(tmp_path)["turns"]
    assert turn["state"] == "failed" and turn["error"].startswith("It broke")
    assert [(p["state"], p["file"], p["sha256"]) for p in turn["pictures"]] == [
        ("failed", None, None)
    ]
    assert player.failures == 1


async def test_without_an_answer_the_job_is_cancelled_and_the_turn_failed(
    desk: FakeDesk, tmp_path: Path
) -> None:
    desk.hold()
    player = _player(desk, tmp_path, "a dog", limit_s=1.0)

    await _play(player, desk)

    (turn,) = _document(tmp_path)["turns"]
    assert (turn["state"], turn["error"]) == ("failed", "No answer within 1 s.")
    assert player.failures == 1
    view = await desk.view(player.thread)
    assert view and view.turns[0].state == "cancelled"


async def test_the_same_answer_again_changes_nothing(desk: FakeDesk, tmp_path: Path) -> None:
    told: list[str] = []
    player = _player(desk, tmp_path, "a dog\nhello", report=told.append)
    answers: list[Answer] = []
    deliver = player.deliver

    async def twice(answer: Answer) -> str:
        answers.append(answer)
        assert await deliver(answer) == await deliver(answer)
        return await deliver(answers[0])

    player.deliver = twice  # type: ignore[method-assign]

    await _play(player, desk)

    assert [turn["user"] for turn in _document(tmp_path)["turns"]] == ["a dog", "hello"]
    assert [text.partition("\n")[0] for text in told] == ["1> a dog", "2> hello"]


async def test_a_folder_that_cannot_be_written_is_said_before_anything_is_painted(
    desk: FakeDesk, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("a file, not a folder")
    player = _player(desk, tmp_path, "a dog")

    with pytest.raises(BadInput, match="transcript.json cannot be written: "):
        await _play(player, desk)

    assert desk.received == []


async def test_every_event_has_an_id_of_its_own(desk: FakeDesk, tmp_path: Path) -> None:
    player = _player(desk, tmp_path, "a dog\na dog\n@press vary 1")

    await _play(player, desk)

    assert len({inbound.event_id for inbound in desk.received}) == 3


async def test_an_old_transcript_is_gone_before_the_first_turn(
    desk: FakeDesk, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "transcript.json").write_text('{"turns": ["old"]}')

    await _play(_player(desk, tmp_path, "@restart\na dog"), desk)

    assert _document(tmp_path)["turns"] == []


async def test_the_report_of_a_turn_cannot_steer_the_terminal(
    desk: FakeDesk, tmp_path: Path
) -> None:
    told: list[str] = []
    player = _player(desk, tmp_path, "a \x1b[2J\x1b]0;x\x07dog", report=told.append)

    await _play(player, desk)

    assert "\x1b" not in told[0] and "[1] a dog: " in told[0]


async def test_nothing_is_said_before_the_bot_serves(desk: FakeDesk, tmp_path: Path) -> None:
    player = _player(desk, tmp_path, "a dog")
    playing = asyncio.create_task(player.play(desk))
    await asyncio.sleep(0)
    assert desk.received == [] and not (tmp_path / "out").exists()

    serving = asyncio.create_task(player.serve(desk))

    assert await playing == 1
    serving.cancel()


async def test_an_answer_from_before_is_reported_once(desk: FakeDesk, tmp_path: Path) -> None:
    told: list[str] = []
    player = _player(desk, tmp_path, "a dog", report=told.append)
    turn = Turn(
        "t", "c", "e", ANN, "a cat", TurnState.DONE, parts=(TextPart("Here\x1b[2J it is."),)
    )
    answer = Answer("key", player.thread, turn, ())

    assert await player.deliver(answer) == await player.deliver(answer)

    assert told == ["To an earlier message, 'a cat': Here it is."]


async def _play(player: ScriptPlatform, desk: FakeDesk, start: int = 0) -> int:
    serving = asyncio.create_task(player.serve(desk))
    try:
        return await player.play(desk, start)
    finally:
        serving.cancel()
        await asyncio.wait([serving])


def _player(desk: FakeDesk, folder: Path, text: str, **options: Any) -> ScriptPlatform:
    script = parse_script(text, "s.txt", folder)
    options = {"report": lambda _: None, **options}
    player = ScriptPlatform(script, folder / "out", user=ANN, **options)
    desk.attend(player)
    return player


def _document(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "out" / "transcript.json").read_text("utf-8"))
    return document
