// Moondream2 by repository and revision: `vikhyatk/moondream2:2024-03-06`.
import { UserError } from '../../../base/errors.ts';
import type { HubRepo } from '../../../hub/cache-paths.ts';
import type { HubOptions } from '../../../hub/client.ts';
import { parseCheckpointName } from '../../checkpoint-name.ts';
import { weightsFromHub, weightsFromPath } from '../../weight-files.ts';
import type { BackboneConfig, ResolvedCheckpoint } from '../types.ts';

/** Names of weights in the repository, best first. */
const WEIGHTS = ['model.safetensors', 'model.safetensors.index.json', 'pytorch_model.bin'];

/** The first revision whose encoder is no longer timm's SigLIP transformer. */
const OWN_ENCODER_SINCE = '2024-04-02';

/** timm's transformer: exact GELU, and its own epsilon. */
const TIMM_ENCODER: BackboneConfig = { activation: 'gelu', layerNormEpsilon: 1e-6 };

/**
 * Resolve `repo:revision`, `hf-hub:repo@revision`, or a path. The revisions of March 2024 built their encoder with timm
 * (exact GELU); the later ones of that year have their own (GELU by tanh).
 */
export async function resolveMoondream2(
  checkpoint: string,
  options: HubOptions,
): Promise<ResolvedCheckpoint> {
  const name = await parseCheckpointName(checkpoint);
  if (name.kind === 'path') {
    const weights = await weightsFromPath(name.path, options);
    return { family: 'moondream2', weights, config: {} };
  }
  const repo = name.kind === 'hub' ? name.repo : repoOf(name.name);
  const weights = await weightsFromHub(repo, WEIGHTS, options);
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(repo.revision ?? '');
  const config = isDate && repo.revision! < OWN_ENCODER_SINCE ? TIMM_ENCODER : {};
  return { family: 'moondream2', weights, config };
}

function repoOf(name: string): HubRepo {
  const [repo, revision, ...rest] = name.split(':');
  if (!repo || !revision || rest.length > 0) {
    throw new UserError(`invalid moondream2 checkpoint: '${name}'`, {
      hint: 'write repo:revision, as in vikhyatk/moondream2:2024-03-06',
    });
  }
  return { type: 'model', name: repo, revision };
}
