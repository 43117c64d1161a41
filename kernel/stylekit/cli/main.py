"""Entry point of the `stylekit` command: parse, dispatch, turn errors into exit codes."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import shlex
import sys
import traceback
from collections.abc import Callable, Sequence

from stylekit.cli import completion
from stylekit.cli.commands import Command, Commands, load
from stylekit.cli.console import Console
from stylekit.cli.log_lines import logging_to_stderr
from stylekit.cli.parser import Parser
from stylekit.cli.streams import standard_streams
from stylekit.cli.values import complete_help
from stylekit.errors import Interrupted, StylekitError, UsageError, to_user_error
from stylekit.files.paths import exists
from stylekit.host import Host
from stylekit.machine import interrupts, limits
from stylekit.text import printable
from stylekit.version import __version__

_log = logging.getLogger(__name__)

_COMMON = "Options of every command"


def common_options() -> Parser:
    """Return the options that every command has."""
    parser = Parser(add_help=False)
    group = parser.add_argument_group(_COMMON)
    group.add_argument("--json", action="store_true", help="print one JSON object to stdout")
    group.add_argument(
        "--quiet", action="store_true", help="print no progress, only warnings and errors"
    )
    group.add_argument("--debug", action="store_true", help="show tracebacks")
    group.add_argument("--no-plugins", action="store_true", help="load built-in plugins only")
    group.add_argument(
        "-p", dest="block", action="append", default=[], metavar="no:NAME", help="block a plugin"
    )
    return parser


def make_parser(commands: Commands, chosen: str | None) -> argparse.ArgumentParser:
    """Return the parser; only the chosen command is imported for its options, to start quickly.

    Args:
        chosen: a command by the name that it is listed under.
    """
    parser = Parser(
        prog="stylekit",
        usage="stylekit COMMAND [options]",
        description="Neural style transfer for images and video; every part can be replaced.",
        epilog="Try it:\n"
        "  stylekit run                   stylize a built-in sample\n"
        "  stylekit run me.jpg night.jpg  stylize me.jpg in the style of night.jpg\n"
        "  stylekit run --help            show the options of a command",
        add_help=False,
    )
    add = parser.add_argument
    add("-h", "--help", action="help", help="print this text and exit")
    add("--version", action="version", version=f"stylekit {__version__}", help="print the version")
    subparsers = parser.add_subparsers(
        title="Commands",
        dest="command",
        metavar="COMMAND",
        required=True,
        prog=parser.prog,
        parser_class=Parser,
    )
    # The commands come first.
    parser._action_groups.append(parser._action_groups.pop(1))
    for name, component in commands.listed().items():
        summary = printable(component.spec.summary)
        # In `help`, argparse takes a percent sign for a format.
        sub = subparsers.add_parser(
            name,
            help=summary.replace("%", "%%"),
            description=summary,
            parents=[common_options()],
            add_help=False,
        )
        if name == chosen:
            _add_options(sub, load(component), commands)
    return parser


def _add_options(parser: Parser, command: Command, commands: Commands) -> None:
    """Add the options of a command, with the common ones and `--help` behind them."""
    common = next(group for group in parser._action_groups if group.title == _COMMON)
    common.add_argument("-h", "--help", action="help", help="print this text and exit")
    command.add_arguments(parser)
    parser.is_command = True
    parser._action_groups.remove(common)
    parser._action_groups.append(common)
    complete_help(parser, commands.catalogue)
    parser.set_defaults(run=command.run)


def common_last(argv: Sequence[str]) -> list[str]:
    """Move the options of every command from before the command to after it."""
    before: list[str] = []
    rest = list(argv)
    while rest and rest[0] in ("--json", "--quiet", "--debug", "--no-plugins", "-p"):
        before += rest[: 2 if rest[0] == "-p" else 1]
        del rest[: 2 if rest[0] == "-p" else 1]
    return [*rest[:1], *before, *rest[1:]]


def blocked_names(arguments: Sequence[str]) -> list[str]:
    """Return the NAMEs of `-p no:NAME`.

    Raises:
        UsageError: an argument of another form.
    """
    for argument in arguments:
        if not argument.startswith("no:") or argument == "no:":
            raise UsageError(f"-p {argument}: only -p no:NAME is supported (block a plugin).")
    return [argument.removeprefix("no:") for argument in arguments]


def make_host(argv: Sequence[str]) -> Host:
    """Load the plugins that the options of every command allow."""
    chosen, _ = common_options().parse_known_args(argv)
    return Host(blocked=blocked_names(chosen.block), builtins_only=chosen.no_plugins)


def warn_of_plugins(host: Host) -> None:
    """Warn once about each plugin that does not work."""
    for record in host.registry.records:
        if record.status in ("broken", "incompatible"):
            _log.warning(f"plugin '{record.name}' is {record.status}: {record.error}.")
            if record.details:
                _log.debug(record.details)
        for note in record.notes:
            _log.warning(f"plugin '{record.name}': {note}")
    if not host.registry.records:
        _log.warning("no plugins found; is stylekit installed (pip install stylekit)?")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code (see `stylekit.errors`)."""
    if completion.VARIABLE in os.environ and argv is None:
        return _complete()
    typed = list(sys.argv[1:] if argv is None else argv)
    with standard_streams() as out:
        console = Console("--json" in typed, "--quiet" in typed, out)
        # TERM from a scheduler and HUP from a closed terminal are handled like Ctrl-C.
        with (
            logging_to_stderr(console.quiet, "--debug" in typed),
            interrupts.as_keyboard_interrupts(),
        ):
            code = _dispatch(typed, console)
        if code == 0 and out.error is not None:
            console.error(f"Not everything was printed: {out.dropped()}.")
            return 2
        return code


def _complete() -> int:
    """Answer a shell that completes a command line; argcomplete ends the process."""
    try:
        words = common_last(completion.words_before_cursor())
        commands = Commands(make_host(words).registry.records)
        chosen = commands.find(words[0])[0] if words and words[0] in commands.listed() else None
        completion.complete(make_parser(commands, chosen), commands.catalogue)
    except (ImportError, StylekitError):
        # There is nobody to report it to; the shell completes names of files.
        _log.debug(traceback.format_exc())
    return 1


def _dispatch(typed: Sequence[str], console: Console) -> int:
    """Run the command; turn an interrupt or an error into a message and an exit code."""
    argv = common_last(typed)
    limits.prepare_threads()
    try:
        # A plugin that prints must not mix into the data on stdout.
        with contextlib.redirect_stdout(sys.stderr):
            host = make_host(argv)
        commands = Commands(host.registry.records)
        if argv[:1] == ["help"] and "help" not in commands.listed():
            argv = [*argv[1:2], "--help"]
        chosen: str | None = None
        if argv and not argv[0].startswith("-"):
            warn_of_plugins(host)
            if argv[0] not in commands.listed() and exists(argv[0]):
                raise UsageError(
                    f"{argv[0]} is no command but a file.",
                    f"To stylize it: {shlex.join(['stylekit', 'run', *typed])}",
                )
            chosen, _ = commands.find(argv[0])
            argv[0] = chosen
        parser = make_parser(commands, chosen)
        if not argv:
            parser.print_help(sys.stderr)
            return UsageError.exit_code
        try:
            # Some files record the command that made them.
            arguments = parser.parse_args(argv, argparse.Namespace(argv=list(typed)))
        except SystemExit as end:
            # --help or --version has printed its text.
            return int(end.code or 0)
        run: Callable[[argparse.Namespace, Host, Console], int] = arguments.run
        with contextlib.redirect_stdout(sys.stderr):
            return run(arguments, host, console)
    except KeyboardInterrupt as stop:
        console.stopped(f"Stopped {stop}".rstrip() + ".")
        return Interrupted.exit_code
    except Interrupted as stop:
        _log.debug(traceback.format_exc())
        console.stopped(stop.message, stop.hint)
        return stop.exit_code
    except Exception as error:
        _log.debug(traceback.format_exc())
        user_error = to_user_error(error)
        console.error(user_error.message, user_error.hint)
        return user_error.exit_code


if __name__ == "__main__":
    sys.exit(main())
