// The transcoders of a model, one for each MLP that has one: checked when they are opened, loaded when they are used.
import type { HookPoint } from '../backbones/hook-points.ts';
import type { LanguageBackbone } from '../backbones/language/types.ts';
import { UserError } from '../base/errors.ts';
import { type DeviceName, openKernels } from '../compute/kernels/open.ts';
import type { Kernels } from '../compute/kernels/types.ts';
import type { SparseRows } from '../compute/sparse-rows.ts';
import { coderPath } from '../sae/checkpoints/read-coder.ts';
import { describeCheckpoint, readCheckpoint } from '../sae/checkpoints/registry.ts';
import type { CoderConfig, CoderPlace, CoderWeights, SparseCoder } from '../sae/coder.ts';
import { decode } from '../sae/decode.ts';
import { hookPointsOf } from '../sae/hook-points.ts';
import { normalizeInputs } from '../sae/normalization.ts';
import { type Coder, openCoder } from '../sae/open-coder.ts';
import { newestTranscoders } from '../training/runs/transcoders-of-runs.ts';
import { ofEachLayer } from './each-layer.ts';

/** A transcoder at work: it stands for the MLP of one layer. */
export interface Transcoder {
  /** What the person called it. */
  readonly name: string;
  readonly layer: number;
  /** Hook point that it reads: what the MLP reads, before or behind its layer norm. */
  readonly input: HookPoint;
  /** Hook point that it reconstructs: `blocks.{layer}.hook_mlp_out`. */
  readonly output: HookPoint;
  readonly config: CoderConfig;
  /** Rows of `wEnc` and `wDec` are features. */
  readonly weights: CoderWeights;
  /** Features of the model's own activations at `input`, `[rows, dModel]`. */
  encode(acts: Float32Array): Promise<SparseRows>;
  /** `Σ f_i W_dec[i] + b_dec`, `[rows, dModel]`; `acts` are needed where there is a skip connection. */
  decode(codes: SparseRows, acts: Float32Array): Float32Array;
  /** What it gives in the MLP's place: `decode(encode(acts))`. */
  reconstruct(acts: Float32Array): Promise<Float32Array>;
}

/** A coder and where it reads and writes, without what runs it. */
export type PlacedCoder = Pick<
  Transcoder,
  'name' | 'layer' | 'input' | 'output' | 'config' | 'weights'
>;

/** The transcoders of a model. */
export interface TranscoderSet {
  /** Layers that have one, ascending. */
  readonly layers: readonly number[];
  /** Where each reads and writes, known without its weights. */
  readonly places: ReadonlyMap<number, CoderPlace>;
  /** What the person called each. */
  readonly names: ReadonlyMap<number, string>;
  /**
   * The transcoder of a layer, loaded at the first call.
   *
   * @throws {UserError} for a layer without one.
   */
  at(layer: number): Promise<Transcoder>;
  /** The same transcoders for some layers only. Closing it closes nothing. */
  only(layers: readonly number[]): TranscoderSet;
  close(): Promise<void>;
}

/** Which model transcoders belong to, and where they run. */
export interface TranscoderOptions {
  /** The model that they belong to. */
  readonly backbone: Pick<LanguageBackbone, 'config' | 'hookPoints' | 'optionalHookPoints'>;
  /** Kernels to run on; new ones, closed with the set, when undefined. */
  readonly kernels?: Kernels;
  /** Device of those new ones. @default 'cpu' */
  readonly device?: DeviceName;
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/** A transcoder that has not been loaded. */
export interface TranscoderFile {
  readonly name: string;
  readonly places: CoderPlace;
  readonly config: CoderConfig;
  read(): Promise<SparseCoder>;
}

/**
 * Open transcoders by name: run directories, checkpoints or `hf-hub:` names, which say themselves where they belong;
 * `LAYER=NAME` gives the layer of one that does not. A name with `{layer}` stands for all that have a number in its place. Of
 * several runs, or of a folder of runs, the newest of each layer is taken.
 *
 * @throws {UserError} for those that are missing, for two of one layer, and for those that do not fit the model: another
 * width, another hook point.
 */
export async function openTranscoders(
  names: readonly string[],
  options: TranscoderOptions,
): Promise<TranscoderSet> {
  const files: TranscoderFile[] = [];
  const { signal } = options;
  const all = await ofEachLayer(names, signal && { signal });
  for (const name of await newestTranscoders(all)) files.push(await transcoderFile(name, signal));
  return transcoderSet(files, options);
}

/**
 * Put transcoders together that were found or made elsewhere.
 * @throws {UserError} as {@link openTranscoders} does.
 */
export function transcoderSet(
  files: readonly TranscoderFile[],
  options: TranscoderOptions,
): TranscoderSet {
  const byLayer = new Map<number, TranscoderFile>();
  for (const file of [...files].sort((a, b) => a.places.layer - b.places.layer)) {
    checkFits(file, options);
    const other = byLayer.get(file.places.layer);
    if (other !== undefined) {
      throw new UserError(
        `invalid transcoders: '${other.name}' and '${file.name}' are both for layer ${file.places.layer}`,
      );
    }
    byLayer.set(file.places.layer, file);
  }
  let kernels: Promise<Kernels> | undefined;
  const own = (): Promise<Kernels> => {
    kernels ??= options.kernels
      ? Promise.resolve(options.kernels)
      : openKernels({ device: options.device, threads: options.threads });
    return kernels;
  };
  const loaded = new Map<number, Promise<LoadedTranscoder>>();
  const load = (layer: number, known: readonly number[]): Promise<Transcoder> => {
    if (!known.includes(layer)) {
      throw new UserError(`missing transcoder of layer ${layer}`, {
        hint: `there are transcoders of layers ${known.join(', ') || '(none)'}`,
      });
    }
    const transcoder = loaded.get(layer) ?? loadTranscoder(byLayer.get(layer)!, own);
    loaded.set(layer, transcoder);
    transcoder.catch(() => loaded.delete(layer));
    return transcoder;
  };
  const view = (layers: readonly number[]): Omit<TranscoderSet, 'close'> => ({
    layers,
    places: new Map(layers.map((layer) => [layer, byLayer.get(layer)!.places])),
    names: new Map(layers.map((layer) => [layer, byLayer.get(layer)!.name])),
    at: async (layer) => load(layer, layers),
    only: (some) => ({
      ...view(layers.filter((layer) => some.includes(layer))),
      close: async () => undefined,
    }),
  });
  return {
    ...view([...byLayer.keys()]),
    async close() {
      const all = await Promise.allSettled(loaded.values());
      for (const each of all) if (each.status === 'fulfilled') await each.value.close();
      if (options.kernels === undefined) await (await kernels)?.close();
    },
  };
}

interface LoadedTranscoder extends Transcoder {
  close(): Promise<void>;
}

/** Read the weights; the kernels' own copy of them is made when it first encodes. */
async function loadTranscoder(
  { name, places, config, read }: TranscoderFile,
  kernels: () => Promise<Kernels>,
): Promise<LoadedTranscoder> {
  const coder = await read();
  let running: Promise<Coder> | undefined;
  const encode = async (acts: Float32Array): Promise<SparseRows> => {
    running ??= kernels().then((shared) => openCoder(coder, { kernels: shared }));
    return (await running).encode(acts);
  };
  const decodeCodes = (codes: SparseRows, acts: Float32Array): Float32Array =>
    decode(codes, coder, normalizeInputs(acts, config));
  return {
    name,
    layer: places.layer,
    input: places.input,
    output: places.output,
    config,
    weights: coder.weights,
    encode,
    decode: decodeCodes,
    reconstruct: async (acts) => decodeCodes(await encode(acts), acts),
    close: async () => (await running)?.close(),
  };
}

async function transcoderFile(given: string, signal?: AbortSignal): Promise<TranscoderFile> {
  const [, layer, path] = /^(\d+)=(.+)$/.exec(given) ?? [];
  const name = path ?? given;
  const checkpoint = await coderPath(name, { signal });
  const { config } = await describeCheckpoint(checkpoint);
  const block = `blocks.${layer}`;
  const places =
    layer === undefined
      ? hookPointsOf({ config }, `'${name}'`)
      : {
          layer: Number(layer),
          input: `${block}.ln2.hook_normalized`,
          output: `${block}.hook_mlp_out`,
        };
  return { name, places, config, read: () => readCheckpoint(checkpoint) };
}

/** Points that a transcoder of an MLP may read: what the layer norm before the MLP reads, and what it gives. */
const INPUTS = ['ln2.hook_normalized', 'hook_resid_mid', 'hook_mlp_in'];

function checkFits(
  { name, places, config }: TranscoderFile,
  { backbone }: TranscoderOptions,
): void {
  const { nLayers, dModel } = backbone.config;
  const { layer, input, output, head } = places;
  if (layer >= nLayers) {
    throw new UserError(
      `invalid transcoder '${name}': it is for layer ${layer}, the model has ${nLayers}`,
    );
  }
  const block = `blocks.${layer}`;
  const known = INPUTS.map((point) => `${block}.${point}`).filter((point) =>
    [...backbone.hookPoints, ...backbone.optionalHookPoints].includes(point),
  );
  if (head !== undefined || !known.includes(input) || output !== `${block}.hook_mlp_out`) {
    const what = output === input ? `an SAE of '${input}'` : `from '${input}' to '${output}'`;
    throw new UserError(`unsupported transcoder '${name}': it is ${what}`, {
      hint: `expected one from '${known.join("' or '")}' to '${block}.hook_mlp_out'`,
    });
  }
  for (const [what, width] of [
    ['inputs', config.dIn],
    ['outputs', config.dOut],
  ] as const) {
    if (width === dModel) continue;
    throw new UserError(
      `invalid transcoder '${name}': its ${what} have ${width} numbers, those of the model ${dModel}`,
      { hint: 'is this the model that it was trained on?' },
    );
  }
}
