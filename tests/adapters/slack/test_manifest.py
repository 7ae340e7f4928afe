"""The manifest: valid, complete, and asking for no more than the code uses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import adapters.slack
from adapters.slack.commands import Commands
from adapters.slack.manifest import EVENTS, EXAMPLE_URL, SCOPES, manifest, manifest_json
from adapters.slack.shortcuts import Shortcut
from tests.fakes.chat.slack_conformity import needed_slack_spec

FOLDER = Path(adapters.slack.__file__).parent
CALL = re.compile(r"(?:client|_client|hook)\.([a-z]+(?:_[a-zA-Z]+)+)\(")
# Which scope a Web API method and an event need: https://docs.slack.dev/reference/scopes
NEEDED_BY_METHODS = {
    "apps_connections_open": set[str](),  # the app-level token's connections:write
    "assistant_threads_setStatus": {"assistant:write"},
    "assistant_threads_setSuggestedPrompts": {"assistant:write"},
    "assistant_threads_setTitle": {"assistant:write"},
    "auth_test": set[str](),
    "chat_appendStream": {"chat:write"},
    "chat_delete": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write"},
    "chat_startStream": {"chat:write"},
    "chat_stopStream": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_history": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "conversations_open": {"im:write"},
    "conversations_replies": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "files_completeUploadExternal": {"files:write"},
    "files_delete": {"files:write"},
    "files_getUploadURLExternal": {"files:write"},
    "files_info": {"files:read"},
    "reactions_add": {"reactions:write"},
    "reactions_remove": {"reactions:write"},
    "send_dict": set[str](),  # a response_url
    "users_info": {"users:read"},
    "views_open": set[str](),
    "views_publish": set[str](),
}
NEEDED_BY_EVENTS = {
    "app_home_opened": set[str](),
    "app_mention": {"app_mentions:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "message.mpim": {"mpim:history"},
    "reaction_added": {"reactions:read"},
    "reaction_removed": {"reactions:read"},
}


def sources() -> str:
    return "\n".join(path.read_text() for path in sorted(FOLDER.glob("*.py")))


def test_the_scopes_are_exactly_what_the_code_needs() -> None:
    source = sources()
    called = set(CALL.findall(source))
    assert called <= set(NEEDED_BY_METHODS), "a new method: which scope does it need?"

    needed = set().union(*(NEEDED_BY_METHODS[name] for name in called))
    needed |= set().union(*(NEEDED_BY_EVENTS[name] for name in EVENTS))
    needed |= {"commands"}  # slash commands and shortcuts
    needed |= {"files:read"}  # downloads of url_private
    needed |= {"metadata.message:read"} if "include_all_metadata" in source else set()

    assert set(SCOPES) == needed


@pytest.mark.parametrize("socket_mode", [True, False])
def test_it_keeps_slacks_schema(socket_mode: bool) -> None:
    made = manifest(socket_mode, "" if socket_mode else "https://easel.example.com/slack/events")

    made["oauth_config"]["scopes"]["bot"].remove("assistant:write")  # Slack's types forgot it
    checked = needed_slack_spec().check_call("apps.manifest.validate", {"manifest": made})
    assert checked == ([], [])
    assert 175 <= len(made["display_information"]["long_description"]) <= 4000
    assert len(made["features"]["agent_view"]["agent_description"]) <= 300
    assert all(len(s["name"]) <= 24 for s in made["features"]["shortcuts"])


def test_socket_mode_needs_no_address() -> None:
    made = manifest(socket_mode=True)

    assert made["settings"]["socket_mode_enabled"] is True
    assert "url" not in json.dumps(made)


def test_http_mode_names_the_address_everywhere() -> None:
    made = manifest(False, "https://paint.example.com/slack/events")

    assert json.dumps(made).count("https://paint.example.com/slack/events") == 4
    assert EXAMPLE_URL in manifest_json(False)


def test_every_shortcut_and_command_is_declared() -> None:
    features = manifest(True)["features"]

    assert {s["callback_id"] for s in features["shortcuts"]} == set(Shortcut)
    assert [c["command"] for c in features["slash_commands"]] == ["/imagine", "/easel"]
    assert hasattr(Commands, "imagine") and hasattr(Commands, "easel")


def test_it_is_printed_as_json() -> None:
    assert json.loads(manifest_json(True)) == manifest(True)
