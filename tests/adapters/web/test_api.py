from __future__ import annotations

import io
import json
from typing import Any

import pytest
from aiohttp import FormData
from PIL import Image

from tests.fakes.visit import Visit, until_answer

EVENT = "event-0123456789abcdef"
FORM = "multipart/form-data; boundary=x"
TEXT_PART = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n'


def png(size: int = 16) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (size, size), "teal").save(file, "PNG")
    return file.getvalue()


def form(*files: bytes, event_id: str = EVENT, text: str = "make it night") -> FormData:
    fields = FormData({"event_id": event_id, "text": text})
    for number, data in enumerate(files):
        fields.add_field(
            "files", io.BytesIO(data), filename=f"{number}.png", content_type="image/png"
        )
    return fields


async def test_a_message_is_answered_with_text_progress_and_pictures(visit: Visit) -> None:
    async with visit.listening() as socket:
        status, receipt = await visit.say("two cats", EVENT)
        notes = await until_answer(socket)
    view = await visit.view()

    assert (status, receipt["is_new"]) == (202, True)
    assert {note.get("stage") for note in notes} >= {"writing", "queued", "painting"}
    assert any((note.get("preview") or "").startswith("data:image/jpeg") for note in notes)
    assert notes[-1]["turn_id"] == receipt["turn_id"] == view["turns"][0]["id"]
    assert [picture["number"] for picture in view["pictures"]] == [1, 2]
    assert view["current_id"] == view["pictures"][0]["id"]


async def test_a_message_sent_twice_is_answered_once(visit: Visit) -> None:
    _, first = await visit.say("hello", EVENT)
    status, second = await visit.say("hello", EVENT)

    assert (status, second) == (202, {"turn_id": first["turn_id"], "is_new": False})
    assert len((await visit.view())["turns"]) == 1


async def test_the_same_answer_delivered_again_adds_nothing(visit: Visit) -> None:
    view = await visit.paint("a cat", EVENT)
    conversation = await visit.desk.view(visit.desk.received[0].thread)
    assert conversation
    answer = visit.desk.answers[0]

    delivered = [await visit.platform.deliver(answer), await visit.platform.deliver(answer)]

    assert delivered == [view["turns"][0]["id"]] * 2
    assert await visit.view() == view


async def test_a_conversation_nobody_spoke_in_is_empty(visit: Visit) -> None:
    assert (await visit.view())["turns"] == []


async def test_conversations_are_listed_with_their_titles(visit: Visit) -> None:
    await visit.say("hello there", EVENT)

    _, listed = await visit.get("/api/conversations")

    assert listed["conversations"] == [{"id": visit.conversation, "title": "hello there"}]
    assert (listed["message_characters"], listed["upload_limit_mb"]) == (4000, 10)


async def test_a_button_edits_its_picture_with_the_words_given(visit: Visit) -> None:
    source = (await visit.paint("a cat", EVENT))["pictures"][0]

    async with visit.listening() as socket:
        status, _ = await visit.press("edit", source["id"], "make it night")
        await until_answer(socket)
    edited = (await visit.view())["pictures"][1]

    assert status == 202
    assert (edited["parent_id"], edited["verb"]) == (source["id"], "edit")
    assert edited["recipe"]["prompt"] == "make it night"


async def test_a_job_is_cancelled_and_its_turn_says_so(visit: Visit) -> None:
    visit.desk.hold()
    async with visit.listening() as socket:
        await visit.say("a cat", EVENT)
        note: dict[str, Any] = {}
        while not note.get("job_id"):
            note = await socket.receive_json()
        _, answer = await visit.post(f"/api/jobs/{note['job_id']}/cancel", {})
        await until_answer(socket)
    view = await visit.view()

    assert answer == {"cancelled": True}
    assert (view["turns"][0]["state"], view["turns"][0]["error"]) == (
        "cancelled",
        "Stopped, as you asked.",
    )


async def test_uploaded_files_arrive_whole_with_the_message(visit: Visit) -> None:
    path = f"/api/conversations/{visit.conversation}/messages"
    data = png()

    async with visit.http.post(path, data=form(data, data)) as response:
        status = response.status

    assert status == 202
    assert [a.data for a in visit.desk.received[0].attachments] == [data, data]
    assert visit.desk.received[0].attachments[0].name == "0.png"


async def test_files_over_the_limit_are_refused_with_the_limit(visit: Visit) -> None:
    path = f"/api/conversations/{visit.conversation}/messages"
    half = bytes(6 * 1024 * 1024)

    async with visit.http.post(path, data=form(half, half)) as response:
        status, body = response.status, await response.json()

    assert (status, body["error"]) == (413, "The files are larger than 10 MB together.")
    assert visit.desk.received == []


async def test_a_file_that_is_no_picture_is_refused_with_the_desks_sentence(visit: Visit) -> None:
    path = f"/api/conversations/{visit.conversation}/messages"

    async with visit.http.post(path, data=form(b"no picture")) as response:
        status, body = response.status, await response.json()

    assert (status, body["error"]) == (400, "0.png is not a picture I can read.")


async def test_a_text_that_is_too_long_is_refused_with_the_desks_sentence(visit: Visit) -> None:
    status, body = await visit.say("a" * 5000, EVENT)

    assert (status, body["error"][:27]) == (413, "That is longer than 4000 ch")


async def test_a_body_without_end_is_refused(visit: Visit) -> None:
    status, body = await visit.say("a" * 300_000, EVENT)

    assert (status, body["error"]) == (413, "This message is far too long.")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"[" * 100_000,
        b'{"event_id": 5, "text": "a"}',
        b'{"event_id": "short", "text": "a"}',
        b'{"event_id": "event-0123456789abcdef"}',
        b'{"event_id": "event-0123456789abcdef", "text": ["a"]}',
        b'{"event_id": "event-0123456789abcdef", "text": "a", "reply_to": {}}',
        json.dumps({"event_id": EVENT, "text": "\ud800"}).encode(),
    ],
)
async def test_garbage_is_refused_with_a_sentence(visit: Visit, body: bytes) -> None:
    path = f"/api/conversations/{visit.conversation}/messages"

    async with visit.http.post(path, data=body) as response:
        status, answer = response.status, await response.json()

    assert status == 400
    assert answer["error"].endswith(".")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"no boundary"),
        (FORM, b"not the boundary"),
        (FORM, b"--x\r\nbroken header\r\n\r\na\r\n--x--"),
        (FORM, TEXT_PART + b'half'),
        (FORM, TEXT_PART + b'\xff\xff\r\n--x--\r\n'),
        (FORM, b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\na\r\n--y--\r\n"),
    ],
)  # fmt: skip
async def test_a_damaged_form_is_refused_with_a_sentence(
    visit: Visit, kind: str, body: bytes
) -> None:
    path = f"/api/conversations/{visit.conversation}/messages"

    async with visit.http.post(path, data=body, headers={"Content-Type": kind}) as response:
        status, answer = response.status, await response.json()

    assert status == 400
    assert answer["error"].endswith((".", "again."))


@pytest.mark.parametrize(
    "fields",
    [
        {"verb": "explode", "picture_id": "p"},
        {"verb": "generate", "picture_id": "p"},
        {"verb": "name", "picture_id": "p", "text": "Bob"},
        {"verb": "vary", "picture_id": ""},
        {"verb": ["vary"], "picture_id": "p"},
        {"verb": "vary"},
    ],
)
async def test_a_button_that_does_not_exist_is_refused(
    visit: Visit, fields: dict[str, Any]
) -> None:
    path = f"/api/conversations/{visit.conversation}/press"

    status, answer = await visit.post(path, {"event_id": EVENT, **fields})

    assert status == 400
    assert answer["error"].endswith(".")


async def test_a_button_of_an_unknown_picture_is_answered_404(visit: Visit) -> None:
    status, answer = await visit.press("vary", "01ARZ3NDEKTSV4RRFFQ69G5FAV")

    assert (status, answer["error"]) == (404, "There is no such picture in this conversation.")


@pytest.mark.parametrize(
    "path", ["/api/conversations/short", "/api/nothing", "/nothing", "/pictures/none"]
)
async def test_what_does_not_exist_is_answered_404_with_a_sentence(visit: Visit, path: str) -> None:
    status, answer = await visit.get(path)

    assert status == 404
    assert answer["error"]


@pytest.mark.parametrize("verb", ["select", "refine", "vary", "edit", "again", "undo", "describe"])
async def test_every_button_is_taken(visit: Visit, verb: str) -> None:
    picture = (await visit.paint("a cat", EVENT))["pictures"][0]

    status, _ = await visit.press(verb, picture["id"], "make it night")

    assert status == 202


async def test_a_long_conversation_shows_its_latest_turns_and_goes_on(visit: Visit) -> None:
    first = (await visit.paint("a cat", EVENT))["pictures"][0]
    for number in range(60):
        await visit.paint("hello", f"{EVENT}-{number}")

    view = await visit.view()
    async with visit.listening() as socket:
        status, _ = await visit.press("vary", first["id"])
        await until_answer(socket)
    after = await visit.view()

    assert [turn["event_id"] for turn in view["turns"]] == [f"{EVENT}-{n}" for n in range(10, 60)]
    assert (status, len(after["turns"])) == (202, 50)
    assert {picture["parent_id"] for picture in after["pictures"][1:]} == {first["id"]}


async def test_a_page_that_comes_back_reads_what_it_missed(visit: Visit) -> None:
    visit.desk.hold()
    async with visit.listening() as socket:
        await visit.say("a cat", EVENT)
        await socket.receive_json()
    visit.desk.release()

    async with visit.listening() as socket:
        await until_answer(socket)

    assert (await visit.view())["turns"][0]["state"] == "done"


async def test_a_page_hears_only_its_own_conversation(visit: Visit) -> None:
    other = "another-conversation-of-tests"
    async with (
        visit.listening() as mine,
        visit.http.ws_connect(f"/api/conversations/{other}/events") as theirs,
    ):
        await visit.say("hello", EVENT)
        await until_answer(mine)
        await visit.post(
            f"/api/conversations/{other}/messages", {"event_id": EVENT + "2", "text": "hello"}
        )
        notes = await until_answer(theirs)

    turns = {note["turn_id"] for note in notes}
    assert len(turns) == 1
    assert turns.isdisjoint({(await visit.view())["turns"][0]["id"]})
