import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { WhenceError } from '../../src/core/errors';
import { readSafetensors } from '../../src/engine/checkpoint/safetensors';
import { entry, fileOf, refusal } from './support/safetensors';

const original = readFileSync(resolve('models', 'whence-code', 'model.safetensors'));

const fetchAgain = ' It may be a broken download: fetch it again, or choose another model.';

describe('a weight file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'whence-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const read = (content: string | Buffer) => {
    writeFileSync(join(folder, 'model.safetensors'), content);
    return readSafetensors(join(folder, 'model.safetensors'));
  };

  it('is read as its header says', async () => {
    const tensors = await read(original);
    assert.equal(tensors.length, 38);
    const embedding = tensors.find(({ name }) => name === 'model.embed_tokens.weight');
    assert.deepEqual([embedding?.dtype, embedding?.shape, embedding?.bytes], ['F16', [4096, 192], 1572864]);
    assert.equal(embedding?.offset, 8 + Number(original.readBigUInt64LE(0)));
  });

  it('can have a scalar, an empty tensor and metadata, and buffers that are no weights', async () => {
    const header = {
      __metadata__: { format: 'pt' },
      scalar: entry([], 0, 4),
      empty: entry([0, 7], 4, 4),
      mask: entry([2], 4, 6, 'BOOL'),
    };
    assert.deepEqual(
      (await read(fileOf(header, 6))).map(({ name, bytes }) => [name, bytes]),
      [
        ['scalar', 4],
        ['empty', 0],
      ],
    );
  });

  it('is refused when it was cut off', async () => {
    const error = await refusal(() => read(original.subarray(0, original.length - 4)));
    assert.equal(error.code, 'model-broken');
    assert.equal(
      error.message,
      `\`model.safetensors\` is 4 bytes shorter than its header says.${fetchAgain}`,
    );
  });

  const cases: readonly (readonly [string, () => string | Buffer, RegExp])[] = [
    ['is empty', () => '', /8 bytes shorter/],
    ['lacks a part of its header', () => original.subarray(0, 500), /\d+ bytes shorter/],
    ['goes on after its tensors', () => Buffer.concat([original, Buffer.alloc(1)]), /1 byte longer/],
    ['has a header of absurd length', () => Buffer.alloc(64, 0xff), /begins with no safetensors header/],
    ['has a header that is no JSON', () => fileOf('{"a":', 0), /is not valid JSON/],
    ['has a header that is no object', () => fileOf('[]', 0), /holds no JSON object/],
    ['has a header nested too deep', () => fileOf('['.repeat(100_000), 0), /nested more than 4 levels/],
    [
      'has overlapping tensors',
      () => fileOf({ a: entry([2], 0, 8), b: entry([1], 4, 8) }, 8),
      /`b` in .* overlaps/,
    ],
    ['has a gap', () => fileOf({ a: entry([1], 0, 4), b: entry([1], 8, 12) }, 12), /The 4 bytes before `b`/],
    [
      'has a size that does not fit the shape',
      () => fileOf({ a: entry([3], 0, 8) }, 8),
      /8 bytes, but its shape \[3\] in F32 needs 12/,
    ],
    [
      'has a shape that overflows',
      () => fileOf({ a: entry([2 ** 40, 2 ** 40], 0, 8) }, 8),
      /has 8 bytes, but its shape/,
    ],
    ['has a negative size', () => fileOf({ a: entry([-1], 0, 4) }, 4), /no valid type, shape and place/],
    [
      'has a fraction for a size',
      () => fileOf({ a: entry([1.5], 0, 6) }, 6),
      /no valid type, shape and place/,
    ],
    [
      'has a place that ends before it begins',
      () => fileOf({ a: entry([0], 4, 0) }, 4),
      /no valid type, shape and place/,
    ],
    [
      'has a place without an end',
      () => fileOf({ a: { dtype: 'F32', shape: [1], data_offsets: [0] } }, 4),
      /no valid type/,
    ],
    ['has too many dimensions', () => fileOf({ a: entry(Array(9).fill(1), 0, 4) }, 4), /has 9 dimensions/],
    ['has an endless name', () => fileOf({ ['a'.repeat(2000)]: entry([1], 0, 4) }, 4), /longer than 1024/],
    [
      'has a tensor twice',
      () => fileOf(`{"a":${JSON.stringify(entry([1], 0, 4))},"a":${JSON.stringify(entry([1], 4, 8))}}`, 8),
      /The 4 bytes before `a`/,
    ],
  ];
  for (const [name, content, sentence] of cases) {
    it(`is refused when it ${name}`, async () => {
      const error = await refusal(() => read(content()));
      assert.equal(error.code, 'model-broken');
      assert.match(error.message, sentence);
      assert.match(error.message, /choose another model\.$|Choose another model\.$/i);
    });
  }

  it('is refused when it lists too many tensors', async () => {
    const header = Object.fromEntries(Array.from({ length: 200_001 }, (_, i) => [`t${i}`, entry([0], 0, 0)]));
    assert.match((await refusal(() => read(fileOf(header, 0)))).message, /lists 200001 tensors/);
  }).timeout(20_000);

  it('is refused when a weight is quantised', async () => {
    const error = await refusal(() => read(fileOf({ 'a.weight': entry([4], 0, 4, 'F8_E4M3') }, 4)));
    assert.equal(error.code, 'model-unsupported');
    assert.equal(
      error.message,
      '`a.weight` is stored as F8_E4M3; Whence reads F32, F16 and BF16. Choose the unquantised model.',
    );
  });

  it('is read or refused with a sentence, whatever is changed in its header', async () => {
    const header = 8 + Number(original.readBigUInt64LE(0));
    const change = fc.array(fc.tuple(fc.nat(header - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(change, async (bytes) => {
        const changed = Buffer.from(original);
        for (const [at, byte] of bytes) changed[at] = byte;
        const outcome = await read(changed).then(
          () => null,
          (error: unknown) => error,
        );
        assert.ok(
          outcome === null || (outcome instanceof WhenceError && outcome.code !== 'internal'),
          String(outcome),
        );
      }),
      { numRuns: 200 },
    );
  }).timeout(20_000);
});
