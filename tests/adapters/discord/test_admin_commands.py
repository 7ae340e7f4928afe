from __future__ import annotations

from adapters.discord.admin_commands import status_words


def test_the_state_of_easel_is_a_line_for_each_thing() -> None:
    health = {
        "ready": True,
        "painter": "working",
        "workers": ["cpu idle", "cuda:0 busy"],
        "queued": 3,
        "platforms": {"discord": "connected"},
        "notes": [],
    }

    assert status_words(health).splitlines() == [
        "- ready: yes",
        "- painter: working",
        "- workers: cpu idle, cuda:0 busy",
        "- queued: 3",
        "- platforms: discord connected",
        "- notes: none",
    ]
