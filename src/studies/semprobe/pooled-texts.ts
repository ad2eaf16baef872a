// Texts as what is strongest in them: one value for each latent that fires anywhere in a text.
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import { startProgress } from '../../base/progress.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import { openTexts } from '../../data/texts/sources/open-texts.ts';
import { rowsAt } from '../../training/evaluation/substitution.ts';
import type { CoderInModel } from './coder-in-model.ts';
import type { SemprobeTextsConfig } from './config.ts';

const log = logger('semprobe');

/** One text. */
export interface PooledText {
  /** Where it stands, for people: `plural.txt:12`. */
  readonly source: string;
  /** Its tokens, without the one that begins a text. */
  readonly tokens: Int32Array;
  /** Latents that fire in it, ascending; the value of each, and the token on which it is largest. */
  readonly latents: Uint32Array;
  readonly values: Float32Array;
  readonly strongest: Uint32Array;
}

/** How texts are read. */
export type PoolOptions = Pick<
  SemprobeTextsConfig,
  'documents' | 'pool' | 'maxTokens' | 'batchTexts'
> & { readonly signal?: AbortSignal | undefined };

/**
 * Run the model over the texts of a file or folder and pool the codes of each. Special tokens are left out: what fires on
 * them says nothing of the text.
 * @throws {UserError} when there are no texts, and where the hook point has another width than the coder.
 */
export async function poolTexts(
  path: string,
  { coder, backbone, point, head, prependBos }: CoderInModel,
  { documents, pool, maxTokens, batchTexts, signal }: PoolOptions,
): Promise<PooledText[]> {
  const { tokenizer, config } = backbone;
  const texts: { source: string; tokens: Int32Array }[] = [];
  const known = new Set<string>();
  let nTwice = 0;
  const source = await openTexts({ type: 'text-files', root: path, documents, column: 'text' });
  for await (const document of source.documents({ ...(signal && { signal }) })) {
    const { content } = document;
    const ids = typeof content === 'string' ? tokenizer.encode(content, { prependBos }) : content;
    const tokens = Int32Array.from(ids).subarray(0, Math.min(maxTokens, config.nCtx));
    // The same text in both halves would be measured on what it was chosen on.
    if (known.has(tokens.join())) nTwice++;
    else texts.push({ source: document.source, tokens });
    known.add(tokens.join());
  }
  if (nTwice > 0)
    log.info(`'${path}': ${nTwice} texts stand there more than once, and are taken once`);
  const pooled: PooledText[] = [];
  const progress = startProgress(path, { total: texts.length, unit: 'texts' });
  try {
    for (let start = 0; start < texts.length; start += batchTexts) {
      signal?.throwIfAborted();
      const batch = texts.slice(start, start + batchTexts);
      const run = await backbone.run(
        batch.map(({ tokens }) => tokens),
        { record: [point], padding: 'left', ...(signal && { signal }) },
      );
      const tensor = run.get(point)!;
      const rows = rowsAt(tensor, head);
      const positions = tensor.shape[1]!;
      const width = rows.length / (batch.length * positions);
      if (width !== coder.dIn) {
        throw new UserError(
          `invalid hook point: '${point}' is ${width} wide, the coder takes ${coder.dIn}`,
        );
      }
      const codes = await coder.encode(rows);
      for (const [i, { source: from, tokens }] of batch.entries()) {
        const first = (i + 1) * positions - tokens.length;
        const takes = (token: number): boolean => !tokenizer.isSpecial(tokens[token]!);
        pooled.push({
          source: from,
          tokens,
          ...poolRows(codes, { first, length: tokens.length, pool, takes }),
        });
      }
      progress.tick(batch.length);
    }
  } finally {
    progress.end();
  }
  return pooled;
}

/** Pool the rows of one text. */
export function poolRows(
  { rowStart, index, value }: SparseRows,
  {
    first,
    length,
    pool,
    takes = () => true,
  }: {
    readonly first: number;
    readonly length: number;
    readonly pool: 'max' | 'mean';
    /** Tell whether a token counts. */
    readonly takes?: (token: number) => boolean;
  },
): Pick<PooledText, 'latents' | 'values' | 'strongest'> {
  const found = new Map<number, { max: number; sum: number; at: number }>();
  let n = 0;
  for (let token = 0; token < length; token++) {
    if (!takes(token)) continue;
    n++;
    for (let p = rowStart[first + token]!; p < rowStart[first + token + 1]!; p++) {
      const code = value[p]!;
      if (!(code > 0)) continue;
      const known = found.get(index[p]!) ?? { max: 0, sum: 0, at: 0 };
      known.sum += code;
      if (code > known.max) {
        known.max = code;
        known.at = token;
      }
      found.set(index[p]!, known);
    }
  }
  const latents = Uint32Array.from(found.keys()).sort();
  const of = (latent: number) => found.get(latent)!;
  return {
    latents,
    values: Float32Array.from(latents, (latent) =>
      pool === 'max' ? of(latent).max : of(latent).sum / n,
    ),
    strongest: Uint32Array.from(latents, (latent) => of(latent).at),
  };
}
