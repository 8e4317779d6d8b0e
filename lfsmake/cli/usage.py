"""What click finds wrong with a command line, in our words. Knows click's exceptions, no command."""

import re

import click

from lfsmake.cli.help import usage, written
from lfsmake.lang.words import meant
from lfsmake.model.errors import Problem


def problem_of(error: click.ClickException) -> Problem:
    """The problem, with the nearest option or the usage line as its hint."""
    if isinstance(error, click.BadOptionUsage) and "requires an argument" in error.message:
        return Problem(f"option {error.option_name} needs a value", hint="`lfsmake --help` lists the options")
    several = re.search(r" requires ([0-9]+) arguments", error.message)
    if isinstance(error, click.BadOptionUsage) and several:
        path = error.ctx.command_path.strip() if error.ctx is not None else "lfsmake"
        return Problem(f"option {error.option_name} needs {several[1]} values", hint=f"`{path} --help` shows which")
    ctx: click.Context | None = getattr(error, "ctx", None)
    if ctx is None:
        return Problem(error.format_message())
    command = ctx.command
    path = ctx.command_path.strip()
    if path == "lfsmake build":
        path = "lfsmake"  # which may be left out, and mostly is
    more = f"`{path} --help` lists the options"
    if isinstance(error, click.NoSuchOption):
        known = [name for param in command.params for name in (*param.opts, *param.secondary_opts)]
        name = error.option_name
        near = meant(name, [option for option in known if option.startswith("--")])
        return Problem(f"{path} has no option {name}", hint=f"{near} {more}" if near else more)
    if isinstance(error, click.BadOptionUsage):
        return Problem(f"option {error.option_name} takes no value", hint=more)
    shape = f"write: {usage(command, path)}"
    if isinstance(error, click.MissingParameter) and error.param is not None:
        if isinstance(error.param, click.Option):
            return Problem(f"{path} needs {written(error.param)}", hint=shape)
        what = error.param.metavar or error.param.name or ""
        return Problem(f"{path} needs a {what.strip('[]').rstrip('.')}", hint=shape)
    message = error.format_message().rstrip(".")
    start = "Got unexpected extra argument"
    if message.startswith(start):
        extra = message[message.find("(") + 1 : message.rfind(")")]
        return Problem(f"{path} takes no further argument: {extra}", hint=shape)
    return Problem(message[:1].lower() + message[1:], hint=shape)
