"""What only the user may say: by the component's kind, or by its author's mark."""

from pathlib import Path

import pytest
from pydantic import AliasChoices, BaseModel, Field

import stylekit
from stylekit import Host, MethodSpec, Params, UserOnly
from stylekit.errors import UsageError
from stylekit.inputs.marks import user_only_fields
from stylekit.methods.base import Method
from stylekit.records import trust
from stylekit.records.config_files import read_config
from stylekit.records.trust import user_only
from stylekit.runs.config import RunConfig


class Inner(BaseModel):
    url: UserOnly[str] = ""


class SendParams(Params):
    """Parameters that name places in every way."""

    plain: str = "x"
    bucket: UserOnly[str] = ""
    maybe: UserOnly[str | None] = None
    several: tuple[UserOnly[str], ...] = ()
    nested: dict[str, list[Inner]] = Field({}, description="Nested.")
    spelt: UserOnly[str] = Field("", validation_alias=AliasChoices("to", "target"))


class Send(Method):
    def __init__(self, params):
        self.params = params

    def stylize(self, job):
        yield from ()
        return job.content


class SendPlugin:
    @stylekit.hookimpl
    def register_methods(self):
        return [
            MethodSpec(
                name="send",
                summary="Sends.",
                styles=(0, None),
                factory=f"{__name__}:Send",
                params=f"{__name__}:SendParams",
            )
        ]


@pytest.fixture
def sending() -> Host:
    return Host({"sender": SendPlugin()}, builtins_only=True)


def test_marked_fields_are_found_however_they_are_typed():
    assert user_only_fields(SendParams) == {
        *("bucket", "maybe", "several", "nested", "spelt", "to", "target")
    }


@pytest.mark.parametrize("table", ["send", "sender:send"])
@pytest.mark.parametrize(
    "text",
    [
        "bucket = 's3://evil'",
        "maybe = 's3://evil'",
        "several = ['s3://evil']",
        "to = 's3://evil'",
        "'nested.a' = [{ url = 's3://evil' }]",
        "nested = { a = [{ url = 's3://evil' }] }",
    ],
)
def test_a_marked_parameter_is_the_users(sending, tmp_path, table, text):
    path = tmp_path / "look.toml"
    path.write_text(f"method = 'send'\n['{table}']\nplain = 'y'\n{text}\n", encoding="utf-8")
    key = text.split(" ")[0].strip("'").partition(".")[0]
    with pytest.raises(UsageError, match=rf"{table}\.{key}"):
        sending.plan(read_config(path, sending.catalogue))
    with pytest.raises(UsageError, match=rf"{table}\.{key}"):
        sending.run(content="sample:coffee", config=path)
    assert read_config(path, sending.catalogue, trusted=True)[table]["plain"] == "y"


def test_a_record_leaves_a_marked_parameter_out(sending):
    result = sending.run("send", content="sample:coffee", size=32, send={"bucket": "mine"})
    assert "bucket" not in result.record["config"]["sender:send"]
    assert result.record["config"]["sender:send"]["plain"] == "x"
    assert user_only(result.record["config"], RunConfig, sending.catalogue) == []


def test_where_paths_are_addresses_a_config_names_no_other_machine(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows, looking at such a path signs the user in at that machine."""
    path = tmp_path / "look.toml"
    for source in (r"\\192.0.2.1\x.png", "//192.0.2.1/x.png", r"sequence:\\192.0.2.1\x"):
        path.write_text(f"method = 'identity'\ncontent = ['{source}']", encoding="utf-8")
        monkeypatch.setattr(trust, "PATHS_ARE_ADDRESSES", False)
        assert read_config(path, host.catalogue)
        monkeypatch.setattr(trust, "PATHS_ARE_ADDRESSES", True)
        with pytest.raises(UsageError, match="192"):
            read_config(path, host.catalogue)
        assert read_config(path, host.catalogue, trusted=True)


def test_mappings_from_python_are_trusted(host: Host, tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    host.run("identity", content="sample:coffee", size=32, config={"log": {"path": str(log)}})
    assert log.exists()
