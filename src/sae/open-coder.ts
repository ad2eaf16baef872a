// A trained coder at work: activations as the model has them in, sparse codes out, and back again.
import { logger } from '../base/log.ts';
import { number } from '../base/text.ts';
import { type DeviceName, openKernels } from '../compute/kernels/open.ts';
import type { Kernels } from '../compute/kernels/types.ts';
import { readCoder } from './checkpoints/read-coder.ts';
import type { InputNormalization, SparseCoder } from './coder.ts';
import { type Coder, coderAtWork, UNSAID } from './coder-at-work.ts';
import { estimateNormalization, withNormalization } from './normalization.ts';

export type { Coder, CodesAndSums } from './coder-at-work.ts';

const log = logger('coder');

/** Where a coder runs. */
export interface CoderOptions {
  /** Kernels to run on; new ones, closed with the coder, when undefined. */
  readonly kernels?: Kernels;
  /** Device of those new ones. @default 'cpu' */
  readonly device?: DeviceName;
  /** Threads of those new ones; one a core when undefined. */
  readonly threads?: number;
  /** Rows taken at a time; longer inputs are taken in pieces. @default 4096 */
  readonly maxRows?: number;
  /** How inputs were centred and scaled in training, where the checkpoint does not say; before what it says. */
  readonly normalization?: InputNormalization;
  /**
   * Activations of the model `[rows, dIn]` to estimate that from, where neither the checkpoint nor `normalization` says
   * it. The more rows, of the more examples, the better.
   */
  readonly sample?: Float32Array;
  /** Gives up fetching a coder from the hub. */
  readonly signal?: AbortSignal;
}

/**
 * Set a coder to work: one that has been read, or the one that a name points to, as {@link readCoder} finds it.
 * Where its file does not say how inputs were centred and scaled, as published ones of saev do not, `normalization` or a
 * `sample` of activations tells; without them it is estimated from the first rows that come, with a warning.
 * @throws {UserError} when there is no such coder, it is damaged, or does not fit the memory of the kernels
 */
export async function openCoder(
  coder: string | SparseCoder,
  options: CoderOptions = {},
): Promise<Coder> {
  const read =
    typeof coder === 'string' ? await readCoder(coder, { signal: options.signal }) : coder;
  const { config, weights } = await normalized(read, options);
  const { device, threads } = options;
  const kernels = options.kernels ?? (await openKernels({ device, threads }));
  const closeKernels = async (): Promise<void> => {
    if (options.kernels === undefined) await kernels.close();
  };
  const { maxRows = 4096 } = options;
  const warn = (message: string): void => process.emitWarning(message);
  const work = { kernels, maxRows, closeKernels, warn };
  return coderAtWork({ config, weights }, work).catch(async (error) => {
    await closeKernels();
    throw error;
  });
}

/** The coder with what its file leaves open: how its inputs are centred and scaled. */
async function normalized(
  coder: SparseCoder,
  { normalization, sample }: CoderOptions,
): Promise<SparseCoder> {
  const { dIn, isScaleUnsaid } = coder.config;
  if (normalization !== undefined) return withNormalization(coder, normalization);
  if (isScaleUnsaid !== true || sample === undefined) return coder;
  log.info(`${UNSAID}: estimated from ${number(sample.length / dIn)} rows`);
  return withNormalization(coder, await estimateNormalization(sample, dIn));
}
