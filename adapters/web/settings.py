"""[web]: where the page is served and how much it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from core.errors import ConfigError

TOKEN_VARIABLE = "EASEL_WEB_TOKEN"
SHORTEST_TOKEN = 16
LARGEST_UPLOAD_MB = 10  # as much as one picture may have


@dataclass(frozen=True, slots=True)
class WebSettings:
    host: str = "127.0.0.1"  # address to bind; anything but loopback needs a token
    port: int = 8321  # 0: any free one
    upload_limit_mb: int = 10  # of all files of one message together; one picture is never larger
    host_names: Sequence[str] = ()  # names the page is reached by, beside addresses and "localhost"

    def __post_init__(self) -> None:
        if not self.host:
            raise ConfigError("[web] host is empty; write an address such as 127.0.0.1.")
        if not 0 <= self.port <= 65535:
            raise ConfigError("[web] port must be between 0 and 65535.")
        if not 1 <= self.upload_limit_mb <= LARGEST_UPLOAD_MB:
            raise ConfigError(
                f"[web] upload_limit_mb must be between 1 and {LARGEST_UPLOAD_MB}: "
                "it is for all files of one message together."
            )

    @property
    def upload_limit(self) -> int:
        """In bytes."""
        return self.upload_limit_mb * 1024 * 1024

    @property
    def is_loopback(self) -> bool:
        """True: only programs of this machine can connect."""
        return self.host == "localhost" or (
            is_address(self.host) and ip_address(self.host).is_loopback
        )

    def check_token(self, token: str) -> None:
        """Raises `ConfigError` when others could reach the page without a token worth its name."""
        if not token and not self.is_loopback:
            raise ConfigError(
                f"[web] host is {self.host}, which others can reach: "
                f"set {TOKEN_VARIABLE} in the environment, or use 127.0.0.1."
            )
        if token and len(token) < SHORTEST_TOKEN:
            raise ConfigError(
                f"{TOKEN_VARIABLE} is too short; use {SHORTEST_TOKEN} characters or more."
            )


def is_address(host: str) -> bool:
    """True for an IP address without brackets."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
