import assert from 'node:assert/strict';
import { replicates } from '../../src/core/audit/journal';
import { pairedDifference } from '../../src/core/audit/statistics';
import { FindingTally } from '../../src/engine/audit/findings';
import { auditOf, jointSlots } from '../../src/engine/audit/subjects';
import { CarriedTally, MeanTally } from '../../src/engine/audit/tally';
import { knownText, sourceOf } from './support/knownAudit';

describe('what an audit keeps in memory', () => {
  it('is as much after thousands of pairs as after ten', () => {
    const audit = auditOf(sourceOf('a.audit', knownText));
    const sizes = [10, 3000].map((pairs) => {
      const tallies = audit.file.findings.map(
        (_, finding) => new FindingTally({ ...audit, pairs: 3 }, finding, [0]),
      );
      for (let at = 0; at < pairs; at++) {
        const side = { text: 'x', ids: [1], values: [0.5, false, true, 1] };
        for (const tally of tallies)
          tally.add({ kind: 'pair', file: 0, pair: at % 3, probe: side, control: side });
      }
      return JSON.stringify(tallies).replaceAll(/\d+(\.\d+)?(e[+-]\d+)?/g, '1').length;
    });
    assert.equal(sizes[0], sizes[1]);
  });

  it('gives a mean and an interval as a normal one would be', () => {
    const mean = new MeanTally([7]);
    const values = Array.from({ length: 400 }, (_, at) => Math.sin(at * 12.9898) * 3 + 1);
    for (const value of values) mean.add(value);
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / (values.length - 1);
    const half = 1.96 * Math.sqrt(variance / values.length);
    const { value, low, high } = mean.estimate();
    assert.equal(value, average);
    // The ends of a percentile interval of so many replicates stray by a few per cent of its width.
    assert.ok(replicates >= 1000);
    assert.ok(
      Math.abs(low - (average - half)) < 0.15 * half && Math.abs(high - (average + half)) < 0.15 * half,
    );
  });

  it('takes values of one cluster as hardly more than one observation', () => {
    const values = Array.from({ length: 400 }, (_, at) => Math.sin((at % 10) * 12.9898));
    const widths = [undefined, 10].map((clusters) => {
      const mean = new MeanTally([7]);
      for (const [at, value] of values.entries()) mean.add(value, clusters && at % clusters);
      const { low, high } = mean.estimate();
      return high - low;
    });
    // Ten values, each forty times: the interval is as many times wider as the root of forty.
    assert.ok(Math.abs(widths[1]! / widths[0]! / Math.sqrt(40) - 1) < 0.2, widths.join());
  });

  it('gives differences the widest interval of pairs and of the rows of a slot', () => {
    const names = Array.from({ length: 8 }, (_, at) => `"n${at}" and "m${at}"`).join(', ');
    const uses = Array.from({ length: 8 }, (_, at) => `"u${at}"`).join(', ');
    const file = knownText
      .replace(/slot .*/, `slot word and other: ${names}\nslot use: ${uses}`)
      .replaceAll('x = ', '{use} = ');
    const audit = auditOf(sourceOf('named.audit', file));
    const [event, , , compared] = audit.file.findings.map(
      (_, finding) => new FindingTally(audit, finding, [0]),
    ) as [FindingTally, FindingTally, FindingTally, FindingTally];
    const counts = { both: 0, first: 0, second: 0, neither: 0 };
    for (let pair = 0; pair < audit.pairs; pair++) {
      // All uses of a name do the same: eight observations, not 64.
      const high = Math.floor(pair / 8) % 2 === 0;
      const side = (found: boolean) => ({
        text: '',
        ids: [],
        values: [found ? 1 : 2, false, false, Number(found)],
      });
      for (const tally of [event, compared])
        tally.add({ kind: 'pair', file: 0, pair, probe: side(high), control: side(false) });
      counts[high ? 'first' : 'neither']++;
    }
    for (const tally of [event, compared]) {
      const { difference } = tally.measured()!;
      assert.equal(difference.value, 0.5);
      assert.ok(difference.high - difference.low > 0.5, JSON.stringify(difference));
    }
    const naive = pairedDifference(counts)!;
    assert.ok(naive.high - naive.low < 0.3);
  });
});

describe('slots that are filled together', () => {
  it('are one source where the one is in the place of the other', () => {
    const joint = (declaration: string, prompt: string, control: string) => {
      const text = knownText
        .replace(/slot .*/, `slot ${declaration}`)
        .replace(/prompt .*/, `prompt "${prompt}"`)
        .replace(/control .*/, `control "${control}"`);
      return [...jointSlots(auditOf(sourceOf('a.audit', text)))];
    };
    assert.deepEqual(joint('a and b: "1" and "2"', 'x{a}', 'x{b}'), [
      ['{a}', '{a} / {b}'],
      ['{b}', '{a} / {b}'],
    ]);
    assert.deepEqual(joint('a: "1", "2"', 'x{a}', 'y{a}'), []);
    // Nothing tells which of the two is in the place of the third.
    assert.deepEqual(joint('a and b and c: "1" and "2" and "3"', '{a}{b}', '{c}'), []);
  });
});

describe('what carries a finding', () => {
  const parts = ['L0H0', 'L0H1', 'L0MLP'];
  const side = (values: readonly number[], pieces: readonly (readonly [string, number])[]) => ({
    total: 0,
    parts: values,
    pieces,
  });

  it('is what makes the mean difference and not what works against it', () => {
    const tally = new CarriedTally(parts, -1);
    tally.add({ probe: side([5, 1, 0], []), control: side([1, 2, 3], []) });
    const found = tally.mechanism()!.parts;
    assert.deepEqual(
      found.map(({ name }) => name),
      ['L0MLP', 'L0H1', 'L0H0'],
    );
    assert.equal(found[2]!.share, 0.5);
  });

  it('of a comparison is prompt minus control by source, over the pairs that have it', () => {
    const tally = new CarriedTally(parts, 1);
    const none = [0, 0, 0];
    tally.add({
      probe: side(none, [
        ['{she}', 3],
        ['line 1: a({she}', 4],
      ]),
      control: side(none, [
        ['{he}', 1],
        ['line 1: a({he}', 3],
      ]),
    });
    tally.add({ probe: side(none, [['line 1: a({she}', 2]]), control: side(none, [['line 1: a({he}', 3]]) });
    assert.deepEqual(
      tally.mechanism()!.pieces.map(({ piece, score }) => [piece, score]),
      [
        ['{she}', 3],
        ['{he}', -1],
        ['line 1: a({she}', 0],
      ],
    );
    const joint = new CarriedTally(
      parts,
      1,
      new Map([
        ['{she}', 'both'],
        ['{he}', 'both'],
      ]),
    );
    joint.add({ probe: side(none, [['{she}', 3]]), control: side(none, [['{he}', 1]]) });
    assert.deepEqual(
      joint.mechanism()!.pieces.map(({ piece, score }) => [piece, score]),
      [['both', 2]],
    );
    const event = new CarriedTally(parts, null, new Map([['a', 'both']]));
    event.add({ probe: side(none, [['a', 3]]), control: side(none, [['a', 1]]) });
    event.add({ probe: side(none, [['b', 1]]), control: side(none, [['a', 1]]) });
    assert.deepEqual(
      event.mechanism()!.pieces.map(({ piece, score }) => [piece, score]),
      [
        ['a', 3],
        ['b', 1],
      ],
    );
  });
});
