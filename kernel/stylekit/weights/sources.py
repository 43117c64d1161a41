"""The usual sources of weights files: an address, an installed package, and the user.

A plugin can bring others: see `stylekit.specs.WeightsSource`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from stylekit.specs import WeightsDraft, WeightsSource


@dataclass(frozen=True, kw_only=True)
class Online(WeightsSource):
    """A file at an address."""

    origin: ClassVar[str] = "online"

    url: str

    @property
    def file_name(self) -> str:
        """The last part of the address."""
        return self.url.rpartition("/")[2]

    def describe(self) -> str:
        """Return the address."""
        return self.url

    def fetch(self, draft: WeightsDraft) -> None:
        """Download the file."""
        draft.download(self.url)

    def advice(self) -> str:
        """Say where to download the file by hand."""
        return f"Download {self.url} elsewhere, then: --weights PATH"


@dataclass(frozen=True, kw_only=True)
class Installed(WeightsSource):
    """A file inside an installed distribution: no network is needed at run time.

    Attributes:
        member: path of the file from the folder that packages are installed in.
        requirement: what pip installs, such as `package==1.2.*`; by default the distribution alone.
    """

    origin: ClassVar[str] = "installed wheel"
    needs_network: ClassVar[bool] = False

    distribution: str
    member: str
    requirement: str = ""

    @property
    def file_name(self) -> str:
        """The last part of the member."""
        return self.member.rpartition("/")[2]

    def describe(self) -> str:
        """Return the requirement."""
        return self.requirement or self.distribution

    def locate(self) -> Path | None:
        """Return the installed file."""
        from importlib.metadata import PackageNotFoundError, distribution

        try:
            path = Path(str(distribution(self.distribution).locate_file(self.member)))
        except PackageNotFoundError:
            return None
        return path if path.is_file() else None

    def advice(self) -> str:
        """Return the command that installs the distribution anew, without its dependencies."""
        return f"Install the package: pip install --force-reinstall --no-deps '{self.describe()}'"


@dataclass(frozen=True, kw_only=True)
class UserFile(WeightsSource):
    """A file that only the user has, named with `--weights PATH`.

    Attributes:
        suffixes: lower-case, with the dot.
        made_by: the command that makes such a file; "": none does.
    """

    origin: ClassVar[str] = "given file"
    needs_network: ClassVar[bool] = False
    by_user: ClassVar[bool] = True

    suffixes: tuple[str, ...]
    made_by: str = ""

    @property
    def file_name(self) -> str:
        """An example of a name."""
        return f"weights{self.suffixes[0] if self.suffixes else ''}"

    def describe(self) -> str:
        """Return the option that names the file."""
        return "--weights PATH"

    def advice(self) -> str:
        """Return the option with the suffixes of the files, and the command that makes one."""
        made = f"; to make one: {self.made_by}" if self.made_by else ""
        return f"Give a file of your own: --weights PATH ({', '.join(self.suffixes)}){made}"

    def accepts(self, path: Path) -> bool:
        """Return whether the file has one of the suffixes."""
        return path.suffix.lower() in self.suffixes
