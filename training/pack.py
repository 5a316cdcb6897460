"""4. Turns the corpus into token ids.

packed/{train,val,held}.{py,ts}.u16: texts one after the other, `<|tag|> … <|endoftext|>`, each id in two bytes. The texts of
`train` stand in the order of their score, cleanest last, so that the end of training can take the cleanest part.
`--megabytes` keeps the cleanest texts only, for a machine to which little can be carried; packed/sizes.json has the counts.
"""

import json
from pathlib import Path

import numpy
from tokenizers import Tokenizer

from common import END, LANGUAGES, TAG, arguments, texts


def pack(work: Path, tokenizer: Tokenizer, part: str, language: str, most: int) -> dict:
    rows = sorted(texts(work / f"corpus/{part}.{language}.jsonl"), key=lambda row: -row["score"])
    ids, size = [], 0
    for start in range(0, len(rows), 500):
        some = [row["text"] for row in rows[start:start + 500]]
        for text, encoded in zip(some, tokenizer.encode_batch(some, add_special_tokens=False)):
            if size < most:
                ids.append(numpy.array([TAG[language], *encoded.ids, END], dtype=numpy.uint16))
                size += len(text.encode())
    packed = numpy.concatenate(ids[::-1])
    packed.tofile(work / f"packed/{part}.{language}.u16")
    return {"texts": len(ids), "tokens": len(packed), "bytes": size}


def main() -> None:
    options = arguments(__doc__, megabytes={"type": float, "default": 1e9, "help": "most text of each language"})
    tokenizer = Tokenizer.from_file(str(options.work / "tokenizer/tokenizer.json"))
    (options.work / "packed").mkdir(exist_ok=True)
    sizes = {}
    for language in LANGUAGES:
        for part in ("train", "val", "held"):
            most = int(options.megabytes * 1e6) if part == "train" else 10**12
            sizes[f"{part}.{language}"] = pack(options.work, tokenizer, part, language, most)
            print(f"{part}.{language}", sizes[f"{part}.{language}"], flush=True)
    (options.work / "packed/sizes.json").write_text(json.dumps(sizes, indent=2) + "\n")


if __name__ == "__main__":
    main()
