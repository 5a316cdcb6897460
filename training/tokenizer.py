"""3. Trains the tokenizer: byte-level BPE over 40 MB of each language.

Words may carry one space before them, digits stand alone, brackets stand alone (with a space before them at most), runs of
line breaks and of indentation are tokens of their own: so that a token is something a person would point at.
"""

import json
import random
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from common import LANGUAGES, SPECIALS, arguments, texts

PIECES = r"\n+|[ \t]{2,}| ?_?\p{L}+|\p{N}| ?[()\[\]{}]| ?[^\s\p{L}\p{N}()\[\]{}_]+| ?_+|\s"
SAMPLE = 40_000_000


def sample(work: Path) -> list[str]:
    chosen = []
    for language in LANGUAGES:
        rows = list(texts(work / f"corpus/train.{language}.jsonl"))
        random.Random(0).shuffle(rows)
        size = 0
        for row in rows:
            if size > SAMPLE:
                break
            chosen.append(row["text"])
            size += len(row["text"])
    return chosen


def main() -> None:
    options = arguments(__doc__, size={"type": int, "default": 4096, "help": "tokens in the vocabulary"})
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PIECES), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=options.size, special_tokens=list(SPECIALS), show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(sample(options.work), trainer)
    folder = options.work / "tokenizer"
    folder.mkdir(exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": SPECIALS[0], "eos_token": SPECIALS[0],
        "pad_token": SPECIALS[3], "clean_up_tokenization_spaces": False,
    }, indent=2) + "\n")
    print(tokenizer.get_vocab_size(), "tokens")


if __name__ == "__main__":
    main()
