"""What needs no browser: choices, controls, files, and what the command loads."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from PIL import Image, ImageDraw
from pydantic import Field

import stylekit
from stylekit.runs.config import merge
from stylekit.testing import CommandSuite


class TestUi(CommandSuite):
    component = "ui"


class InkParams(stylekit.Params):
    """Parameters of a stranger's method."""

    strength: float = Field(0.5, ge=0, le=1, description="How much ink.")
    rate: float = Field(0.003, gt=0, le=1, description="Between the notches of a slider.")
    drops: int = Field(3, ge=1, le=50, description="Drops of ink.")
    far: float = Field(1.0, ge=0, le=1e9, description="Too wide a range for a slider.")
    paper: Literal["rough", "smooth"] = Field("rough", description="Paper.")
    wet: bool = Field(False, description="Wet in wet.")
    name: str = Field("ink", description="A word.")
    limit: int | None = Field(None, ge=1, description="None: no limit.")
    layers: dict[str, float] = Field({"deep": 1.0}, description="Layers.")


class Ink:
    """Offers a method of a stranger, and a preset for it."""

    spec: ClassVar[stylekit.MethodSpec] = stylekit.MethodSpec(
        name="ink",
        summary="Ink.",
        slots={"backbone": "vgg19", "style_loss": "gram"},
        factory=f"{__name__}:Ink",
        params=f"{__name__}:InkParams",
    )

    @stylekit.hookimpl
    def register_methods(self):
        return [self.spec]

    @stylekit.hookimpl
    def register_presets(self):
        values = {"method": "ink", "ink": {"drops": 7}, "style_loss": "moments"}
        return [stylekit.PresetSpec(name="blot", summary="Blot.", values=values)]


@pytest.fixture
def installed() -> Any:
    from stylekit_ui.catalogue import Installed

    return Installed(stylekit.Host({"ink": Ink()}).catalogue)


def test_a_strangers_method_and_preset_can_be_chosen(installed: Any):
    assert ("ink", "ink:ink") in installed.methods(clips=False)
    assert ("blot", "ink:blot") in installed.presets()
    assert installed.method_of("ink:blot") == "ink:ink"
    assert ("identity", "identity:identity") in installed.methods(clips=True)
    assert ("flow", "video:flow") not in installed.methods(clips=False)
    assert ("coffee", "sample:coffee") in installed.samples()


def test_its_form_has_what_takes_part_with_the_presets_values(installed: Any):
    pieces = installed.pieces("ink:ink", "ink:blot", {"ink:ink": {"strength": 1}})
    assert [piece.component.id for piece in pieces] == [
        *("ink:ink", "backbones:vgg19", "losses:moments")
    ]
    assert pieces[0].values["drops"] == 7
    assert pieces[0].values["strength"] == 1
    assert pieces[0].values["paper"] == "rough"
    losses = next(slot for slot in installed.slots("ink:ink", "", {}) if slot.name == "style_loss")
    assert losses.filled.id == "losses:gram"
    assert {"gram", "moments", "wasserstein"} <= {name for name, _ in losses.choices}
    assert "tv" not in dict(losses.choices)


def test_a_method_for_clips_brings_what_makes_its_frames(installed: Any):
    chosen = {"video:per-frame": {"method": "ink:ink"}}
    for settings, frames in (({}, "gatys:gatys"), (chosen, "ink:ink")):
        pieces = installed.pieces("video:per-frame", "", settings)
        assert [piece.component.id for piece in pieces][:2] == ["video:per-frame", frames]


def test_settings_of_what_was_chosen_before_are_left_out(installed: Any):
    from stylekit_ui.run_config import relevant

    settings = {
        "gatys:gatys": {"steps": 3},
        "ink:ink": {"drops": 2},
        "optimizer": "adam",
        "seed": 4,
    }
    kept = relevant(installed, "ink:ink", "", settings)
    assert kept == {"ink:ink": {"drops": 2}, "seed": 4}
    assert merge([kept]) == kept


@pytest.mark.parametrize(
    ("name", "control", "shown"),
    [
        ("strength", "Slider", 0.5),
        ("rate", "Number", 0.003),
        ("drops", "Slider", 3),
        ("far", "Number", 1.0),
        ("paper", "Dropdown", "rough"),
        ("wet", "Checkbox", False),
        ("name", "Textbox", "ink"),
        ("limit", "Number", None),
        ("layers", "Textbox", '{"deep": 1.0}'),
    ],
)
def test_schemas_become_controls(name: str, control: str, shown: object):
    pytest.importorskip("gradio")
    from stylekit_ui.widgets import control_for, parsed

    schema = InkParams.model_json_schema()["properties"][name]
    value = InkParams().model_dump()[name]
    made = control_for(name, schema, value)
    assert (type(made).__name__, made.value) == (control, shown)
    assert made.info == schema["description"]
    assert parsed(schema, shown) == value


def test_what_is_no_json_is_left_for_the_run_to_refuse():
    pytest.importorskip("gradio")
    from stylekit_ui.widgets import parsed

    assert parsed({"type": "object"}, "{deep: 1") == "{deep: 1"
    assert parsed({"type": "string"}, "1") == "1"


def test_files_are_named_after_what_they_are_made_of(tmp_path: Path):
    from stylekit_ui.storage import Shelf, stem_of

    shelf = Shelf([], tmp_path / "runs")
    upload = shelf.scratch / "my cat.jpg"
    upload.write_bytes(b"picture")
    kept = shelf.keep(str(upload))
    assert Path(kept).read_bytes() == b"picture"
    assert shelf.keep(kept) == kept
    assert shelf.keep("sample:coffee") == "sample:coffee"
    assert stem_of(kept) == "my_cat"
    assert len(stem_of(f"{'名' * 80}.png").encode()) <= 60
    first = shelf.target([kept, "sample:swirls"], ".png")
    assert first == tmp_path / "runs" / "my_cat-swirls.png"
    # Not made yet, but promised; and a clip would have the same record.
    assert shelf.target([kept, "sample:swirls"], ".mp4").stem == "my_cat-swirls-2"
    scratch = shelf.scratch
    shelf.close()
    assert not scratch.exists()


def test_a_choice_that_comes_twice_wipes_nothing_out(tmp_path: Path):
    gradio = pytest.importorskip("gradio")
    from stylekit_ui.image_input import Easel
    from stylekit_ui.storage import Shelf, Source

    shelf = Shelf([], tmp_path / "runs")
    with gradio.Blocks():
        easel = Easel("Content", shelf, [], "content")
    source = Source("sample:coffee", 600, 400, tmp_path / "coffee.png", is_video=False)

    def taken(text: str | None) -> list[Any]:
        # Neither waits for anything, and Playwright's loop allows no second one in this thread.
        with pytest.raises(StopIteration) as end:
            easel._take(text, source).send(None)
        return list(end.value.value)

    assert taken("sample:coffee") == [gradio.skip()] * 3
    assert taken(None) == [gradio.skip(), None, ""]
    shelf.close()


def test_strokes_of_all_layers_are_the_part():
    pytest.importorskip("gradio")
    from stylekit_ui.region import strokes

    layers = [Image.new("RGBA", (8, 8)) for _ in range(2)]
    assert strokes([]) is None
    assert strokes(layers) is None
    for layer, corner in zip(layers, (0, 4), strict=True):
        ImageDraw.Draw(layer).rectangle((corner, corner, corner + 1, corner + 1), "#c2410cb3")
    mask = strokes(layers)
    assert mask is not None
    assert mask.histogram()[255] == 8
    assert mask.getbbox() == (0, 0, 6, 6)


def test_overtaken_progress_is_not_shown():
    from stylekit_ui.messages import Progress, Told
    from stylekit_ui.run_manager import latest

    steps = [Progress(str(number), 0.0, None, {}, b"") for number in range(3)]
    assert latest([steps[0], Told("a"), steps[1], steps[2]]) == [Told("a"), steps[2]]


def test_words_from_elsewhere_are_no_markup():
    from stylekit_ui import status
    from stylekit_ui.messages import Failed

    assert "<script>" not in status.failed(Failed("<script>", "<script>"))
    assert "<script>" not in status.line("<script>")
