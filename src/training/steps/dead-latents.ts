// Starting dead latents again from rows that the coder handles badly: which rows those are.
import { LOSS } from '../../backbones/language/types.ts';
import { Random } from '../../base/random.ts';
import type { Kernels } from '../../compute/kernels/types.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import type { Learner } from '../../sae/learning/learner.ts';
import { drawRows, type ResamplingMethod } from '../../sae/learning/resampling.ts';
import { normalizeInputs } from '../../sae/normalization.ts';
import { openCoder } from '../../sae/open-coder.ts';
import { replaced, rowsAt } from '../evaluation/substitution.ts';
import { readTokens, type TextModelOfRows } from '../evaluation/texts.ts';

/** What a resampling draws from. */
interface ResampleContext {
  readonly kernels: Kernels;
  readonly method: ResamplingMethod;
  /** Norm of new encoder rows, as a share of that of the others. */
  readonly scale: number;
  /** Decides the draw. */
  readonly seed: number;
  readonly step: number;
  /** For `anthropic`: the model, and how often it is run. */
  readonly text?: TextModelOfRows;
  readonly nRuns: number;
  /** For `l2`: the batch of the step. */
  readonly batch: { readonly acts: Float32Array; readonly targets?: Float32Array };
  readonly signal?: AbortSignal;
}

/**
 * Give dead latents of `learner` new weights and return how many got some: fewer than there are where the rows to draw
 * from are fewer, and none where no row is handled badly.
 */
export async function resampleDead(
  learner: Learner,
  coder: SparseCoder,
  dead: Uint32Array,
  context: ResampleContext,
): Promise<number> {
  const { method, scale, seed, step } = context;
  const random = new Random(seed, `resample ${step}`);
  const found =
    method === 'anthropic'
      ? await lossIncreases(coder, context, random)
      : await squaredErrors(learner, context);
  const { inputs, targets, losses } = found;
  const drawn = drawRows(losses, dead.length, { method, random });
  const { dIn, dOut } = coder.config;
  const rows = {
    inputs: rowsOf(inputs, drawn, dIn),
    targets: targets && rowsOf(targets, drawn, dOut),
  };
  await learner.resample(dead.subarray(0, drawn.length), rows, { method, scale });
  return drawn.length;
}

/** Some rows of `[rows, d]`, in the order in which they are named. */
function rowsOf(values: Float32Array, rows: Uint32Array, d: number): Float32Array {
  const out = new Float32Array(rows.length * d);
  rows.forEach((row, k) => {
    out.set(values.subarray(row * d, (row + 1) * d), k * d);
  });
  return out;
}

/** Rows to point latents at, and how badly the coder does on each. */
interface BadRows {
  /** `[rows, dIn]` */
  readonly inputs: Float32Array;
  /** `[rows, dOut]`, of a transcoder. */
  readonly targets?: Float32Array | undefined;
  readonly losses: Float64Array;
}

/**
 * One position of each context, drawn in proportion to how much its loss rises with the coder in place (Bricken et al.
 * 2023). Where the original subtracts from the mean loss of a batch, the loss of the same token is taken here.
 */
async function lossIncreases(
  coder: SparseCoder,
  { kernels, text, nRuns, signal }: ResampleContext,
  random: Random,
): Promise<BadRows> {
  if (text === undefined)
    throw new TypeError('resampling: no language model to measure the loss of');
  const { backbone, batchContexts, trained, place } = text;
  const { nContexts, from } = trained;
  const { dIn: d, dOut } = coder.config;
  const isTranscoder = place.input !== place.output;
  const total = Math.min(nRuns * batchContexts, nContexts - from);
  const inputs = new Float32Array(total * d);
  const targets = isTranscoder ? new Float32Array(total * dOut) : undefined;
  const losses = new Float64Array(total);
  const first = from + random.int(nContexts - from);
  const running = await openCoder(coder, { kernels });
  try {
    for (let at = 0; at < total; at += batchContexts) {
      const tokens = await readTokens(trained, first + at, Math.min(batchContexts, total - at), {
        from,
      });
      const places = isTranscoder ? [place.input, place.output] : [place.input];
      const clean = await backbone.run(tokens, { record: [LOSS, ...places], signal });
      const interventions = replaced({ ...place, reconstruct: running.reconstruct });
      const loss = (await backbone.run(tokens, { record: [LOSS], interventions, signal })).get(
        LOSS,
      )!;
      const acts = normalizeInputs(rowsAt(clean.get(place.input)!, place.head), coder.config);
      const outputs = isTranscoder ? rowsAt(clean.get(place.output)!, place.head) : acts;
      const before = clean.get(LOSS)!.data;
      const positions = loss.shape[1]!;
      for (let r = 0; r < tokens.length; r++) {
        // The last position predicts nothing.
        const rises = Float64Array.from({ length: positions - 1 }, (_, p) => {
          const i = r * positions + p;
          return loss.data[i]! - before[i]!;
        });
        const [position] = drawRows(rises, 1, { method: 'anthropic', random });
        if (position === undefined) continue;
        losses[at + r] = rises[position]!;
        const from = (r * positions + position) * d;
        inputs.set(acts.subarray(from, from + d), (at + r) * d);
        const to = (r * positions + position) * dOut;
        targets?.set(outputs.subarray(to, to + dOut), (at + r) * dOut);
      }
    }
  } finally {
    await running.close();
  }
  return { inputs, targets, losses };
}

/** `|x̂ − target|²` of each row of a batch. */
async function squaredErrors(
  { device, evaluate }: Learner,
  { batch }: ResampleContext,
): Promise<BadRows> {
  const { acts, targets = acts } = batch;
  const { codes } = await evaluate(acts, batch.targets);
  const outputs = await device.decode(codes);
  const d = device.shape.dOut;
  const losses = new Float64Array(outputs.length / d);
  outputs.forEach((value, i) => {
    losses[Math.floor(i / d)]! += (value - targets[i]!) ** 2;
  });
  return { inputs: acts, targets: batch.targets, losses };
}
