"""Parts that need no browser: choices, widgets, files, and the command."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from PIL import Image, ImageDraw
from pydantic import Field

import stylekit
from stylekit.runs.layers import merge
from stylekit.testing import CommandSuite


class TestUi(CommandSuite):
    component = "ui"


class InkParams(stylekit.Params):
    """Parameters of a third-party method."""

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
    """A third-party plugin with a method and a preset."""

    spec: ClassVar[stylekit.MethodSpec] = stylekit.MethodSpec(
        name="ink",
        summary="Ink.",
        slots={
            "backbone": stylekit.Slot("backbone", "vgg19"),
            "style_loss": stylekit.Slot("loss", "gram", "style"),
        },
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
def catalogue() -> Any:
    from stylekit_ui.catalogue import FormCatalogue

    return FormCatalogue(stylekit.Host({"ink": Ink()}).catalogue)


def test_third_party_methods_and_presets_are_choices(catalogue: Any):
    assert ("ink", "ink:ink") in catalogue.methods(for_video=False)
    assert ("blot", "ink:blot") in catalogue.presets()
    assert catalogue.method_of("ink:blot") == "ink:ink"
    assert ("identity", "identity:identity") in catalogue.methods(for_video=True)
    assert ("flow", "video:flow") not in catalogue.methods(for_video=False)
    assert "sample:coffee" in [sample.source for sample in catalogue.samples()]


def test_the_form_has_the_components_of_a_run_with_the_presets_values(catalogue: Any):
    forms = catalogue.component_forms("ink:ink", "ink:blot", {"ink:ink": {"strength": 1}})
    assert [form.component.id for form in forms] == [
        *("ink:ink", "backbones:vgg19", "losses:moments")
    ]
    assert forms[0].values["drops"] == 7
    assert forms[0].values["strength"] == 1
    assert forms[0].values["paper"] == "rough"
    losses = next(slot for slot in catalogue.slots("ink:ink", "", {}) if slot.name == "style_loss")
    assert losses.selected.id == "losses:gram"
    assert {"gram", "moments", "wasserstein"} <= {name for name, _ in losses.choices}
    assert "tv" not in dict(losses.choices)


def test_a_video_method_comes_with_its_frame_method(catalogue: Any):
    chosen = {"video:per-frame": {"method": "ink:ink"}}
    for settings, frames in (({}, "gatys:gatys"), (chosen, "ink:ink")):
        forms = catalogue.component_forms("video:per-frame", "", settings)
        assert [form.component.id for form in forms][:2] == ["video:per-frame", frames]


def test_settings_of_components_chosen_earlier_are_left_out(catalogue: Any):
    from stylekit_ui.run_config import relevant_settings

    settings = {
        "gatys:gatys": {"steps": 3},
        "ink:ink": {"drops": 2},
        "optimizer": "adam",
        "seed": 4,
    }
    relevant = relevant_settings(catalogue, "ink:ink", "", settings)
    assert relevant == {"ink:ink": {"drops": 2}, "seed": 4}
    assert merge([relevant]) == relevant


@pytest.mark.parametrize(
    ("name", "widget", "shown"),
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
def test_schemas_become_widgets(name: str, widget: str, shown: object):
    pytest.importorskip("gradio")
    from stylekit_ui.widgets import parse_value, widget_for

    schema = InkParams.model_json_schema()["properties"][name]
    value = InkParams().model_dump()[name]
    result = widget_for(name, schema, value)
    assert (type(result).__name__, result.value) == (widget, shown)
    assert result.info == schema["description"]
    assert parse_value(schema, shown) == value


def test_invalid_json_stays_a_text_for_the_run_to_refuse():
    pytest.importorskip("gradio")
    from stylekit_ui.widgets import parse_value

    assert parse_value({"type": "object"}, "{deep: 1") == "{deep: 1"
    assert parse_value({"type": "string"}, "1") == "1"


def test_results_are_named_after_their_sources(tmp_path: Path):
    from stylekit_ui.storage import Storage, stem_of

    storage = Storage([], tmp_path / "runs")
    upload = storage.scratch_folder / "my cat.jpg"
    upload.write_bytes(b"image")
    copy = storage.store(str(upload))
    assert Path(copy).read_bytes() == b"image"
    assert storage.store(copy) == copy
    assert storage.store("sample:coffee") == "sample:coffee"
    assert stem_of(copy) == "my_cat"
    assert len(stem_of(f"{'名' * 80}.png").encode()) <= 60
    first = storage.new_output_path([copy, "sample:swirls"], ".png")
    assert first == tmp_path / "runs" / "my_cat-swirls.png"
    # Reserved, although not written yet; a video would have the same record.
    assert storage.new_output_path([copy, "sample:swirls"], ".mp4").stem == "my_cat-swirls-2"
    scratch = storage.scratch_folder
    storage.close()
    assert not scratch.exists()


def test_a_choice_that_arrives_twice_keeps_the_status(tmp_path: Path):
    gradio = pytest.importorskip("gradio")
    from stylekit_ui.image_input import ImageInput
    from stylekit_ui.samples import Thumbnails
    from stylekit_ui.storage import Storage

    storage = Storage([], tmp_path / "runs")
    with gradio.Blocks():
        image_input = ImageInput("Content", storage, Thumbnails([], storage, []), "content")

    def read(text: str) -> list[Any]:
        # Neither call awaits, and Playwright's event loop allows no second one in this thread.
        with pytest.raises(StopIteration) as end:
            image_input._read(text, {"source": "sample:coffee", "readable": True}).send(None)
        return list(end.value.value)

    assert read("sample:coffee") == [gradio.skip()] * 3
    assert read("") == [gradio.skip(), None, gradio.skip()]
    storage.close()


def test_the_parts_of_the_form_are_drawn_one_after_the_other(catalogue: Any, tmp_path: Path):
    gradio = pytest.importorskip("gradio")
    from stylekit_ui.samples import Thumbnails
    from stylekit_ui.settings import SettingsInput
    from stylekit_ui.storage import Storage
    from stylekit_ui.train_inputs import TrainInputs

    storage = Storage([], tmp_path / "runs")
    with gradio.Blocks() as page:
        for kind in ("image", "video"):
            SettingsInput(kind, catalogue, storage, page.load).draw_all()
        TrainInputs(catalogue, storage, Thumbnails([], storage, []), page.load)
    storage.close()
    draws = [each for each in page.fns.values() if each.renderable is not None]
    assert len(draws) == 5
    assert {(each.concurrency_id, each.concurrency_limit) for each in draws} == {("form", 1)}


def test_a_mask_joins_the_strokes_of_all_layers():
    pytest.importorskip("gradio")
    from stylekit_ui.region import mask_of

    layers = [Image.new("RGBA", (8, 8)) for _ in range(2)]
    assert mask_of([]) is None
    assert mask_of(layers) is None
    for layer, corner in zip(layers, (0, 4), strict=True):
        ImageDraw.Draw(layer).rectangle((corner, corner, corner + 1, corner + 1), "#c2410cb3")
    mask = mask_of(layers)
    assert mask is not None
    assert mask.histogram()[255] == 8
    assert mask.getbbox() == (0, 0, 6, 6)


def test_outdated_progress_is_dropped():
    from stylekit_ui.messages import LogLine, RunProgress
    from stylekit_ui.run_manager import drop_outdated_progress

    steps = [RunProgress(str(number), 0.0, None, {}, b"") for number in range(3)]
    assert drop_outdated_progress([steps[0], LogLine("a"), steps[1], steps[2]]) == [
        LogLine("a"),
        steps[2],
    ]


def test_texts_are_escaped():
    from stylekit_ui import status
    from stylekit_ui.messages import Failure

    assert "<script>" not in status.failure(Failure("<script>", "<script>"))
    assert "<script>" not in status.line("<script>")


def test_lines_are_shown_by_their_level():
    from stylekit_ui import status

    assert "Warning" not in status.line("Fetching", logging.INFO)
    warning = status.line("<b>", logging.WARNING)
    assert "sk-warning" in warning
    assert "<b>Warning</b> &lt;b&gt;" in warning


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"total": 0.0}, ""),
        ({}, ""),
        ({"total": 0.0, "content": 0.0, "style": 0.0}, "loss 0 · content 0 · style 0"),
        ({"total": 1.25}, "loss 1.25"),
    ],
)
def test_losses_are_shown_where_something_is_minimized(values: dict[str, float], text: str):
    from stylekit_ui.status import losses

    assert losses(values) == text


def test_the_page_hears_the_log_of_stylekit_with_its_levels():
    pytest.importorskip("torch")
    from stylekit_ui.messages import LogLine
    from stylekit_ui.worker import _PageHandler

    sent: list[LogLine] = []
    channel = type("Channel", (), {"send": lambda self, message: sent.append(message)})()
    logger = logging.getLogger("stylekit.test-ui")
    handler = _PageHandler(channel)
    logger.addHandler(handler)
    try:
        logger.warning("No %s.", "memory")
        logger.debug("Unseen.")
    finally:
        logger.removeHandler(handler)
    assert sent == [LogLine("No memory.", logging.WARNING)]


START = """
import sys
stubs = []
sys.addaudithook(lambda event, arguments: event == "open" and str(arguments[0]).endswith(".pyi")
                 and stubs.append(arguments[0]))
from stylekit_ui.gradio_import import fast_start
with fast_start():
    import gradio
assert not stubs, stubs
assert gradio.Button.click
"""


def test_gradio_is_imported_without_its_type_stubs():
    pytest.importorskip("gradio")
    subprocess.run([sys.executable, "-c", START], check=True)
