"""Plugins that fail in every way we could think of: the others lose nothing, and people learn why.

Each is a distribution of its own, built and installed by pip.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

pytestmark = pytest.mark.slow

SMALL = ["--backbone", "vgg19", "--size", "48", "--steps", "2", "--device", "cpu", "--offline"]
SMALL += ["--content", "sample:coffee", "--style", "sample:chelsea"]

HEAD = "import stylekit\n\nSTYLEKIT_API = 1\n\n\n"
GOOD_LOSS = (
    'stylekit.LossSpec(name="{name}", role="style", summary="Means.", '
    'factory="{package}.loss:Means")'
)
MEANS = """
class Means:
    def __init__(self, params):
        pass

    def measure(self, features):
        return features.mean(dim=(0, 2, 3))

    def compare(self, measured, target):
        return (measured - target).square().mean()
"""


def registering(kind: str, returned: str) -> str:
    return f"{HEAD}@stylekit.hookimpl\ndef register_{kind}():\n    return {returned}\n"


def offering_loss(name: str, package: str, times: int = 1) -> str:
    return registering("losses", f"[{GOOD_LOSS.format(name=name, package=package)}] * {times}")


def observing(hook: str, statement: str) -> str:
    return f"{HEAD}@stylekit.hookimpl\ndef {hook}():\n    {statement}\n"


@dataclass(frozen=True)
class Bad:
    """A plugin that is refused.

    Attributes:
        status: what `list-plugins` says.
        error: words of the reason.
    """

    source: str
    error: tuple[str, ...]
    status: str = "broken"
    plugin: str | None = None
    value: str | None = None
    modules: dict[str, str] = field(default_factory=dict)


REFUSED = {
    "raises": Bad("raise RuntimeError('no charcoal')\n", ("RuntimeError", "no charcoal")),
    "missing": Bad("import charcoal_that_nobody_has\n", ("ModuleNotFoundError", "nobody_has")),
    "syntax": Bad("def draw(:\n", ("SyntaxError",)),
    "quits": Bad("import sys\n\nsys.exit(0)\n", ("SystemExit",)),
    "nowhere": Bad(HEAD, ("AttributeError", "charcoal"), value="stylekit_nowhere:charcoal"),
    "future": Bad(
        "from pathlib import Path\n\nSTYLEKIT_API = 2\n"
        "Path(__file__).with_name('marker').touch()\n",
        ("API 2", "has 1"),
        status="incompatible",
    ),
    "computed-api": Bad("STYLEKIT_API = sum([1, 1])\n", ("API 2",), status="incompatible"),
    "impostor": Bad(HEAD, ("'losses' is already taken by stylekit",), plugin="losses"),
    "shouting": Bad(HEAD, ("lower-case",), plugin="Shouting"),
    "hook-raises": Bad(registering("losses", "1 / 0"), ("ZeroDivisionError",)),
    "generator-raises": Bad(
        registering("losses", f"({GOOD_LOSS.format(name='x', package='p')} for _ in [1 / 0])"),
        ("ZeroDivisionError",),
    ),
    "not-specs": Bad(registering("losses", "['charcoal']"), ("register_losses", "LossSpec")),
    "not-a-list": Bad(registering("losses", "7"), ("TypeError", "int")),
    "other-kind": Bad(
        registering("losses", "[stylekit.PresetSpec(name='x', summary='', values={})]"),
        ("register_losses", "LossSpec", "PresetSpec"),
    ),
    "bad-name": Bad(
        offering_loss("Two Words", "p"),
        ("Two Words", "lower-case"),
    ),
    "twice": Bad(
        offering_loss("x", "p", times=2),
        ("loss 'x' is registered twice",),
    ),
    "wrapper": Bad(
        f"{HEAD}@stylekit.hookimpl(wrapper=True)\ndef step_finished(step):\n    return (yield)\n",
        ("step_finished", "cannot be a wrapper"),
    ),
    "unknown-argument": Bad(
        f"{HEAD}@stylekit.hookimpl\ndef step_finished(charcoal):\n    pass\n", ("charcoal",)
    ),
    # What would otherwise show only when it is used, or never:
    "misspelled-hook": Bad(registering("loses", "[]"), ("register_loses",)),
    "no-factory": Bad(
        registering(
            "losses", "[stylekit.LossSpec(name='x', role='style', summary='', factory=None)]"
        ),
        ("factory",),
    ),
    "bad-role": Bad(
        registering(
            "losses", "[stylekit.LossSpec(name='x', role='styl', summary='', factory='p:X')]"
        ),
        ("role", "styl"),
    ),
    "bad-preset": Bad(
        registering("presets", "[stylekit.PresetSpec(name='x', summary='', values=None)]"),
        ("values",),
    ),
    "bad-slot": Bad(
        registering(
            "methods",
            "[stylekit.MethodSpec(name='x', summary='', factory='p:X', slots={'charcoal': 'y'})]",
        ),
        ("slots", "charcoal"),
    ),
    # A string where a tuple belongs would claim every file without a suffix: "" in ".exr".
    "bad-suffixes": Bad(
        registering(
            "media", "[stylekit.MediaSpec(name='x', summary='', factory='p:X', suffixes='.exr')]"
        ),
        ("suffixes",),
    ),
}


@pytest.fixture(scope="module")
def environment(make_environment, make_plugin, build_wheels, stylekit_wheel):
    """All of them at once, in one environment."""
    projects = [
        make_plugin(name, bad.source, bad.plugin, bad.value, bad.modules)
        for name, bad in REFUSED.items()
    ]
    return make_environment(stylekit_wheel, *build_wheels(*projects))


@pytest.fixture(scope="module")
def plugins(environment):
    return environment.plugins()


@pytest.mark.parametrize("name", REFUSED)
def test_the_list_says_what_is_wrong(plugins, name):
    bad = REFUSED[name]
    (record,) = [r for r in plugins[bad.plugin or name] if r["dist"] == f"stylekit-{name}"]
    assert record["status"] == bad.status
    assert record["origin"] == "installed"
    assert record["components"] == []
    for words in bad.error:
        assert words in record["error"]
    assert "\n" not in record["error"]


def test_the_builtins_lose_nothing(plugins, builtins_environment):
    for name, (alone, *_) in builtins_environment.plugins().items():
        (beside,) = [record for record in plugins[name] if record["origin"] == "built-in"]
        assert beside | {"load_ms": 0} == alone | {"load_ms": 0}


def test_code_for_another_api_has_not_run(environment, plugins):
    assert plugins["future"]
    assert list(environment.folder.rglob("stylekit_future/__init__.py"))
    assert not list(environment.folder.rglob("stylekit_future/marker"))


def test_warnings_exit_codes_and_images(environment):
    assert environment.stylekit("list-plugins").returncode == 0
    checked = environment.stylekit("list-plugins", "--check")
    assert checked.returncode == 1
    warnings = [line for line in checked.stderr.splitlines() if line.startswith("Warning: plugin")]
    assert len(warnings) == len(REFUSED)
    assert "Traceback" not in checked.stderr
    assert "no charcoal" in environment.stylekit("list-plugins", "--debug").stderr
    used, unknown, image = environment.stylekit_each(
        ["run", "--style-loss", "raises:charcoal", *SMALL],
        ["run", "--style-loss", "charcoal", *SMALL],
        ["run", *SMALL, "--out", "picture.png"],
    )
    assert used.returncode == unknown.returncode == 2
    assert "its plugin 'raises' is broken (RuntimeError: no charcoal)" in used.stderr
    assert "'raises' is broken" in unknown.stderr
    assert image.returncode == 0, image.stderr
    assert (environment.folder / "picture.png").exists()


# A loader that expects too little of these stops every command: each has its own environment.
FATAL = {
    "bad-value": Bad(HEAD, (), value="not a module!"),
    "bad-text": Bad(
        "class Odd(Exception):\n    def __str__(self):\n        raise ValueError\n\n\nraise Odd\n",
        ("Odd",),
    ),
    "panics": Bad(
        "class Panic(BaseException):\n    pass\n\n\nraise Panic('from another language')\n",
        ("Panic", "from another language"),
    ),
    "many-lines": Bad("raise RuntimeError('first\\nsecond')\n", ("RuntimeError: first",)),
}


@pytest.mark.parametrize("name", FATAL)
def test_nothing_stops_the_others(
    make_environment, make_plugin, build_wheels, stylekit_wheel, builtin_names, name
):
    bad = FATAL[name]
    wheels = build_wheels(make_plugin(name, bad.source, value=bad.value))
    environment = make_environment(stylekit_wheel, *wheels)
    plugins = environment.plugins()
    assert set(plugins) == builtin_names | {name}
    (record,) = plugins[name]
    assert record["status"] == "broken"
    for words in bad.error:
        assert words in record["error"]
    assert "\n" not in record["error"]
    for builtin in builtin_names:
        assert plugins[builtin][0]["status"] == "active"


@pytest.fixture(scope="module")
def awkward(make_environment, make_plugin, build_wheels, stylekit_wheel):
    """Plugins that load, and are awkward afterwards."""
    packages = {
        # Says something on the stream that `--json` needs for itself.
        "talkative": HEAD + "print('hello from a plugin')\n",
        "absent": offering_loss("absent", "gone"),
        "failing": observing("step_finished", "raise OSError('full')"),
        "leaving": observing("stage_started", "raise SystemExit(0)"),
        # Offers a loss that a built-in plugin offers too.
        "sliced2": registering(
            "losses", f"[{GOOD_LOSS.format(name='gram', package='stylekit_sliced2')}]"
        ),
    }
    projects = [
        make_plugin(name, source, modules={"loss": MEANS}) for name, source in packages.items()
    ]
    return make_environment(stylekit_wheel, *build_wheels(*projects))


def test_what_a_plugin_prints_does_not_end_up_in_the_json(awkward):
    ran = awkward.stylekit("list-plugins", "--json")
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["plugins"]


def test_a_name_that_two_plugins_offer(awkward):
    (awkward.folder / "prefer.toml").write_text('[prefer.loss]\ngram = "sliced2"\n')
    quiet = [*SMALL, "-p", "no:failing", "-p", "no:leaving"]
    both, preferred, absent = awkward.stylekit_each(
        ["run", "--style-loss", "gram", *quiet, "--out", "both.png"],
        ["run", "--style-loss", "gram", "--config", "prefer.toml", *quiet, "--out", "pref.png"],
        ["run", "--style-loss", "absent", *quiet, "--out", "absent.png"],
    )
    assert both.returncode == 2
    for words in ("losses (stylekit ", "sliced2 (stylekit-sliced2 1.2.3)", "[prefer.loss]"):
        assert words in both.stderr
    assert "'losses:gram' or 'sliced2:gram'" in both.stderr
    assert preferred.returncode == 0, preferred.stderr
    record = json.loads((awkward.folder / "pref.stylekit.json").read_text())
    assert record["config"]["style_loss"] == "sliced2:gram"
    assert absent.returncode == 2
    assert "Plugin absent (stylekit-absent 1.2.3) is broken: gone.loss:Means" in absent.stderr
    assert "-p no:absent" in absent.stderr


def test_full_names_always_work(awkward):
    code = (
        "import stylekit\n"
        "for name in ('losses:gram', 'sliced2:gram'):\n"
        "    plan = stylekit.Host().plan({'method': 'gatys', 'style_loss': name})\n"
        "    print(plan.slots['style_loss'].component.id)\n"
    )
    shown = awkward.run("-c", code).stdout.split()
    assert shown[-2:] == ["losses:gram", "sliced2:gram"]


def test_failing_observers_are_switched_off_with_one_warning(awkward):
    ran = awkward.stylekit(
        "run", *SMALL, "--style-loss", "losses:gram", "-p", "no:leaving", "--out", "f.png"
    )
    assert ran.returncode == 0, ran.stderr
    assert (awkward.folder / "f.png").exists()
    warnings = [line for line in ran.stderr.splitlines() if line.startswith("Warning")]
    assert len(warnings) == 1
    assert "'failing' failed in step_finished" in warnings[0]
    assert "OSError: full" in warnings[0]


def test_no_plugin_can_end_or_redirect_a_default_run(awkward):
    # A hook that raises SystemExit, and a stranger's loss that has the name of the default one.
    ran = awkward.stylekit("run", *SMALL, "-p", "no:failing", "--out", "default.png")
    assert ran.returncode == 0, ran.stderr
    assert "'leaving' failed in stage_started" in ran.stderr
    record = json.loads((awkward.folder / "default.stylekit.json").read_text())
    assert record["config"]["style_loss"] == "losses:gram"
