from adapters.web.listeners import Box
from core.types import Progress, Stage, ThreadRef

THREAD = ThreadRef("web", "local", "page", "t")


def writing(text: str, turn: str = "turn") -> Progress:
    return Progress(THREAD, turn, Stage.WRITING, text=text)


def step(number: int, preview: bytes | None = None, job: str = "job") -> Progress:
    return Progress(
        THREAD, "turn", Stage.PAINTING, job_id=job, step=number, steps=9, preview=preview
    )


async def test_steps_that_wait_become_the_latest_one_and_keep_the_preview() -> None:
    box = Box()

    box.put(step(1, b"jpeg"))
    box.put(step(2))

    assert await box.take(1) == step(2, b"jpeg")
    assert await box.take(0) is None


async def test_pieces_of_text_that_wait_are_joined_in_order() -> None:
    box = Box()

    for piece in ("a ", "cute ", "dog"):
        box.put(writing(piece))

    assert await box.take(1) == writing("a cute dog")


async def test_a_full_box_drops_progress_before_answers() -> None:
    box = Box(size=2)

    box.put("answered-1")
    box.put(step(1))
    box.put("answered-2")

    assert [await box.take(1), await box.take(1)] == ["answered-1", "answered-2"]
    assert not box.overflowed


async def test_a_box_full_of_answers_overflows_so_that_the_page_is_let_go() -> None:
    box = Box(size=2)

    for number in range(3):
        box.put(f"answered-{number}")

    assert box.overflowed


async def test_the_same_answer_waits_only_once() -> None:
    box = Box()

    box.put("answered")
    box.put("answered")

    assert await box.take(1) == "answered"
    assert await box.take(0) is None
