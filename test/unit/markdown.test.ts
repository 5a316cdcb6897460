import { equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { codeSpan, escapeMarkdown } from '../../src/core/markdown';

describe('text of the model in markdown', () => {
  it('loses every meaning in prose', () => {
    equal(
      escapeMarkdown('[a](command:b) *c* `d` <img src=x> $(e) &amp; #f'),
      '\\[a\\]\\(command:b\\) \\*c\\* \\`d\\` &lt;img src=x&gt; \\$\\(e\\) &amp;amp; \\#f',
    );
    // Addresses would become links without any brackets.
    equal(escapeMarkdown('http://a.b c@d.e www.f'), 'http\\://a\\.b c\\@d\\.e www\\.f');
    equal(escapeMarkdown('two\n\n# lines'), 'two \\# lines');
  });

  it('stands in code spans that it cannot leave', () => {
    equal(codeSpan('a'), '`a`');
    equal(codeSpan('`a`'), '`` `a` ``');
    equal(codeSpan('``'), '` `` `');
    equal(codeSpan(' a '), '`  a  `');
    equal(codeSpan('a\nb'), '`a⏎b`');
  });

  it('never holds a run of backticks as long as the fence', () => {
    const text = fc.string({
      unit: fc.constantFrom('`', 'a', ' ', '\n', '[', ']', '('),
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(text, (inner) => {
        const span = codeSpan(inner);
        const fence = /^`+/.exec(span)![0];
        ok(span.endsWith(fence) && span.length > 2 * fence.length);
        const body = span.slice(fence.length, -fence.length);
        ok(!body.startsWith('`') && !body.endsWith('`'));
        ok(!(body.match(/`+/g) ?? ['']).includes(fence));
        ok(!span.includes('\n'));
      }),
    );
  });
});
