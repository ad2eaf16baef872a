// A coder with everything it needs to be asked about an image or a text, opened by its name alone and kept open.
import type { Scaling } from '../../activations/reading/scaling.ts';
import { openSource } from '../../activations/source.ts';
import { type LanguageModel, openLanguageModel } from '../../backbones/language/open.ts';
import type { VisionBackbone } from '../../backbones/types.ts';
import { openVisionModel } from '../../backbones/vision/open.ts';
import { UserError } from '../../base/errors.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import { readCoder } from '../../sae/checkpoints/read-coder.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import { type Coder, openCoder } from '../../sae/open-coder.ts';
import { scalingOf } from '../../visuals/coder-scaling.ts';
import { describeCoder, type HomeOptions, type ImageHome, type TextHome } from './home.ts';
import { type ImageRows, imageRows, type TextRows, textRows } from './rows.ts';
import { type SharedModels, sharedModels } from './shared-models.ts';

/** How a coder is opened to be asked. */
export interface AskableOptions extends HomeOptions {
  /** Threads of the model and the coder; one a core when undefined. */
  readonly threads?: number | undefined;
  /** Models that other coders have open. */
  readonly models?: SharedModels | undefined;
}

/** A coder that can be asked. */
export type Askable = AskableImages | AskableTexts;

interface AnyAskable {
  /** The run or checkpoint as it was named. */
  readonly name: string;
  readonly coder: Coder;
  /** How rows are scaled; undefined where nothing says it: then each example is by its own rows. */
  readonly scaling: Scaling | undefined;
  /** Codes `[rows, dSae]` of scaled rows; questions that come together are answered in turn. */
  encode(rows: Float32Array): Promise<SparseRows>;
  /** Ends the coder, and the model unless others use it. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A coder of a vision transformer. */
export interface AskableImages extends AnyAskable {
  readonly modality: 'image';
  readonly home: ImageHome;
  readonly backbone: VisionBackbone;
  readonly rows: ImageRows;
}

/** A coder of a language model. */
export interface AskableTexts extends AnyAskable {
  readonly modality: 'text';
  readonly home: TextHome;
  readonly backbone: LanguageModel;
  readonly rows: TextRows;
}

/**
 * Open a coder with its model, by the name of its run or checkpoint (a file, a folder, `hf-hub:owner/name`), and keep both
 * open for questions. Inputs are normalised as in training.
 * @throws {UserError} when there is no such coder, when nothing says which model it belongs to, and when model and coder
 * do not fit each other
 */
export async function openAskable(name: string, options: AskableOptions = {}): Promise<Askable> {
  const { home, config } = await describeCoder(name, options);
  const { threads, signal, models = sharedModels() } = options;
  const run = { ...(threads !== undefined && { threads }), ...(signal && { signal }) };
  const read = await readCoder(name, { ...(signal && { signal }) });
  const scaling = await scalingFor(read, home);
  const withCoder = async <Opened extends ModelAndRows>(opened: Opened) => {
    try {
      if (opened.rows.dModel !== config.dIn) throw misfit(name, config.dIn, opened);
      const coder = await openCoder(read, run);
      const close = async (): Promise<void> => {
        await coder.close();
        await opened.backbone.close();
      };
      const encode = inTurn(coder.encodeScaled);
      return { name, coder, scaling, encode, ...opened, close, [Symbol.asyncDispose]: close };
    } catch (error) {
      await opened.backbone.close();
      throw error;
    }
  };
  if (home.modality === 'image') {
    const { family, checkpoint } = home;
    const backbone = await models.take(JSON.stringify(['vision', family, checkpoint]), () =>
      openVisionModel({ family, name: checkpoint }, run),
    );
    const rows = await closing(backbone, () => imageRows(backbone, home));
    return withCoder({ modality: 'image', home, backbone, rows } as const);
  }
  const { model, processing, tokenizer } = home;
  const key = JSON.stringify(['language', model, processing, tokenizer]);
  const backbone = await models.take(key, () =>
    openLanguageModel(model, { processing, ...(tokenizer !== undefined && { tokenizer }), ...run }),
  );
  const rows = await closing(backbone, () => textRows(backbone, home));
  return withCoder({ modality: 'text', home, backbone, rows } as const);
}

/** Let calls wait for the one before: a coder's memory holds the rows of one. */
function inTurn<In, Out>(work: (input: In) => Promise<Out>): (input: In) => Promise<Out> {
  let last: Promise<unknown> = Promise.resolve();
  return (input) => {
    const mine = last.then(() => work(input));
    last = mine.catch(() => undefined);
    return mine;
  };
}

interface ModelAndRows {
  readonly backbone: { readonly checkpoint: string; close(): Promise<void> };
  readonly rows: { readonly dModel: number };
}

async function closing<T>(opened: { close(): Promise<void> }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** The scale of training; of a coder that does not say it, that of its shards, as visuals take it. */
async function scalingFor(
  coder: SparseCoder,
  { data, hasShards, modality }: ImageHome | TextHome,
): Promise<Scaling | undefined> {
  const own = scalingOf(coder, { data });
  if (own !== undefined) return own;
  if (hasShards) {
    const { source, scaling } = await openSource({ ...data, target: undefined });
    await source.close();
    return scaling;
  }
  const { clamp, scaleMean, scaleNorm } = data;
  const isPlain = modality === 'text' && scaleMean === undefined && scaleNorm === undefined;
  return isPlain || (scaleMean === false && scaleNorm === false)
    ? { clamp, mean: undefined, scalar: 1 }
    : undefined;
}

function misfit(name: string, dIn: number, { backbone, rows }: ModelAndRows): UserError {
  return new UserError(
    `'${name}' does not fit its model: it reads rows of ${dIn}, ${backbone.checkpoint} gives ${rows.dModel}`,
    { hint: 'name another layer or model with --data' },
  );
}
