// The names of CLIP and SigLIP as open_clip resolves them (factory.py and pretrained.py of open_clip 3.3).
import { dirname, join } from 'node:path';
import { UserError, unknownName } from '../../../base/errors.ts';
import { kindOfPath, readJson } from '../../../base/files.ts';
import { logger } from '../../../base/log.ts';
import type { HubRepo } from '../../../hub/cache/cache-paths.ts';
import { type HubOptions, resolveHubFile } from '../../../hub/client.ts';
import { HubError } from '../../../hub/failures.ts';
import { isHubName } from '../../../hub/names.ts';
import { parseCheckpointName } from '../../checkpoint-name.ts';
import type { FoundTexts } from '../../text-tower/config.ts';
import { weightsFromHub, weightsFromPath } from '../../weight-files.ts';
import type { CheckpointConfig, FoundWeights } from '../types.ts';
import {
  type OpenClipConfig,
  type OpenClipPreprocess,
  preprocessConfig,
  readOpenClipConfig,
  towerConfig,
  towerOf,
} from './open-clip-config.ts';
import { OPEN_CLIP_ARCHS, OPEN_CLIP_TAGS } from './open-clip-table.ts';
import { textsOf, whyNoTexts } from './open-clip-text.ts';

const log = logger('checkpoints');

const CONFIG = 'open_clip_config.json';
/** Names of weights on the hub, best first. */
const WEIGHTS = ['open_clip_model.safetensors', 'open_clip_pytorch_model.bin'];

type Family = 'clip' | 'siglip';

/** Preprocessing where nothing else is known. */
const DEFAULT_PREPROCESS: Readonly<Record<Family, OpenClipPreprocess>> = {
  clip: {},
  siglip: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], resize_mode: 'squash' },
};

/**
 * Resolve `ARCH/TAG` (`ViT-B-16/openai`), `ARCH/FILE`, `hf-hub:org/name` (with `/folder`), `local-dir:FOLDER` or
 * a path.
 *
 * @throws {UserError} that names the nearest architectures or tags, or says that the image tower cannot be run.
 */
export async function resolveOpenClip(
  family: Family,
  checkpoint: string,
  options: HubOptions,
): Promise<FoundWeights> {
  const [arch, rest] = splitOnce(checkpoint, '/');
  if (!isHubName(checkpoint) && Object.hasOwn(OPEN_CLIP_ARCHS, arch)) {
    return resolveArch(family, arch, rest, options);
  }
  const name = await parseCheckpointName(checkpoint, options);
  switch (name.kind) {
    case 'hub':
      return resolveRepo(family, checkpoint, name.repo, options);
    case 'path':
      return resolvePath(family, name.path, options);
    case 'name':
      throw unknownName(`${family} architecture`, arch, archsOf(family));
  }
}

/** List the names that `ARCH/TAG` can be made of: tags by architecture. */
export function openClipNames(family: Family): ReadonlyMap<string, readonly string[]> {
  return new Map(
    archsOf(family).map((arch) => [arch, Object.keys(OPEN_CLIP_TAGS[arch] ?? {})] as const),
  );
}

/** Tell whether a name begins with an architecture of the family, as `ViT-B-16/openai` does. */
export function isOpenClipName(family: Family, checkpoint: string): boolean {
  return openClipNames(family).has(splitOnce(checkpoint, '/')[0]);
}

/** Say why a model of this name has no text tower that can be read, as far as its name tells. */
export function whyNoTextsOf(checkpoint: string): string | undefined {
  const [arch] = splitOnce(checkpoint, '/');
  const isKnown = !isHubName(checkpoint) && Object.hasOwn(OPEN_CLIP_ARCHS, arch);
  return isKnown ? whyNoTexts(OPEN_CLIP_ARCHS[arch]!) : undefined;
}

async function resolveArch(
  family: Family,
  arch: string,
  tag: string | undefined,
  options: HubOptions,
): Promise<FoundWeights> {
  const name = `${arch}/${tag ?? ''}`;
  const model = OPEN_CLIP_ARCHS[arch]!;
  checkTower(model, family, name);
  const tags = OPEN_CLIP_TAGS[arch] ?? {};
  const known = Object.keys(tags);
  if (!tag) {
    throw new UserError(`missing weights of '${arch}'`, {
      hint:
        known.length > 0
          ? `name them as in ${arch}/${known[0]}; known: ${known.join(', ')}`
          : `none are published; name a file, as in ${arch}/path/to/weights.safetensors`,
    });
  }
  const cleaned = tag.toLowerCase().replaceAll('-', '_');
  if (!Object.hasOwn(tags, cleaned)) {
    if ((await kindOfPath(tag)) !== 'file') throw unknownName(`weights of '${arch}'`, tag, known);
    // A file of the person's own is taken to be trained as the published weights of its architecture were.
    const preprocess = Object.values(tags)[0] ?? DEFAULT_PREPROCESS[family];
    const config = { ...towerConfig(model, name), ...preprocessConfig(preprocess, name) };
    const texts = textsOf(model, { folder: dirname(tag) });
    return { weights: await weightsFromPath(tag, options), config, texts };
  }
  const { hf_hub: place, quick_gelu: quickGelu = false, ...preprocess } = tags[cleaned]!;
  const { nameInRepo, repo } = splitPlace(place);
  const config = {
    ...towerConfig(model, name),
    ...preprocessConfig(preprocess, name),
    ...gelu(model, cleaned, quickGelu, name),
  };
  const texts = textsOf(model, { repo }, config.activation === 'quickgelu');
  return { weights: await weightsFromHub(repo, nameInRepo, options), config, texts };
}

/**
 * OpenAI's weights always run with QuickGELU, which they were trained with. For the other tags trained with it, the
 * architecture decides, as in open_clip: only `-quickgelu` names use it.
 */
function gelu(
  model: OpenClipConfig,
  tag: string,
  quickGelu: boolean,
  name: string,
): CheckpointConfig {
  if (tag === 'openai' && towerOf(model).family === 'clip') return { activation: 'quickgelu' };
  if (quickGelu && !model.quick_gelu && towerOf(model).family === 'clip') {
    log.warn("the weights of '{name}' were trained with QuickGELU but will run with GELU; {hint}", {
      name,
      hint: `'${name.replace('/', '-quickgelu/')}' runs them as they were trained`,
    });
  }
  return {};
}

async function resolveRepo(
  family: Family,
  checkpoint: string,
  repo: HubRepo,
  options: HubOptions,
): Promise<FoundWeights> {
  const path = await resolveHubFile(repo, CONFIG, options).catch((error: unknown) => {
    if (!(error instanceof HubError) || error.kind !== 'file') throw error;
    throw new UserError(`unsupported checkpoint '${checkpoint}': the repo has no ${CONFIG}`, {
      hint: "name a repo in open_clip's format, as hf-hub:timm/vit_base_patch16_clip_224.openai",
      cause: error,
    });
  });
  const { config, model } = await configOf(family, checkpoint, path);
  const texts = textsOf(model, { repo });
  return { weights: await weightsFromHub(repo, WEIGHTS, options), config, texts, configFile: path };
}

async function resolvePath(
  family: Family,
  path: string,
  options: HubOptions,
): Promise<FoundWeights> {
  const isFolder = (await kindOfPath(path)) === 'folder';
  const configPath = join(isFolder ? path : join(path, '..'), CONFIG);
  const weights = await weightsFromPath(path, options);
  if ((await kindOfPath(configPath)) === 'file') {
    const { config, model } = await configOf(family, path, configPath);
    const texts = textsOf(model, { folder: dirname(configPath) });
    return { weights, config, texts, configFile: configPath };
  }
  log.warn(
    "no {config} beside '{path}': assuming GELU and the preprocessing usual for {family}; {hint}",
    {
      config: CONFIG,
      path,
      family,
      hint: 'name the architecture too, as in ViT-B-16-quickgelu/path/to/weights.safetensors',
    },
  );
  const texts: FoundTexts =
    family === 'clip'
      ? { config: {}, tokenizer: { folder: dirname(configPath) } }
      : { unsupported: `no ${CONFIG} lies beside it to say what its text tower is like` };
  return { weights, config: preprocessConfig(DEFAULT_PREPROCESS[family], path), texts };
}

async function configOf(
  family: Family,
  name: string,
  path: string,
): Promise<{ config: CheckpointConfig; model: OpenClipConfig }> {
  const { model, preprocess } = readOpenClipConfig(await readJson(path, CONFIG), name);
  checkTower(model, family, name);
  const config = { ...towerConfig(model, name), ...preprocessConfig(preprocess, name) };
  return { config, model };
}

function checkTower(model: OpenClipConfig, family: Family, name: string): void {
  const tower = towerOf(model);
  if (tower.family === family) return;
  if (tower.family !== undefined) {
    throw new UserError(`unsupported checkpoint '${name}' of the family ${family}`, {
      hint: `it is of the family ${tower.family}`,
    });
  }
  throw new UserError(`unsupported checkpoint '${name}': its image tower is ${tower.what}`, {
    hint: "supported are open_clip's own vision transformers (clip) and timm's SigLIP models (siglip)",
  });
}

function archsOf(family: Family): string[] {
  return Object.keys(OPEN_CLIP_ARCHS).filter(
    (arch) => towerOf(OPEN_CLIP_ARCHS[arch]!).family === family,
  );
}

/** `org/name/` or `org/name/file.bin`, as open_clip writes places; a torch file may have a safetensors twin. */
function splitPlace(place: string): { repo: HubRepo; nameInRepo: readonly string[] } {
  const at = place.lastIndexOf('/');
  const file = place.slice(at + 1);
  const twin = file.replace(/\.(bin|pth)$/, '.safetensors');
  const nameInRepo = file === '' ? WEIGHTS : [...new Set([twin, file])];
  return { repo: { type: 'model', name: place.slice(0, at) }, nameInRepo };
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
