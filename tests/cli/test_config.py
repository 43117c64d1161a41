"""defaults < preset < config file < --set and flags."""

import pytest

from stylekit.host import Host
from stylekit.inputs.settings import settings_layer
from stylekit.records.config_files import read_config

BASE = {"backbone": "vgg19", "content": ["sample:coffee"], "style": ["sample:waves"]}


def plan(*layers):
    return Host(builtins_only=True).plan(BASE, *layers)


def gatys(*layers):
    return plan(*layers).method.params


def written(tmp_path, text):
    path = tmp_path / "night.toml"
    path.write_text(text, encoding="utf-8")
    return read_config(path, Host(builtins_only=True).catalogue)


def test_a_run_with_every_layer(run, assert_done, record, images):
    """The config lies in a folder of its own, with its pictures; the caller is elsewhere."""
    folder = images / "project"
    folder.mkdir()
    for name in ("content.png", "style.png"):
        (images / name).rename(folder / name)
    (folder / "night.toml").write_text(
        'preset = "strong"\n'
        'content = "content.png"\n'
        'style = ["style.png*2", "content.png"]\n'
        "size = 64\n"
        "seed = 5\n"
        "[gatys]\n"
        "tv_weight = 1\n"
        "content_weight = 3\n"
        "[gatys.style_layers]\n"
        "relu1_1 = 1\n"
        "relu2_1 = 1\n",
        encoding="utf-8",
    )
    done = run(
        *("--config", "project/night.toml", "--size", "48"),
        *("--set", "gatys.tv_weight=2", "--set", "gatys.style_layers.relu2_1=0.5"),
        without=("--content", "--style"),
    )
    assert_done(done, "out.png")
    config = record(images / "out.png")["config"]
    assert config["content"] == ["project/content.png"]
    assert config["style"] == ["project/style.png*2", "project/content.png"]
    assert (config["size"], config["seed"]) == (48, 5)
    params = config["gatys:gatys"]
    assert params["style_weight"] == 300  # preset
    assert params["content_weight"] == 3  # file
    assert params["tv_weight"] == 2  # --set
    assert params["style_layers"] == {"relu1_1": 1, "relu2_1": 0.5}
    assert params["mixup_steps"] == 20  # default


def test_file_wins_over_preset(tmp_path):
    layer = written(tmp_path, 'preset = "strong"\n[gatys]\nstyle_weight = 5\n')
    assert gatys(layer).style_weight == 5
    assert gatys(layer, {"preset": "subtle"}).style_weight == 5


def test_settings_win_over_file(tmp_path):
    layer = written(tmp_path, "[gatys]\nstyle_weight = 5\n")
    assert gatys(layer, settings_layer(["gatys.style_weight=6"])).style_weight == 6


def test_shorthand_wins_in_its_own_layer_only(tmp_path):
    shorthand = written(tmp_path, "steps = 5\n[gatys]\nmixup_steps = 2\n")
    assert gatys(shorthand).steps == 5
    assert gatys(shorthand, {"steps": 7}).steps == 7
    assert gatys(shorthand, settings_layer(["gatys.steps=3"])).steps == 3


@pytest.mark.parametrize("stronger", ["gatys", "gatys:gatys"])
@pytest.mark.parametrize("weaker", ["gatys", "gatys:gatys"])
def test_full_ids_are_the_same_table(weaker, stronger):
    layers = {weaker: {"style_weight": 5, "tv_weight": 1}}, {stronger: {"style_weight": 6}}
    params = gatys(*layers)
    assert (params.style_weight, params.tv_weight) == (6, 1)


def test_one_layer_of_the_defaults_changes():
    layers = gatys(settings_layer(["gatys.style_layers.relu1_1=0"])).style_layers
    assert layers["relu1_1"] == 0
    assert layers["relu5_1"] == 0.2


@pytest.mark.parametrize("where", ["file", "--set"])
def test_prefer(tmp_path, where):
    if where == "file":
        layer = written(tmp_path, '[prefer.backbone]\nvgg19 = "backbones"\n')
    else:
        layer = settings_layer(["prefer.backbone.vgg19=backbones"])
    assert plan(layer).slots["backbone"].component.id == "backbones:vgg19"


def test_prefer_a_plugin_that_does_not_have_it(run, assert_refused, tmp_path):
    text = '[prefer.backbone]\nvgg19 = "nobody"\n'
    (tmp_path / "night.toml").write_text(text, encoding="utf-8")
    done = run("--config", "night.toml")
    assert_refused(done, 2, "vgg19", "nobody")


def test_a_table_without_effect_is_mentioned(tmp_path, warned):
    Host(builtins_only=True).plan(BASE, {"wasserstein": {"epsilon": 0.1}})
    assert warned == ["[wasserstein] has no effect: this run does not use it."]
