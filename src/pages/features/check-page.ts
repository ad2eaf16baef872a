// Whether what was read is the data of a page of features: a folder may hold anything.
import * as z from 'zod';
import { UserError } from '../../base/errors.ts';
import { PAGE_VERSION, type PackedIndex, type PageChunk } from '../feature-page.ts';
import { unpackIndex } from './packed-index.ts';

const count = z.int().min(0);
const numbers = z.array(z.number());
const texts = z.array(z.string());

const common = {
  title: z.string(),
  facts: z.array(z.tuple([z.string(), z.string()])),
  dSae: count,
  nDead: count,
  rankBy: z.enum(['max', 'sum']),
  token: z.object({ one: z.string(), many: z.string() }),
  features: z.object({
    count,
    latent: z.string(),
    logFrequency: z.string(),
    logValue: z.string(),
    max: z.string(),
    percentile: z.string(),
    label: z.object({ texts, index: z.string() }),
    labelShare: z.string(),
    words: z.object({ texts, start: z.string(), index: z.string() }).optional(),
  }),
  others: z.object({ logFrequency: z.string(), logValue: z.string() }),
  map: z.object({ x: z.string(), y: z.string() }).optional(),
  noMap: z.string().optional(),
  sampledRows: count.optional(),
  percentile: z.number(),
  histogramEdges: numbers,
  chunkSize: z.int().min(1),
  concepts: z
    .array(
      z.object({
        concept: z.string(),
        latent: count,
        f1: z.number(),
        precision: z.number(),
        recall: z.number(),
      }),
    )
    .optional(),
  hasSiblings: z.boolean().optional(),
};

const index = z.discriminatedUnion('modality', [
  z.looseObject({
    ...common,
    modality: z.literal('image'),
    images: z.object({ side: count, folder: z.string(), extension: z.string() }),
  }),
  z.looseObject({
    ...common,
    modality: z.literal('text'),
    texts: z.object({
      special: texts,
      nHeads: count,
      nHeadLayers: count,
      earlier: z.array(z.object({ name: z.string(), layer: z.int(), page: z.string().optional() })),
    }),
  }),
]);

const chunk = z.looseObject({
  features: z
    .array(
      z
        .looseObject({ histogram: numbers, upper: z.number() })
        .refine(
          (feature) => Array.isArray(feature.examples) || Array.isArray(feature.groups),
          'a feature has no examples',
        ),
    )
    .min(1),
});

/**
 * Check that `value`, the index of the page that `what` names, is one that this program can show.
 *
 * @throws {UserError} that names the first fault.
 */
export function checkPageIndex(value: unknown, what: string): PackedIndex {
  const { version } = (value ?? {}) as { version?: unknown };
  if (version !== PAGE_VERSION) {
    throw new UserError(
      `cannot show ${what}: it is of version ${JSON.stringify(version)}, this program reads version ${PAGE_VERSION}`,
      { hint: 'make it again with saev visuals' },
    );
  }
  const checked = check(index, value, what) as unknown as PackedIndex;
  try {
    unpackIndex(checked);
  } catch (error) {
    throw new UserError(`damaged ${what}: ${(error as Error).message}`);
  }
  return checked;
}

/**
 * Check that `value` is a chunk of features.
 *
 * @throws {UserError} that names the first fault.
 */
export function checkPageChunk(value: unknown, what: string): PageChunk {
  return check(chunk, value, what) as unknown as PageChunk;
}

function check<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const { data, error } = schema.safeParse(value);
  if (error === undefined) return data;
  const { path, message } = error.issues[0]!;
  throw new UserError(`damaged ${what}: ${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`);
}
