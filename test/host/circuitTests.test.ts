import { deepEqual, equal, fail, match, ok, rejects } from 'node:assert/strict';
import { eventually, Session } from './session';
import { CancellationTokenSource, type TestController, TestRunRequest, Uri } from './vscode';

const circuit = `circuit "A bracket is closed"
language python
slot open and close: "(" and ")", "[" and "]"
prompt """
  def read(items, index):
      result = pick{open}items, index, 1
"""
answer "{close}"
group neighbours: L3H1, L3H2, L3H3

expect rank at most 2 in all cases
expect attention of L3H0 from end to symbol "index" at least 0.5
expect mean ablation of neighbours changes logit by at most 3
expect role of L1H0 previous
`;

describe('circuit files in the Test Explorer', function () {
  this.timeout(60_000);
  let session: Session;
  let controller: TestController;

  beforeEach(() => {
    session = new Session().start();
    controller = session.world.testing[0]!;
  });
  afterEach(() => session.end());

  const open = (text = circuit, name = 'a.circuit') => session.world.open(name, text, 'circuit');
  const file = (name = 'a.circuit') => controller.items.get(Uri.file(`/workspace/${name}`).toString())!;
  const run = async (request = new TestRunRequest(), { token } = new CancellationTokenSource()) => {
    await controller.run(request, token);
    return controller.runs.at(-1)!;
  };

  it('are found in the workspace without being opened, when the explorer asks for them', async () => {
    const uri = Uri.file('/workspace/b.circuit');
    session.world.files.set(uri.toString(), circuit);
    deepEqual([...controller.items], []);
    await controller.resolveHandler!(undefined);
    const item = file('b.circuit');
    deepEqual([item.label, [...item.children]], ['b.circuit', []]);
    await controller.resolveHandler!(item);
    deepEqual(
      [...item.children].map(([, expectation]) => [expectation.label, [...expectation.children].length]),
      [
        ['rank at most 2 in all cases', 2],
        ['attention of L3H0 from end to symbol "index" at least 0.5', 2],
        ['mean ablation of neighbours changes logit by at most 3', 2],
        ['role of L1H0 previous', 0],
      ],
    );
    equal((await run()).states.get('b.circuit > rank at most 2 in all cases'), 'passed');
  });

  it('are watched once, but for those of packages and hidden folders', async () => {
    await controller.resolveHandler!(undefined);
    await controller.refreshHandler!();
    equal(session.world.watchers.length, 1);
    const [{ created, edited, deleted } = fail()] = session.world.watchers;
    const names = ['node_modules/p/a.circuit', '.hidden/b.circuit', 'deep/c.circuit', '.d.circuit'];
    const uris = names.map((name) => Uri.file(`/workspace/${name}`));
    for (const uri of uris) session.world.files.set(uri.toString(), circuit);
    const shown = () => [...controller.items].map(([, { label }]) => label);
    for (const uri of uris) edited.fire(uri);
    deepEqual(shown(), ['deep/c.circuit', '.d.circuit']);
    for (const uri of uris) created.fire(uri);
    deepEqual(shown(), ['deep/c.circuit', '.d.circuit']);
    deleted.fire(uris[2]!);
    deepEqual(shown(), ['.d.circuit']);
    await session.stop();
    equal(session.world.watchers.length, 0);
  });

  it('are there once, whatever else VS Code shows of them', () => {
    open();
    session.world.open('', circuit, 'circuit', Uri.parse('git:/workspace/a.circuit'));
    session.world.untitled('circuit', circuit);
    deepEqual(
      [...controller.items].map(([, { label }]) => label),
      ['a.circuit', 'Untitled-2'],
    );
  });

  it('are run case by case; a failure has what was expected, what was measured, the prompt and links', async () => {
    open();
    const { states, messages, output, ended } = await run();
    const failing = 'a.circuit > attention of L3H0 from end to symbol "index" at least 0.5';
    const [first] = [...states.keys()].filter((path) => path.startsWith(`${failing} > `));
    match(first!, /open = "\(", close = "\)"$/);
    equal(states.get(first!), 'failed');
    equal(states.get(failing), 'failed');
    equal(states.get('a.circuit > rank at most 2 in all cases > open = "[", close = "]"'), 'passed');
    equal(states.get('a.circuit > role of L1H0 previous'), 'passed');
    const { expectedOutput, actualOutput, contextValue } = messages.get(first!)!;
    equal(contextValue, 'whence-case');
    match(expectedOutput!, /^at least 0\.5\n\nafter this prompt.*\n\ndef read\(items, index\):/s);
    match(actualOutput!, /^0\.00\d+\n\nafter this prompt/);
    const { message, location } = messages.get(failing)!;
    const text = typeof message === 'string' ? message : message.value;
    match(text, /^Measured 0\\\.00\d+ to 0\\\.00\d+; holds in 0 of 2 cases\\\. Expected at least 0\\\.5/);
    match(text, /result = pick\(items, index, 1/);
    match(text, /\[Explain\]\(command:whence\.explainCase\?.*\[Circuit\]\(command:whence\.showCaseCircuit/);
    equal(location?.at.line, 11);
    match(output, /✗ attention of L3H0 .* {2}0\.00/);
    ok(ended);
  });

  it('are run as far as is asked: a case means its expectation, what is excluded stays out', async () => {
    open();
    const [ranks, attention] = [...file().children].map(([, item]) => item);
    const one = await run(new TestRunRequest([[...ranks!.children][0]![1]]));
    deepEqual(
      [...one.states.keys()].filter((path) => path.split(' > ').length === 2),
      ['a.circuit > rank at most 2 in all cases'],
    );
    const rest = await run(new TestRunRequest(undefined, [attention!]));
    equal(rest.states.get('a.circuit > rank at most 2 in all cases'), 'passed');
    equal(rest.states.has(`a.circuit > ${attention!.label}`), false);
  });

  it('do not blame a case where enough hold, or where the mean is judged', async () => {
    const text = circuit.replace(
      /expect.*$/s,
      'expect rank at most 1 in at least 1 of 2 cases\nexpect rank at most 1 on average\n',
    );
    open(text);
    const { states } = await run();
    const of = (text: string) =>
      [...states].filter(([path]) => path.includes(text)).map(([, state]) => state);
    deepEqual(of('at least 1 of 2').toSorted(), ['passed', 'passed', 'skipped']);
    deepEqual(of('on average'), ['failed', 'skipped', 'skipped']);
  });

  it('say why they cannot be run', async () => {
    open('circuit "x"\n');
    match(file().error ?? '', /needs a prompt/);
    deepEqual([...file().children], []);
    equal((await run()).states.get('a.circuit'), 'errored');
    open(circuit.replace('language python', 'model "no-such-model"'), 'c.circuit');
    const { states, messages } = await run(new TestRunRequest([file('c.circuit')]));
    equal(states.get('c.circuit'), 'errored');
    match(String(messages.get('c.circuit')!.message), /about the model no-such-model, and there is none/);
  });

  it('can be cancelled', async () => {
    const names = Array.from({ length: 400 }, (_, index) => `"a${index}" and ")"`).join(', ');
    open(circuit.replace(/"\(" and.*/, names).replace('pick{open}', 'pick({open}, '));
    const source = new CancellationTokenSource();
    const going = run(new TestRunRequest(), source);
    await eventually(() =>
      [...(controller.runs[0]?.states.values() ?? [])].includes('passed') ? true : null,
    );
    source.cancel();
    const { states, ended } = await going;
    equal(states.get('a.circuit'), 'skipped');
    ok(ended);
  });

  it('are run again on save, once that is asked for', async () => {
    const { document } = open();
    const source = new CancellationTokenSource();
    const continuous = new TestRunRequest(undefined, undefined, undefined, true);
    await controller.run(continuous, source.token);
    equal(controller.runs.length, 0);
    session.world.saved.fire(document);
    await eventually(() => (controller.runs[0]?.ended ? true : null));
    source.cancel();
    session.world.saved.fire(document);
    await new Promise((done) => setTimeout(done, 100));
    equal(controller.runs.length, 1);
  });

  it('are run on save by what they say, wherever an edit has moved them', async () => {
    const { document } = open();
    const [, attention, , role] = [...file().children].map(([, item]) => item!);
    const chosen = new TestRunRequest([[...attention!.children][1]![1], role!], [], undefined, true);
    const source = new CancellationTokenSource();
    await controller.run(chosen, source.token);
    const insert = 'expect rank at most 3\nexpect rank';
    document.apply([{ range: document.rangeOf('expect rank'), text: insert }]);
    document.apply([{ range: document.rangeOf('at least 0.5'), text: 'at least 0.4' }]);
    const saved = async () => {
      const already = controller.runs.length;
      session.world.saved.fire(document);
      const { states } = await eventually(() => {
        const run = controller.runs[already];
        return run?.ended ? run : null;
      });
      return [...states.keys()].filter((path) => path.split(' > ').length === 2);
    };
    deepEqual(await saved(), [
      'a.circuit > attention of L3H0 from end to symbol "index" at least 0.4',
      'a.circuit > role of L1H0 previous',
    ]);
    document.apply([{ range: document.rangeOf('expect role of L1H0 previous\n'), text: '' }]);
    deepEqual(await saved(), ['a.circuit > attention of L3H0 from end to symbol "index" at least 0.4']);
    source.cancel();
  });

  it('show what was measured beside each expectation, faint once an edit may have changed it', async () => {
    const editor = open();
    await run();
    deepEqual(
      [...editor.behind].map(([line, text]) => [line, text.replaceAll(/\d\.\d+/g, '#')]),
      [
        [11, '✓ 1 to 2; holds in 2 of 2 cases'],
        [13, '✓ # to #; holds in 2 of 2 cases'],
        [14, '✓ previous'],
      ],
    );
    const edit = (piece: string, text: string) =>
      editor.document.apply([{ range: editor.document.rangeOf(piece), text }]);
    edit('language python', '# Python.\nlanguage python');
    equal(editor.behind.get(12), '✓ 1 to 2; holds in 2 of 2 cases');
    edit('index, 1', 'index, 2');
    equal(editor.behind.get(12), 'before the change: 1 to 2; holds in 2 of 2 cases');
    edit('rank at most 2', 'rank at most 3');
    equal(editor.behind.has(12), false);
    edit('answer "{close}"', 'answer ');
    match(editor.behind.get(14) ?? '', /^before the change/);
  });

  it('explain a case as it is now, with its earlier text still open', async () => {
    const editor = open();
    const explain = async () => {
      await session.world.run('whence.explainCase', file().children.get('1'));
      deepEqual(session.world.messages, []);
      return session.world.active!.document;
    };
    const earlier = await explain();
    equal(await explain(), earlier, 'the same text stays in its document');
    editor.document.apply([{ range: editor.document.rangeOf('index, 1'), text: 'index, 12' }]);
    equal((await explain()).getText(), `def read(items, index):\n    result = pick(items, index, 12)`);
    equal(earlier.getText(), 'def read(items, index):\n    result = pick(items, index, 1)');
  });

  it('say that a case is of a text that is gone, where an old address is opened', async () => {
    const editor = open();
    await session.world.run('whence.explainCase', file().children.get('1'));
    const { document } = session.world.active!;
    editor.document.apply([{ range: editor.document.rangeOf('index, 1'), text: 'index, 2' }]);
    const provider = session.world.contentProviders.get('whence-case')!;
    await rejects(provider.provideTextDocumentContent(document.uri), /has changed since/);
  });

  it('explain a case whose prompt stands in a file with CRLF line ends', async () => {
    const prompt = 'def read(items, index):\n    result = pick(items, index, 1';
    const uri = Uri.file('/workspace/prompt.py').toString();
    session.world.files.set(uri, prompt.replaceAll('\n', '\r\n'));
    open(`circuit "x"\nprompt from "prompt.py"\nanswer ")"\nexpect rank at most 2\n`);
    equal((await run()).states.get('a.circuit > rank at most 2'), 'passed');
    await session.world.run('whence.explainCase', file().children.get('0'));
    equal(session.world.active!.document.getText(), `${prompt})`);
    deepEqual(session.world.messages, []);
  });

  it('open a case as text, and explain its answer', async () => {
    open();
    await run();
    const failing = file().children.get('1')!;
    await session.world.run('whence.explainCase', failing);
    const shown = session.world.active!.document;
    equal(shown.languageId, 'python');
    equal(shown.getText(), 'def read(items, index):\n    result = pick(items, index, 1)');
    deepEqual(session.world.messages, []);
    await eventually(async () => {
      const hover = await session.hover(session.world.active!, shown.positionAt(shown.getText().length - 1));
      return hover?.includes('**`)`**') ? hover : null;
    });
    await session.world.run('whence.showCaseCircuit', { circuit: file().uri!.toString(), case: 1 });
    match(session.world.active!.document.getText(), /pick\[items, index, 1\]$/);
    equal(session.world.panels.length, 1);
  });
});

describe('circuit files while they are written', function () {
  this.timeout(60_000);
  let session: Session;
  beforeEach(() => {
    session = new Session().start();
  });
  afterEach(() => session.end());

  const labels = async (text: string, kind: 'circuit' | 'audit' = 'circuit') => {
    const editor = session.open(`${text.length}.${kind}`, text, kind);
    return eventually(async () => {
      const at = editor.document.positionAt(text.length);
      const list = await session.world.circuit.completion!.provideCompletionItems(editor.document, at);
      return list.isIncomplete
        ? null
        : list.items.map(({ label }) =>
            typeof label === 'string' ? label : `${label.label} ${label.description}`,
          );
    });
  };

  it('are completed by the grammar, without a model', async () => {
    ok((await labels('circuit "a"\nexp')).includes('expect'));
    deepEqual(await labels('expect mean '), ['ablation of']);
    deepEqual(
      session.world.log.filter((line) => line.includes('engine')),
      [],
    );
  });

  it('are completed with the parts of the loaded model, and what they do', async () => {
    const parts = await labels('group mine: L0H1\nexpect direct effect of ');
    ok(parts.includes('mine L0H1'));
    ok(parts.some((label) => label.startsWith('L3MLP layer 3, MLP')));
    ok(
      parts.some((label) => /^L1H0 layer 1, head 0; looks at the token before/.test(label)),
      parts.join('\n'),
    );
    // 16 heads, 4 MLPs, 4 layers and the group.
    equal(parts.length, 25);
  });

  it('are completed with slots in texts, places and languages', async () => {
    deepEqual(await labels('slot name: "a"\nprompt "x {'), ['{name}']);
    ok((await labels('place start: line 1\nexpect share of ')).includes('start a place of this file'));
    deepEqual(await labels('language '), ['plaintext', 'python', 'typescript']);
  });

  it('are completed with the models of this machine and of the workspace, within quotes or without', async () => {
    session.world.files.set('file:///workspace/nets/tiny/config.json', '{}');
    session.world.files.set('file:///workspace/nets/small.gguf', '');
    for (const [line, name] of [
      ['model ', '"whence-code" LlamaForCausalLM'],
      ['model "whe', 'whence-code LlamaForCausalLM'],
    ] as const) {
      const models = await labels(line);
      ok(models.includes(name), models.join('\n'));
      const path = line.includes('"') ? 'nets/tiny' : '"nets/tiny"';
      ok(models.includes(`${path} in this workspace`), models.join('\n'));
    }
  });

  it('of audits are completed by their own words, and told their mistakes', async () => {
    deepEqual(await labels('finding "a" ', 'audit'), ['compares', 'when']);
    const words = await labels('audit "a"\n', 'audit');
    ok(words.includes('control') && !words.includes('expect'));
    const editor = session.open('a.audit', 'audit "a"\nexpect rank at most 1\n', 'audit');
    const [fault] = session.world.faults.get(editor.document.uri.toString())!;
    match(fault!.message, /^Expected a statement: .*“finding”/);
  });

  it('are explained where the pointer is', async () => {
    const editor = session.open('a.circuit', circuit, 'circuit');
    const { token } = new CancellationTokenSource();
    const over = async (piece: string) => {
      const at = editor.document.rangeOf(piece).start;
      const hover = await session.world.circuit.hover!.provideHover(editor.document, at, token);
      return hover?.contents[0]?.value ?? null;
    };
    match((await over('attention'))!, /^\*\*attention\*\* — How much of its attention a head gives/);
    match((await over('neighbours changes'))!, /a group of this file: L3H1, L3H2, L3H3/);
    match((await over('{open}items'))!, /\*\*\{open\}\*\* — `"\("`, `"\["`/);
    equal(await over('def read'), null);
    const part = await eventually(async () => {
      const text = await over('L1H0');
      return text?.includes('looks at the token before') ? text : null;
    });
    match(part, /^\*\*L1H0\*\* — layer 1, head 0; looks at the token before/);
    match(part, /whence\\-code, the loaded model/);
    const other = session.open('b.circuit', 'group some: L2N5, L3, L9\n', 'circuit');
    const said = async (piece: string) => {
      const at = other.document.rangeOf(piece).start;
      const hover = await session.world.circuit.hover!.provideHover(other.document, at, token);
      return hover?.contents[0]?.value ?? '';
    };
    match(await said('L2N5'), /^\*\*L2N5\*\* — layer 2, neuron 5/);
    match(await said('L3'), /^\*\*L3\*\* — layer 3/);
    match(await said('L9'), /has no such part/);
  });
});
