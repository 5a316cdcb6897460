"""5. Trains. `--phase stable` keeps the learning rate and may be run again and again: it goes on from its checkpoint.
`--phase decay` takes that checkpoint, lowers the rate to zero on the cleanest part of the data, and averages the weights of
its last fifth: that is a finished model, in runs/NAME/model.

Stops by itself after `--minutes`, and at SIGTERM with a checkpoint. On a GPU or on a CPU, whichever is there.
"""

import json
import math
import signal
import time
from pathlib import Path

import numpy
import torch

from batches import Batches
from common import LANGUAGES, arguments
from model import Llama, Shape, load, save
from optimizer import optimizers

WARM_UP = 100


class Stop:
    asked = False

    def ask(self, *_: object) -> None:
        self.asked = True


@torch.no_grad()
def bits_per_byte(model: Llama, work: Path, part: str, device: str, windows: int = 64) -> dict[str, float]:
    """On windows of the model's own context, spread over the texts."""
    sizes, result, context = json.loads((work / "packed/sizes.json").read_text()), {}, model.shape.context
    for language in LANGUAGES:
        data = numpy.fromfile(work / f"packed/{part}.{language}.u16", dtype=numpy.uint16).astype(numpy.int64)
        starts = numpy.linspace(0, len(data) - context - 1, windows).astype(int)
        rows = torch.from_numpy(numpy.stack([data[start:start + context + 1] for start in starts])).to(device)
        nats = sum(model.loss(row[:, :-1], row[:, 1:]).item() for row in rows.split(4)) / len(rows.split(4))
        size = sizes[f"{part}.{language}"]
        result[language] = round(nats / math.log(2) * size["tokens"] / size["bytes"], 4)
    return result


def main() -> None:
    options = arguments(
        __doc__, phase={"choices": ["stable", "decay"], "required": True}, minutes={"type": float, "required": True},
        name={"default": "whence-code"}, rows={"type": int, "default": 16, "help": "windows a step"},
        slice={"type": int, "default": 4, "help": "windows at once"}, muon={"type": float, "default": 0.02},
        adam={"type": float, "default": 4e-3}, python={"type": float, "default": 0.58, "help": "share of Python"},
        middle={"type": float, "default": 0.5, "help": "share of windows rearranged for fill-in-the-middle"},
        cleanest={"type": float, "default": 0.35, "help": "share of the data that the decay is on"},
        window={"type": int, "default": 1024}, layers={"type": int, "default": Shape.layers},
        width={"type": int, "default": Shape.width}, heads={"type": int, "default": Shape.heads},
        neurons={"type": int, "default": Shape.neurons}, threads={"type": int, "default": 2}, seed={"type": int, "default": 1})
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.set_float32_matmul_precision("high")
    stop = Stop()
    signal.signal(signal.SIGTERM, stop.ask)

    folder = options.work / "runs" / options.name
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    shape = Shape(width=options.width, layers=options.layers, heads=options.heads, neurons=options.neurons)
    model = Llama(shape).to(device)
    steppers = optimizers(model, options.muon, options.adam)
    done = {"steps": 0, "tokens": 0, "seconds": 0.0}
    if checkpoint.exists():
        kept = torch.load(checkpoint, map_location=device, weights_only=True)
        model.load_state_dict(kept["model"])
        for stepper, state in zip(steppers, kept["optimizers"]):
            stepper.load_state_dict(state)
        done = kept["done"]
    elif options.phase == "decay":
        raise SystemExit(f"{checkpoint} does not exist: train with --phase stable first.")
    decay = options.phase == "decay"
    batches = Batches(options.work, context=options.window, python=options.python, middle=options.middle,
                      cleanest=options.cleanest if decay else 1.0, seed=options.seed + done["steps"])
    run = torch.compile(model.loss)  # a sixth faster on a CPU too; it needs a C++ compiler there
    average: dict[str, torch.Tensor] | None = None
    averaged = 0
    size = sum(weight.numel() for weight in model.parameters())
    print(f"{size / 1e6:.2f} million parameters on {device}, from step {done['steps']}", flush=True)

    log = open(folder / "log.tsv", "a", encoding="utf8")
    start = last_word = last_saved = time.monotonic()
    running = None

    def keep() -> None:
        state = {"model": model.state_dict(), "optimizers": [stepper.state_dict() for stepper in steppers], "done": done}
        torch.save(state, checkpoint.with_suffix(".new"))
        checkpoint.with_suffix(".new").rename(checkpoint)

    while not stop.asked:
        now = time.monotonic()
        spent = (now - start) / (60 * options.minutes)
        if spent >= 1:
            break
        rate = max(0.0, 1 - spent) if decay else min(1.0, (done["steps"] + 1) / WARM_UP)
        for stepper, full in zip(steppers, (options.muon, options.adam)):
            stepper.param_groups[0]["lr"] = full * rate
        ids = batches.next(options.rows).to(device)
        loss = 0.0
        for part in ids.split(options.slice):
            with torch.autocast(device, dtype=torch.bfloat16):
                share = run(part[:, :-1], part[:, 1:]) * len(part) / len(ids)
            share.backward()
            loss += share.detach()
        for stepper in steppers:
            stepper.step()
            stepper.zero_grad(set_to_none=True)
        if decay and spent > 0.8:
            averaged += 1
            if average is None:
                average = {name: value.detach().clone() for name, value in model.named_parameters()}
            for name, value in model.named_parameters():
                average[name].lerp_(value.detach(), 1 / averaged)
        done["steps"] += 1
        done["tokens"] += ids[:, 1:].numel()
        done["seconds"] += time.monotonic() - now
        if time.monotonic() - last_word > 20:
            loss = float(loss)
            running = loss if running is None else 0.8 * running + 0.2 * loss
            log.write(f"{options.phase}\t{done['steps']}\t{done['tokens']}\t{done['seconds']:.0f}\t{loss:.4f}\t{rate:.4f}\n")
            log.flush()
            print(f"step {done['steps']}  {done['tokens'] / 1e6:.2f} M tokens  {done['seconds']:.0f} s  loss {running:.3f}  "
                  f"rate {rate:.3f}", flush=True)
            last_word = time.monotonic()
        if not decay and time.monotonic() - last_saved > 600:
            keep()
            print("val", bits_per_byte(model, options.work, "val", device, 16), flush=True)
            last_saved = time.monotonic()

    if not decay:
        keep()
    weights = average or dict(model.named_parameters())
    with torch.no_grad():
        for name, value in model.named_parameters():
            value.copy_(weights[name])
    save(dict(model.named_parameters()), shape, folder / "model")
    finished = load(folder / "model").to(device)
    for part in ("val", "held"):
        print(options.phase, part, bits_per_byte(finished, options.work, part, device), flush=True)


if __name__ == "__main__":
    main()
