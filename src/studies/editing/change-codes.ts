// Codes of single latents changed, and the rows that follow: what the coder does not explain stays as it was.
import { UserError } from '../../base/errors.ts';
import { number } from '../../base/text.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import { isTranscoder, type SparseCoder } from '../../sae/coder.ts';
import type { Coder } from '../../sae/open-coder.ts';

/** What the code of one latent becomes. */
export interface CodeChange {
  readonly latent: number;
  /** Its new value, on the scale of codes, or a function that gives it from the present one. */
  readonly value: number | ((code: number) => number);
}

/** Changes of codes: the same ones on every row, or each row's own. */
export type CodeChanges = readonly CodeChange[] | ((row: number) => readonly CodeChange[]);

/** What of a coder at work an edit needs. */
export type EditingCoder = SparseCoder & Pick<Coder, 'encode'>;

/**
 * Change codes of `rows [rows, d]`, taken from the model as they are, and give the rows that follow:
 * `x + scale · Σ (f' − f) W_dec`, which is `x + decode(f') − decode(f)` on the model's own scale. The mean and the
 * decoder's bias cancel, and only decoder rows of changed latents are read. Rows whose codes stay keep all their bits.
 *
 * @throws {UserError} for transcoders, rows of another width, a coder whose scale is not known, latents that it does not
 * have, a latent that is changed twice in a row, and values that are no finite numbers
 */
export async function changeCodes(
  rows: Float32Array,
  coder: EditingCoder,
  changes: CodeChanges,
): Promise<Float32Array> {
  checkEditable(coder);
  const { dIn: d, normalization } = coder.config;
  if (rows.length % d !== 0) {
    throw new UserError(
      `invalid rows to edit: ${number(rows.length)} numbers are no rows of width ${d}, which the autoencoder takes`,
    );
  }
  const codes = await coder.encode(rows);
  return withSteps(rows, codes, { coder, changes, scale: normalization?.scale ?? 1 });
}

/**
 * Change codes of `inputs [rows, dIn]` and give what follows of `outputs [rows, dOut]`, the rows that the coder
 * reconstructs: `y + Σ (f' − f) W_dec`. Of an autoencoder both are the same rows, and this is {@link changeCodes}; a
 * transcoder moves what is written, and what it does not explain of that stays as it was.
 *
 * @throws {UserError} as `changeCodes`, transcoders apart, and for rows of another width or number
 */
export async function changeOutputs(
  { inputs, outputs }: { readonly inputs: Float32Array; readonly outputs: Float32Array },
  coder: EditingCoder,
  changes: CodeChanges,
): Promise<Float32Array> {
  if (!isTranscoder(coder.config)) return changeCodes(outputs, coder, changes);
  const { dIn, dOut } = coder.config;
  if (inputs.length % dIn !== 0 || inputs.length / dIn !== outputs.length / dOut) {
    throw new UserError(
      `invalid rows to edit: ${number(inputs.length)} and ${number(outputs.length)} numbers are not as many rows of widths ${dIn} and ${dOut}`,
    );
  }
  // A transcoder reconstructs its targets on the model's own scale.
  return withSteps(outputs, await coder.encode(inputs), { coder, changes, scale: 1 });
}

/** Move each row along the decoder rows of latents whose codes change. */
function withSteps(
  rows: Float32Array,
  codes: SparseRows,
  {
    coder,
    changes,
    scale,
  }: { readonly coder: SparseCoder; readonly changes: CodeChanges; readonly scale: number },
): Float32Array {
  const { dOut: d, dSae } = coder.config;
  const changesOf = typeof changes === 'function' ? changes : () => changes;
  const edited = rows.slice();
  for (let row = 0; row < rows.length / d; row++) {
    const list = changesOf(row);
    checkChanges(list, dSae);
    for (const { latent, value } of list) {
      const code = codeOf(codes, row, latent);
      const step = scale * (wantedCode(value, code, latent) - code);
      if (step === 0) continue;
      const direction = latent * d;
      for (let j = 0; j < d; j++) edited[row * d + j]! += step * coder.weights.wDec[direction + j]!;
    }
  }
  return edited;
}

/** Find the code of one latent on one row; 0 where it does not fire. */
export function codeOf(
  { rowStart, index, value }: SparseRows,
  row: number,
  latent: number,
): number {
  let low = rowStart[row]!;
  let high = rowStart[row + 1]!;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (index[middle]! < latent) low = middle + 1;
    else high = middle;
  }
  return low < rowStart[row + 1]! && index[low] === latent ? value[low]! : 0;
}

/**
 * Refuse coders whose codes cannot be changed in the rows that they read.
 * @throws {UserError} for transcoders, whose codes make other rows, and where the scale of training is not known
 */
export function checkEditable({ config }: Pick<SparseCoder, 'config'>): void {
  if (isTranscoder(config)) {
    throw new UserError('a transcoder cannot edit the rows that it reads: it writes other ones', {
      hint: 'edits need an autoencoder',
    });
  }
  if (config.isScaleUnsaid === true && config.normalization === undefined) {
    throw new UserError('the autoencoder does not say how its inputs were centred and scaled', {
      hint: 'without it an edit has no size: open it with its normalization, or with a sample of activations',
    });
  }
}

function checkChanges(changes: readonly CodeChange[], dSae: number): void {
  const seen = new Set<number>();
  for (const { latent } of changes) {
    if (!Number.isInteger(latent) || latent < 0 || latent >= dSae) {
      throw new UserError(`unknown latent ${latent}: the autoencoder has 0 to ${dSae - 1}`);
    }
    if (seen.has(latent)) throw new UserError(`latent ${latent} is changed twice in one row`);
    seen.add(latent);
  }
}

/** The new code, in float32 as codes are: setting a code to what it is changes nothing. */
function wantedCode(value: CodeChange['value'], code: number, latent: number): number {
  const wanted = Math.fround(typeof value === 'function' ? value(code) : value);
  if (Number.isFinite(wanted)) return wanted;
  throw new UserError(`invalid value of latent ${latent}: ${wanted}`);
}
