"""7. Copies a finished run into the folder that ships, without what only training needs, and says what is to be made again.

    python export.py --work WORK [--name whence-code] [--to ../models/whence-code]
"""

import shutil
from pathlib import Path

from common import HERE, arguments

LIMIT = 16 * 2**20
AFTERWARDS = """Made of the weights, so made again now:
  npm run index                    the index of its parts
  test/fixtures/peers/make.py      the figures of other libraries on the same weights
  npm test                         names what else speaks of the old one: circuits/, docs/
  python evaluate.py               the table of the card"""


def main() -> None:
    options = arguments(__doc__, name={"default": "whence-code"},
                        to={"type": Path, "default": HERE.parent / "models/whence-code"})
    run, tokenizer = options.work / "runs" / options.name / "model", options.work / "tokenizer"
    files = [run / "model.safetensors", run / "config.json", tokenizer / "tokenizer.json", tokenizer / "tokenizer_config.json"]
    missing = [str(file) for file in files if not file.exists()]
    if missing:
        raise SystemExit(f"{', '.join(missing)} missing: run tokenizer.py, and train.py --phase decay, first.")
    size = sum(file.stat().st_size for file in files)
    if size > LIMIT:
        raise SystemExit(f"The model is {size / 2**20:.1f} MB; at most {LIMIT // 2**20} MB ship.")
    for file in files:
        shutil.copyfile(file, options.to / file.name)
    print(f"{size / 2**20:.1f} MB in {options.to}\n{AFTERWARDS}")


if __name__ == "__main__":
    main()
