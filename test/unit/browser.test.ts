import assert from 'node:assert/strict';
import { isLocal } from '../../dev/vscode/browser';

describe('a request of the browser', () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ['http://127.0.0.1:8000/version', true],
    ['ws://localhost:8000/', true],
    ['data:text/plain,x', true],
    ['blob:http://127.0.0.1:8000/1', true],
    ['https://a1b2.vscode-resource.vscode-cdn.net/file', true],
    ['https://main.vscode-cdn.net/extensions', false],
    ['https://example.com/?127.0.0.1', false],
    ['http://127.0.0.1.example.com/', false],
    ['wss://example.com/', false],
  ];
  for (const [address, local] of cases) {
    it(`${local ? 'stays here' : 'leaves'}: ${address}`, () => assert.equal(isLocal(address), local));
  }
});
