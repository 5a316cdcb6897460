"""What the scripts share: where things lie, and how the collected packages are walked."""

import argparse
import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

HERE = Path(__file__).parent
LANGUAGES = ("py", "ts")
# In the order of their ids. The tag of its language begins a text; the three of fill-in-the-middle have the names that
# StarCoder and its successors use.
SPECIALS = (
    "<|endoftext|>", "<|py|>", "<|ts|>", "<|pad|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>",
)
END, PAD = 0, 3
TAG = {"py": 1, "ts": 2}
PREFIX, SUFFIX, MIDDLE = 4, 5, 6


@dataclass(frozen=True)
class Package:
    registry: str
    name: str
    held_out: bool

    def folder(self, work: Path) -> Path:
        return work / "packages" / self.registry / self.name.replace("/", "__")


def packages() -> list[Package]:
    with open(HERE / "packages.tsv", encoding="utf8") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return [Package(row["registry"], row["package"], row["use"] == "held-out") for row in rows]


def arguments(description: str, **extra: dict) -> argparse.Namespace:
    """Every script takes the folder that all of them work in; it is not committed."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--work", type=Path, default=Path("work"), help="folder for data and runs (about 3 GB)")
    for name, settings in extra.items():
        parser.add_argument("--" + name.replace("_", "-"), **settings)
    return parser.parse_args()


def texts(path: Path) -> Iterator[dict]:
    """The files of a corpus: `package`, `file`, `text`, `score`."""
    with open(path, encoding="utf8") as lines:
        for line in lines:
            yield json.loads(line)
