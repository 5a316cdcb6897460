import assert from 'node:assert/strict';
import { defaultSettings, type Method } from '../../src/core/explanation';
import { attributeDirectly } from '../../src/engine/explain/direct';
import { Distribution } from '../../src/engine/explain/distribution';
import { ablatedLogits } from '../../src/engine/explain/methods/ablate';
import type { Asked, Attributed } from '../../src/engine/explain/methods/method';
import { attributionMethods } from '../../src/engine/explain/methods/methods';
import { partNamed } from '../../src/engine/explain/methods/parts';
import { tokenMetric } from '../../src/engine/explain/metric';
import { blockHooks, hookOf, traceOf } from '../../src/engine/explain/trace';
import type { Model } from '../../src/engine/model';
import { bracket, brackets } from '../handbuilt/brackets';
import { auroc } from '../handbuilt/edgeScores';
import { induction } from '../handbuilt/induction';
import { type Mechanism, mechanisms } from '../handbuilt/mechanisms';
import { backup, cancelling, trap } from '../handbuilt/traps';
import type { HandBuilt } from '../handbuilt/weights';

/** Of models that somebody wrote, it is known which parts do what. */
describe('models of known mechanism', () => {
  const models: Model[] = [];
  afterEach(async () => {
    for (const model of models.splice(0)) await model.close();
  });

  /** A question to a model: its target, or its target rather than a contrast, after these tokens. */
  async function about(
    built: HandBuilt,
    ids: readonly number[],
    target: number,
    contrast: number | null = null,
  ): Promise<Asked> {
    const model = await built.load();
    models.push(model);
    const trace = await traceOf(model, ids);
    const metric = tokenMetric({ target, contrast });
    const total = metric.valueOf(trace.logits);
    const direct = await attributeDirectly(model, trace, metric.weightsAt(trace.logits));
    const settings = { ...defaultSettings, ablation: 'zero' as const };
    return { model, trace, metric, total, direct, settings };
  }

  const by = (method: Method, asked: Asked): Promise<Attributed> => attributionMethods[method](asked);
  const probability = ({ trace }: Asked, id: number) => new Distribution(trace.logits).probabilityOf(id);

  const [inducing, matching, closing, moving] = mechanisms as readonly [
    Mechanism,
    Mechanism,
    Mechanism,
    Mechanism,
  ];
  const known = ({ build, ids, target, contrast }: Mechanism) => about(build(), ids, target, contrast);
  const { ids: inductionIds } = inducing;

  it('induction: ablation finds both heads and only them; the copied token has it all', async () => {
    const asked = await known(inducing);
    assert.ok(probability(asked, 4) > 0.99);
    const { totals, sources } = await by('ablation', asked);
    assert.equal(auroc(totals!, inducing.parts), 1);
    const without = asked.total - totals!.get('L0H0')!;
    assert.ok(without < 0.2 * asked.total, 'without the previous-token head');
    // What is copied, what it stood behind, and the token that asks for it.
    assert.equal(auroc(byIndex(sources), ['1', '2', '6']), 1);

    const secant = await by('secant', asked);
    assert.ok(secant.sources[2]!.score > 0.99 * asked.total);
    assert.ok(asked.direct.fetched[2]!.score > 0.99 * asked.total);
  });

  it('induction: the heads look where they were made to look', async () => {
    const { trace } = await known(inducing);
    const weight = (layer: number, query: number, key: number) =>
      hookOf(trace.hooks, blockHooks.pattern(layer)).data[query * inductionIds.length + key]!;
    for (let query = 1; query < inductionIds.length; query++) assert.ok(weight(0, query, query - 1) > 0.999);
    assert.ok(weight(1, 6, 2) > 0.999);
  });

  it('trap, held patterns: secant does not see the head behind the induction head, and says so', async () => {
    const asked = await known(inducing);
    const { totals, warnings } = await by('secant', asked);
    assert.equal(totals!.get('L0H0'), 0);
    assert.ok(warnings.some((warning) => warning.includes('patterns are held')));
  });

  it('held patterns solved: where attention is not saturated, following it finds the head behind the head', async () => {
    const asked = await about(induction({ sharpness: 3 }), inductionIds, 4);
    assert.equal((await by('secant', asked)).totals!.get('L0H0'), 0);
    const { totals, warnings } = await by('secant-attention', asked);
    assert.equal(auroc(totals!, ['L0H0', 'L1H0']), 1);
    assert.ok(totals!.get('L0H0')! > 0.1 * asked.total);
    assert.ok(warnings.some((warning) => warning.includes('saturated')));
  });

  it('trap, saturated softmax: gradients vanish at the head, ablation finds it, and gradients are warned of', async () => {
    const asked = await known(inducing);
    const gradient = await by('gradient-input', asked);
    assert.ok(Math.abs(gradient.totals!.get('L0H0')!) < 1e-6 * asked.total);
    assert.ok(gradient.warnings.some((warning) => warning.includes('saturated')));
    const ablation = await by('ablation', asked);
    assert.ok(ablation.totals!.get('L0H0')! > 0.5 * asked.total);
  });

  it('trap, large and orthogonal: the size of an activation ranks nothing', async () => {
    const asked = await known(inducing);
    const written = (layer: number, head: number) => {
      // What the heads write: the wasteful one writes fifty times what it reads.
      const { data } = hookOf(asked.trace.hooks, blockHooks.z(layer));
      const at = (asked.trace.query * 2 + head) * 24;
      return Math.hypot(...data.subarray(at, at + 24)) * (head === 1 ? 50 : 1);
    };
    assert.ok(written(1, 1) > 10 * written(1, 0));
    for (const method of ['secant', 'gradient-input', 'ablation'] as const) {
      const { totals } = await by(method, asked);
      assert.ok(Math.abs(totals!.get('L1H1')!) < 1e-5 * asked.total, method);
    }
    const direct = asked.direct.components.find(({ name }) => name === 'L1H1')!.direct;
    assert.ok(Math.abs(direct) < 1e-5 * asked.total);
  });

  it('trap, no MLPs: none is reported, and asking for one is refused', async () => {
    const asked = await known(inducing);
    assert.equal(asked.model.info.hasMlp, false);
    const { totals } = await by('secant', asked);
    assert.deepEqual([...totals!.keys()], ['L0H0', 'L0H1', 'L1H0', 'L1H1']);
    assert.ok(asked.direct.components.every(({ name }) => !name.endsWith('MLP')));
    assert.throws(() => partNamed(asked.model, 'L0MLP'), /has no part L0MLP: .* no MLPs\.$/);
  });

  const { begin, open, close, letter } = bracket;

  it('bracket matcher: the counting head and the neuron are found, and the brackets', async () => {
    const asked = await known(matching);
    assert.ok(asked.total > 1);
    const balanced = await about(brackets(), [begin, open, letter, close], close, bracket.end);
    assert.ok(balanced.total < -1);
    for (const method of ['secant', 'ablation'] as const) {
      const { totals, sources } = await by(method, asked);
      assert.equal(auroc(totals!, matching.parts), 1, method);
      assert.equal(auroc(byIndex(sources), ['1', '3', '4']), 1, method);
    }
  });

  it('trap, saturated step: one warns that the biases have the score, ablation finds the head', async () => {
    const asked = await about(brackets({ saturated: true }), matching.ids, close, bracket.end);
    const { totals, warnings } = await by('secant', asked);
    assert.ok(Math.abs(totals!.get('L0H0')!) < 1e-4);
    assert.ok(warnings.some((warning) => warning.includes('biases')));
    const ablation = await by('ablation', asked);
    assert.equal(auroc(ablation.totals!, ['L0H0', 'L0MLP']), 1);
    const integrated = await by('integrated-gradients', asked);
    assert.equal(auroc(byIndex(integrated.sources), ['1', '3', '4']), 1);
  });

  it('quote closer: the neurons that see it, the head that copies it, the last quote', async () => {
    const asked = await known(closing);
    assert.ok(asked.total > 5);
    for (const method of ['secant', 'ablation'] as const) {
      const { totals, sources } = await by(method, asked);
      assert.equal(auroc(totals!, closing.parts), 1, method);
      assert.equal(auroc(byIndex(sources), ['5']), 1, method);
    }
  });

  it('docstring argument mover: three heads in three layers', async () => {
    const asked = await known(moving);
    assert.ok(probability(asked, moving.target) > 0.99);
    const { totals } = await by('ablation', asked);
    assert.equal(auroc(totals!, moving.parts), 1);
    const { sources } = await by('secant', asked);
    assert.ok(sources[4]!.score > 0.99 * asked.total);
  });

  it('trap, cancelling paths: the token seems to bring nothing, its two heads show what it does', async () => {
    const asked = await about(cancelling(), [trap.begin, trap.cause, trap.other], trap.effect, trap.other);
    for (const method of ['secant', 'ablation'] as const) {
      const { totals, sources } = await by(method, asked);
      assert.ok(Math.abs(sources[1]!.score) < 1e-5, method);
      assert.ok(totals!.get('L0H0')! > 4.9 && totals!.get('L0H1')! < -4.9, method);
    }
  });

  it('trap, backup head: alone neither matters, together they do; the warning says it', async () => {
    const asked = await about(backup(), [trap.begin, trap.cause, trap.other], trap.effect, trap.other);
    const { totals, warnings } = await by('ablation', asked);
    const heads = ['L0H0', 'L0H1'] as const;
    for (const name of heads) assert.ok(Math.abs(totals!.get(name)!) < 1e-4, name);
    assert.ok(warnings.some((warning) => warning.includes('backup')));
    const joint = heads.map((name) => partNamed(asked.model, name));
    const [logits] = await ablatedLogits(asked, [joint], 'zero');
    assert.ok(asked.total - asked.metric.valueOf(logits!) > 9);
    const secant = await by('secant', asked);
    assert.ok(secant.totals!.get('L0H0')! > 9);
  });
});

function byIndex(sources: Attributed['sources']): Map<string, number> {
  return new Map(sources.map(({ index, score }) => [String(index), score]));
}
