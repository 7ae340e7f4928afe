"""[slack]: how the app connects. Tokens and the signing secret come from the environment.

With SLACK_APP_TOKEN it is Socket Mode; with SLACK_SIGNING_SECRET and no app token, signed HTTP requests.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class SlackSettings:
    host: str = "127.0.0.1"  # HTTP mode: address to bind
    port: int = 3000  # HTTP mode; 0: any free one
    api_base: str = ""  # for a proxy: the Web API's address instead of https://slack.com/api/

    def __post_init__(self) -> None:
        if not self.host:
            raise ConfigError("[slack] host is empty; write an address such as 127.0.0.1.")
        if not 0 <= self.port <= 65535:
            raise ConfigError("[slack] port must be between 0 and 65535.")
