import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import type { ExportFormat, FromCircuitPanel, PanelCircuit } from '../../src/core/circuitPanel';
import type { Picture, PictureNode } from '../../src/core/picture/picture';
import { firstSettings } from '../../src/webview/graph/settings';
import { ShownCircuit } from '../../src/webview/graph/store';
import { circuitOf, shows } from './circuits';
import { openPanel, type PanelPage } from './page';
import { browser, states } from './world';

const box = { theme: 'vscode-dark', width: 1000, height: 700 } as const;

/** A circuit panel before each test, with a circuit of the embedded model, and what it should show by the same core. */
export class GraphScene {
  panel!: PanelPage;
  circuit!: PanelCircuit;
  shown!: ShownCircuit;

  constructor() {
    beforeEach(async () => {
      this.panel = await openPanel(browser().context, 'graph', box);
      this.circuit = await circuitOf(states().first);
      this.shown = new ShownCircuit(this.circuit, firstSettings);
      await this.panel.send({ type: 'mode', mode: 'plain' });
      await this.panel.send(shows(this.circuit));
      await this.panel.page.locator('.node').first().waitFor();
    });
    afterEach(async () => {
      const violations = await this.panel.page.evaluate(() => window.violations);
      assert.deepEqual(violations, [], 'the content security policy held');
      await this.panel.page.close();
    });
  }

  get picture(): Picture {
    return this.shown.drawn({ width: 720, height: 560 }).picture;
  }

  get heads(): readonly PictureNode[] {
    return this.picture.nodes.filter(({ kind }) => kind === 'head');
  }

  get answer(): PictureNode {
    return this.picture.nodes.find(({ kind }) => kind === 'logit')!;
  }

  /** Ids of the drawn parts that go into one, strongest first. */
  inputsOf(id: string): readonly string[] {
    const { nodes, edges } = this.picture;
    const at = nodes.findIndex((each) => each.id === id);
    const parts = edges.filter(({ to, from }) => to === at && nodes[from]!.kind !== 'rest');
    return parts.map(({ from }) => nodes[from]!.id);
  }

  node(id: string): Locator {
    return this.panel.page.locator(`.node[data-id="${id}"]`);
  }

  /** Presses keys in turn; what they change is drawn when it returns. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.panel.page.keyboard.press(key);
    await this.frame();
  }

  async slide(percent: number): Promise<void> {
    await this.panel.page.locator('#keep').fill(String(percent));
    await this.frame();
  }

  /** Waits until what was changed is drawn. */
  async frame(): Promise<void> {
    await this.panel.page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
  }

  focused(): Promise<string | null> {
    return this.panel.page.evaluate(() => document.activeElement?.getAttribute('data-id') ?? null);
  }

  /** What was copied or saved, as soon as it is there. */
  async exported(format: ExportFormat): Promise<Extract<FromCircuitPanel, { type: 'export' }>> {
    const find = (wanted: ExportFormat) =>
      window.posted.find((each) => each.type === 'export' && each.format === wanted) ?? null;
    const found = await this.panel.page.waitForFunction(find, format);
    return (await found.jsonValue()) as Extract<FromCircuitPanel, { type: 'export' }>;
  }

  /** The last message of a type that the panel has sent. */
  async last<T extends FromCircuitPanel['type']>(
    type: T,
  ): Promise<Extract<FromCircuitPanel, { type: T }> | undefined> {
    const sent = (await this.panel.posted()).filter((message) => message.type === type);
    return sent.at(-1) as Extract<FromCircuitPanel, { type: T }> | undefined;
  }
}
