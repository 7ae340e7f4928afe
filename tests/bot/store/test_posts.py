from __future__ import annotations

from bot.store.store import Store
from core.types import Post
from tests.fakes.sayings import message


async def test_a_message_of_ours_is_found_by_its_place_and_by_its_turn(store: Store) -> None:
    turn_id = (await store.accept(message("e1"))).turn_id
    posts = [Post(f"{turn_id}:{n}", "web", "c", f"m{n}", turn_id, ("p1",)) for n in (10, 0, 2)]

    for post in posts:
        await store.remember(post)

    assert await store.post("web", "c", "m0") == posts[1]
    assert await store.post("web", "other", "m0") is None
    assert [post.message for post in await store.posts(turn_id)] == ["m0", "m2", "m10"]


async def test_the_same_key_again_replaces_and_so_does_the_same_message(store: Store) -> None:
    turn_id = (await store.accept(message("e1"))).turn_id
    await store.remember(Post("a", "web", "c", "m1", turn_id))

    await store.remember(Post("a", "web", "c", "m2", turn_id, ("p1", "p2")))
    await store.remember(Post("b", "web", "c", "m2", turn_id, ("p3",)))

    assert await store.post("web", "c", "m1") is None
    assert [(p.key, p.picture_ids) for p in await store.posts(turn_id)] == [("b", ("p3",))]


async def test_posts_go_with_their_turn_and_cannot_come_after_it(store: Store) -> None:
    receipt = await store.accept(message("e1"))
    post = Post("a", "web", "c", "m1", receipt.turn_id)
    await store.remember(post)

    await store.forget_conversation(receipt.conversation_id)
    await store.remember(post)

    assert await store.post("web", "c", "m1") is None
