import assert from 'node:assert/strict';
import { partName, partNamed } from '../../src/core/change/changeText';
import type { CircuitNode } from '../../src/core/circuitTest';
import { randomGroupsLike } from '../../src/engine/audit/ablate';
import { randomGroupsOf, unavoidable } from '../../src/engine/change/keepOnly';
import { randomFrom } from '../../src/engine/explain/random';
import type { Model } from '../../src/engine/model';

const model = { info: { layers: 4, heads: 4, neurons: 8, hasMlp: true } } as unknown as Model;
const nodes = (names: readonly string[]): CircuitNode[] =>
  names.map((name) => ({ part: partNamed(name) as CircuitNode['part'], positions: 'all' }));
const namesOf = (group: readonly CircuitNode[]) => group.map(({ part }) => partName(part)).sort();

describe('random groups', () => {
  it('are never the group itself and none comes twice, where it has most of a kind', () => {
    const own = ['L0MLP', 'L2MLP', 'L3MLP'];
    for (let seed = 0; seed < 30; seed++) {
      const groups = randomGroupsLike(model, own, 4, [seed]).map((group) => [...group].sort());
      // L1MLP and two of the three: there are three such groups.
      assert.equal(groups.length, 3);
      assert.equal(new Set(groups.map((group) => group.join())).size, 3);
      for (const group of groups) {
        assert.equal(new Set(group).size, 3);
        assert.ok(group.includes('L1MLP'), group.join());
      }
    }
    assert.equal(unavoidable(model, nodes(own)), 2);
  });

  it('are of other parts alone where there are enough', () => {
    const own = ['L0H0', 'L1H3', 'L0N1', 'L2MLP'];
    for (const group of randomGroupsOf(model, nodes(own), 20, randomFrom([3]))) {
      assert.deepEqual(
        namesOf(group).filter((name) => own.includes(name)),
        [],
      );
      assert.deepEqual(
        group.map(({ part }) => part.kind),
        ['head', 'head', 'neuron', 'mlp'],
      );
    }
    assert.equal(unavoidable(model, nodes(own)), 0);
  });

  it('are none where the group has every part of its kinds', () => {
    const own = ['L0MLP', 'L1MLP', 'L2MLP', 'L3MLP'];
    assert.deepEqual(randomGroupsLike(model, own, 4, [0]), []);
    assert.equal(unavoidable(model, nodes(own)), 4);
    // Of mixed kinds the other kind tells the groups apart.
    assert.equal(randomGroupsLike(model, [...own, 'L0H0'], 4, [0]).length, 4);
  });
});
