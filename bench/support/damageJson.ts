type Value = Record<string | number, unknown>;

const odd: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    0.5,
    1,
    7,
    2 ** 31,
    2 ** 53,
    1e308,
    '',
    'x',
    '\u0000\ud800',
    '../../etc/passwd',
  ],
  ...['__proto__', 'constructor', '12', '(a+)+$', 'x'.repeat(100_000), [], {}, [[]], [null], [{}], { a: {} }],
  ...[Array(1000).fill(0), Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, i]))],
];

/** Stands for brackets inside one another, more than any reader should follow. */
const deep = '"deeper than the sea"';
const depths = [10, 100, 100_000];

/**
 * A JSON value with a few of its values put in other places, replaced by odd ones, left out or repeated. Most are found near the
 * top, so that long lists do not draw all the attention.
 */
export function damagedJson(value: unknown, random: () => number): Buffer {
  const below = (limit: number) => Math.floor(random() * limit);
  const top: Value = { value: structuredClone(value) };
  for (let changes = 1 + below(3); changes > 0; changes--) {
    const [parent, key] = placeIn(top, random);
    const [other, otherKey] = placeIn(top, random);
    switch (below(6)) {
      case 0:
        if (parent !== top && !Array.isArray(parent)) delete parent[key];
        break;
      case 1:
        parent[key] = structuredClone(other[otherKey]);
        break;
      case 2: {
        const list = parent[key];
        if (Array.isArray(list)) list.push(...structuredClone(list.slice(0, 1 + below(4))));
        else if (typeof list === 'number') parent[key] = list * (random() < 0.5 ? -1 : 1024);
        else parent[key] = [list, list];
        break;
      }
      case 3:
        parent[random() < 0.5 ? '__proto__x' : `${key}2`] = structuredClone(odd[below(odd.length)]);
        break;
      default:
        parent[key] = random() < 0.05 ? JSON.parse(deep) : structuredClone(odd[below(odd.length)]);
    }
  }
  const depth = depths[below(depths.length)]!;
  const text = JSON.stringify(top.value) ?? 'null';
  return Buffer.from(
    text.replace(deep, '['.repeat(depth) + ']'.repeat(depth)).replace('__proto__x', '__proto__'),
  );
}

/** A random place: down from the top, as long as chance will have it. */
function placeIn(top: Value, random: () => number): readonly [Value, string] {
  let parent = top;
  let key = 'value';
  while (random() < 0.8) {
    const inner = parent[key];
    if (typeof inner !== 'object' || inner === null) break;
    const keys = Object.keys(inner);
    const next = keys[Math.floor(random() * keys.length)];
    if (next === undefined) break;
    parent = inner as Value;
    key = next;
  }
  return [parent, key];
}
