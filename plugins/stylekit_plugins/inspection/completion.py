"""`stylekit completion`: the lines that switch on completion in a shell."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from stylekit.cli.console import Console
from stylekit.cli.values import takes
from stylekit.errors import UsageError

if TYPE_CHECKING:
    from stylekit.host import Host

SHELLS = ("bash", "zsh", "fish", "powershell")


class Completion:
    """Prints the code that a shell evaluates when it starts."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the name of the shell."""
        add, shells = parser.add_argument, ", ".join(SHELLS)
        takes(add("shell", nargs="?", metavar="SHELL", help=f"{shells} (default: yours)"), *SHELLS)
        parser.epilog = (
            "Switch it on for good:\n"
            "  echo 'eval \"$(stylekit completion bash)\"' >> ~/.bashrc\n"
            "  echo 'eval \"$(stylekit completion zsh)\"' >> ~/.zshrc\n"
            "  stylekit completion fish > ~/.config/fish/completions/stylekit.fish\n"
            "\n"
            "Then Tab completes commands, options, the names of components, samples and files, and "
            "the parameters of --set."
        )

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Print the code."""
        from argcomplete.shell_integration import shellcode

        shell = arguments.shell or Path(os.environ.get("SHELL", "")).name
        if shell not in SHELLS:
            raise UsageError(f"Unknown shell '{shell}'.", f"Known: {', '.join(SHELLS)}.")
        code = shellcode(["stylekit"], shell=shell)
        if console.json:
            console.object({"shell": shell, "code": code})
        else:
            console.data(code)
        return 0
