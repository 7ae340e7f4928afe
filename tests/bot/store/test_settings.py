from __future__ import annotations

from bot.store.store import Store


async def test_a_setting_is_kept_by_scope_and_can_be_removed(store: Store) -> None:
    await store.set_setting("user:web:ann", "size", "256")
    await store.set_setting("user:web:ann", "size", "512")

    assert await store.setting("user:web:ann", "size") == "512"
    assert await store.setting("user:web:bob", "size") is None

    await store.set_setting("user:web:ann", "size", None)

    assert await store.setting("user:web:ann", "size") is None
