"""Networks that train in a page: nnlib's numbers on nnlib's seeds, and the reader's ways.

What the laboratory's settings mean in nnlib is said once, by the first cell of
``chapters/src/laboratory.md``; here it is run.
"""

import gzip
import json
import re
from functools import cache
from types import SimpleNamespace

import jupytext
import matplotlib.pyplot as plt
import pytest
import torch
from pages import HTML, ROOT, settle
from playwright.sync_api import Page, expect
from test_accessibility import EMPTY_CORNER, RULES, violations

from claimbook import claims
from claimbook.lab import Preset, digest, lab, packed, program
from claimbook.sphinxext.policy import protected
from nnlib.applets import LABORATORY
from nnlib.data import Data, Examples
from nnlib.diagnostics import dead_fraction, gradient_norms, record_activations
from nnlib.models import MLP
from nnlib.optim import SGD
from nnlib.replicas import Generators, _mix
from nnlib.train import fit, mean_squared_error
from nnlib.weight_decay import l2_penalty, weights

SEED = 3
CODE = program(LABORATORY)
PROGRAM_BYTES, DATA_BYTES = 22_000, 35_000  # compressed; measured: 21,500 and 29,700
FIGURE = ".nnl-lab"


@cache
def twin() -> SimpleNamespace:
    """The chapter's ``network``, ``train``, ``outcomes``, ``USUAL`` and ``DATA``."""
    source = (ROOT / "chapters/src/laboratory.md").read_text("utf-8")
    cells = [c for c in jupytext.reads(source, "md:myst").cells if c.cell_type == "code"]
    names: dict = {}
    exec(cells[0].source.split("\nQUESTIONS = [")[0], names)
    return SimpleNamespace(**names)


@pytest.fixture(scope="module", autouse=True)
def float64():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)
    plt.rcdefaults()


PRESETS = [
    Preset(
        name="rate", title="Rates", question="Which rate?", task="Guess.",
        b={"lr": 0.3}, both={"seeds": 5, "epochs": 2}, show=["lr", "examples", "optimiser"],
    ),
    Preset(
        name="moons", title="Moons", question="Where?", task="Look.", view="map",
        b={"penalty": 0.03}, show=["penalty"],
        both={"data": "moons", "seeds": 5, "epochs": 5},
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def address(serve, tmp_path_factory, float64) -> str:
    """A page with a laboratory, under the book's own policy."""
    figure = plt.figure(figsize=(3, 2))
    output = lab(
        LABORATORY, id="lab", alt="Two settings, side by side.", data=twin().DATA,
        presets=PRESETS, still=figure, finding="The second learns faster.",
    )  # fmt: skip
    plt.close(figure)
    folder = tmp_path_factory.mktemp("lab")
    (folder / "index.html").write_text(
        protected(
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Lab</title>'
            '<meta name="viewport" content="width=device-width">'
            '<link rel="icon" href="data:,"></head>'
            f"<body><main><h1>Lab</h1>{output.html}</main></body></html>"
        ).replace("img-src 'self'", "img-src 'self' data:"),
        encoding="utf-8",
    )
    return serve(folder)


@pytest.fixture(scope="module")
def bare(browser, address) -> Page:
    """One page for all tests that only compute in it."""
    page = browser.new_page()
    page.goto(address)
    yield page
    page.close()


# --- the same numbers ------------------------------------------------------------

RUN = """([engine, choice, epochs, key, seed]) => {
  const { Network, fit } = engine(), data = laboratory.unpack(laboratoryData[key]);
  const settings = laboratory.settingsOf(choice, epochs, data), rows = [];
  const first = [...new Network(settings, seed, 1).w], run = fit(settings, data, seed);
  for (;;) {
    const { done, value } = run.next();
    if (done) return { first, rows, last: [...value.network.w], best: value.bestEpoch };
    rows.push(value);
  }
}"""


def in_the_page(page: Page, case: dict, engine: str = "laboratory.engine") -> dict:
    choice = twin().USUAL | case
    key = f"{choice['data']}-{digest(packed(twin().DATA[choice['data']]))}"
    said = json.dumps([choice, choice["epochs"], key, SEED])
    return page.evaluate(f"({RUN})([{engine}, ...{said}])")


def flat(tensors) -> torch.Tensor:
    return torch.cat([t.detach().flatten() for t in tensors])


@cache
def in_nnlib(name: str) -> dict:
    case, usual = CASES[name], twin().USUAL
    first = flat(twin().network(usual | case, [SEED]).parameters())
    nets, history, stopper = twin().train(case, seeds=[SEED])
    c = case.get("maxNorm")
    norms = gradient_norms(nets)[:, 0]
    if c:
        norms = norms * (history.gradient_norm[-1] / c).clamp(min=1)
    data = twin().DATA[(usual | case)["data"]]
    has_units = (usual | case)["depth"] > 0
    return {
        "first": first,
        "last": flat(nets.parameters()),
        "history": history,
        "best": None if stopper is None else int(stopper.best_epoch),
        "norms": norms,
        "dead": [
            float(dead_fraction(h)) for _, h in record_activations(nets, data.validation.x)
        ]
        if has_units
        else [],
        "length": float(l2_penalty(weights(nets)).detach().sqrt()),
    }


DIGITS = {"depth": 2, "epochs": 2}  # 64 steps
MOONS = {"data": "moons", "depth": 2, "width": 16, "lr": 0.3, "batch": "all", "epochs": 50}
DEEP = DIGITS | {"start": "kaiming_normal", "lr": 0.02}
ACTIVATIONS = "relu sigmoid tanh leaky_relu elu selu softplus silu gelu".split()
STARTS = (
    "pytorch kaiming_normal kaiming_uniform xavier_normal xavier_uniform lecun_normal "
    "orthogonal constant"
).split()
CASES = {
    **{f"activation {a}": DIGITS | {"activation": a, "start": "lecun_normal"}
       for a in ACTIVATIONS},
    **{f"start {s}": DIGITS | {"start": s, "activation": "tanh"} for s in STARTS},
    "moons": MOONS,
    "moons, deep": MOONS | {"depth": 8, "start": "kaiming_normal", "lr": 0.05},
    "no hidden layer": DIGITS | {"depth": 0},
    "few examples": DIGITS | {"examples": 50, "epochs": 20},
    "scale": DIGITS | {"scale": 2, "lr": 0.02},
    "deep": DEEP | {"depth": 8},
    "residual": DEEP | {"depth": 13, "residual": "on", "lr": 0.005},
    "residual, scaled": DEEP | {"depth": 13, "residual": "scaled"},
    "residual, from zero": DEEP | {"depth": 13, "residual": "zero"},
    "clipping": DIGITS | {"maxNorm": 0.3, "lr": 0.5},
    "penalty": DIGITS | {"penalty": 0.01},
    "penalty and clipping": DIGITS | {"penalty": 0.03, "maxNorm": 0.3},
    "dropout": DIGITS | {"dropout": 0.5},
    "dropout, three layers": DIGITS | {"depth": 3, "dropout": 0.2},
    "momentum": DIGITS | {"optimiser": "momentum", "lr": 0.02},
    "Adam": DIGITS | {"optimiser": "adam", "lr": 0.003},
    "AdamW": DIGITS | {"optimiser": "adam", "lr": 0.003, "decay": 1},
    "wrong labels": DIGITS | {"noise": 0.3},
    "early stopping": DIGITS
    | {"lr": 0.5, "batch": 50, "noise": 0.3, "patience": 2, "epochs": 25},
    "everything": DEEP
    | {"depth": 13, "residual": "scaled", "optimiser": "adam", "lr": 0.003, "decay": 1,
       "maxNorm": 1, "dropout": 0.5, "noise": 0.3, "patience": 10, "epochs": 4,
       "batch": 50},
}  # fmt: skip


def close(actual, expected, **tolerance) -> None:
    torch.testing.assert_close(
        torch.as_tensor(actual, dtype=torch.float64),
        torch.as_tensor(expected, dtype=torch.float64),
        rtol=0,
        **{"atol": 1e-10} | tolerance,
    )


@pytest.mark.parametrize("name", CASES)
def test_a_step_is_nnlibs(bare, name):
    page, ours = in_the_page(bare, CASES[name]), in_nnlib(name)
    rows, history = page["rows"], ours["history"]
    close(page["first"], ours["first"], atol=1e-14)
    close(page["last"], ours["last"])
    for key, curve in (
        ("trainLoss", history.train_loss),
        ("validationLoss", history.validation_loss),
        ("validationError", history.validation_error),
    ):
        close([row[key] for row in rows], curve[: len(rows), 0])
        assert curve[len(rows) :].isnan().all()
    if ours["best"] is None:
        norms = torch.tensor(rows[-1]["gradientNorms"])
        close(norms / ours["norms"], torch.ones_like(norms))
        close(rows[-1]["dead"], ours["dead"])
        close(rows[-1]["weightNorm"], ours["length"])
    else:
        assert page["best"] == ours["best"]


def test_some_cases_do_what_they_are_there_for():
    clipped = in_nnlib("clipping")["history"].gradient_norm > 0.3
    assert 0.05 < clipped.double().mean() < 0.95
    stopped = in_nnlib("early stopping")["history"].train_loss.isnan()
    assert stopped.any()


def test_regression_is_nnlibs(bare):
    x = Generators(0, 7).randn(60, 3)
    y = (x.square().sum(dim=1, keepdim=True)).sin()
    nets = MLP([3, 8, 1], torch.tanh, seeds=SEED)
    history = fit(
        nets, (x[:40], y[:40]), SGD(nets.parameters(), lr=0.1), epochs=5, seeds=SEED,
        batch_size=15, loss=mean_squared_error, validation=(x[40:], y[40:]),
    )  # fmt: skip
    data = Data(Examples(x[:40], y[:40, 0]), Examples(x[40:], y[40:, 0]), 0, Examples(x, y))
    rows, w = bare.evaluate(
        """(text) => {
          const { engine, unpack } = laboratory, rows = [];
          const net = { sizes: [3, 8, 1], activation: "tanh" };
          const plan = { batch: 15, lr: 0.1, epochs: 5 }, data = unpack(JSON.parse(text));
          const run = engine().fit({ ...net, ...plan }, data, 3);
          for (;;) {
            const { done, value } = run.next();
            if (done) return [rows, [...value.network.w]];
            rows.push([value.trainLoss, value.validationLoss]);
          }
        }""",
        packed(data),
    )
    close(w, flat(nets.parameters()))
    close(rows, torch.stack([history.train_loss, history.validation_loss], dim=1))


@pytest.mark.parametrize(("seed", "stream"), [(0, 0), (3, 100), (7, 1001), (19, 1)])
def test_random_numbers_are_those_of_torch(bare, seed, stream):
    """Should PyTorch change its draws, the page must follow: this names which."""
    mixed, uniform, order, *normals = bare.evaluate(
        """([seed, stream]) => {
          const { Generator, mix } = laboratory.engine(), g = new Generator(seed, stream);
          const normal = (n) => [...g.normal(new Float64Array(n))];
          return [mix(seed, stream), Array.from({ length: 700 }, () => g.uniform()),
            [...g.permutation(1000)], normal(2048), normal(37), normal(10)];
        }""",
        [seed, stream],
    )
    g = Generators(seed, stream)
    assert mixed == _mix(seed, stream)
    assert uniform == g.rand(700).tolist(), "torch.rand"
    assert order == g.randperm(1000).tolist(), "torch.randperm"
    for drawn in normals:
        close(drawn, g.randn(len(drawn)), atol=2e-15)


@pytest.mark.parametrize("name", ["digits", "moons"])
def test_data_come_through_whole(bare, name):
    data = twin().DATA[name]
    for part in ("train", "validation"):
        x, y = bare.evaluate(
            "([key, part]) => Object.values(laboratory.unpack(laboratoryData[key])[part])"
            ".map((values) => [...values])",
            [f"{name}-{digest(packed(data))}", part],
        )
        assert x == getattr(data, part).x.flatten().tolist()
        assert y == getattr(data, part).y.tolist()


def test_every_choice_trains_and_the_usual_ones_are_the_chapters(bare):
    usual, lost = bare.evaluate(
        """(key) => {
          const { FIELDS, engine, settingsOf, unpack } = laboratory, { fit } = engine();
          const data = unpack(laboratoryData[key]), usual = {}, lost = [];
          for (const { name, values, initial = values[0] } of FIELDS) usual[name] = initial;
          for (const { name, values } of FIELDS)
            for (const value of values) {
              const choice = { ...usual, depth: 3, lr: 0.01, examples: 20, [name]: value };
              const [row] = fit(settingsOf(choice, 1, data), data, 0);
              if (!Number.isFinite(row.validationLoss)) lost.push([name, value]);
            }
          return [usual, lost];
        }""",
        f"moons-{digest(packed(twin().DATA['moons']))}",
    )
    plan = {"seeds": 20, "epochs": 20}
    assert usual | plan == twin().USUAL
    assert lost == []


MUTATIONS = [  # what is broken, into what, and the case that must notice
    ("h * (1 - h)]", "h]", "activation sigmoid"),
    ("2 / nIn)", "1 / nIn)", "start kaiming_normal"),
    ("x[i] + scale * h[i]", "scale * h[i]", "residual, scaled"),
    ("d[i] + e[i]", "e[i]", "residual"),
    ("length > c", "length > 2 * c", "clipping"),
    ("2 * penalty * weight[i]", "penalty * weight[i]", "penalty"),
    ("1 / (1 - p)", "1", "dropout"),
    ("momentum * v[i] + g[i]", "momentum * v[i] + (1 - momentum) * g[i]", "momentum"),
    ("m[i] / c1", "m[i]", "Adam"),
    ("1 - lr * decay", "1 - decay / 1000", "AdamW"),
    ("random.uniform() < share", "random.uniform() > share", "wrong labels"),
    ("Math.max(1, this.patience)", "this.patience + 1", "early stopping"),
    ("w.set(this.kept)", "this.kept", "early stopping"),
    ("const ORDER = 100", "const ORDER = 99", "activation relu"),
]


@pytest.mark.parametrize(("right", "wrong", "name"), MUTATIONS)
def test_a_broken_engine_is_noticed(bare, right, wrong, name):
    engine = bare.evaluate("laboratory.engine.toString()")
    assert right in engine
    broken = engine.replace(right, wrong)
    page, ours = in_the_page(bare, CASES[name], f"({broken})"), in_nnlib(name)
    off = (torch.tensor(page["last"]) - ours["last"]).abs().max()
    epochs = int(ours["history"].train_loss.isfinite().sum())
    assert not off < 1e-10 or len(page["rows"]) != epochs


def test_an_epoch_is_fast(bare):
    """It takes 3 or 4 ms on an idle machine: ten times as long would be noticed."""
    key = f"digits-{digest(packed(twin().DATA['digits']))}"
    best = bare.evaluate(
        """([choice, key]) => {
          const { engine, settingsOf, unpack } = laboratory, { Trainer } = engine();
          const data = unpack(laboratoryData[key]);
          const trainer = new Trainer(settingsOf(choice, 1, data), data, 0);
          const time = () => {
            const began = performance.now();
            trainer.epoch();
            return performance.now() - began;
          };
          return Math.min(...Array.from({ length: 15 }, time));
        }""",
        [twin().USUAL, key],
    )
    assert best < 35  # milliseconds


@pytest.mark.parametrize("n", [5, 10, 20, 40])
def test_the_interval_is_claimbooks(bare, n):
    values = (Generators(n).randn(n) + 0.3).tolist()
    found = bare.evaluate("(values) => laboratory.interval(values)", values)
    mean, low, high = claims.interval(values)
    assert found["mean"] == pytest.approx(mean, abs=1e-12)
    assert found["high"] - found["low"] == pytest.approx(high - low, rel=1e-3)


# --- the reader ----------------------------------------------------------------------


def ready(page: Page, workers: int = 2) -> Page:
    page.locator(FIGURE).evaluate("(node, n) => { node.dataset.workers = n; }", workers)
    return page


def finished(page: Page) -> str:
    page.locator(f"{FIGURE}[data-state=done]").wait_for()
    return page.locator(".status").inner_text()


def test_workers_and_the_page_itself_say_the_same(visit, address):
    page, said = visit(address), set()
    for workers, how in ((2, "2 workers"), (0, "in the page itself")):
        ready(page, workers).locator(".go").click()
        page.locator(f"{FIGURE}[data-state=training]").wait_for()
        assert how in finished(page)
        numbers = page.locator(".numbers")
        numbers.evaluate("fold => { fold.open = true; }")
        expect(numbers).to_contain_text("median")  # which is written as it opens
        said.add(f"{page.locator('.verdict').text_content()}\n{numbers.text_content()}")
    assert len(said) == 1
    assert "95% interval" in said.pop()


@pytest.mark.parametrize("workers", [0, 2])
def test_escape_stops_and_the_focus_stays(visit, address, workers):
    page = ready(visit(f"{address}#lab?seeds=40&epochs=200"), workers)
    page.locator(".go").focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".go")).to_have_text("Stop")
    expect(page.locator(".status")).to_contain_text("left")
    page.evaluate(
        """() => {
          const figure = document.querySelector(".nnl-lab");
          const now = () => performance.now();
          figure.addEventListener("keydown", () => { window.began = now(); }, true);
          new MutationObserver(() => { window.took = now() - window.began; })
            .observe(figure, { attributeFilter: ["data-state"] });
        }"""
    )
    page.keyboard.press("Escape")
    page.locator(f"{FIGURE}[data-state=stopped]").wait_for()
    assert page.evaluate("window.took") < 1000  # milliseconds; 30 on an idle machine
    expect(page.locator(".go")).to_be_focused()
    expect(page.locator(".verdict")).to_contain_text("no verdict")


def test_results_do_not_outlive_their_settings(visit, address):
    page = ready(visit(address))
    page.locator(".go").click()
    finished(page)
    expect(page.locator(".median")).to_have_count(4)
    page.get_by_role("slider", name="learning rate η, B").press("ArrowLeft")
    expect(page.locator(".verdict")).to_have_text("")
    expect(page.locator(".median")).to_have_count(0)
    page.locator(".go").click()
    page.get_by_role("slider", name="learning rate η, A").press("ArrowLeft")
    page.wait_for_timeout(500)
    expect(page.locator(FIGURE)).to_have_attribute("data-state", "ready")
    expect(page.locator(".median")).to_have_count(0)


def test_the_address_holds_all_that_was_chosen(visit, address):
    page = visit(address)
    assert page.evaluate("location.hash") == ""
    page.get_by_role("slider", name="learning rate η, B").press("ArrowLeft")
    page.get_by_role("radiogroup", name="optimiser, A").get_by_role("radio").last.check()
    page.get_by_role("slider", name="seeds").press("ArrowLeft")
    chosen = page.evaluate("location.hash")
    assert chosen == "#lab?preset=rate&A.optimiser=adam&B.lr=0.2&seeds=2"
    again = visit(address + chosen)
    expect(again.get_by_role("slider", name="learning rate η, B")).to_have_attribute(
        "aria-valuetext", "0.2"
    )
    expect(again.get_by_role("radio", name="Adam").first).to_be_checked()
    assert again.evaluate("location.hash") == chosen
    again.evaluate("location.hash = '#lab?preset=moons'")
    expect(again.locator(".question")).to_have_text("Where?")


@pytest.mark.parametrize(
    ("nonsense", "unread"),
    [
        ("B.lr=fast&A.lr=1", "B.lr=fast"),
        ("preset=none", "preset=none"),
        ("colour=red", "colour=red"),
        ("from=-1", "from=-1"),
        ("seeds=3&%E0%A4%A=<b>x", "seeds=3"),
    ],
)
def test_nonsense_in_the_address_is_named_and_the_preset_stands(
    visit, address, nonsense, unread
):
    page = visit(f"{address}#lab?{nonsense}")
    expect(page.locator(".status")).to_contain_text(unread)
    expect(page.locator(".status")).to_contain_text("means nothing here")
    for side, rate in (("A", "0.1"), ("B", "0.3")):
        dial = page.get_by_role("slider", name=f"learning rate η, {side}")
        expect(dial).to_have_attribute("aria-valuetext", rate)


def test_fresh_seeds_are_others_and_one_side_may_stand_alone(visit, address):
    page = ready(visit(address))
    page.get_by_role("button", name="5 fresh seeds").click()
    assert "seeds 5 to 9" in finished(page)
    page.get_by_role("radio", name="A alone").check()
    page.get_by_role("button", name="Train 5 networks").click()
    finished(page)
    expect(page.locator(".verdict")).to_contain_text("for the middle 80% of 5 networks")
    expect(page.locator(".median.B")).to_have_count(0)


def test_what_cannot_be_saved_is_said(visit, address):
    """Networks of A diverge: the page says so, and does not freeze."""
    page = ready(visit(f"{address}#lab?A.scale=10&A.depth=5&A.lr=10&epochs=5"))
    page.locator(".go").click()
    finished(page)
    expect(page.locator(".verdict")).to_have_text(re.compile("of 5 networks of A diverged"))


def test_the_boundary_is_drawn(visit, address):
    page = ready(visit(f"{address}#lab?preset=moons"))
    page.locator(".go").click()
    finished(page)
    expect(page.locator(".plane canvas")).to_have_count(2)
    assert page.locator(".plane canvas").first.get_attribute("width") == "40"
    page.get_by_role("combobox", name="second picture").select_option("gradientNorms")
    expect(page.locator(".plane")).to_have_count(0)
    expect(page.locator(".median")).to_have_count(4)


def test_nothing_is_drawn_in_between_for_those_who_asked(visit, address):
    page = ready(visit(f"{address}#lab?epochs=30", reduced_motion="reduce"))
    page.evaluate("""window.drawn = 0; new MutationObserver(() => { window.drawn++; })
      .observe(document.querySelector(".chart.first"), { childList: true })""")
    page.locator(".go").click()
    finished(page)
    assert page.evaluate("window.drawn") <= 3  # emptied, begun, finished


@pytest.mark.parametrize("width", [1280, 390])
def test_the_laboratory_is_accessible_and_keeps_its_width(visit, address, width):
    page = ready(visit(address, width=width, color_scheme="light"))
    page.locator(".go").click()
    finished(page)
    page.evaluate(
        "for (const fold of document.querySelectorAll('details')) fold.open = true"
    )
    assert violations(page, RULES, EMPTY_CORNER) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.locator(".nnl-lab svg text").evaluate_all(
        """(all) => all.map((text) => {
          const picture = text.ownerSVGElement;
          const drawn = picture.getBoundingClientRect().width;
          const size = parseFloat(getComputedStyle(text).fontSize);
          return (size * drawn) / picture.viewBox.baseVal.width;
        })"""
    )
    assert min(sizes) >= 11
    said = page.locator(".verdict").inner_text()
    assert page.locator("[aria-live]").count() == 1
    assert "pairs" in said or "No difference" in said


def test_where_scripts_are_stripped_the_figure_and_its_finding_stand(visit, address):
    page = visit(address, java_script_enabled=False)
    expect(page.get_by_role("img", name="Two settings, side by side.")).to_be_visible()
    expect(page.locator(".nnl-off")).to_contain_text("The second learns faster.")


def test_program_and_data_are_light():
    assert len(gzip.compress(CODE.encode())) <= PROGRAM_BYTES
    everything = "".join(packed(data) for data in twin().DATA.values())
    assert len(gzip.compress(everything.encode())) <= DATA_BYTES


# --- in the book -----------------------------------------------------------------------


@pytest.mark.parametrize("preset", ["needless", "more_data"])
def test_the_page_says_what_python_says_seed_by_seed(visit, book, preset):
    page = ready(settle(visit(f"{book}/chapters/laboratory.html#lab?preset={preset}")))
    page.locator(".go").click()
    finished(page)
    expect(page.locator(".verdict")).to_contain_text("40 of 40 networks end as nnlib’s do.")


def test_each_question_leads_to_its_chapter(visit, book):
    page = settle(visit(f"{book}/chapters/laboratory.html"))
    buttons = page.locator(".menu button")
    assert buttons.count() == 10
    for button in buttons.all():
        button.click()
        href = page.locator(".task a").get_attribute("href") or ""
        assert (HTML / "chapters" / href).exists()
        expect(button).to_have_attribute("aria-pressed", "true")
