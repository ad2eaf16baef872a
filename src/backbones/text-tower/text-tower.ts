// A text tower at work: vectors of texts, kept for the next question, and what an image's vector says of them.
import { UserError } from '../../base/errors.ts';
import type { OnnxTensor, OpenSession, Session } from '../../compute/onnx/session.ts';
import type { PromptTokenizer } from '../../data/texts/prompts/prompt-tokenizer.ts';
import type { TextTowerConfig } from './config.ts';
import { TEXT_INPUTS, TEXT_OUTPUT, textTowerGraph } from './graph.ts';
import type { ReadTextTower } from './open-clip-tower.ts';
import type { EmbeddedTexts, ModelOutput, TextTower } from './types.ts';

/** What the checkpoint holds besides the tower. */
export interface Comparison {
  /** Image vectors to the space of texts, `[dModel, dOut]`; none where the model's output is there already. */
  readonly imageProjection?: Float32Array | undefined;
  /** Logarithm of what multiplies cosines. */
  readonly logitScale: number;
  /** Added to logits where each text has a probability of its own. */
  readonly logitBias?: number | undefined;
}

interface TextTowerOptions {
  readonly tokenizer: PromptTokenizer;
  readonly config: TextTowerConfig;
  readonly comparison: Comparison;
  readonly openSession: OpenSession;
  readonly weightsFolder: string;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Vectors that are kept; the ones of longest ago make room. */
const KEPT = 4096;
/** Texts of one run. */
const BATCH = 32;

/**
 * Set a text tower to work. Its weights are loaded with the first texts.
 * @throws {UserError} when the tokenizer knows more tokens than the tower
 */
export function textTower(tower: ReadTextTower, options: TextTowerOptions): TextTower {
  const { tokenizer, config, comparison, weightsFolder, threads, signal } = options;
  const { contextLength, vocabularySize, parts } = tower;
  if (tokenizer.vocabularySize > vocabularySize) {
    throw new UserError(`tokenizer '${tokenizer.name}' does not match the text tower`, {
      hint: `it has ${tokenizer.vocabularySize} tokens, the tower knows ${vocabularySize}`,
    });
  }
  const kept = new Map<string, { vector: Float32Array; isCut: boolean }>();
  let session: Promise<Session> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const opened = async (): Promise<Session> => {
    const { buildModel } = await import('../../compute/onnx/model.ts');
    const model = buildModel(new Map([[TEXT_OUTPUT, textTowerGraph(parts)]]), new Map());
    return options.openSession(model.bytes, {
      weightsFolder,
      ...(threads !== undefined && { threads }),
      ...(signal && { signal }),
    });
  };
  async function compute(texts: readonly string[]): Promise<void> {
    const rows = texts.map((text) => tokenizer.encode(text, contextLength));
    session ??= opened();
    session.catch(() => {
      session = undefined;
    });
    const outputs = await (await session).run(
      feedsOf(
        rows.map(({ tokens }) => tokens),
        config,
      ),
    );
    const { data, shape } = outputs.get(TEXT_OUTPUT)!;
    const dOut = shape[1]!;
    for (const [i, { isCut }] of rows.entries()) {
      const vector = (data as Float32Array).slice(i * dOut, (i + 1) * dOut);
      kept.set(texts[i]!, { vector: ofLengthOne(vector), isCut });
    }
  }
  async function embed(texts: readonly string[]): Promise<EmbeddedTexts> {
    signal?.throwIfAborted();
    const missing = [...new Set(texts)].filter((text) => !kept.has(text));
    for (let at = 0; at < missing.length; at += BATCH) await compute(missing.slice(at, at + BATCH));
    const found = texts.map((text) => kept.get(text)!);
    for (const text of kept.keys()) {
      if (kept.size <= KEPT) break;
      kept.delete(text);
    }
    return {
      vectors: found.map(({ vector }) => vector),
      cut: found.flatMap(({ isCut }, i) => (isCut ? [i] : [])),
    };
  }

  return {
    contextLength,
    isShared: comparison.logitBias === undefined,
    embed(texts) {
      // One after the other: what one computes the next may ask for.
      const mine = last.then(() => embed(texts));
      last = mine.catch(() => undefined);
      return mine;
    },
    imageVector: (output) => imageVector(output, comparison.imageProjection),
    probabilities: (cosines) => probabilitiesOf(cosines, comparison),
    async close() {
      await session?.then(
        (open) => open.close(),
        () => undefined,
      );
    },
  };
}

/** What the graph reads of rows of tokens; where positions see only what is before them, ends that say nothing are left out. */
function feedsOf(
  rows: readonly Int32Array[],
  { isCausal = true, pool = 'argmax' }: TextTowerConfig,
): Map<string, OnnxTensor> {
  const full = rows[0]!.length;
  const at = rows.map((row) => (pool === 'last' ? full - 1 : row.indexOf(Math.max(...row))));
  const length = isCausal ? 1 + Math.max(...at) : full;
  const tokens = new BigInt64Array(rows.length * length);
  const pooled = new Float32Array(rows.length * length);
  for (const [i, row] of rows.entries()) {
    tokens.set(Array.from(row.subarray(0, length), BigInt), i * length);
    pooled[i * length + at[i]!] = 1;
  }
  const places = BigInt64Array.from({ length }, (_, i) => BigInt(i));
  const feeds = new Map<string, OnnxTensor>([
    [TEXT_INPUTS.tokens, { data: tokens, shape: [rows.length, length] }],
    [TEXT_INPUTS.places, { data: places, shape: [length] }],
    [TEXT_INPUTS.pooled, { data: pooled, shape: [rows.length, 1, length] }],
  ]);
  if (!isCausal) return feeds;
  const mask = Float32Array.from({ length: length * length }, (_, i) =>
    i % length > Math.floor(i / length) ? Number.NEGATIVE_INFINITY : 0,
  );
  return feeds.set(TEXT_INPUTS.mask, { data: mask, shape: [1, 1, length, length] });
}

/** The first vector of the model's output, brought to the space of texts. */
function imageVector(
  { data, shape }: ModelOutput,
  projection: Float32Array | undefined,
): Float32Array {
  const dModel = shape.at(-1)!;
  const pooled = data.slice(0, dModel);
  if (projection === undefined) return ofLengthOne(pooled);
  const dOut = projection.length / dModel;
  const sums = new Float64Array(dOut);
  for (const [i, x] of pooled.entries())
    for (let j = 0; j < dOut; j++) sums[j]! += x * projection[i * dOut + j]!;
  return ofLengthOne(Float32Array.from(sums));
}

/** A vector over its length. */
export function ofLengthOne(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  return length === 0 ? vector : vector.map((x) => x / length);
}

function probabilitiesOf(
  cosines: readonly number[],
  { logitScale, logitBias }: Comparison,
): readonly number[] {
  const scale = Math.exp(logitScale);
  if (logitBias !== undefined)
    return cosines.map((cosine) => 1 / (1 + Math.exp(-(scale * cosine + logitBias))));
  const top = Math.max(...cosines);
  const powers = cosines.map((cosine) => Math.exp(scale * (cosine - top)));
  const total = powers.reduce((sum, x) => sum + x, 0);
  return powers.map((x) => x / total);
}
