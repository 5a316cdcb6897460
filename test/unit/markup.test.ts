import { equal } from 'node:assert/strict';
import { escapeMarkup } from '../../src/core/markup';

describe('text in a document of markup', () => {
  it('stands there as it is, whatever it holds', () => {
    equal(escapeMarkup('a < b && "c" > d\n\t'), 'a &lt; b &amp;&amp; &quot;c&quot; &gt; d\n\t');
    equal(escapeMarkup('größe 😀 ‹x›'), 'größe 😀 ‹x›');
  });

  it('gives up what no document may hold', () => {
    equal(escapeMarkup('\u0000\u001b\ud83d!\ufffe'), '\ufffd\ufffd\ufffd!\ufffd');
  });
});
