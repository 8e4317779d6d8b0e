"""Host declarations: the tools, aliases and kernel the host must have. Looks at no host."""

from collections.abc import Mapping

from lfsmake.lang.merge import Merged
from lfsmake.lang.nodes import Block, ToolNode
from lfsmake.lang.resolve_report import Report, Strings
from lfsmake.model.step import Alias, Host, Tool


class Hosts:
    """Makes host declarations and reports what does not fit."""

    def __init__(self, report: Report, strings: Strings) -> None:
        self._report = report
        self._strings = strings

    def host(self, block: Block, merged: Merged, names: Mapping[str, str]) -> Host:
        """The declaration; tools in the order written."""
        tools: dict[str, Tool] = {}
        for node in merged.tools:
            tool = self._tool(node, names)
            other = tools.setdefault(tool.name, tool)
            if other is not tool:
                self._report.add(
                    f"tool {tool.name} is given twice",
                    tool.span,
                    hint=f"the first is at {self._report.place(other.span)}",
                )
        aliases = []
        for alias in merged.aliases:
            if alias.tool.text not in tools:
                self._report.unknown("tool", alias.tool, tools, hint=f"declare it: tool {alias.tool.text}")
            aliases.append(Alias(alias.name.text, alias.tool.text, alias.name.span))
        kernel = merged.setting("kernel")
        for extra in kernel[1:]:
            self._report.add("kernel takes one version", extra.span)
        title = self._strings.render(block.title, names) if block.title else ""
        return Host(
            block.name.text,
            title,
            tuple(tools.values()),
            tuple(aliases),
            kernel[0].text if kernel else "",
            block.name.span,
        )

    def _tool(self, node: ToolNode, names: Mapping[str, str]) -> Tool:
        name, version = node.requirement.name, node.requirement.version
        if version is not None and node.requirement.operator != ">=":
            self._report.add(
                f'a tool cannot be required as "{node.requirement.operator} {version.text}"',
                version.span,
                expected=">= and the oldest version that will do",
            )
        command = self._strings.render(node.command, names) if node.command else f"{name.text} --version"
        words: list[str] = []
        try:
            words = split(command)
            what = "the command is empty"
        except ValueError as error:
            what = f"the command cannot be read: {str(error).rstrip('.').lower()}"
        if node.command and not words:
            self._report.add(what, node.command.span, expected='a command such as "ld --version"')
        package = self._strings.render(node.package, names) if node.package else name.text
        return Tool(name.text, version.text if version else "", tuple(words), package, name.span)


def split(command: str) -> list[str]:
    """A command's words as the shell splits them. Raises ValueError on an open quote."""
    if not any(mark in command for mark in "'\"\\"):
        return command.split()
    from shlex import split as shell_split

    return shell_split(command)
