// From token ids to what a language graph is fed: positions, masks and rotations are plain arithmetic, made here.
import { UserError } from '../../../base/errors.ts';
import type { OnnxTensor } from '../../../compute/onnx/session.ts';
import { INPUTS } from '../graph/language.ts';
import type { LanguageConfig } from '../model-config.ts';
import type { LanguageRunOptions, Tokens } from '../types.ts';

/** A checked batch of equally long rows. */
export interface TokenBatch {
  readonly rows: readonly Int32Array[];
  readonly length: number;
  /** Padding at the left of each row; none where rows were of one length. */
  readonly padding?: readonly number[];
}

/**
 * Check token ids against a model.
 *
 * @throws {UserError} for what it cannot run.
 */
export function checkTokens(
  tokens: Tokens,
  { nCtx, dVocab }: LanguageConfig,
  { padding }: LanguageRunOptions = {},
): TokenBatch {
  if (tokens.length === 0) throw new UserError('missing tokens: the batch has no sequence');
  const lengths = tokens.map((row) => row.length);
  const longest = Math.max(...lengths);
  for (const [i, row] of tokens.entries()) {
    if (row.length === 0) {
      throw new UserError(`missing tokens: sequence ${i} of the batch is empty`, {
        hint: 'a prompt has at least one token; a BOS token counts',
      });
    }
    for (let p = 0; p < row.length; p++) {
      const id = row[p]!;
      if (!Number.isInteger(id) || id < 0 || id >= dVocab) {
        throw new UserError(
          `invalid token ${id} at position ${p} of sequence ${i}: the model knows 0 to ${dVocab - 1}`,
          { hint: 'is this the tokenizer of the model?' },
        );
      }
    }
  }
  if (longest > nCtx) {
    throw new UserError(`prompt of ${longest} tokens is longer than the context of ${nCtx}`, {
      hint: 'cut it, or split it into several sequences',
    });
  }
  const uneven = lengths.some((length) => length !== longest);
  if (!uneven) return { rows: tokens.map((row) => Int32Array.from(row)), length: longest };
  if (padding !== 'left') {
    throw new UserError(
      `invalid batch: its sequences have from ${Math.min(...lengths)} to ${longest} tokens`,
      { hint: "sequences of one length, or the option padding: 'left'" },
    );
  }
  const rows = tokens.map((row) => {
    const padded = new Int32Array(longest);
    padded.set(Array.from(row), longest - row.length);
    return padded;
  });
  return { rows, length: longest, padding: lengths.map((length) => longest - length) };
}

/** Some rows of a batch. */
export function rowsOf(batch: TokenBatch, start: number, end: number): TokenBatch {
  const { rows, padding, length } = batch;
  return { rows: rows.slice(start, end), padding: padding?.slice(start, end), length };
}

/**
 * What the graph is fed for positions `past …` of a batch: those before are known to attention already. Gives every
 * input that a language graph may have; a graph takes those it names.
 */
export function feedsOf(
  batch: TokenBatch,
  config: LanguageConfig,
  past = 0,
): Map<string, OnnxTensor> {
  const { rows, length, padding } = batch;
  const [nRows, nNew] = [rows.length, length - past];
  const ids = new BigInt64Array(nRows * nNew);
  const targets = new BigInt64Array(nRows * nNew);
  rows.forEach((row, r) => {
    for (let p = past; p < length; p++) {
      ids[r * nNew + p - past] = BigInt(row[p]!);
      targets[r * nNew + p - past] = BigInt(row[p + 1] ?? 0);
    }
  });
  // Without padding, all rows share their positions.
  const starts = padding ?? [0];
  const positions = new BigInt64Array(starts.length * nNew);
  const present = new Float32Array(starts.length * nNew);
  starts.forEach((start, r) => {
    for (let p = past; p < length; p++) {
      positions[r * nNew + p - past] = BigInt(Math.max(0, p - start));
      present[r * nNew + p - past] = p < start ? 0 : 1;
    }
  });
  const feeds = new Map<string, OnnxTensor>([
    [INPUTS.tokens, { data: ids, shape: [nRows, nNew] }],
    [INPUTS.targets, { data: targets, shape: [nRows, nNew, 1] }],
    [INPUTS.positions, { data: positions, shape: [starts.length, nNew] }],
    [INPUTS.present, { data: present, shape: [starts.length, nNew, 1] }],
    [INPUTS.mask, causalMask(starts, length, past)],
  ]);
  if (config.rotary !== undefined) {
    const [cos, sin] = rotations(positions, config.rotary);
    const shape = [starts.length, nNew, 1, config.rotary.dim];
    feeds.set(INPUTS.cos, { data: cos, shape }).set(INPUTS.sin, { data: sin, shape });
  }
  return feeds;
}

/** 0 where a query may look, −∞ after it and at padding: `[rows, 1, query, key]`. */
function causalMask(starts: readonly number[], length: number, past: number): OnnxTensor {
  const nNew = length - past;
  const data = new Float32Array(starts.length * nNew * length).fill(Number.NEGATIVE_INFINITY);
  starts.forEach((start, r) => {
    for (let q = past; q < length; q++) {
      const row = (r * nNew + q - past) * length;
      if (start <= q) data.fill(0, row + start, row + q + 1);
    }
  });
  return { data, shape: [starts.length, 1, nNew, length] };
}

/**
 * Cosines and sines of `position / base^(2i / dim)`, `[positions, dim]`, each pair's angle in both halves. The angles
 * are rounded to float32 at each step as the originals do: at position 2000 that moves them by 1e-4.
 */
function rotations(
  positions: BigInt64Array,
  { dim, base }: { dim: number; base: number },
): [Float32Array, Float32Array] {
  const half = dim / 2;
  const cos = new Float32Array(positions.length * dim);
  const sin = new Float32Array(positions.length * dim);
  for (let i = 0; i < half; i++) {
    const wavelength = Math.fround(base ** Math.fround(i / half));
    for (let p = 0; p < positions.length; p++) {
      const angle = Math.fround(Number(positions[p]!) / wavelength);
      for (const at of [p * dim + i, p * dim + half + i]) {
        cos[at] = Math.cos(angle);
        sin[at] = Math.sin(angle);
      }
    }
  }
  return [cos, sin];
}
