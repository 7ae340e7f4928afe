"""Which variables of the environment are nobody's business but the bot's: child processes do not get them."""

import re

_SECRET = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD)$")
_NEEDED = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")  # to download a gated model


def is_secret(name: str) -> bool:
    """Whether a child process must not see this variable; it may see Hugging Face's tokens."""
    return name not in _NEEDED and bool(_SECRET.search(name))
