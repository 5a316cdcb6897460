"""6. Measures a model folder (any that `transformers` reads) and prints the table of its card. Several folders stand side by side.

    python evaluate.py --work WORK MODEL [MODEL …]

Bits per byte are on whole texts of the held-out packages, each model with as much context as it has, half of it at least.
Completions are greedy. What is counted is said beside each figure.
"""

import json
import math
import random
import sys
from pathlib import Path

import torch
import tree_sitter_python
import tree_sitter_typescript
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast
from tree_sitter import Language, Parser

from common import LANGUAGES, texts

parsers = {
    "py": Parser(Language(tree_sitter_python.language())),
    "ts": Parser(Language(tree_sitter_typescript.language_typescript())),
}
VERBS = ("get", "find", "count", "make", "read", "load", "parse", "check", "merge", "sort")
NOUNS = {"user": "name", "item": "items", "line": "text", "value": "values", "path": "path", "word": "words",
         "node": "node", "key": "key", "total": "numbers", "config": "options"}
NAMES = ("zorblat", "quux_count", "fenwick", "mirabel", "tarpon", "glyphs", "ostrich_id", "plinth", "vortex_map", "kelpie")
COPYING = {
    "py": ("def run({0}, mode):\n    if mode:\n        return {1}", "class Box:\n    def __init__(self, {0}):\n        self.{0} = {1}",
           "{0} = load()\nprint({0})\nsave({1}", "for {0} in items:\n    total += {1}"),
    "ts": ("function run({0}: string) {{\n  if ({1}", "const {0} = load();\nconsole.log({0});\nsave({1}",
           "class Box {{\n  constructor(private {0}: number) {{}}\n  get() {{\n    return this.{1}", "items.map(({0}) => {{\n  return {1}"),
}


class Measured:
    def __init__(self, folder: Path) -> None:
        self.tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        self.context = self.model.config.max_position_embeddings
        self.tag = {language: self.tokenizer.convert_tokens_to_ids(f"<|{language}|>") for language in LANGUAGES}

    def ids(self, text: str, language: str) -> list[int]:
        return [self.tag[language], *self.tokenizer.encode(text, add_special_tokens=False)]

    def logits(self, ids: list[int]) -> torch.Tensor:
        return self.model(torch.tensor([ids])).logits[0]

    def complete(self, prompt: str, language: str, most: int, enough) -> str:
        ids = self.ids(prompt, language)
        start, cache, step = len(ids), None, ids
        while len(ids) < start + most:
            out = self.model(torch.tensor([step]), past_key_values=cache, use_cache=True)
            cache, step = out.past_key_values, [int(out.logits[0, -1].argmax())]
            if step[0] == 0:
                break
            ids += step
            if enough(self.tokenizer.decode(ids[start:])):
                break
        return self.tokenizer.decode(ids[start:])


def held_out(measured: Measured, work: Path, language: str, most: int) -> dict:
    """Over windows that overlap by half: only the second half of each counts, but for a text's first."""
    nats = size = 0
    counts = {name: [0, 0] for name in ("seen names", "new names", "brackets", "quotes", "indentation")}
    rows = list(texts(work / f"corpus/held.{language}.jsonl"))
    random.Random(1).shuffle(rows)
    for row in rows:
        if size > most:
            break
        ids = measured.ids(row["text"], language)
        size += len(row["text"].encode())
        half, first = measured.context // 2, 0
        while first == 0 or first + half < len(ids) - 1:
            window = ids[first:first + measured.context + 1]
            logits = measured.logits(window[:-1])
            begin = half if first else 0
            lost = -logits.log_softmax(-1)[range(len(window) - 1), window[1:]]
            nats += float(lost[begin:].sum())
            count(measured, window, logits.argmax(-1).tolist(), begin, counts)
            first += half
    figures = {"bits per byte": nats / math.log(2) / size}
    figures.update({name: right / max(1, all_) for name, (right, all_) in counts.items()})
    return figures


def count(measured: Measured, window: list[int], chosen: list[int], begin: int, counts: dict) -> None:
    pieces = [measured.tokenizer.decode([token]) for token in window]
    for place in range(begin, len(window) - 1):
        word, right = pieces[place + 1].strip(), chosen[place] == window[place + 1]
        kinds = []
        if len(word) >= 4 and word.replace("_", "").isalpha():
            kinds.append("seen names" if window[place + 1] in window[: place + 1] else "new names")
        if word in (")", "]", "}"):
            kinds.append("brackets")
            right = measured.tokenizer.decode([chosen[place]]).strip()[:1] == word
        if word in ("'", '"') and sum(piece.count(word) for piece in pieces[: place + 1]) % 2:
            kinds.append("quotes")
        if "\n" in pieces[place] and not pieces[place + 1].strip() and len(pieces[place + 1]) > 1:
            kinds.append("indentation")
        for kind in kinds:
            counts[kind][0] += right
            counts[kind][1] += 1


def headers(language: str) -> list[str]:
    pairs = [(verb, noun, argument) for verb in VERBS for noun, argument in NOUNS.items()]
    if language == "py":
        return [f'def {verb}_{noun}({argument}):\n    """{verb.capitalize()} the {noun}."""\n' for verb, noun, argument in pairs]
    return [f"/** {verb.capitalize()}s the {noun}. */\nexport function {verb}{noun.capitalize()}({argument}: string) {{\n"
            for verb, noun, argument in pairs]


def parsed(measured: Measured, language: str) -> float:
    """A completion ends with its function; what has no end after 120 tokens counts as not parsed."""
    good = 0
    for header in headers(language):
        ended = (lambda text: "\n" in text and not text.rsplit("\n", 1)[1].startswith((" ", "#")) and text.rsplit("\n", 1)[1] != "") \
            if language == "py" else (lambda text: "\n}" in text)
        text = measured.complete(header, language, 120, ended)
        if not ended(text):
            continue
        body = text.rsplit("\n", 1)[0] + "\n" if language == "py" else text[: text.index("\n}") + 2] + "\n"
        good += bool(body.strip()) and not parsers[language].parse((header + body).encode()).root_node.has_error
    return good / len(headers(language))


def copied(measured: Measured, language: str) -> float:
    """A name that occurs only in the prompt, its first letter given: is the rest of it written?"""
    good = all_ = 0
    for form in COPYING[language]:
        for name in NAMES:
            text = measured.complete(form.format(name, name[:1]), language, 12, lambda so_far: len(so_far) >= len(name))
            good += text.startswith(name[1:])
            all_ += 1
    return good / all_


def induction(measured: Measured) -> dict:
    """Sixty random tokens twice, 32 times: nats in each half, attention to what followed the earlier occurrence."""
    generator = torch.Generator().manual_seed(0)
    half = torch.randint(400, 3000, (32, 60), generator=generator)
    ids = torch.cat([torch.full((32, 1), measured.tag["py"]), half, half], 1)
    out = measured.model(ids, output_attentions=True)
    lost = -out.logits[:, :-1].log_softmax(-1).gather(2, ids[:, 1:, None])[..., 0]
    place = torch.arange(61, 120)
    scores = {f"L{layer}H{head}": float(pattern[:, head, place, place - 59].mean())
              for layer, pattern in enumerate(out.attentions) for head in range(pattern.shape[1])}
    best = sorted(scores.items(), key=lambda pair: -pair[1])[:4]
    return {"repeated, first half": float(lost[:, 5:60].mean()), "repeated, second half": float(lost[:, 61:].mean()),
            "induction heads": ", ".join(f"{name} {value:.2f}" for name, value in best)}


@torch.no_grad()
def measure(folder: Path, work: Path) -> dict:
    measured = Measured(folder)
    figures = {}
    for language in LANGUAGES:
        for name, value in held_out(measured, work, language, 600_000).items():
            figures[f"{language}: {name}"] = value
        figures[f"{language}: completions of 100 headers that parse"] = parsed(measured, language)
        figures[f"{language}: names copied"] = copied(measured, language)
    figures.update(induction(measured))
    return figures


def main() -> None:
    if len(sys.argv) < 4 or sys.argv[1] != "--work":
        raise SystemExit(__doc__)
    work, folders = Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]]
    results = [measure(folder, work) for folder in folders]
    print("| |", " | ".join(folder.name for folder in folders), "|")
    print("|---|" + "---|" * len(folders))
    for name in results[0]:
        values = [result[name] if isinstance(result[name], str) else f"{result[name]:.3f}" for result in results]
        print("|", name, "|", " | ".join(values), "|")
    (work / "evaluation.json").write_text(json.dumps(dict(zip(map(str, folders), results)), indent=2) + "\n")


if __name__ == "__main__":
    main()
