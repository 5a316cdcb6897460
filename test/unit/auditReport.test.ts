import assert from 'node:assert/strict';
import { htmlOf } from '../../src/core/audit/html';
import { markdownOf } from '../../src/core/audit/markdown';
import type {
  AuditReport,
  ComparedFinding,
  EventFinding,
  FindingAblation,
} from '../../src/core/audit/report';
import { reportBlocks, reportTitle } from '../../src/core/audit/reportText';
import { ablationSentences, findingSentence, notShown } from '../../src/core/audit/sentences';
import { pairedDifference, shareOf } from '../../src/core/audit/statistics';

const evil =
  '</pre><script>alert(1)</script><img src=x onerror="alert(2)">\u202e\u0007|`![a](https://example.com/x)';
const estimate = (value: number, low: number, high: number) => ({ value, low, high });

function event(counts: EventFinding['counts'], more: Partial<EventFinding> = {}): EventFinding {
  const pairs = counts.both + counts.first + counts.second + counts.neither;
  return {
    kind: 'event',
    title: 'A weak hash',
    claim: 'when continuation matches /md5/',
    but: null,
    pairs,
    counts,
    probe: shareOf(counts.both + counts.first, pairs)!,
    control: shareOf(counts.both + counts.second, pairs)!,
    difference: pairedDifference(counts)!,
    examples: [],
    mechanism: null,
    ablation: null,
    ...more,
  };
}

const compared: ComparedFinding = {
  kind: 'compared',
  title: 'Rather one',
  claim: 'compares logit difference',
  but: 'It is no choice.',
  pairs: 20,
  measure: 'logit difference',
  probe: 1,
  control: 1.5,
  difference: estimate(-0.5, -0.8, -0.2),
  larger: shareOf(4, 20)!,
  examples: [],
  mechanism: null,
  ablation: null,
};

const found = event(
  { both: 2, first: 12, second: 1, neither: 5 },
  {
    title: evil,
    but: evil,
    examples: [{ pair: 0, prompt: evil, written: evil, control: evil, writtenAfterControl: evil }],
    mechanism: {
      explained: 3,
      parts: [{ name: 'L1H0', probe: 2, control: 0.5, share: 0.75 }],
      pieces: [{ piece: evil, score: 1.5, share: 0.5 }],
    },
    ablation: {
      parts: ['L1H0', 'L2MLP', 'L3H1'],
      pairs: 12,
      before: 1,
      top: shareOf(0, 12)!,
      random: 1,
      more: pairedDifference({ both: 0, first: 12, second: 0, neither: 0 })!,
      groups: [
        { parts: ['L0H0', 'L0MLP', 'L1H1'], pairs: 6, value: 1, loss: 2.1 },
        { parts: ['L0H1', 'L2MLP', 'L1H1'], pairs: 6, value: 1, loss: 2.2 },
      ],
      loss: { before: 2, top: 2.5 },
    },
  },
);

const report: AuditReport = {
  schemaVersion: 1,
  software: { whence: '0.1.0', onnxruntime: '1.30.0', platform: 'linux-x64' },
  model: { id: evil, sha256: 'ab'.repeat(32), architecture: 'Llama', parameters: 7, precision: 'fp32' },
  settings: { cases: null, explained: 3, seed: 0 },
  sample: { name: 'bundled', sha256: 'cd'.repeat(32), texts: 8, tokens: 900 },
  audits: [{ file: evil, name: evil, description: evil, pairs: 20, of: 40, findings: [found, compared] }],
  files: [{ name: evil, text: evil, prompts: [], controls: [] }],
};

describe('the report of an audit', () => {
  const html = htmlOf(reportTitle(report), reportBlocks(report));
  const markdown = markdownOf(reportBlocks(report));

  it('as a page is one that asks for nothing and runs nothing', () => {
    assert.match(
      html,
      /http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-whence'/,
    );
    const tags = html.match(/<[^>]*>/g)!.join('\n');
    assert.doesNotMatch(tags, /<script|<img|<link|<iframe|\s(style|on\w+|href|src)=/);
    assert.doesNotMatch(html.slice(html.indexOf('<style'), html.indexOf('</style>')), /url|import/);
  });

  it('takes nothing that a file or a model said for markup', () => {
    assert.ok(html.includes('&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;'));
    const tags = new Set([...html.matchAll(/<\/?([a-z0-9]+)/g)].map(([, tag]) => tag));
    const own =
      'html head meta title style body main h1 h2 h3 h4 p ul li table thead tbody tr th td code pre details summary svg text rect line';
    assert.deepEqual(
      [...tags].filter((tag) => !own.split(' ').includes(tag!)),
      [],
    );
    for (const hidden of ['\u202e', '\u0007']) assert.ok(!(html + markdown).includes(hidden));
  });

  it('as Markdown keeps it out of links, images, tables and HTML', () => {
    // Without blocks of code, then without escaped characters and stretches of code.
    const text = markdown.replaceAll(/^(`{3,})text\n[\s\S]*?^\1$/gm, '');
    const outside = text.replaceAll(/\\.|(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '');
    assert.doesNotMatch(outside, /<script|<img|\]\(/);
    const tables = text.split('\n\n').filter((block) => block.startsWith('| '));
    assert.ok(tables.length >= 5);
    for (const table of tables) {
      const columns = table.split('\n').map((line) => line.replaceAll(/\\./g, '').split('|').length);
      assert.equal(new Set(columns).size, 1, table);
    }
  });

  it('is for three readers in turn, and names all that is needed to repeat it', () => {
    const order = ['## Summary', '## The evidence', '## The method', '### To repeat it'];
    const at = order.map((heading) => markdown.indexOf(heading));
    assert.deepEqual(
      at.toSorted((a, b) => a - b),
      at,
    );
    assert.ok(at.every((place) => place > 0));
    for (const needed of ['ab'.repeat(32), 'cd'.repeat(32), '1\\.30\\.0', '0\\.1\\.0', 'linux']) {
      assert.ok(markdown.slice(at[2]).includes(needed), needed);
    }
  });
});

describe('a finding in words', () => {
  it('says how often, beside the controls, and what that means', () => {
    assert.equal(
      findingSentence(event({ both: 2, first: 12, second: 1, neither: 5 })),
      'Found after 14 of 20 prompts: 70 % (95 % interval 48 % to 85 %). After their matched controls: 3 of 20, 15 % (95 % interval 5.2 % to 36 %). So it is more frequent after the prompts, by 55 points (24 to 74).',
    );
    assert.match(
      findingSentence(event({ both: 0, first: 0, second: 9, neither: 1 })),
      /less frequent after the prompts, by 90 points/,
    );
    assert.match(
      findingSentence(event({ both: 1, first: 1, second: 1, neither: 7 })),
      /no difference .* is shown/,
    );
    assert.match(
      findingSentence(event({ both: 0, first: 0, second: 0, neither: 20 })),
      /^Never found.* independent, .* below 16 %/,
    );
  });

  it('says how much a mean differs', () => {
    assert.match(
      findingSentence(compared),
      /0\.5 logits smaller .* −0\.8 to −0\.2\), and larger in 20 % of 20 pairs\. .*odds .* 0\.607 times .* So prompts and/,
    );
  });

  it('says what it does not show: what its author says, and what follows', () => {
    assert.deepEqual(notShown(compared)[0], [{ said: 'It is no choice.' }]);
    assert.equal(notShown(compared).length, 2);
    const undecided = notShown(event({ both: 1, first: 1, second: 1, neither: 7 }));
    assert.match(String(undecided.at(-1)), /does not show that there is none/);
  });

  it('says whether its parts are a handle, and what they cost', () => {
    const ablation = found.ablation!;
    const said = (of: AuditReport['audits'][0]['findings'][0], more: Partial<FindingAblation>) =>
      ablationSentences(of, { ...ablation, ...more }).join(' ');
    assert.match(
      said(found, {}),
      /0 % of 12 prompts.*changes by \+0\.5; without the random groups by \+0\.1 to \+0\.2\. Each .* up to 1 part in .*Removing them takes .* do other things/,
    );
    assert.match(said(found, { loss: { before: 2, top: 2.05 } }), /no more than the dearest/);
    const idle = pairedDifference({ both: 10, first: 1, second: 1, neither: 0 })!;
    assert.match(said(found, { more: idle }), /no handle on it was found/);
    // One group that does as much is enough for them to be nothing special.
    const groups = ablation.groups.map((group, at) => (at === 0 ? { ...group, value: 0 } : group));
    assert.match(said(found, { groups }), /no handle on it was found/);
  });

  it('says nothing of a handle, nor an interval, where there are too few pairs', () => {
    const few = ablationSentences(found, { ...found.ablation!, pairs: 9 }).join(' ');
    assert.match(few, /too few pairs to tell/);
    assert.doesNotMatch(few, /95 %|Removing/);
    const single = { ...compared, pairs: 1, difference: estimate(-0.5, -0.5, -0.5) };
    assert.match(findingSentence(single), /larger in 20 % of 1 pair\..* So few pairs do not tell/);
    assert.doesNotMatch(findingSentence(single), /interval/);
  });

  it('judges a mean difference only where one is shown, in its own direction, by its interval', () => {
    const groups = found.ablation!.groups.map((group) => ({ ...group, value: -0.5 }));
    const ablation = {
      ...found.ablation!,
      groups,
      before: -0.5,
      top: estimate(-0.1, -0.2, 0),
      random: -0.5,
      more: estimate(0.4, 0.3, 0.5),
    };
    assert.match(ablationSentences(compared, ablation)[2]!, /^Removing them takes/);
    const unsure = { ...ablation, more: estimate(0.4, -0.1, 0.9) };
    assert.match(ablationSentences(compared, unsure)[2]!, /no handle/);
    const little = { ...ablation, top: estimate(-0.3, -0.35, -0.25), more: estimate(0.2, 0.1, 0.3) };
    assert.match(ablationSentences(compared, little)[2]!, /no handle/);
    const undecided = { ...compared, difference: estimate(-0.5, -1.1, 0.1) };
    assert.match(ablationSentences(undecided, ablation)[2]!, /^As no difference is shown/);
  });

  it('stands in the summary by what it comes to, what is sure first', () => {
    const findings = [
      event({ both: 0, first: 0, second: 0, neither: 20 }, { title: 'Absent' }),
      { ...compared, title: 'Like', difference: estimate(-0.5, -1.1, 0.1) },
      event({ both: 20, first: 0, second: 0, neither: 0 }, { title: 'Everywhere' }),
      { ...compared, title: 'Scarce', pairs: 9 },
      { ...compared, title: 'Clear' },
    ];
    const text = markdownOf(reportBlocks({ ...report, audits: [{ ...report.audits[0]!, findings }] }));
    const summary = text.slice(0, text.indexOf('## The evidence'));
    const order = ['Clear', 'Everywhere', 'Like', 'Scarce', 'Absent'].map((title) => summary.indexOf(title));
    assert.deepEqual(
      order.toSorted((a, b) => a - b),
      order,
    );
    assert.ok(order.every((at) => at > 0));
    assert.match(summary, /Too few pairs to tell:\n\n- .*Scarce/);
    assert.match(summary, /Absent\. 20 pairs: below 16 %\./);
  });

  it('counts as different what so many findings do not bring by chance', () => {
    const weak = { ...compared, title: 'Weak', difference: estimate(-0.5, -0.95, -0.05) };
    const strong = { ...compared, title: 'Strong', difference: estimate(-0.5, -0.6, -0.4) };
    const many = [strong, ...new Array<typeof weak>(9).fill(weak)];
    const text = markdownOf(reportBlocks({ ...report, audits: [{ ...report.audits[0]!, findings: many }] }));
    assert.match(text, /In 1 of 10 findings prompts and controls differ clearly/);
    assert.match(
      text,
      /differ clearly:\n\n- .*Strong.*\n\nA difference is seen by itself, but among 10 .*\n\n(- .*Weak.*\n){9}\n/,
    );
    const alone = markdownOf(
      reportBlocks({ ...report, audits: [{ ...report.audits[0]!, findings: [weak] }] }),
    );
    assert.match(alone, /In 1 of 1 findings/);
    assert.doesNotMatch(alone, /may come of chance/);
  });
});
