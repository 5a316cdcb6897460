import { type IndexHeader, indexLimits } from './format';

/** The header of a file, checked field by field. Throws `RangeError` for what is missing, wrong or beyond a limit. */
export function checkHeader(value: unknown): IndexHeader {
  const header = objectOf(value, 'header');
  const model = objectOf(header.model, 'model');
  const corpus = objectOf(header.corpus, 'corpus');
  const checked: IndexHeader = {
    version: countOf(header.version, 'version', Number.MAX_SAFE_INTEGER),
    model: {
      id: textOf(model.id, 'model.id'),
      sha256: hashOf(model.sha256, 'model.sha256'),
      architecture: textOf(model.architecture, 'model.architecture'),
      parameters: countOf(model.parameters, 'model.parameters', Number.MAX_SAFE_INTEGER),
      precision: 'fp32',
    },
    layers: countOf(header.layers, 'layers', indexLimits.layers),
    heads: countOf(header.heads, 'heads', indexLimits.heads),
    neurons: countOf(header.neurons, 'neurons', indexLimits.neurons),
    corpus: {
      name: textOf(corpus.name, 'corpus.name'),
      sha256: hashOf(corpus.sha256, 'corpus.sha256'),
      files: countOf(corpus.files, 'corpus.files', indexLimits.files),
      texts: countOf(corpus.texts, 'corpus.texts', indexLimits.texts),
      tokens: countOf(corpus.tokens, 'corpus.tokens', Number.MAX_SAFE_INTEGER),
    },
    files: listOf(header.files, 'files', indexLimits.files).map((file) => textOf(file, 'files')),
    shares: listOf(header.shares, 'shares', indexLimits.quantiles).map((share) => shareOf(share)),
  };
  const parts = checked.layers * (checked.heads + checked.neurons);
  if (parts > indexLimits.parts) throw new RangeError(`It has more than ${indexLimits.parts} parts.`);
  return checked;
}

function objectOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new RangeError(`Its ${name} is missing.`);
  return value as Readonly<Record<string, unknown>>;
}

function listOf(value: unknown, name: string, most: number): readonly unknown[] {
  if (Array.isArray(value) && value.length <= most) return value;
  throw new RangeError(`Its ${name} are no list of at most ${most}.`);
}

const longestText = 4096;

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string' && value.length <= longestText) return value;
  throw new RangeError(`Its ${name} is no text.`);
}

function hashOf(value: unknown, name: string): string {
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value;
  throw new RangeError(`Its ${name} is no SHA-256.`);
}

function countOf(value: unknown, name: string, most: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most) return value;
  throw new RangeError(`Its ${name} is no whole number up to ${most}.`);
}

function shareOf(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw new RangeError('Its shares are not between 0 and 1.');
}
