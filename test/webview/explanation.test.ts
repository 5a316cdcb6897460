import assert from 'node:assert/strict';
import { showSigned } from '../../src/core/display';
import type { PanelState } from '../../src/core/panel';
import { sourceShades } from '../../src/core/shading';
import { headScore } from '../../src/engine/circuit/headScore';
import { openPanel, type PanelPage } from './page';
import { browser, states } from './world';

const box = { theme: 'vscode-dark', width: 300, height: 700 } as const;

/** The first token of the record whose direct attribution its check refutes; some are, because it misses much. */
async function refuted(): Promise<PanelState> {
  for (const { index } of states().tokens.slice(states().first)) {
    const state = await states().state(index, true, undefined, 'direct');
    if (state.explanation!.verification?.holds === false) return state;
  }
  throw new Error('Every check of the record holds.');
}

function strongest(state: PanelState): number {
  const [first] = [...state.explanation!.sources].sort((a, b) => Math.abs(b.score) - Math.abs(a.score));
  return first!.index;
}

describe('explanation view', () => {
  let panel: PanelPage;
  let copied: PanelState;

  beforeEach(async () => {
    panel = await openPanel(browser().context, 'explanation', box);
    copied = await states().state(states().first, true);
  });

  afterEach(async () => {
    assert.deepEqual(
      await panel.page.evaluate(() => window.violations),
      [],
      'the content security policy held',
    );
    await panel.page.close();
  });

  it('says that it listens, once, and shows nothing before it is told something', async () => {
    assert.deepEqual(await panel.posted(), [{ type: 'ready' }]);
    assert.equal((await panel.page.innerText('body')).trim(), '');
  });

  it('says what to do when there is nothing to explain, and does it', async () => {
    await panel.send({ type: 'empty', message: 'Nothing was written yet.' });
    await panel.page.getByText('Nothing was written yet.').waitFor();
    await panel.page.getByRole('button', { name: 'Complete Here' }).click();
    assert.deepEqual((await panel.posted()).at(-1), { type: 'command', command: 'completeHere' });
  });

  it('answers in words: the sentence, its place as a link, the confidence, the check', async () => {
    await panel.show(copied);
    const { page } = panel;
    assert.equal(await page.innerText('.answer'), copied.answer!.sentence);
    assert.equal(await page.innerText('.headline code'), copied.explanation!.target.text);
    assert.match(await page.innerText('.headline'), new RegExp(`${copied.answer!.confidence}$`));
    assert.equal(await page.innerText('.check strong'), 'Sources checked');
    assert.match(await page.innerText('.check'), new RegExp(escaped(copied.answer!.check!)));
    const place = copied.answer!.parts.find((part) => part.kind === 'place')!;
    await page.getByRole('button', { name: place.text, exact: true }).click();
    assert.deepEqual((await panel.posted()).at(-1), { type: 'reveal', index: place.index });
  });

  it('says in a sentence what the lists say of why a head looks somewhere, in the same shares', async () => {
    const { model, ids } = states();
    const query = copied.selected - 1;
    const { layer, head, attention } = copied.explanation!.heads[0]!;
    const result = await headScore(model, { ids, layer, head, query, key: attention[0]!.index });
    await panel.show({ ...copied, asked: { answer: { kind: 'looked', result }, progress: null } });
    const sentence = await panel.page.innerText('.asked p');
    const [, ...named] = [...sentence.matchAll(/(\d+)%/g)].map(([share]) => share);
    assert.ok(named.length >= 2, sentence);
    assert.match(sentence, /Each share is of all pushes, for and against looking there\.$/);
    const listed = await panel.page.locator('.asked table.scores td.number').allInnerTexts();
    for (const share of named) assert.ok(listed.includes(share), `${share} of ${sentence} in ${listed}`);
  });

  it('shows a space that alone tells another token from the token itself', async () => {
    const contrast = ` ${copied.explanation!.target.text}`;
    await panel.show(await states().state(copied.selected, false, contrast));
    const chosen = await panel.page.locator('[data-key="switch-contrast"] option:checked').innerText();
    assert.match(chosen, new RegExp(`rather than ‘·${copied.explanation!.target.text}’`));
  });

  it('says first, and as a warning, that an explanation did not hold', async () => {
    const failed = await refuted();
    await panel.show({ ...failed, mode: 'expert' });
    assert.match(await panel.page.innerText('.answer.warning'), /^⚠\s*The explanation did not hold/);
    assert.match(await panel.page.innerText('header .check'), /^✗\s*◔ attributed\s*Sources not confirmed/);
    const last = panel.page.locator('.checks li').last();
    assert.equal(await last.getByRole('img').getAttribute('aria-label'), 'fails');
    assert.match(await last.innerText(), /not what the answer hangs on/);
  });

  it('shades the sources as the editor does and shows a line in the editor', async () => {
    await panel.show(copied);
    const { page } = panel;
    await page.locator('.fold button').first().click();
    assert.equal(await page.locator('.fold').count(), 0, 'one click unfolds every line');
    const shades = sourceShades(copied.explanation!.sources);
    const marked = await page
      .locator('.sources [class*="for"], .sources [class*="against"]:not(.fill)')
      .count();
    assert.ok(marked >= shades.size, `${marked} marked pieces of ${shades.size} marked tokens`);
    const index = strongest(copied);
    const token = states().tokens[index]!;
    const line = page.locator('.line', {
      has: page.locator('button.number', { hasText: new RegExp(`^${token.line + 1}$`) }),
    });
    assert.equal(await line.locator('.for5').first().innerText(), token.text.trim());
    await line.locator('button.number').click();
    assert.deepEqual((await panel.posted()).at(-1), { type: 'reveal', index });
  });

  it('lets another token be chosen by pointer and by keys, and keeps the focus when the answer comes', async () => {
    await panel.show(copied);
    const { page } = panel;
    const options = page.locator('.strip').getByRole('option');
    assert.equal(await options.count(), states().tokens.length - states().first);
    await options.nth(4).click();
    assert.deepEqual((await panel.posted()).at(-1), { type: 'select', index: states().first + 4 });
    await page.locator('[role=option][aria-selected=true]').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    assert.deepEqual((await panel.posted()).at(-1), { type: 'select', index: states().first + 1 });
    await panel.show(await states().state(states().first + 1, false));
    const focused = await page.evaluate(() => document.activeElement?.getAttribute('data-key'));
    assert.equal(focused, `token-${states().first + 1}`);
  });

  it('shows changed tokens as stale, in words too', async () => {
    const tokens = copied.tokens.map((token) =>
      token.index === copied.first + 1 ? { ...token, stale: true } : token,
    );
    await panel.show({ ...copied, tokens });
    const option = panel.page.locator('.strip').getByRole('option').nth(1);
    assert.match((await option.getAttribute('aria-label'))!, /stale: its text was changed/);
    assert.match(
      await option.evaluate((element) => getComputedStyle(element).textDecorationLine),
      /line-through/,
    );
    await panel.show({
      ...copied,
      tokens,
      selected: copied.first + 1,
      explanation: null,
      answer: null,
      error: 'It was changed.',
    });
    assert.match(await panel.page.getByRole('alert').innerText(), /^✗\s+It was changed\.$/);
  });

  it('says why a question could not be answered and leads to the log', async () => {
    await panel.show({
      ...copied,
      explanation: null,
      answer: null,
      error: 'The engine ended: choose another model.',
    });
    assert.match(await panel.page.getByRole('alert').innerText(), /The engine ended: choose another model\./);
    await panel.page.getByRole('button', { name: 'Show Log' }).click();
    assert.deepEqual((await panel.posted()).at(-1), { type: 'command', command: 'showLog' });
  });

  it('fills in without moving what is read already', async () => {
    const { page } = panel;
    const places = () =>
      page.evaluate(() =>
        ['.strip', '.headline', '.answer'].map((name) =>
          Math.round(document.querySelector(name)!.getBoundingClientRect().top),
        ),
      );
    await panel.show({ ...copied, explanation: null, answer: null, progress: 'Explaining' });
    assert.equal(await page.innerText('.answer'), '…');
    assert.equal(await page.getByRole('status').first().innerText(), 'Explaining');
    const waiting = await places();
    const unchecked = await states().state(copied.selected, false);
    await panel.show({ ...unchecked, progress: 'Checking' });
    assert.match(await page.innerText('.check'), /still running/);
    assert.deepEqual(await places(), waiting);
    const below = () => page.evaluate(() => document.querySelector('.body')!.getBoundingClientRect().top);
    const before = await below();
    await panel.show(copied);
    assert.deepEqual(await places(), waiting);
    const line = 19;
    assert.ok(Math.abs((await below()) - before) <= line, 'the check fills the lines that were kept for it');
  });

  it('says in plain words what brought the token about, and of what the shares are', async () => {
    await panel.show({ ...copied, mode: 'plain' });
    const rows = await panel.page.locator('.kinds > [role="listitem"]').allInnerTexts();
    assert.match(rows.join('\n'), /Read from the text above\s+\d+%.*Known from training\s+\d+%/s);
    const shares = rows.map((row) => Number(/(\d+)%/.exec(row)![1]));
    const whole = shares.reduce((sum, share) => sum + share, 0);
    assert.ok(Math.abs(whole - 100) <= 2, `${whole}%`);
    assert.match(await panel.page.innerText('.summary .legend'), /of all pushes, for and against/);
  });

  it('tells experts what to keep in mind about the numbers of a method', async () => {
    const deleted = await states().state(copied.selected, false, undefined, 'occlusion');
    assert.ok(deleted.explanation!.warnings.length > 0);
    const shown = () => panel.page.locator('.mind span:not(.icon)').allInnerTexts();
    await panel.show({ ...deleted, mode: 'expert' });
    assert.deepEqual(await shown(), deleted.explanation!.warnings);
    await panel.show({ ...deleted, mode: 'plain' });
    assert.deepEqual(await shown(), []);
  });

  it('says what the token is compared with, and leads back', async () => {
    const compared = await states().state(copied.selected, true, 'keys');
    await panel.show({ ...compared, mode: 'expert' });
    assert.match(await panel.page.innerText('.contrast'), /^Why it rather than keys \(p 0\.\d+\)/);
    const total = panel.page.locator('.remainder .signed').last();
    assert.match((await total.getAttribute('title'))!, /^The logit of the token minus that of ‘keys’/);
    await panel.page.getByRole('button', { name: 'Explain it by itself' }).click();
    assert.deepEqual((await panel.posted()).at(-1), { type: 'select', index: copied.selected });
    await panel.show(copied);
    assert.equal(await panel.page.locator('.contrast').count(), 0);
  });

  it('asks for the other mode, and for why not', async () => {
    await panel.show(copied);
    await panel.page.getByRole('button', { name: 'Expert' }).click();
    await panel.page.getByRole('button', { name: 'Why not…?' }).click();
    await panel.page.getByRole('button', { name: 'Show Circuit' }).click();
    assert.deepEqual((await panel.posted()).slice(1), [
      { type: 'mode', mode: 'expert' },
      { type: 'command', command: 'whyNot' },
      { type: 'command', command: 'showCircuit' },
    ]);
  });

  it('never reads text of the model as markup', async () => {
    const hostile = "<img src=x onerror=\"window.posted.push({type:'copy',text:'run'})\"><b>";
    const tokens = copied.tokens.map((token) => ({ ...token, text: hostile }));
    const explanation = { ...copied.explanation!, target: { ...copied.explanation!.target, text: hostile } };
    const parts = [{ kind: 'words' as const, text: hostile }];
    const answer = { ...copied.answer!, sentence: hostile, parts, plain: { parts, check: hostile } };
    for (const mode of ['plain', 'expert'] as const) {
      await panel.show({ ...copied, mode, tokens, explanation, answer, error: hostile, progress: hostile });
      assert.equal(await panel.page.locator('img, b').count(), 0);
      assert.equal(await panel.page.innerText('.answer'), hostile);
    }
    assert.deepEqual(await panel.posted(), [{ type: 'ready' }]);
  });

  it('avoids the field’s vocabulary in plain words, in what the pointer is told too', async () => {
    const words = `[document.body.innerText, ...[...document.querySelectorAll('[title], [aria-label]')]
      .flatMap((each) => [each.title, each.getAttribute('aria-label') ?? ''])].join(' | ')`;
    await panel.show({ ...copied, mode: 'expert' });
    assert.match(String(await panel.page.evaluate(words)), /MLP[\s\S]*logit|logit[\s\S]*MLP/);
    await panel.show({ ...copied, mode: 'plain' });
    const plain = String(await panel.page.evaluate(words));
    const found = /.{0,60}\b(MLPs?|logits?|residual|attribut\w+|embedding|softmax|ablat\w+)\b.{0,60}/i.exec(
      plain,
    );
    assert.equal(found, null);
  });

  it('is there again after a reload, before the host has said a word', async () => {
    await panel.show({ ...copied, mode: 'expert' });
    await panel.page.locator('[data-key="cell-L0MLP"]').click();
    await panel.page.reload();
    assert.equal(await panel.page.innerText('.answer'), copied.answer!.sentence);
    assert.match(await panel.page.innerText('.detail'), /^L0MLP/);
  });

  describe('for experts', () => {
    beforeEach(() => panel.show({ ...copied, mode: 'expert' }));

    it('has a cell for every part, walked with the arrows, that opens what the part did', async () => {
      const { page } = panel;
      const { components, heads } = copied.explanation!;
      assert.equal(await page.getByRole('gridcell').count(), components.length);
      await page.locator('[data-key="cell-L2H0"]').click();
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      const trace = heads.find(({ layer, head }) => layer === 3 && head === 1)!;
      const detail = await page.innerText('.detail');
      assert.match(
        detail,
        new RegExp(`^L3H1 \\(layer 3, head 1\\) brought ${escaped(showSigned(trace.direct))}`),
      );
      const [best] = [...trace.bySource].sort((a, b) => Math.abs(b.score) - Math.abs(a.score));
      assert.ok(detail.includes(showSigned(best!.score)), detail);
      await page.locator('.detail button.link').first().click();
      assert.equal((await panel.posted()).at(-1)!.type, 'reveal');
    });

    it('shows the first choice at every depth and where it settled', async () => {
      const { lens, settled } = copied.explanation!;
      const rows = panel.page.locator('.lens tbody tr');
      assert.equal(await rows.count(), lens.length);
      assert.match(await panel.page.innerText('.lens tr.settled'), new RegExp(`^layer ${settled! - 1}\\b`));
      const label = await panel.page.locator('.ranks').getAttribute('aria-label');
      assert.ok(label!.endsWith(lens.map(({ rank }) => rank).join(', ')), label!);
    });

    it('draws the attention of heads that carry the answer, in words for who cannot see it', async () => {
      const [first] = copied.explanation!.heads;
      const picture = panel.page.locator('.attention svg').first();
      assert.match(
        (await picture.getAttribute('aria-label'))!,
        new RegExp(`^L${first!.layer}H${first!.head} looked from`),
      );
      assert.ok((await picture.locator('.arc').count()) > 0);
    });

    it('lists every identity and the experiment', async () => {
      const items = panel.page.locator('.checks li');
      assert.equal(await items.count(), copied.explanation!.checks.length + 1);
      for (const check of copied.explanation!.checks) {
        assert.ok((await panel.page.innerText('.checks')).includes(check.name));
      }
    });

    it('says of every number what it is', async () => {
      const mute = await panel.page.evaluate(() =>
        [...document.querySelectorAll('.number, .signed, .bar')]
          .filter(
            (element) =>
              element.textContent !== '' && !element.closest('[title]') && !element.closest('thead'),
          )
          .map((element) => element.outerHTML),
      );
      assert.deepEqual(mute, []);
    });

    it('keeps a closed section closed', async () => {
      await panel.page.locator('[data-key="section-Lens"]').click();
      await panel.show({ ...copied, mode: 'expert' });
      assert.equal(await panel.page.locator('.lens').isVisible(), false);
      assert.equal(await panel.page.locator('.grid').isVisible(), true);
    });
  });
});

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
