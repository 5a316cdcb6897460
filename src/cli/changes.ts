import type { Change } from '../core/change/change';
import { checkPart } from '../core/change/changePart';
import { parseChange } from '../core/change/changeText';
import { WhenceError } from '../core/errors';
import { type Steering, steeringChange } from '../core/steering';
import { sitesOf } from '../engine/change/sites';
import { readSteering, readValues } from '../engine/change/valuesFile';
import type { Model } from '../engine/model';

/** Options of the subcommands that change the model. */
export const changeOptionSpecs = {
  set: { type: 'string', multiple: true },
  steer: { type: 'string', multiple: true },
  'freeze-attention': { type: 'boolean', default: false },
} as const;

export const changeHelp = `  --set CHANGE     changes a part, as L3H2=mean, L3N118[-1]=scale:2, blocks.3.hook_resid_post[4:]=add:FILE*0.5; may be
                   given several times; docs/interventions.md has the grammar
  --steer FILE*X   adds a steering vector (whence steer makes them) X times, everywhere after its layer
  --freeze-attention  attention looks where it looks without the changes`;

interface Given {
  readonly set?: readonly string[] | undefined;
  readonly steer?: readonly string[] | undefined;
}

/**
 * The changes that options ask for. Their text is read at once; what is returned reads their files and holds their parts
 * against the model.
 *
 * @throws WhenceError `bad-argument` for what cannot be read as a change
 */
export function changesAsked({ set = [], steer = [] }: Given): (model: Model) => Promise<Change[]> {
  const written = set.map(parseChange);
  const vectors = steer.map(placeAndStrength);
  return async (model) => {
    const changes: Change[] = [];
    for (const change of written) changes.push(await withValues(change, model));
    for (const { place, strength } of vectors) {
      changes.push(steeringChange(await readSteering(place), strength));
    }
    return changes;
  };
}

async function withValues({ part, positions, how }: Change<string>, model: Model): Promise<Change> {
  checkPart(part, model.info);
  const { hook } = sitesOf(part, model)[0]!;
  const values = async (value: number | string) =>
    typeof value === 'number' ? value : readValues(value, hook);
  if (how.kind === 'set' || how.kind === 'add') {
    return { part, positions, how: { ...how, value: await values(how.value) } };
  }
  if (how.kind !== 'remove') return { part, positions, how };
  return { part, positions, how: { kind: 'remove', direction: await readValues(how.direction, hook) } };
}

/** What `--steer FILE*X` asks for. @throws WhenceError `bad-argument`, `bad-input` */
export async function steeringOf(text: string): Promise<Steering> {
  const { place, strength } = placeAndStrength(text);
  return { vector: await readSteering(place), strength };
}

function placeAndStrength(text: string): { readonly place: string; readonly strength: number } {
  const at = text.lastIndexOf('*');
  if (at === -1) return { place: text, strength: 1 };
  const strength = Number(text.slice(at + 1));
  if (at > 0 && text.slice(at + 1).trim() !== '' && Number.isFinite(strength)) {
    return { place: text.slice(0, at), strength };
  }
  throw new WhenceError('bad-argument', `--steer takes FILE*STRENGTH, not ${JSON.stringify(text)}.`);
}
