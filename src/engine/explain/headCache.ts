import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type HeadScores, roleThresholds } from '../../core/model';
import { readJson } from '../checkpoint/json';
import type { Model } from '../model';
import { writeWhole } from '../partial';
import { trimFolder } from '../trim';
import { type HeadOptions, measureHeads } from './heads';

/** Rises whenever the measurement changes: older files are measured anew. */
const version = 1;
/** A cache file beyond these is none of ours. */
const fileLimits = { bytes: 16 << 20, depth: 8 };

/** Where the scores are kept between runs. */
export interface HeadStorage {
  readonly folder: string;
  /** Most bytes of head scores in it; the least recently used go first. */
  readonly limit: number;
}

/**
 * The scores of a model's heads: from the cache when they are there, measured otherwise. A folder that cannot be read
 * or written costs the time of measuring, nothing else.
 */
export async function headScoresOf(
  model: Model,
  storage: HeadStorage | null,
  options: HeadOptions = {},
): Promise<readonly HeadScores[]> {
  const file = storage && join(storage.folder, `${prefix}${model.info.sha256}${suffix}`);
  const kept = file && (await keptScores(file, model.info.layers * model.info.heads));
  if (kept) return kept;
  const scores = await measureHeads(model, options);
  if (storage && file) {
    await writeWhole(file, JSON.stringify({ version, thresholds: roleThresholds, scores })).catch(
      () => undefined,
    );
    await trimFolder(storage.folder, storage.limit, isScoreFile).catch(() => undefined);
  }
  return scores;
}

const prefix = 'heads-';
const suffix = '.json';
const isScoreFile = (name: string) => name.startsWith(prefix) && name.endsWith(suffix);

/** What a file keeps of a model with so many heads; null for anything but a whole file of this version. */
export async function keptScores(file: string, heads: number): Promise<readonly HeadScores[] | null> {
  const content: Partial<Content> | null = await readJson(file, fileLimits, 'storage').catch(() => null);
  const fits =
    content?.version === version &&
    JSON.stringify(content.thresholds) === JSON.stringify(roleThresholds) &&
    Array.isArray(content.scores) &&
    content.scores.length === heads &&
    content.scores.every(isScores);
  if (!fits) return null;
  const now = new Date();
  await utimes(file, now, now).catch(() => undefined);
  return content.scores ?? null;
}

interface Content {
  readonly version: number;
  readonly thresholds: unknown;
  readonly scores: readonly HeadScores[];
}

function isScores(value: unknown): boolean {
  const { layer, head, previous, duplicate, induction, copying, roles } = (value ??
    {}) as Partial<HeadScores>;
  const numbers = [layer, head, previous, duplicate, induction, copying];
  return (
    numbers.every(Number.isFinite) &&
    Array.isArray(roles) &&
    roles.every((role) => Object.hasOwn(roleThresholds, role))
  );
}
