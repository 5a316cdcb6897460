import { equal } from 'node:assert/strict';
import { closedAlready } from '../../src/core/closers';

describe('what the editor closed already', () => {
  it('is closed by the text that is written', () => {
    equal(closedAlready('x)', ')'), 1);
    equal(closedAlready('x) + f(y)', ')'), 1);
    equal(closedAlready('x)\n    return x', '):'), 1);
    equal(closedAlready('x])', '])'), 2);
    equal(closedAlready('a")', '")'), 2);
    equal(closedAlready('a\\"b")', '")'), 2);
    equal(closedAlready('a', '")'), 0);
    equal(closedAlready('\n  return 1;\n}', '}'), 1);
  });

  it('stays where the text closes only what it opened itself', () => {
    equal(closedAlready('f(x)', ')'), 0);
    equal(closedAlready('f(x), [y]', '])'), 0);
    equal(closedAlready('x]', '])'), 1);
    equal(closedAlready('")"', ')'), 0);
    equal(closedAlready('(a', '")'), 0);
  });

  it('is not code that stood there', () => {
    equal(closedAlready('x)', ') + y'), 0);
    equal(closedAlready('x, "y")', '"bar")'), 0);
    equal(closedAlready('x)', ''), 0);
  });
});
