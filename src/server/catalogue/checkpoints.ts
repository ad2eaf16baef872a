// Checkpoints that lie in no run: published coders, and copies. Each says for itself which model it belongs to, or cannot be asked.
import type { ModelEntry } from '../../pages/catalogue.ts';
import { describeCoder } from '../../studies/asking/home.ts';
import { entryOf, faultOf } from './entry.ts';
import type { Found } from './find.ts';
import type { Memory } from './memory.ts';

/** Files of a checkpoint; weights are never read for the catalogue. */
const FILES = [
  { name: 'cfg.json' },
  { name: 'sae_weights.safetensors', maxBytes: Number.MAX_SAFE_INTEGER },
];

/** Describe a checkpoint without a run. */
export async function describeCheckpointAlone(found: Found, memory: Memory): Promise<ModelEntry> {
  try {
    const facts = await memory.recall('checkpoint', found.folder, FILES, () =>
      readFacts(found.folder),
    );
    return { ...entryOf(found), ...facts };
  } catch (error) {
    const nothing = { modality: 'image', dSae: 0, model: '', place: '' } as const;
    return { ...entryOf(found), ...nothing, ...faultOf(error, found) };
  }
}

async function readFacts(folder: string) {
  const { config, home } = await describeCoder(folder);
  const place = typeof home.layer === 'number' ? `layer ${home.layer}` : home.layer;
  const model = home.modality === 'image' ? home.checkpoint : home.model;
  return { modality: home.modality, dSae: config.dSae, model, place: config.place?.input ?? place };
}
