"""A config file or a run record from someone else does nothing but say what is made."""

import json

import pytest

KEYS = {
    "out": "out = '../victim.png'",
    "overwrite": "overwrite = true",
    "resume": "resume = true",
    "keep_frames": "keep_frames = true",
    "executor": "executor = 'local'",
    "checkpoint_seconds": "checkpoint_seconds = 0",
    "log": "[log]\npath = '../.bashrc'",
    "observers:log": "['observers:log']\npath = '../.bashrc'",
    "preview": "[preview]\nevery = 1\nfolder = '..'",
    "progress": "[progress]\nstyle = 'bar'",
    "local": "[local]\nx = 1",
    "execution:local": "['execution:local']\n'x.y' = 1",
    "prefer.executor": "[prefer.executor]\nlocal = 'running'",
    "prefer.observer.log": "[prefer]\n'observer.log' = 'observers'",
}


@pytest.fixture
def look(images):
    """Return a function that writes `gift/look.toml` and the files that it would like to change."""
    (images / "gift").mkdir()
    (images / ".bashrc").write_text("alias ll='ls -l'\n", encoding="utf-8")
    (images / "victim.png").write_bytes(b"precious")

    def write(text, name="look.toml"):
        (images / "gift" / name).write_text('method = "identity"\n' + text, encoding="utf-8")
        return f"gift/{name}"

    return write


@pytest.mark.parametrize("key", KEYS)
def test_what_only_the_user_may_say_is_refused(stylekit, assert_refused, look, key):
    done = stylekit("run", "--config", look(KEYS[key]), "--content", "content.png")
    assert_refused(done, 2, "look.toml", key, "for you to say", hint="--trust-config")


def test_all_that_is_refused_is_named_at_once(stylekit, assert_refused, look):
    text = 'out = "x.png"\noverwrite = true\n[preview]\nevery = 1\n'
    done = stylekit("run", "--config", look(text), "--content", "content.png")
    assert_refused(done, 2, "out, overwrite, preview")


def test_a_trusted_config_may_say_it(stylekit, assert_done, look, images):
    path = look('out = "made.png"\n[log]\npath = "made.jsonl"\n')
    done = stylekit("run", "--config", path, "--trust-config", "--content", "content.png")
    assert_done(done, "made.png")
    assert (images / "made.jsonl").exists()


def test_options_and_settings_are_the_users(stylekit, assert_done, look, images):
    done = stylekit(
        *("run", "--config", look("size = 24"), "--content", "content.png", "--out", "a.png"),
        *("--set", "log.path=a.jsonl", "--set", "preview.every=1"),
    )
    assert_done(done, "a.png")
    assert (images / "a.jsonl").exists()


@pytest.mark.parametrize("trust", [(), ("--trust-config",)])
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("out", "victim.png"),
        ("overwrite", True),
        ("executor", "local"),
        ("keep_frames", True),
        ("log", {"path": ".bashrc"}),
        ("observers:preview", {"folder": ".", "every": 1}),
        ("execution:local", {"address": "ray://192.0.2.1:10001"}),
    ],
)
def test_a_record_never_says_it(stylekit, look, images, assert_refused, key, value, trust):
    made = stylekit("run", "--method", "identity", "--content", "content.png", "--out", "a.png")
    assert made.returncode == 0, made.stderr
    look("")
    record = images / "a.stylekit.json"
    details = json.loads(record.read_text(encoding="utf-8"))
    details["config"][key] = value
    record.write_text(json.dumps(details), encoding="utf-8")
    done = stylekit("run", "--config", record.name, *trust)
    assert_refused(done, 2, record.name, key, hint="someone has changed it")


def test_a_record_holds_no_table_of_an_executor_that_was_not_used(stylekit, images):
    """Stated in vain, it would make the record one that is refused."""
    settings = (
        "--set",
        "log.path=a.jsonl",
        "--set",
        "preview.every=1",
        "--set",
        "image.quality=90",
    )
    made = stylekit(
        *("run", "--method", "identity", "--content", "content.png", "--out", "a.png", *settings)
    )
    assert made.returncode == 0, made.stderr
    again = stylekit("run", "--config", "a.stylekit.json", "--out", "b.png")
    assert again.returncode == 0, again.stderr
    assert (images / "a.png").read_bytes() == (images / "b.png").read_bytes()


@pytest.mark.parametrize(
    ("words", "text", "keys"),
    [
        (("train",), 'method = "cyclegan"\nout = ".."\noverwrite = true', "out, overwrite"),
        (("train",), 'method = "cyclegan"\n[log]\npath = "../.bashrc"', "log"),
        (("evaluate", "content-retention"), 'out = ".."\nexecutor = "local"', "out, executor"),
        (("evaluate", "content-retention"), '[preview]\nfolder = ".."', "preview"),
        (("bench", "identity"), '[log]\npath = "../.bashrc"', "log"),
    ],
)
def test_other_commands_refuse_it_too(stylekit, look, assert_refused, images, words, text, keys):
    look("")
    path = images / "gift" / "other.toml"
    path.write_text(text, encoding="utf-8")
    assert_refused(stylekit(*words, "--config", path), 2, "other.toml", keys)


@pytest.mark.parametrize("words", [("evaluate", "content-retention"), ("bench",)])
@pytest.mark.parametrize(
    "text", ["methods = ['identity+log.path=.bashrc']", "methods = ['identity+out=victim.png']"]
)
def test_methods_to_compare_do_not_say_it_either(
    stylekit, look, assert_refused, images, words, text
):
    look("")
    (images / "gift" / "table.toml").write_text(text, encoding="utf-8")
    done = stylekit(*words, "--config", "gift/table.toml")
    assert_refused(done, 2, "the same for all methods")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[prefer.loss]\nx = '$(touch PWNED)'", "$(touch PWNED)"),
        ("[prefer.loss]\n'`x`' = 'losses'", "`x`"),
        ("[prefer.loss]\nx = 7", "7"),
        ("[prefer.nothing]\nx = 'losses'", "nothing"),
        ("prefer = 'x'", "prefer"),
    ],
)
def test_a_preference_is_the_name_of_a_plugin(stylekit, look, assert_refused, text, word):
    done = stylekit("run", "--config", look(text), "--content", "content.png")
    assert_refused(done, 2, word)


@pytest.mark.parametrize("text", ["alias ll='ls -l'\n", '{"event": "step"}\n', "no newline"])
def test_a_log_leaves_other_files_alone(stylekit, images, text):
    (images / ".bashrc").write_text(text, encoding="utf-8")
    done = stylekit(
        *("run", "--method", "identity", "--content", "content.png", "--out", "a.png"),
        *("--set", "log.path=.bashrc"),
    )
    assert done.returncode == 0, done.stderr
    assert ".bashrc exists and is no log" in done.stderr
    assert (images / ".bashrc").read_text(encoding="utf-8") == text


def test_a_log_continues_its_own(stylekit, images):
    for out in ("a.png", "b.png"):
        done = stylekit(
            *("run", "--method", "identity", "--content", "content.png", "--out", out),
            *("--set", "log.path=run.jsonl"),
        )
        assert done.returncode == 0, done.stderr
    lines = (images / "run.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["event"] for line in lines].count("run_started") == 2
