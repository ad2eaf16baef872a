// Which coders are measured, and the language model that each belongs to.
import { basename, dirname } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { stableJson } from '../../base/json.ts';
import { TextConfig } from '../../data/texts/config.ts';
import { isHubName } from '../../hub/names.ts';
import { coderPath } from '../../sae/checkpoints/read-coder.ts';
import { describeCheckpoint } from '../../sae/checkpoints/registry.ts';
import type { CoderConfig, CoderPlace } from '../../sae/coder.ts';
import { hookPointsOf } from '../../sae/hook-points.ts';
import { findCoders } from '../../training/runs/choose-coder.ts';
import { languageOfCoder } from '../../training/runs/language-of-coder.ts';
import { trainedOn } from '../semprobe/coder-in-model.ts';
import type { SharedBenchConfig } from './config.ts';

/** A coder by name, not yet read. */
export interface NamedCoder {
  /** The run, checkpoint or repository. */
  readonly path: string;
  /** What results call it. */
  readonly name: string;
  readonly config: CoderConfig;
  readonly place: CoderPlace;
}

/** A language model and how it reads texts. */
export interface BenchedModel {
  readonly model: string;
  readonly tokenizer: string | undefined;
  readonly processing: boolean;
  readonly prependBos: boolean;
  /** Texts of training, where all that is known of the coders says so. */
  readonly texts: TextConfig | undefined;
}

/** Coders of one model. */
export interface CodersOfModel extends BenchedModel {
  readonly coders: readonly NamedCoder[];
}

/**
 * Find the coders that settings name, by the model that they belong to: what settings say of it comes before what the run
 * and the checkpoint say.
 * @throws {UserError} for a coder that is missing, or that nothing places in a language model.
 */
export async function codersByModel(
  config: SharedBenchConfig,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<CodersOfModel[]> {
  const paths = await eachCoder(config.coders);
  const names = namesOf(paths);
  const models = new Map<string, BenchedModel & { coders: NamedCoder[] }>();
  for (const [i, path] of paths.entries()) {
    const found = await describeCheckpoint(
      await coderPath(path, { ...(options.signal && { signal: options.signal }) }),
    );
    const own = await modelOf(path, found.config, config);
    const key = stableJson(own);
    const known = models.get(key) ?? { ...own, coders: [] };
    const place = hookPointsOf(found, `'${path}'`);
    known.coders.push({ path, name: names[i]!, config: found.config, place });
    models.set(key, known);
  }
  return [...models.values()];
}

async function modelOf(
  path: string,
  coder: CoderConfig,
  given: SharedBenchConfig,
): Promise<BenchedModel> {
  const known = await languageOfCoder(coder);
  const ofRun = isHubName(path) ? {} : await trainedOn(path);
  const model = given.model ?? known.model ?? ofRun.model;
  if (model === undefined || coder.place?.input === undefined) {
    const what =
      coder.place?.input === undefined ? 'where in a language model it belongs' : 'its model';
    throw new UserError(`invalid coder: '${path}' does not say ${what}`, {
      hint:
        coder.place?.input === undefined
          ? "SAEBench measures coders of language models; those of images are measured by 'saev score'"
          : 'name it with --model',
    });
  }
  const isTheirs = given.model === undefined;
  return {
    model,
    tokenizer: given.tokenizer ?? (isTheirs ? (known.tokenizer ?? ofRun.tokenizer) : undefined),
    processing: given.processing ?? known.processing ?? ofRun.processing ?? true,
    prependBos: given.prependBos ?? known.prependBos ?? ofRun.prependBos ?? true,
    texts: known.texts ?? TextConfig.safeParse(ofRun.texts).data,
  };
}

/** Name every finished run of folders of runs; the rest by itself. */
async function eachCoder(given: readonly string[]): Promise<string[]> {
  const paths: string[] = [];
  for (const name of given) {
    if (isHubName(name)) paths.push(name);
    else paths.push(...(await findCoders([name])).map(({ path }) => path));
  }
  if (paths.length > 0) return [...new Set(paths)];
  throw new UserError(`missing coders: there is no finished run in '${given.join("', '")}'`, {
    hint: "train some with 'saev train', or name a checkpoint",
  });
}

/** Call coders by their last name, and by the folder before it where several have the same. */
function namesOf(paths: readonly string[]): string[] {
  const short = (path: string): string =>
    isHubName(path) ? path.replace(/^hf-hub:/, '') : basename(path);
  return paths.map((path) => {
    const isTaken = paths.some((other) => other !== path && short(other) === short(path));
    return isTaken && !isHubName(path) ? `${basename(dirname(path))}/${short(path)}` : short(path);
  });
}
