"""The command tree: every slash command and message menu, where it may be used, and its names in other languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import Permissions, app_commands

from adapters.discord import menus, painting_commands, place_commands
from adapters.discord.admin_commands import Admin
from adapters.discord.place_commands import Privacy, Settings
from adapters.discord.translations import Translations

if TYPE_CHECKING:
    from adapters.discord.bot import Bot

EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
SERVERS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
ANYBODY = app_commands.AppInstallationType(guild=True, user=True)
SERVER_ONLY = app_commands.AppInstallationType(guild=True, user=False)


async def register(tree: app_commands.CommandTree[Any], bot: Bot) -> None:
    """Fills the tree; sending it to Discord is the caller's business."""
    tree.allowed_contexts, tree.allowed_installs = EVERYWHERE, ANYBODY
    for command in (*painting_commands.COMMANDS, *place_commands.COMMANDS):
        tree.add_command(command)
    for group in _groups():
        tree.add_command(group)
    menus.register(tree, bot)
    await tree.set_translator(Translations())


def _groups() -> tuple[app_commands.Group, ...]:
    admin = Admin(
        name="admin",
        description="Look after Easel on this server",
        default_permissions=Permissions(manage_guild=True),
        allowed_contexts=SERVERS,
        allowed_installs=SERVER_ONLY,
    )
    return (
        Settings(name="settings", description="Choices: mine, the channel's, the server's"),
        Privacy(name="privacy", description="What is kept of me"),
        admin,
    )
