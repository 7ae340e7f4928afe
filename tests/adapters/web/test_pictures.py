import io
import json

from PIL import Image

from tests.fakes.visit import Visit

EVENT = "event-0123456789abcdef"


async def test_a_picture_is_served_for_ever_under_its_hash(visit: Visit) -> None:
    picture = (await visit.paint("a cat", EVENT))["pictures"][0]
    path = f"/pictures/{picture['id']}"

    async with visit.http.get(path) as response:
        body, headers = await response.read(), response.headers
    async with visit.http.get(path, headers={"If-None-Match": headers["ETag"]}) as again:
        status = again.status

    assert Image.open(io.BytesIO(body)).format == "WEBP"
    assert headers["ETag"] == f'"{picture["sha256"]}"'
    assert "immutable" in headers["Cache-Control"]
    assert status == 304


async def test_a_download_is_a_png_that_carries_its_recipe(visit: Visit) -> None:
    picture = (await visit.paint("a cat", EVENT))["pictures"][0]

    async with visit.http.get(f"/pictures/{picture['id']}?download=png") as response:
        image = Image.open(io.BytesIO(await response.read()))
        disposition = response.headers["Content-Disposition"]

    assert image.format == "PNG"
    assert disposition == 'attachment; filename="easel-1.png"'
    assert json.loads(image.info["easel-recipe"])["prompt"] == "a cat"


async def test_the_recipe_is_a_file_to_keep(visit: Visit) -> None:
    picture = (await visit.paint("a cat", EVENT))["pictures"][0]

    status, recipe = await visit.get(f"/pictures/{picture['id']}/recipe")

    assert (status, recipe) == (200, picture["recipe"])


async def test_a_picture_that_is_not_painted_yet_is_not_found_and_not_remembered(
    visit: Visit,
) -> None:
    visit.desk.hold()
    async with visit.listening() as socket:
        await visit.say("a cat", EVENT)
        note = {"job_id": None}
        while not note["job_id"]:
            note = await socket.receive_json()
    picture = (await visit.view())["pictures"][0]

    async with visit.http.get(f"/pictures/{picture['id']}") as response:
        status, headers = response.status, response.headers

    assert status == 404
    assert "immutable" not in headers.get("Cache-Control", "")
