"""Commands with one fault each, in a module that is quickly imported."""

from __future__ import annotations


class Sound:
    """Says hello."""

    def add_arguments(self, parser):
        parser.add_argument("name", help="who is greeted")

    def run(self, arguments, host, console):
        if console.json:
            console.object({"hello": arguments.name})
        else:
            console.data(f"Hello {arguments.name}")
        return 0


class HasAPercentSign(Sound):
    def add_arguments(self, parser):
        parser.add_argument("name", help="100 % of it")


class ReturnsNothing(Sound):
    def run(self, arguments, host, console):
        super().run(arguments, host, console)


class Prints(Sound):
    def run(self, arguments, host, console):
        print("Greeting.")
        return super().run(arguments, host, console)


class IgnoresJson(Sound):
    def run(self, arguments, host, console):
        console.data(f"Hello {arguments.name}")
        return 0
