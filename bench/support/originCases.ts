import { draw, randomFrom } from '../../src/engine/explain/random';

/** A text whose next piece has an origin that is known because the text was made that way. */
export interface OriginCase {
  readonly truth: 'copied' | 'recalled';
  readonly language: 'python' | 'typescript';
  readonly prompt: string;
  /** What comes next; each of its tokens is asked about. */
  readonly answer: string;
}

/**
 * Copied: names that nobody ever wrote, which stand in the prompt and are due again. Recalled: words of the languages
 * and names of their libraries that the prompt does not contain, after a stretch of unrelated code.
 */
export function originCases(): OriginCase[] {
  const random = randomFrom([1]);
  const copied = copiedTemplates.flatMap(([language, template]) =>
    [...Array(namesPerTemplate)].map((): OriginCase => {
      const text = template.replaceAll(/[A-D]\b/g, (letter) => `@${letter}@`);
      const names = Object.fromEntries(
        ['A', 'B', 'C', 'D'].map((letter) => [letter, inventedName(letter, random)]),
      );
      const [prompt, answer] = text
        .replaceAll(/@([A-D])@/g, (_, letter: string) => names[letter]!)
        .split('¦');
      return { truth: 'copied', language, prompt: prompt!, answer: answer! };
    }),
  );
  const recalled = recalledPieces.flatMap(([language, prompt, answer]) =>
    draw(unrelated[language], contextsPerPiece, random)
      .filter((context) => !`${context}${prompt}`.includes(answer))
      .map((context): OriginCase => ({ truth: 'recalled', language, prompt: `${context}${prompt}`, answer })),
  );
  return [...copied, ...recalled];
}

const namesPerTemplate = 8;
const contextsPerPiece = 2;
const syllables =
  'zor vex blim kat quan drel fip mog tasp yun gref lod wib snar plo chiv durn ekk oft hul'.split(' ');

/** `A` and `D` are written as classes are, `B` and `C` as variables are. */
function inventedName(letter: string, random: () => number): string {
  const parts = draw(syllables, 2, random);
  const title = (part: string) => part[0]!.toUpperCase() + part.slice(1);
  if (letter === 'A' || letter === 'D') return parts.map(title).join('');
  return random() < 0.5 ? parts.join('_') : `${parts[0]}${title(parts[1]!)}`;
}

type Language = OriginCase['language'];

/** The part after ¦ is due. */
const copiedTemplates: readonly (readonly [Language, string])[] = [
  ['python', 'class A:\n    def __init__(self, B):\n        self.B = ¦B'],
  ['python', 'def B(x):\n    return x + 1\n\n\nprint(¦B'],
  ['python', 'C = []\nfor B in C:\n    print(¦B'],
  ['python', 'def C(B):\n    if B is None:\n        raise ValueError("no B")\n    return ¦B'],
  ['python', 'from collections import A\n\n\nclass D(¦A'],
  ['python', 'import B\n\n\ndef main():\n    B.run()\n    return ¦B'],
  ['python', 'class A(Exception):\n    pass\n\n\ndef C(x):\n    if x is None:\n        raise ¦A'],
  ['python', 'with open(path) as B:\n    for line in ¦B'],
  [
    'python',
    'class A:\n    def __init__(self):\n        self.B = 0\n\n    def C(self):\n        self.B += 1\n        return self.¦B',
  ],
  ['python', 'B = 12\nC = 30\nprint(B, ¦C'],
  ['typescript', 'const B = 5;\nconsole.log(¦B'],
  ['typescript', 'function C(B: string): string {\n  return ¦B'],
  ['typescript', 'import { A } from "./x";\n\nexport const first = new ¦A'],
  ['typescript', 'interface A {\n  B: number;\n}\n\nexport function C(x: ¦A'],
  ['typescript', 'export class A {\n  private B = 0;\n\n  C(): number {\n    this.B++;\n    return this.¦B'],
  ['typescript', 'const C = await load();\nfor (const B of C) {\n  console.log(¦B'],
  ['typescript', 'export class A {}\n\nexport class D extends ¦A'],
  ['typescript', 'let B = 1;\nif (B > 3) {\n  ¦B'],
  ['typescript', 'function B(x: number) {\n  return x;\n}\n\nexport const C = ¦B'],
  ['typescript', 'export type A = string;\n\nexport function C(x: ¦A'],
];

const recalledPieces: readonly (readonly [Language, string, string])[] = [
  ['python', 'import numpy as', ' np'],
  ['python', 'import pandas as', ' pd'],
  ['python', 'if __name__ == "__', 'main__'],
  ['python', 'if __name__ ==', ' "__main__"'],
  ['python', 'class Point:\n    def __', 'init__'],
  ['python', 'class Point:\n    def area(', 'self'],
  ['python', 'try:\n    work()\nexcept', ' Exception'],
  ['python', 'try:\n    work()\nexcept ValueError', ' as'],
  ['python', 'raise Value', 'Error'],
  ['python', 'raise NotImplemented', 'Error'],
  ['python', 'for i in', ' range('],
  ['python', 'for i, x in', ' enumerate('],
  ['python', 'from typing import', ' Optional'],
  ['python', 'from __future__ import', ' annotations'],
  ['python', 'with open(path, "w")', ' as'],
  ['python', 'if x is', ' None'],
  ['python', 'if x is not', ' None'],
  ['python', 'if not', ' isinstance('],
  ['python', 'y = x if x else', ' None'],
  ['python', 'import os\npath = os.', 'path'],
  ['python', 'import sys\nsys.', 'exit'],
  ['python', 'import json\ntext = json.', 'dumps'],
  ['python', 'key = "a".', 'join('],
  ['python', 'items = []\nitems.', 'append('],
  ['python', 'class Point:\n    @property\n', '    def'],
  ['python', 'class Point:\n    @static', 'method'],
  ['python', 'f = lambda', ' x'],
  ['python', 'while', ' True'],
  ['python', 'assert', ' isinstance('],
  ['python', 'return super().__', 'init__'],
  ['typescript', 'export default', ' function'],
  ['typescript', 'export', ' const'],
  ['typescript', 'console.', 'log('],
  ['typescript', 'const text = JSON.', 'stringify'],
  ['typescript', 'if (typeof x ===', ' "string"'],
  ['typescript', 'throw', ' new Error('],
  ['typescript', 'throw new', ' Error('],
  ['typescript', 'return new Promise((', 'resolve'],
  ['typescript', 'await Promise.', 'all('],
  ['typescript', 'const keys = Object.', 'keys('],
  ['typescript', 'const x = Math.', 'max('],
  ['typescript', 'for (let i = 0; i < items.', 'length'],
  ['typescript', 'for (let i = 0; i < 3; i', '++'],
  ['typescript', 'if (x ===', ' undefined'],
  ['typescript', 'if (Array.', 'isArray('],
  ['typescript', 'try {\n  work();\n}', ' catch'],
  ['typescript', 'type A = Record<', 'string'],
  ['typescript', 'function f(x: string):', ' string'],
  ['typescript', 'import * as', ' path'],
  ['typescript', 'export abstract', ' class'],
  ['typescript', 'const next = items.map((', 'item'],
  ['typescript', 'switch (kind) {\n ', ' case'],
  ['typescript', 'export async', ' function'],
  ['typescript', 'private readonly', ' _'],
  ['typescript', 'const seen = new', ' Set'],
  ['typescript', 'const table = new', ' Map<'],
  ['typescript', 'if (x instanceof', ' Error'],
  ['typescript', 'element.addEvent', 'Listener('],
  ['typescript', 'document.getElement', 'ById('],
  ['typescript', 'process.', 'env'],
];

/** Code that shares no word with what is recalled after it. */
const unrelated: Readonly<Record<Language, readonly string[]>> = {
  python: [
    '"""Tools for a garden."""\n\nwidth = 12\nheight = 30\ndepth = width * height\n\n\n',
    'weights = [2, 3, 5]\nbest = max(weights)\nworst = min(weights)\ncolor = "green"\n\n\n',
    'limit = 100\nstep = limit // 4\nif step > 20:\n    step = 20\nelse:\n    step = 10\n\n\n',
  ],
  typescript: [
    'let width = 12;\nlet height = 30;\nlet depth = width * height;\n\n',
    'var weights = [2, 3, 5];\nvar best = weights[2];\nvar color = "green";\n\n',
    'let limit = 100;\nlet step = limit / 4;\nif (step > 20) {\n  step = 20;\n}\n\n',
  ],
};
