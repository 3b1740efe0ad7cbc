"""Train small residual networks on handwritten digits, and test them.

    python train.py                  five networks, half a minute on a laptop
    python train.py --device cuda    on a graphics card
    python train.py --resume         go on where a run was stopped

Every option has a sentence: python train.py --help
"""

import argparse
import csv
import io
import math
import statistics
import sys
from pathlib import Path

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.utils.data import DataLoader, TensorDataset


def load_data(seed, noise):
    """300 digits to learn from, 300 to choose by, and the others as a test."""
    x, y = load_digits(return_X_y=True)
    x, x_rest, y, y_rest = train_test_split(
        x, y, train_size=300, stratify=y, random_state=seed)
    x_val, x_test, y_val, y_test = train_test_split(
        x_rest, y_rest, train_size=300, stratify=y_rest, random_state=seed)
    mean, std = x.mean(), x.std()  # of the training set, and used for all

    def tensors(images, labels):
        images = torch.tensor((images - mean) / std, dtype=torch.float32)
        return images, torch.tensor(labels)

    generator = torch.Generator().manual_seed(seed)

    def noisy(images, labels):
        replaced = torch.rand(len(labels), generator=generator) < noise
        random = torch.randint(10, labels.shape, generator=generator)
        return images, torch.where(replaced, random, labels)

    return (noisy(*tensors(x, y)), noisy(*tensors(x_val, y_val)),
            tensors(x_test, y_test))


class Block(nn.Module):
    """x + scale · F(x), where F is linear, ReLU, dropout, linear."""

    def __init__(self, width, p, scale):
        super().__init__()
        self.branch = nn.Sequential(nn.Linear(width, width), nn.ReLU(),
                                    nn.Dropout(p), nn.Linear(width, width))
        self.scale = scale

    def forward(self, x):
        return x + self.scale * self.branch(x)


class Classifier(nn.Module):
    """Images to ten logits, through residual blocks."""

    def __init__(self, width=32, blocks=6, p=0.3):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(64, width),
            *(Block(width, p, blocks**-0.5) for _ in range(blocks)),
            nn.ReLU(), nn.Linear(width, 10))
        self.apply(init_weights)

    def forward(self, x):
        return self.layers(x)


def init_weights(module):
    """He's initialisation for linear layers."""
    if isinstance(module, nn.Linear):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        nn.init.zeros_(module.bias)


def make_optimiser(model, lr, weight_decay):
    """AdamW that leaves the biases alone."""
    weights = [p for p in model.parameters() if p.ndim > 1]
    biases = [p for p in model.parameters() if p.ndim <= 1]
    return torch.optim.AdamW(
        [{"params": weights, "weight_decay": weight_decay},
         {"params": biases, "weight_decay": 0.0}], lr=lr)


def train_epoch(model, loader, optimiser, max_norm, device):
    """One pass over the training set: mean loss, share of clipped steps."""
    model.train()
    losses, norms = [], []
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        loss = F.cross_entropy(model(x), y)
        optimiser.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        optimiser.step()
        losses.append(loss.detach())
        norms.append(norm)
    clipped = torch.stack(norms) > max_norm
    return torch.stack(losses).mean().item(), clipped.float().mean().item()


@torch.no_grad()
def loss_and_error(model, x, y, device):
    """Loss and error, with dropout off."""
    model.eval()
    x, y = x.to(device), y.to(device)
    logits = model(x)
    wrong = (logits.argmax(dim=1) != y).float().mean()
    return F.cross_entropy(logits, y).item(), wrong.item()


def write(path, data):
    """Write beside, then rename: there is always a whole file."""
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        sys.exit(f"{path}: {error.strerror}.  The epochs before are kept: "
                 "make room, then --resume goes on.")
    finally:
        beside.unlink(missing_ok=True)


def save(path, state):
    """Keep a checkpoint, and its curve as a table."""
    checkpoint, table = io.BytesIO(), io.StringIO()
    torch.save(state, checkpoint)
    rows = csv.DictWriter(table, state["curve"][0])
    rows.writeheader()
    rows.writerows(state["curve"])
    write(path.with_suffix(".csv"), table.getvalue().encode())
    write(path, checkpoint.getvalue())


def load(path, settings):
    """Read a checkpoint that was made with the same settings."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        made_with = state["settings"]
    except Exception:  # a file cut short fails in many ways
        sys.exit(f"{path} is not a whole checkpoint of this script: "
                 "delete it to train that seed anew.")
    for name, value in settings.items():
        if made_with.get(name) != value:
            sys.exit(f"{path} was made with --{name} {made_with.get(name)}, "
                     f"not {value}: say the same, or choose another --out.")
    return state


def train(seed, args):
    """Train one network, epoch after epoch; return its test error."""
    device, path = args.device, args.out / f"seed-{seed}.pt"
    settings = {name: getattr(args, name.replace("-", "_"))
                for name in SETTINGS}
    torch.manual_seed(seed)  # the weights, then dropout's masks
    train_set, validation, test = load_data(seed, args.noise)
    model = Classifier(args.width, args.blocks, args.dropout).to(device)
    optimiser = make_optimiser(model, args.lr, args.weight_decay)
    schedule = CosineAnnealingLR(optimiser, args.epochs)
    order = torch.Generator().manual_seed(seed)
    loader = DataLoader(TensorDataset(*train_set), args.batch_size,
                        shuffle=True, generator=order)
    curve, best = [], {"loss": math.inf}
    if path.exists():
        state = load(path, settings)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        order.set_state(state["order"])
        torch.set_rng_state(state["masks"])
        curve, best = state["curve"], state["best"]
    for epoch in range(len(curve) + 1, args.epochs + 1):
        if curve and epoch - 1 - best["epoch"] >= args.patience:
            break
        loss, clipped = train_epoch(model, loader, optimiser, args.max_norm,
                                    device)
        schedule.step()
        val_loss, val_error = loss_and_error(model, *validation, device)
        if not math.isfinite(loss + val_loss):
            sys.exit(f"seed {seed}: the loss is {loss} after epoch {epoch}; "
                     "try a smaller --lr.")
        if val_loss < best["loss"]:
            weights = {k: v.clone() for k, v in model.state_dict().items()}
            best = {"loss": val_loss, "epoch": epoch, "weights": weights}
        curve.append({"epoch": epoch, "training loss": loss,
                      "validation loss": val_loss,
                      "validation error": val_error, "clipped": clipped})
        save(path, {"settings": settings, "model": model.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "schedule": schedule.state_dict(),
                    "order": order.get_state(),
                    "masks": torch.get_rng_state(),
                    "curve": curve, "best": best})
        print(f"seed {seed}  epoch {epoch:3}  loss {loss:.3f}, "
              f"{clipped:.0%} clipped  validation loss {val_loss:.3f}, "
              f"error {val_error:.1%}", flush=True)
    model.load_state_dict(best["weights"])
    return loss_and_error(model, *test, device)[1]


def between(kind, least, most=math.inf):
    """What argparse calls to read a number from a range."""
    def read(text):
        value = kind(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(
                f"{text} is not between {least} and {most}")
        return value

    read.__name__ = "number"
    return read


def available(name):
    """A device of this machine; "auto" is the fastest."""
    found = {"cuda": torch.cuda.is_available(),
             "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(device for device in found if found[device])
    if not found.get(name.split(":")[0]):
        raise argparse.ArgumentTypeError(
            f"this PyTorch finds no {name}; here it may be "
            f"{' or '.join(device for device in found if found[device])}")
    return torch.device(name)


SETTINGS = {  # name: kind, default, what it does
    "epochs": (between(int, 1), 40, "passes over the training set"),
    "batch-size": (between(int, 1), 50, "examples a step"),
    "lr": (between(float, 0), 0.003, "AdamW's rate; falls to 0 as a cosine"),
    "weight-decay": (between(float, 0), 3.0,
                     "a step takes lr times this from each weight"),
    "dropout": (between(float, 0, 1), 0.3, "units dropped in each block"),
    "max-norm": (between(float, 0), 1.0, "longer gradients are clipped to it"),
    "width": (between(int, 1), 32, "units a layer"),
    "blocks": (between(int, 1), 6, "residual blocks"),
    "noise": (between(float, 0, 1), 0.3,
              "labels replaced by random ones, to have what to overfit"),
}


def options(arguments):
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, (kind, default, says) in SETTINGS.items():
        parser.add_argument(f"--{name}", type=kind, default=default,
                            help=f"{says} ({default})")
    parser.add_argument("--patience", type=between(int, 1), default=math.inf,
                        help="stop after so many epochs without a better "
                        "validation loss (never: the best is kept anyway)")
    parser.add_argument("--seeds", type=between(int, 1), default=5,
                        help="networks, each with its own split, wrong "
                        "labels, weights, order and masks (5)")
    parser.add_argument("--device", type=available, default="auto",
                        help="cpu, cuda, mps, or the fastest there is (auto)")
    parser.add_argument("--out", type=Path, default=Path("runs"),
                        help="folder of checkpoints and curves (runs)")
    parser.add_argument("--resume", action="store_true",
                        help="go on with what is in that folder")
    args = parser.parse_args(arguments)
    if not args.resume and any(args.out.glob("seed-*.pt")):
        parser.error(f"{args.out} holds an earlier run: --resume goes on "
                     "with it, --out names another folder")
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--out {args.out}: {error.strerror}")
    return args


def main(arguments=None):
    """Train all seeds and print their test errors."""
    args = options(arguments)
    errors = []
    try:
        for seed in range(args.seeds):
            errors.append(train(seed, args))
    except KeyboardInterrupt:
        print(f"Stopped.  Each finished epoch is in {args.out}: "
              "the same command with --resume goes on.", file=sys.stderr)
        return 130
    mean = statistics.mean(errors)
    print(f"test error {mean:.1%} of {len(errors)} networks"
          + (f", standard deviation {statistics.stdev(errors):.1%}, "
             f"from {min(errors):.1%} to {max(errors):.1%}"
             if len(errors) > 1 else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
