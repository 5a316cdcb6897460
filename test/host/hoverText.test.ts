import { equal, ok } from 'node:assert/strict';
import type { Card } from '../../src/core/card';
import { hoverCommands, hoverText, staleText } from '../../src/host/hoverText';

const said = {
  parts: [
    { kind: 'words', text: 'Copied from [here](command:evil) ' },
    { kind: 'place', text: 'line 4', index: 7 },
    { kind: 'code', text: '`x` [a](command:evil)' },
  ],
  check: '*Checked*: <img src=x>',
} as const;

const card: Card = {
  text: '`](command:evil) <b>',
  probability: 0.83,
  rank: 1,
  confidence: 'sure',
  instead: [{ id: 1, text: '``` $(bug)', probability: 0.09 }],
  answer: {
    kind: 'copied',
    confidence: 'sure',
    sentence: '',
    unsupported: null,
    ...said,
    plain: said,
  },
  from: [
    { index: 7, line: 3, text: 'total`', share: 0.61 },
    { index: 2, line: 8, text: ' ', share: 0.004 },
  ],
  settled: 'after 3 of 4 layers',
  heads: [
    { name: 'L3H1', role: 'induction', direct: 1.834 },
    { name: 'L2H0', role: '', direct: 0.4 },
  ],
  holds: true,
};

const ref = { record: 'r', index: 9 };
const parts = {
  ref,
  card,
  mode: 'plain',
  changed: false,
  steered: null,
  progress: null,
  error: null,
  footer: 'direct · fp32',
} as const;

/** The text as people read it: links without their targets. */
function read(markdown: string): string {
  return markdown
    .replace(/\]\(command:whence[^)]*\)/g, ']')
    .replaceAll('&nbsp;', ' ')
    .replace(/ +/g, ' ');
}

describe('the text of a hover', () => {
  it('is the card, line by line', () => {
    equal(
      read(hoverText(parts)),
      [
        '**`` `](command:evil)·<b> ``** — p 0\\.83 · 1st choice · sure \n[Explain] · [What would change it?] · [Circuit] · [Mark sources] · [Save as test]',
        'Copied from \\[here\\]\\(command:evil\\) [line 4]`` `x` [a](command:evil) ``',
        '✓ \\*Checked\\*: &lt;img src=x&gt;',
        'From [line 4] `` total` `` ▓▓▓▓▓ 61% [line 9] `·` ▓ <1% *of the context’s support* \nInstead ` ```·$(bug) ` 0\\.09 [Why not…?] \nSettled after 3 of 4 layers \nHeads L3H1 (induction) L2H0',
        '*direct · fp32*',
      ].join('\n\n'),
    );
  });

  it('warns of a name that nothing supports, before the check', () => {
    const answer = { ...card.answer!, unsupported: 'Not supported: <b>.' };
    const text = hoverText({ ...parts, card: { ...card, answer } });
    ok(text.includes('\n\n⚠ Not supported: &lt;b&gt;\\.\n\n✓ '), text);
  });

  it('links to its own commands only, whatever the model wrote', () => {
    const outsideCode = hoverText(parts).replace(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/gs, '');
    const links = [...outsideCode.matchAll(/(?<!\\)\]\((?:command:)?([\w.:/]+)/g)].map((found) => found[1]!);
    ok(links.length > 5);
    for (const link of links) ok((hoverCommands as readonly string[]).includes(link), link);
  });

  it('says that the text above has changed since', () => {
    ok(!hoverText(parts).includes('has changed'));
    ok(
      hoverText({ ...parts, changed: true }).includes('\n\nThe text above has changed since: this is about'),
    );
  });

  it('adds the numbers for experts', () => {
    ok(hoverText({ ...parts, mode: 'expert' }).includes('Heads L3H1 (induction, \\+1\\.83 logits)'));
  });

  it('says what is known so far, and what is being done', () => {
    const early = { ...card, answer: null, from: null, settled: null, heads: null, holds: null };
    const text = read(hoverText({ ...parts, card: early, progress: 'Looking inside the model…' }));
    ok(
      text.includes('\n\n… Looking inside the model… *(point here again in a moment)*\n\nFrom … \nInstead'),
      text,
    );
    ok(text.includes('\nSettled …\n'), text);
    ok(read(hoverText({ ...parts, card: early, error: 'No (model).' })).includes('⚠ No \\(model\\)\\.'));
  });

  it('says that a check is on its way', () => {
    const answer = { ...card.answer!, plain: { ...said, check: null } };
    ok(
      hoverText({ ...parts, card: { ...card, answer, holds: null } }).includes(
        '\n\n… Checking *(point here again in a moment)*\n\n',
      ),
    );
  });

  it('of a stale token claims nothing', () => {
    const text = staleText('a`b\n');
    ok(text.startsWith('**Stale** — here stood ``a`b⏎``'), text);
    ok(!text.includes('p 0'));
  });
});
