"""The script of chapter 12: run, stopped, resumed, and given what it cannot use."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

resource = pytest.importorskip("resource", reason="needs POSIX limits and signals")
SCRIPT = Path(__file__).parents[1] / "chapters" / "train.py"
SHORT = ["--device=cpu", "--seeds=1", "--epochs=4", "--width=8", "--blocks=1"]
SIZE = 4096  # bytes that a file may have on the full disk; a checkpoint has more


@pytest.fixture
def script() -> Iterator[Callable[..., int]]:
    """The script's ``main``, in the precision of a script."""
    spec = importlib.util.spec_from_file_location("train_script", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    yield module.main
    torch.set_default_dtype(before)


def refused(main: Callable[..., int], *arguments: str) -> str:
    """What the script ends with, as the last line of what it says."""
    with pytest.raises(SystemExit) as end:
        main([*arguments])
    assert end.value.code not in (0, None)
    return str(end.value.code)


def test_stopped_by_ctrl_c_and_resumed_it_ends_like_one_run(tmp_path, script, capsys):
    shutil.copy(SCRIPT, tmp_path)  # from a folder with nothing else
    long = [*SHORT, "--dropout=0.5", "--epochs=100"]  # so that it is stopped in time
    command = [sys.executable, "-u", "train.py", *long]
    run = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.stdout
    lines = [run.stdout.readline() for _ in range(2)]
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert lines[1].startswith("seed 0  epoch   2")
    assert run.returncode == 130
    assert said.startswith("Stopped.")
    assert "Traceback" not in said
    here = [*long, f"--out={tmp_path / 'runs'}"]
    assert script([*here, "--resume"]) == 0
    resumed = capsys.readouterr().out
    assert "epoch   1 " not in resumed
    whole = tmp_path / "whole"
    assert script([*long, f"--out={whole}"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == resumed.splitlines()[-1]
    table = (whole / "seed-0.csv").read_text()
    assert (tmp_path / "runs" / "seed-0.csv").read_text() == table
    assert len(table.splitlines()) == 101
    assert not [*tmp_path.rglob("*.part")]


def test_a_run_is_neither_overwritten_nor_mixed(tmp_path, script, capsys):
    here = [*SHORT, f"--out={tmp_path}"]
    assert script(here) == 0
    checkpoint = tmp_path / "seed-0.pt"
    stored = checkpoint.read_bytes()
    assert refused(script, *here) == "2"
    assert "--resume" in capsys.readouterr().err
    assert refused(script, *SHORT, f"--out={checkpoint}") == "2"
    assert f"--out {checkpoint}: File exists" in capsys.readouterr().err
    assert "--lr 0.003, not 0.5" in refused(script, *here, "--resume", "--lr=0.5")
    assert checkpoint.read_bytes() == stored
    for broken in (stored[:2000], stored[:-1], b"", b"text"):
        checkpoint.write_bytes(broken)
        assert f"{checkpoint} is not a whole" in refused(script, *here, "--resume")
        assert checkpoint.read_bytes() == broken
    torch.save({"weight": torch.zeros(2)}, checkpoint)
    assert f"{checkpoint} is not a whole" in refused(script, *here, "--resume")


def test_a_full_disk_loses_no_finished_epoch(tmp_path, script, capsys, monkeypatch):
    here = [*SHORT, f"--out={tmp_path}"]
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    said = []

    def fill_up(*words: str, **_: object) -> None:
        said.append(words)
        if len(said) == 2:  # epochs
            resource.setrlimit(resource.RLIMIT_FSIZE, (SIZE, before[1]))

    monkeypatch.setattr("builtins.print", fill_up)
    try:
        end = refused(script, *here)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        monkeypatch.undo()
    assert end.startswith(f"{tmp_path / 'seed-0.pt'}: File too large.")
    assert "--resume" in end
    assert not [*tmp_path.glob("*.part")]
    assert script([*here, "--resume"]) == 0
    assert [line[:17] for line in capsys.readouterr().out.splitlines()[:-1]] == [
        "seed 0  epoch   3",
        "seed 0  epoch   4",
    ]


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ("--epochs=0", "argument --epochs: 0 is not between 1 and inf"),
        ("--dropout=1.5", "argument --dropout: 1.5 is not between 0 and 1"),
        ("--lr=nan", "argument --lr: nan is not between 0"),
        ("--width=wide", "argument --width: invalid number value: 'wide'"),
        ("--device=abacus", "argument --device: this PyTorch finds no abacus"),
        ("--speed=9", "unrecognized arguments: --speed=9"),
    ],
)
def test_a_wrong_argument_is_named(script, tmp_path, capsys, argument, says):
    assert refused(script, *SHORT, f"--out={tmp_path / 'new'}", argument) == "2"
    assert says in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_loss_that_is_no_number_ends_the_run(script, tmp_path):
    said = refused(script, *SHORT, f"--out={tmp_path}", "--lr=1e30")
    assert said.startswith("seed 0: the loss is")
    assert "--lr" in said
