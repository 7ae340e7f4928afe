"""The command `easel`. Reads arguments, picks the work, shows errors as one sentence; knows no more than that.

Exit codes: 0 fine, 1 the work failed, 2 a setting or an argument is wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ConfigError, EaselError, PaintingError

if TYPE_CHECKING:
    from bot.config import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except EaselError as error:
        return _say(error)
    except ExceptionGroup as group:  # from tasks that ran side by side
        ours, others = group.split(EaselError)
        if ours is None or others is not None:
            raise
        return _say(_first(ours))
    except KeyboardInterrupt:
        return 130


def _say(error: EaselError) -> int:
    print(f"easel: {error.reply}", file=sys.stderr)
    return 2 if isinstance(error, ConfigError) else 1


def _first(group: ExceptionGroup[EaselError]) -> EaselError:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, ExceptionGroup) else inner


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="easel", description="Paints by conversation.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = _serving(commands, "run", "serve every platform whose secrets are in the environment")
    _log_level(run, "info")
    run.set_defaults(run=_run)
    web = _serving(commands, "web", "serve the chat page alone")
    _log_level(web, "warning")
    web.set_defaults(run=_web)
    chat = _serving(commands, "chat", "talk in the terminal, or play a script")
    chat.add_argument("--script", type=Path, metavar="FILE", help="one message a line, then stop")
    chat.add_argument("--out", type=Path, metavar="DIR", help="where a script leaves its pictures")
    chat.add_argument("--new", action="store_true", help="begin a new conversation")
    _log_level(chat, "error")
    chat.set_defaults(run=_chat)

    doctor = _serving(commands, "doctor", "check the installation and say what to do")
    doctor.set_defaults(run=_doctor)
    show = _serving(commands, "show", "print the recipe of a picture")
    show.add_argument("id", help="a picture's id, or its last six characters")
    show.add_argument("--save", type=Path, metavar="FILE", help="write it as PNG, JPEG or WebP")
    show.set_defaults(run=_show)
    config = commands.add_parser("config", help="work on the configuration")
    config_commands = config.add_subparsers(required=True, metavar="COMMAND")
    check = _serving(config_commands, "check", "read the configuration and say what is wrong")
    check.set_defaults(run=_config_check)

    slack = commands.add_parser("slack", help="set the Slack app up")
    slack_commands = slack.add_subparsers(required=True, metavar="COMMAND")
    manifest = slack_commands.add_parser("manifest", help="print the manifest of the Slack app")
    manifest.add_argument(
        "--url", default="", help="for HTTP instead of Socket Mode: where Slack reaches Easel"
    )
    manifest.set_defaults(run=_slack_manifest)

    train = commands.add_parser("train", help="train what ships with Easel")
    _pocket(train, _train_pocket, with_minutes=True)
    evaluate = commands.add_parser("eval", help="score what ships with Easel")
    _pocket(evaluate, _eval_pocket, with_minutes=False)
    return parser


def _serving(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, help_text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=help_text, description=help_text.capitalize() + ".")
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file (EASEL_CONFIG)")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="data folder (EASEL_DATA_DIR)")
    return parser


def _log_level(parser: argparse.ArgumentParser, usual: str) -> None:
    levels = ["debug", "info", "warning", "error"]
    parser.add_argument("--log-level", default=usual, choices=levels)


def _pocket(parser: argparse.ArgumentParser, work: object, *, with_minutes: bool) -> None:
    from core.painting.pocket.work import STAGES

    commands = parser.add_subparsers(required=True, metavar="WHAT")
    pocket = commands.add_parser("pocket", help="the built-in painter")
    pocket.add_argument(
        "--work", type=Path, default=Path("pocket-work"), help="scenes, checkpoints"
    )
    pocket.add_argument("--model", type=Path, help="the weights' folder (default: the shipped one)")
    pocket.add_argument("--device", default="auto", help="auto, cpu, cuda")
    if with_minutes:
        for part in ("unet", "decoder", "clip", "judge", "adapter"):
            text = "to train each judge" if part == "judge" else f"to train the {part}"
            pocket.add_argument(
                f"--{part}-minutes", type=float, default=argparse.SUPPRESS, help=text
            )
        pocket.add_argument(
            "--stages", nargs="+", choices=STAGES, default=STAGES, help="only these"
        )
    else:
        pocket.add_argument("--prompts", type=int, default=1000, help="fresh prompts to paint")
        pocket.add_argument("--steps", type=int, default=16, help="of the scheduler")
    pocket.set_defaults(run=work)


# -- the work; each imports what it needs, so that `easel --help` stays quick ----------------------


def _settings(options: argparse.Namespace) -> Settings:
    from bot.config import load_settings

    return load_settings(options.config, os.environ, options.data_dir)


def _run(options: argparse.Namespace) -> int:
    from bot.serving import run

    return run(_settings(options), os.environ, options.log_level)


def _web(options: argparse.Namespace) -> int:
    from bot.serving import web

    return web(_settings(options), os.environ, options.log_level)


def _chat(options: argparse.Namespace) -> int:
    from bot.serving import chat, play

    if (options.script is None) != (options.out is None):
        raise ConfigError("--script and --out go together: what to play, and where to put it.")
    settings = _settings(options)
    if options.script:
        return play(settings, os.environ, options.log_level, options.script, options.out)
    return chat(settings, os.environ, options.log_level, options.new)


def _doctor(options: argparse.Namespace) -> int:
    from bot.doctor import examine

    return examine(lambda: _settings(options), os.environ)


def _show(options: argparse.Namespace) -> int:
    from bot.show import show

    return show(_settings(options).data.path, options.id, options.save)


def _config_check(options: argparse.Namespace) -> int:
    from bot.doctor import check_settings

    return check_settings(_settings(options), os.environ)


def _slack_manifest(options: argparse.Namespace) -> int:
    from bot.platforms import slack_manifest

    print(slack_manifest(options.url))
    return 0


def _train_pocket(options: argparse.Namespace) -> int:
    from core.painting.pocket.training import TrainingOptions, train_pocket
    from core.painting.settings import POCKET_WEIGHTS

    names = {field.name for field in fields(TrainingOptions)}
    given = {name: value for name, value in vars(options).items() if name in names}
    training = TrainingOptions(**given | {"stages": tuple(options.stages)})
    with _missing_files_said():
        train_pocket(options.work, options.model or POCKET_WEIGHTS, training)
    return 0


def _eval_pocket(options: argparse.Namespace) -> int:
    from core.painting.pocket.evaluation import EvaluationOptions, evaluate_pocket
    from core.painting.pocket.hardware import choose_device
    from core.painting.pocket.model import PaintOptions
    from core.painting.settings import POCKET_WEIGHTS

    model = options.model or POCKET_WEIGHTS
    evaluation = EvaluationOptions(
        prompts=options.prompts,
        painting=PaintOptions(steps=options.steps, device=str(choose_device(options.device))),
    )
    with _missing_files_said():
        print(evaluate_pocket(model, options.work, evaluation))
    return 0


@contextmanager
def _missing_files_said() -> Iterator[None]:
    """A font or a checkpoint that is not there is named in one sentence."""
    try:
        yield
    except FileNotFoundError as error:
        raise PaintingError(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
