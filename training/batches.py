"""Endless batches of token windows from the packed corpus, half of them rearranged for fill-in-the-middle."""

from pathlib import Path

import numpy
import torch

from common import END, LANGUAGES, MIDDLE, PREFIX, SUFFIX, TAG


class Batches:
    """`cleanest`: the share of each language's tokens, from the cleanest end, that windows are taken from."""

    def __init__(self, work: Path, *, context: int, python: float, middle: float, cleanest: float, seed: int) -> None:
        self.context, self.python, self.middle = context, python, middle
        self.random = numpy.random.default_rng(seed)
        self.data = {}
        for language in LANGUAGES:
            packed = numpy.fromfile(work / f"packed/train.{language}.u16", dtype=numpy.uint16)
            self.data[language] = packed[int(len(packed) * (1 - cleanest)):]
        self.order = {language: iter(()) for language in LANGUAGES}

    def window(self, language: str) -> numpy.ndarray:
        """The next of all windows in random order; each pass over the data cuts at other places."""
        data, size = self.data[language], self.context + 1
        start = next(self.order[language], None)
        if start is None:
            offset = int(self.random.integers(0, size))
            starts = numpy.arange(offset, len(data) - size, size)
            self.order[language] = iter(self.random.permutation(starts).tolist())
            start = next(self.order[language])
        return data[start:start + size]

    def rearranged(self, window: numpy.ndarray) -> numpy.ndarray:
        """Each text of the window as prefix, suffix, middle (Bavarian et al. 2022); cut to the window's size again."""
        pieces = []
        for text in numpy.split(window, numpy.flatnonzero(window == END) + 1):
            ended = len(text) > 0 and text[-1] == END
            body = text[:-1] if ended else text
            tag = body[:1] if len(body) > 0 and body[0] in TAG.values() else body[:0]
            body = body[len(tag):]
            if len(body) < 24:
                pieces.append(text)
                continue
            first, second = sorted(self.random.integers(0, len(body) + 1, 2))
            pieces += [tag, [PREFIX], body[:first], [SUFFIX], body[second:], [MIDDLE], body[first:second], [END]]
        return numpy.concatenate(pieces)[: self.context + 1].astype(numpy.int64)

    def next(self, rows: int) -> torch.Tensor:
        """[rows, context + 1] token ids."""
        batch = []
        for _ in range(rows):
            window = self.window("py" if self.random.random() < self.python else "ts").astype(numpy.int64)
            batch.append(self.rearranged(window) if self.random.random() < self.middle else window)
        size = self.context + 1
        return torch.from_numpy(numpy.stack([numpy.pad(row, (0, size - len(row)), constant_values=END) for row in batch]))
