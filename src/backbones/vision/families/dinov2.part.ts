// The names of DINOv2's models as torch.hub knows them (facebookresearch/dinov2, hubconf.py).
import { homedir } from 'node:os';
import { join } from 'node:path';
import { unknownName } from '../../../base/errors.ts';
import { kindOfPath } from '../../../base/files.ts';
import type { HubOptions } from '../../../hub/client.ts';
import { parseCheckpointName } from '../../checkpoint-name.ts';
import { asSafetensors, weightsFromHub, weightsFromPath } from '../../weight-files.ts';
import type { ResolvedCheckpoint } from '../types.ts';

/** Name → the repository with the same weights as safetensors, and the file that torch.hub keeps. */
const MODELS: Readonly<Record<string, { repo: string; file: string }>> = Object.fromEntries(
  [
    ['s', 'small'],
    ['b', 'base'],
    ['l', 'large'],
    ['g', 'giant'],
  ].flatMap(([letter, size]) => [
    [
      `dinov2_vit${letter}14`,
      { repo: `facebook/dinov2-${size}`, file: `dinov2_vit${letter}14_pretrain.pth` },
    ],
    [
      `dinov2_vit${letter}14_reg`,
      {
        repo: `facebook/dinov2-with-registers-${size}`,
        file: `dinov2_vit${letter}14_reg4_pretrain.pth`,
      },
    ],
  ]),
);

/** Names of weights in a repository, best first. */
const WEIGHTS = ['model.safetensors', 'model.safetensors.index.json', 'pytorch_model.bin'];

/**
 * Resolve `dinov2_vitb14`, `dinov2_vitb14_reg` …, `hf-hub:org/name`, or the path of an original `.pth`. A file that
 * torch.hub downloaded before (`TORCH_HOME`) is used where it stands. Throws a UserError for an unknown name.
 */
export async function resolveDinov2(
  checkpoint: string,
  options: HubOptions,
): Promise<ResolvedCheckpoint> {
  return { family: 'dinov2', weights: await weightsOf(checkpoint, options), config: {} };
}

async function weightsOf(checkpoint: string, options: HubOptions): Promise<string> {
  if (Object.hasOwn(MODELS, checkpoint)) {
    const { repo, file } = MODELS[checkpoint]!;
    const original = join(torchHome(), 'hub', 'checkpoints', file);
    if ((await kindOfPath(original)) === 'file') return asSafetensors(original, options);
    return weightsFromHub({ type: 'model', name: repo }, WEIGHTS, options);
  }
  const name = await parseCheckpointName(checkpoint);
  if (name.kind === 'hub') return weightsFromHub(name.repo, WEIGHTS, options);
  if (name.kind === 'path') return weightsFromPath(name.path, options);
  throw unknownName('dinov2 checkpoint', checkpoint, Object.keys(MODELS));
}

function torchHome(env: NodeJS.ProcessEnv = process.env): string {
  if (env.TORCH_HOME) return env.TORCH_HOME;
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'torch');
}
