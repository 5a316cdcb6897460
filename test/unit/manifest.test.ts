import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import manifest from '../../package.json';
import {
  circuitPanelType,
  colors,
  commandIds,
  contextKeys,
  settingDefaults,
  views,
} from '../../src/host/manifest';

const { contributes } = manifest;
const ours = /\bwhence(?:\.\w+)+/g;

function sorted(names: Iterable<string>): readonly string[] {
  return [...new Set(names)].sort();
}

/** Every string under a value, with the name of the property that holds it. */
function strings(value: unknown, key = ''): readonly { key: string; text: string }[] {
  if (typeof value === 'string') return [{ key, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => strings(inner, Array.isArray(value) ? key : name));
}

/** The host's code but for the lists themselves. */
const code = readdirSync('src/host', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && name !== 'manifest.ts')
  .map((name) => readFileSync(`src/host/${name}`, 'utf8'))
  .join('\n');

/** Names that the code quotes nowhere, though it has them in its lists. */
function unused(names: readonly string[]): readonly string[] {
  return names.filter((name) => !code.includes(`'${name}'`));
}

const declaredCommands = contributes.commands.map(({ command }) => command);
const declaredViews = Object.values(contributes.views).flatMap((list) => list.map(({ id }) => id));
const conditions = strings(contributes).filter(({ key }) => key === 'when' || key === 'enablement');
const inConditions = sorted(conditions.flatMap(({ text }) => text.match(ours) ?? []));

describe('package.json and the code', () => {
  it('name the same commands, and each has a handler', () => {
    assert.deepEqual(sorted(declaredCommands), sorted(commandIds));
    assert.deepEqual(unused(commandIds), []);
  });

  it('name the same settings with the same defaults, and each is read', () => {
    const { properties } = contributes.configuration;
    const defaults = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, property.default]),
    );
    assert.deepEqual(defaults, settingDefaults);
    assert.deepEqual(unused(Object.keys(settingDefaults)), []);
  });

  it('name the same context keys, and each is set', () => {
    const keys = inConditions.filter((name) => ![...declaredViews, circuitPanelType].includes(name));
    assert.deepEqual(keys, sorted(contextKeys));
    assert.deepEqual(unused(contextKeys), []);
  });

  it('name the same views, and each is filled', () => {
    assert.deepEqual(sorted(declaredViews), sorted(Object.values(views)));
    const empty = Object.keys(views).filter((name) => !code.includes(`views.${name}`));
    assert.deepEqual(empty, []);
  });

  it('name the same colours, each for the four kinds of theme', () => {
    const named = Object.values(colors).flat();
    assert.deepEqual(sorted(contributes.colors.map(({ id }) => id)), sorted(named));
    for (const { id, defaults } of contributes.colors) {
      assert.deepEqual(
        sorted(Object.keys(defaults)),
        sorted(['dark', 'light', 'highContrast', 'highContrastLight']),
        id,
      );
    }
  });

  it('bind, list and link only commands that there are', () => {
    const linked = strings(contributes).flatMap(({ key, text }) =>
      key === 'command' ? [text] : [...text.matchAll(/\(command:(whence\.\w+)/g)].map((match) => match[1]!),
    );
    assert.deepEqual(
      sorted(linked).filter((name) => !declaredCommands.includes(name)),
      [],
    );
  });

  it('restrict only settings that there are', () => {
    const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
    assert.deepEqual(
      restricted.filter((name) => !(name in settingDefaults)),
      [],
    );
  });

  it('point at files that there are', () => {
    const paths = strings(contributes)
      .map(({ text }) => text)
      .filter((text) => /^(\.\/)?(media|syntaxes|dist)\/[^\s]+\.\w+$/.test(text));
    assert.ok(paths.length > 0);
    assert.deepEqual(
      [...paths, manifest.icon].filter((path) => !existsSync(path)),
      [],
    );
  });
});
