import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import type { NameKind } from '../../src/core/circuitFile/cursor';
import { expectedAt } from '../../src/core/circuitFile/expected';
import { lex } from '../../src/core/circuitFile/lexer';
import { parseCircuit } from '../../src/core/circuitFile/parser';
import { isKeyword, keywords } from '../../src/core/circuitFile/words';
import { everything } from './support/circuitText';

const shipped = readdirSync('circuits').map((name) => readFileSync(`circuits/${name}`, 'utf8'));
const above = (text: string) => expectedAt(text, text.length);

/** Every word of some files, with what is expected where it stands. */
const places = [everything, ...shipped].flatMap((text) =>
  lex(text)
    .lexemes.filter(({ kind }) => kind === 'word')
    .map((word) => ({ text, word: word.value, here: expectedAt(text, word.start), at: word.start })),
);

describe('what may come next in a circuit file', () => {
  it('is what stands there, wherever a word of the language does', () => {
    const met = new Set<string>();
    for (const { word, here, text, at } of places.filter((place) => isKeyword(place.word))) {
      const expected = here.words.some((words) => words.split(' ')[0] === word);
      assert.ok(expected, `${word} is not expected after ${JSON.stringify(text.slice(at - 40, at))}`);
      met.add(word);
    }
    assert.deepEqual([...met].sort(), [...keywords].sort());
  });

  it('is the kind of thing that is named, wherever one is', () => {
    for (const { word, here } of places) {
      if (/^L\d/.test(word))
        assert.ok(
          ['part', 'head', 'neuron'].some((kind) => here.kinds.includes(kind as NameKind)),
          word,
        );
      if (word === 'start' && here.kinds.length > 0) assert.deepEqual(here.kinds, ['place']);
      if (word === 'python') assert.deepEqual(here.kinds, ['language']);
    }
  });

  it('is never refused where it is put', () => {
    for (const { text, here } of places) {
      const before = text.slice(0, here.start);
      for (const words of here.words) {
        const end = here.start + words.length;
        const refused = parseCircuit(before + words).diagnostics.filter(
          ({ start, end: last }) => start < end && last > here.start,
        );
        assert.deepEqual(refused, [], `${before.split('\n').at(-1)}${words}`);
      }
    }
  });

  it('is a statement at the start of a line, and nothing else', () => {
    const { words, kinds } = above('circuit "a"\n');
    assert.ok(words.includes('expect') && words.includes('prompt'));
    assert.ok(!words.includes('rank'));
    assert.deepEqual(kinds, []);
    assert.deepEqual(above('').words, words);
    assert.deepEqual(above('# what\n').words, words);
  });

  it('is found while a word is being written, and begins where that does', () => {
    const text = 'expect mean abl';
    const { words, start } = above(text);
    assert.deepEqual(words, ['ablation of']);
    assert.equal(text.slice(start), 'abl');
  });

  it('has the names declared above, not those below', () => {
    const text = 'group pair: L2H0\nslot open: "("\n';
    const { declared, kinds } = above(`${text}group more: `);
    assert.deepEqual(kinds, ['part']);
    assert.deepEqual([...declared.groups.keys()], ['pair']);
    const first = expectedAt(`expect direct effect of \n${text}`, 24);
    assert.deepEqual([...first.declared.groups.keys()], []);
    assert.deepEqual(first.kinds, ['part']);
  });

  it('goes on after a comma in the next line', () => {
    assert.deepEqual(above('group pair: L2H0,\n  ').kinds, ['part']);
  });

  it('is nothing in a comment, and slots alone in a text', () => {
    const nothing = above('slot open: "("\nexpect rank # at ');
    assert.deepEqual([nothing.words, nothing.kinds, nothing.inText], [[], [], false]);
    for (const text of ['answer "x ', 'prompt """\n  expect ']) {
      const within = above(`slot open: "("\n${text}`);
      assert.deepEqual([within.words, within.kinds, within.inText], [[], [], true]);
      assert.deepEqual([...within.declared.slots], ['open']);
    }
  });

  it('is found in a line below a mistake', () => {
    assert.deepEqual(above('circus\nexpect attention ').words, ['of']);
  });
});
