import assert from 'node:assert/strict';
import { parseAudit } from '../../src/core/circuitFile/auditFile';
import { checkPatterns, matchOf } from '../../src/engine/audit/pattern';
import { auditText } from '../unit/support/auditText';

describe('a pattern', () => {
  it('is found where it first is, with slots as they are', () => {
    const pattern = { source: 'f\\({x}\\)', anyCase: false };
    assert.deepEqual(matchOf(pattern, { x: 'a.*' }, 'f(ab) f(a.*)'), { start: 6, end: 12 });
    assert.equal(matchOf(pattern, { x: 'a.*' }, 'F(a.*)'), null);
    assert.deepEqual(matchOf({ ...pattern, anyCase: true }, { x: 'a.*' }, 'F(A.*)'), { start: 0, end: 6 });
  });

  it('takes a slot’s value as one piece, and leaves what is none', () => {
    const found = (source: string, values: Record<string, string>, within: string) => {
      const range = matchOf({ source, anyCase: false }, values, within);
      return range && within.slice(range.start, range.end);
    };
    assert.equal(found('^{x}+$', { x: 'ab' }, 'abab'), 'abab');
    assert.equal(found('{x}{2}', { x: 'ab' }, 'abb abab'), 'abab');
    assert.equal(found('\\p{L}+', { L: 'x' }, '1 word'), 'word');
    assert.equal(found('a|{x}|c', { x: 'b|d' }, 'b|d'), 'b|d');
  });

  it('is tried with every row of its slots before anything is run', () => {
    const file = parseAudit(auditText({})).file!;
    const slots = [{ names: ['n'], rows: [['1'], ['2']], start: 0, end: 0 }];
    const [finding] = file.findings;
    const withPattern = (source: string) => ({
      file: {
        ...file,
        slots,
        findings: [{ ...finding!, claim: { kind: 'matches', pattern: { source, anyCase: false } } as const }],
      },
    });
    checkPatterns(withPattern('a{n}'));
    assert.throws(() => checkPatterns(withPattern('(?<{n}>a)')), {
      code: 'bad-input',
      message: /^The pattern .* is no regular expression with "1" in it: /,
    });
  });

  it('that comes to no end is refused', () => {
    const pattern = { source: '^(a+)+$', anyCase: false };
    assert.throws(() => matchOf(pattern, {}, `${'a'.repeat(60)}b`), {
      code: 'bad-input',
      message: /takes more than a second/,
    });
    assert.ok(matchOf(pattern, {}, 'aaa'));
  });
});
