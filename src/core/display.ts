/** Probability for reading: two digits, three where two would say 0, never a misleading 0 or 1. */
export function showProbability(probability: number): string {
  if (probability < 0.0005) return '<0.001';
  if (probability < 0.01) return probability.toFixed(3);
  if (probability > 0.995 && probability < 1) return '>0.99';
  return probability.toFixed(2);
}

/** A contribution in logits, always with its sign: `+1.83`, `−0.40`. */
export function showSigned(value: number): string {
  const digits = Math.abs(value).toFixed(2);
  if (Number(digits) === 0) return '0.00';
  return `${value < 0 ? '−' : '+'}${digits}`;
}

/** `61%`. What it is a share of is said beside it. */
export function showShare(share: number): string {
  return share > 0 && share < 0.005 ? '<1%' : `${Math.round(share * 100)}%`;
}

/** `36 kB`, `5.1 MB`, `135 MB`, `2.7 GB`: of files and memory, by powers of ten. */
export function showBytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** `1 token`, `1,204 tokens`. */
export function showCount(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** `1st choice`, `22nd choice`. */
export function showRank(rank: number): string {
  const tens = rank % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][rank % 10] ?? 'th');
  return `${rank.toLocaleString('en')}${suffix} choice`;
}

/** A token by itself, with what cannot be seen made visible: `·` space, `⏎` line break, `⇥` tab. */
export function showToken(text: string): string {
  if (text === '') return '∅';
  return text.replaceAll(/\r?\n/g, '⏎').replaceAll('\r', '␍').replaceAll('\t', '⇥').replaceAll(' ', '·');
}

/** A token within a sentence: runs of spaces and line breaks get a name, long ones are cut. */
export function nameToken(text: string, longest = 24): string {
  if (/^ +$/.test(text)) return text.length === 1 ? 'a space' : `${text.length} spaces`;
  if (/^(\r?\n)+$/.test(text)) return 'a line break';
  if (/^\r?\n[ \t]+$/.test(text)) return 'a line break and indentation';
  const shown = showToken(text.trim() === '' ? text : text.trim());
  const characters = [...shown];
  return `‘${characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : shown}’`;
}
