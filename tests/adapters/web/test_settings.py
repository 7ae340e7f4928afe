import pytest

from adapters.web.settings import WebSettings
from core.errors import ConfigError
from core.painting.picture_file import MAX_UPLOAD_BYTES


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_a_loopback_address_needs_no_token(host: str) -> None:
    WebSettings(host=host).check_token("")

    assert WebSettings(host=host).is_loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "paint.example.org"])
def test_an_address_that_others_can_reach_needs_a_token(host: str) -> None:
    with pytest.raises(ConfigError, match="EASEL_WEB_TOKEN"):
        WebSettings(host=host).check_token("")

    WebSettings(host=host).check_token("a-token-long-enough")


def test_a_short_token_is_refused_even_on_loopback() -> None:
    with pytest.raises(ConfigError, match="too short"):
        WebSettings().check_token("short")


@pytest.mark.parametrize("wrong", [{"port": 70000}, {"upload_limit_mb": 0}, {"host": ""}])
def test_a_value_out_of_range_is_refused_with_its_name(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        WebSettings(**wrong)  # type: ignore[arg-type]


def test_a_message_may_hold_one_picture_of_the_largest_size_and_no_more() -> None:
    assert WebSettings(upload_limit_mb=10).upload_limit == MAX_UPLOAD_BYTES

    with pytest.raises(ConfigError, match="between 1 and 10: it is for all files of one message"):
        WebSettings(upload_limit_mb=11)
