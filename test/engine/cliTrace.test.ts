import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv from 'ajv';
import schema from '../../src/cli/schemas/graph.json';
import { formatOf, tracedFile } from '../../src/cli/tracedFile';
import { inputSums } from '../../src/core/graph';
import type { GraphFile } from '../../src/core/interchange/format';
import { importGraph } from '../../src/core/interchange/import';
import { trace } from '../../src/engine/circuit/ask';
import { whence } from './support/cli';
import { embeddedModel, read } from './support/embedded';

const code =
  'class Cart:\n    def __init__(self, owner):\n        self.owner = owner\n\n    def name(self):\n        return self.';

describe('whence trace', function () {
  this.timeout(60_000);
  const validate = new Ajv({ allErrors: true }).compile(schema);
  let folder: string;
  let prompt: string;
  let out: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-trace-'));
    prompt = join(folder, 'cart.py');
    out = join(folder, 'graph.json');
    await writeFile(prompt, code);
  });
  after(() => rm(folder, { recursive: true }));

  async function traced(...args: string[]): Promise<{ readonly file: GraphFile; readonly stdout: string }> {
    const ended = await whence(['trace', '--prompt', prompt, '--out', out, ...args]);
    assert.equal(ended.stderr, '');
    assert.equal(ended.code, 0);
    const file = JSON.parse(await readFile(out, 'utf8')) as GraphFile;
    assert.ok(validate(file), JSON.stringify(validate.errors?.slice(0, 3)));
    return { file, stdout: ended.stdout };
  }

  it('writes a graph that other viewers take, and says what is in it', async () => {
    const { file, stdout } = await traced('--nodes', '120');
    assert.equal(file.metadata.scan, 'whence-code');
    assert.equal(file.metadata.prompt_tokens.slice(1).join(''), code, 'after the language tag');
    const features = file.nodes.filter(({ feature_type }) => feature_type === 'cross layer transcoder');
    assert.equal(features.length, 120);
    assert.equal(new Set(features.map(({ feature, ctx_idx }) => `${feature} ${ctx_idx}`)).size, 120);
    const [logit, ...others] = file.nodes.filter(({ feature_type }) => feature_type === 'logit');
    assert.deepEqual(others, []);
    assert.equal(Number(logit!.layer), 5, 'one above the four layers and their end');
    assert.match(logit!.clerp, /^Output ".+" \(p=0\.\d{3}\)$/);
    const ranks = features.map(({ influence }) => influence!);
    assert.ok(ranks.every((rank) => rank > 0 && rank <= 1) && new Set(ranks).size > 100);
    assertReadable(file);
    assert.ok(file.metadata.completeness_score < 1 && file.metadata.replacement_score > 0.3);
    assert.match(stdout, /\d+ neurons, \d+ heads, \d+ tokens and places, \d+ errors; \d+ edges\./);
    assert.match(stdout, /✓ each node's inputs sum to its value/);
    assert.ok(stdout.endsWith(`Written to ${out}.\n`));
  });

  it('writes sums that hold when the file is read again', async () => {
    const { file } = await traced('--nodes', '60', '--target', 'owner');
    const { document, warnings } = importGraph(JSON.stringify(file));
    assert.deepEqual(warnings, []);
    const sums = inputSums(document.graph);
    document.graph.nodes.forEach(({ id, value }, index) => {
      if (value === null) return;
      assert.ok(Math.abs(sums[index]! - value) <= 1e-4 * Math.max(1, Math.abs(value)), id);
    });
    assert.match(document.graph.nodes.find(({ kind }) => kind === 'logit')!.label, /^"own/);
  });

  it('traces a contrast, or several likely tokens', async () => {
    const contrast = await traced('--nodes', '20', '--target', 'name', '--contrast', 'owner');
    assert.match(contrast.stdout, /^"name" rather than "own/);
    const several = await traced('--nodes', '20', '--mass', '0.35');
    const logits = several.file.nodes.filter(({ feature_type }) => feature_type === 'logit');
    assert.ok(logits.length > 1 && logits.length <= 10);
    assert.deepEqual(
      logits.map(({ is_target_logit }) => is_target_logit),
      logits.map((_, index) => index === 0),
    );
  });

  it('lets edges run through heads where that is asked for', async () => {
    const { file, stdout } = await traced('--nodes', '30', '--heads', 'edges');
    const kinds = new Set(file.nodes.map(({ whence: { kind } }) => kind));
    assert.ok(kinds.has('neuron') && !kinds.has('head'));
    assert.match(stdout, /30 neurons, 0 heads/);
    assert.match(stdout, /✓ each node's inputs sum to its value/);
  });

  it('writes a picture or a page by the ending of the name, which holds the graph as the graph file has it', async () => {
    const written = async (name: string) => {
      const place = join(folder, name);
      const ended = await whence(['trace', '--prompt', prompt, '--out', place, '--nodes', '80']);
      assert.deepEqual([ended.code, ended.stderr], [0, '']);
      return readFile(place, 'utf8');
    };
    const svg = await written('cart.SVG');
    assert.match(svg, /^<svg xmlns.*Circuit of “[^”]+”.*whence-code, cart\.py.*<\/svg>$/s);
    assert.match(svg, /L\dH\d at ‘[^’]+’ on line \d/, 'parts with their places');
    const html = await written('cart.html');
    assert.match(html, /default-src 'none'/);
    assert.ok(
      !/(?:src|href)="/.test(html.replaceAll(/<script.*?<\/script>/gs, '')),
      'nothing from elsewhere',
    );
    const json = /<script type="application\/json" id="whence-circuit">(.*?)<\/script>/s.exec(html)?.[1];
    const { graph, subject } = JSON.parse(json!);
    assert.deepEqual(graph, (await traced('--nodes', '80')).file);
    assert.deepEqual([subject.title, subject.model], ['cart.py', 'whence-code']);
  });

  it('writes a flow chart or words', async () => {
    const model = await embeddedModel();
    const ids = read(model, code);
    const circuit = await trace(model, {
      ids,
      position: ids.length,
      target: null,
      contrast: null,
      mass: null,
      nodes: 80,
      heads: 'nodes',
    });
    const of = (name: string) =>
      tracedFile(formatOf(name), circuit, model, { place: '-', ids, line: 0, contrast: null });
    const chart = await of('cart.mmd');
    assert.match(chart, /^flowchart BT\n {2}subgraph text/);
    assert.equal(await of('cart.md'), `\`\`\`mermaid\n${chart}\`\`\`\n`);
    const words = await of('cart.txt');
    assert.match(words, /^Circuit of “[^”]+” \(whence-code, probability \S+\)/);
    assert.match(words, /of which most from\n {2}\+\d/);
    assert.match(words, /on line 6/);
    assert.match(words, /Drawn: \d+ of 80 parts, slider at \d+% of influence/);
  });

  it('refuses in a sentence what it cannot do', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['--prompt', prompt], /A place for the graph is needed/],
      [
        ['--prompt', prompt, '--out', join(folder, 'cart.png')],
        /^The ending of cart\.png says nothing of what to write: \.json writes the graph, \.html /,
      ],
      [['--prompt', prompt, '--out', join(folder, 'graph')], /The ending of graph says nothing/],
      [
        ['--prompt', prompt, '--out', join(folder, 'no', 'x.json'), '--nodes', '1'],
        /cannot be written \(ENOENT\)/,
      ],
      [['--prompt', prompt, '--out', out, '--nodes', '0'], /--nodes takes a whole number from 1/],
      [['--prompt', prompt, '--out', out, '--mass', '2'], /--mass takes a number from 0 to 1/],
      [['--prompt', prompt, '--out', out, '--mass', '0.5', '--target', 'a'], /Give --mass alone/],
      [['--prompt', prompt, '--out', out, '--heads', 'no'], /--heads takes nodes or edges, not "no"/],
      [['--out', out], /A prompt is needed/],
    ];
    for (const [args, sentence] of cases) {
      const { code: exit, stderr } = await whence(['trace', ...args]);
      assert.match(stderr, sentence);
      assert.equal(exit, 2);
    }
  });
});

/** What circuit-tracer's and Neuronpedia's viewers take for granted of a file, beside its schema. */
function assertReadable({ nodes, links, qParams }: GraphFile): void {
  const ids = new Set(nodes.map(({ node_id }) => node_id));
  assert.equal(ids.size, nodes.length, 'no id twice, an error like a feature neither');
  for (const { source, target } of links) assert.ok(ids.has(source) && ids.has(target));
  assert.ok(nodes.every(({ layer }) => typeof layer === 'string' && (layer === 'E' || /^\d+$/.test(layer))));
  const layerOf = ({ layer }: GraphFile['nodes'][number]) => (layer === 'E' ? -1 : Number(layer));
  const logits = nodes.filter(({ feature_type }) => feature_type === 'logit');
  const below = nodes.filter(({ feature_type }) => feature_type !== 'logit').map(layerOf);
  assert.ok(logits.every((logit) => layerOf(logit) > Math.max(...below)));
  for (const { clerp, token_prob } of logits) {
    assert.ok(Math.abs(Number.parseFloat(clerp.split('(p=')[1]!) - token_prob) < 1e-3);
    assert.match(clerp, /["'].+["']/, 'the token stands in quotes');
  }
  // Cumulative: the strongest node has the smallest, the weakest all of it; the slider keeps what is not above it.
  const influences = nodes.flatMap(({ influence }) => influence ?? []).sort((a, b) => a - b);
  assert.ok(influences[0]! > 0 && Math.abs(influences.at(-1)! - 1) < 1e-6);
  const steps = influences.map((value, at) => value - (influences[at - 1] ?? 0)).filter((step) => step > 0);
  assert.ok(
    steps.every((step, at) => step <= (steps[at - 1] ?? 1) + 1e-9),
    'each adds no more than the one before',
  );
  assert.deepEqual([qParams.linkType, qParams.sg_pos], ['both', '']);
}
