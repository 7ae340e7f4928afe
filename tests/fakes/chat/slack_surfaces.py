"""Web API methods on files, views and the agent view."""

from __future__ import annotations

import asyncio
import secrets

from .server import Json
from .slack_messages import File, View
from .slack_methods import Asking, Methods
from .slack_model import Channel, SlackError, new_id
from .slack_posting import bot_message, put

STACK = 3  # modals on top of each other

# -- files ------------------------------------------------------------------------------------------------


def upload_url(ask: Asking) -> Json:
    args = ask.args
    if int(args["length"]) <= 0:
        raise SlackError("invalid_arguments")
    file = File(new_id("F"), args["filename"], int(args["length"]), ask.team, args.get("alt_txt"))
    file.user = ask.team.bot_user
    ask.slack.files[file.id] = file
    key = secrets.token_urlsafe(16)
    ask.slack.uploads[key] = file
    return {"upload_url": f"{ask.slack.url}/upload/v1/{key}", "file_id": file.id}


def complete_upload(ask: Asking) -> Json:
    """The share comes after the answer, as on Slack: `shares`, with the message's ts, is empty yet."""
    files = [_uploaded(ask, item) for item in ask.args["files"]]
    named = ask.args.get("channel_id") or ask.args.get("channels") or ""
    targets = [ask.slack.place(ask.team, name) for name in named.split(",") if name]
    for file in files:
        file.complete = True
    for channel in targets:
        ask.slack.later(_share(ask, channel, files))
    return {"files": [file.wire(ask.slack.url) | {"shares": {}} for file in files]}


def _uploaded(ask: Asking, item: Json) -> File:
    file = ask.slack.files.get(item["id"])
    if file is None or file.upload is None:
        raise SlackError("file_not_found")
    if file.complete:
        raise SlackError("file_already_completed")
    file.title = item.get("title")
    return file


async def _share(ask: Asking, channel: Channel, files: list[File]) -> None:
    await asyncio.sleep(ask.slack.share_delay)
    args = {key: ask.args.get(key) for key in ("blocks", "thread_ts")}
    message = bot_message(ask.slack, channel, args | {"text": ask.args.get("initial_comment")})
    message["subtype"], message["upload"] = "file_share", True
    message["files"] = [file.wire(ask.slack.url) for file in files]
    put(ask.slack, message, ask.slack.courier.event)


def file_info(ask: Asking) -> Json:
    file = ask.slack.files.get(ask.args["file"])
    if file is None or file.upload is None:
        raise SlackError("file_not_found")
    wire = file.wire(ask.slack.url) | {"shares": _shares(ask, file)}
    return {"file": wire, "comments": [], "response_metadata": {"next_cursor": ""}}


def _shares(ask: Asking, file: File) -> Json:
    shares: dict[str, dict[str, list[Json]]] = {"public": {}, "private": {}}
    for channel in ask.slack.channels.values():
        for message in channel.messages.values():
            if any(item["id"] == file.id for item in message.files):
                kind = "public" if channel.kind == "channel" else "private"
                share = {"ts": message.ts, "thread_ts": message.root}
                shares[kind].setdefault(channel.id, []).append(share)
    return shares


def delete_file(ask: Asking) -> Json:
    if ask.slack.files.pop(ask.args["file"], None) is None:
        raise SlackError("file_not_found")
    return {}


# -- views ------------------------------------------------------------------------------------------------


def open_view(ask: Asking) -> Json:
    user, _ = ask.slack.take_trigger(_pointer(ask))
    return {"view": ask.slack.open_view(ask.args["view"], user, []).wire()}


def push_view(ask: Asking) -> Json:
    user, parent = ask.slack.take_trigger(_pointer(ask))
    if parent is None:
        raise SlackError("not_allowed")
    if len(parent.stack) >= STACK:
        raise SlackError("push_limit_reached")
    return {"view": ask.slack.open_view(ask.args["view"], user, parent.stack).wire()}


def _pointer(ask: Asking) -> str:
    return str(ask.args.get("trigger_id") or ask.args.get("interactivity_pointer"))


def update_view(ask: Asking) -> Json:
    view = _view(ask)
    if view is None or view.closed:
        raise SlackError("not_found")
    if ask.args.get("hash") and ask.args["hash"] != view.hash:
        raise SlackError("hash_conflict")
    view.show(ask.args["view"])
    ask.slack.rec.notify()
    return {"view": view.wire()}


def _view(ask: Asking) -> View | None:
    wanted = ask.args.get("external_id")
    for view in ask.slack.views.values():
        if view.id == ask.args.get("view_id") or (
            wanted and view.body.get("external_id") == wanted
        ):
            return view
    return None


def publish_view(ask: Asking) -> Json:
    user = ask.slack.users.get(ask.args["user_id"])
    if user is None or user.team is not ask.team:
        raise SlackError("user_not_found")
    view = ask.slack.home.get(user.id)
    if view is not None and ask.args.get("hash") not in (None, view.hash):
        raise SlackError("hash_conflict")
    if view is None:
        view = View(new_id("V"), ask.args["view"], user, [])
        ask.slack.home[user.id] = view
    view.show(ask.args["view"])
    ask.slack.rec.notify()
    return {"view": view.wire()}


# -- the agent view ---------------------------------------------------------------------------------------


def _thread(ask: Asking) -> tuple[str, str]:
    """(channel, thread); the thread is "" where the app has the agent view."""
    return ask.channel("channel_id").id, str(ask.args.get("thread_ts") or "")


def set_status(ask: Asking) -> Json:
    ask.slack.status[_thread(ask)] = ask.args["status"]
    return {}


def set_title(ask: Asking) -> Json:
    ask.slack.titles[_thread(ask)] = ask.args["title"]
    return {}


def set_prompts(ask: Asking) -> Json:
    ask.slack.prompts[_thread(ask)] = ask.args["prompts"]
    return {}


METHODS: Methods = {
    "files.getUploadURLExternal": upload_url,
    "files.completeUploadExternal": complete_upload,
    "files.info": file_info,
    "files.delete": delete_file,
    "views.open": open_view,
    "views.push": push_view,
    "views.update": update_view,
    "views.publish": publish_view,
    "assistant.threads.setStatus": set_status,
    "assistant.threads.setTitle": set_title,
    "assistant.threads.setSuggestedPrompts": set_prompts,
}
