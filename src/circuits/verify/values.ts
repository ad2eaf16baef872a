// Numbers that others have published of GPT-2 small and its transcoders, to be measured again.
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { readJson } from '../../base/files.ts';

const ranked = z.tuple([z.number(), z.number()]);
const token = z.tuple([z.string(), z.number()]);
const place = { layer: z.number(), feature: z.number() };
/** First and last layer whose MLPs are replaced by their transcoders. */
const replaced = z.tuple([z.number(), z.number()]).optional();

const Published = z.object({
  source: z.string(),
  model: z.string(),
  /** Name of the transcoder of a layer, which stands in it as `{layer}`. */
  transcoders: z.string(),
  /** First and last three logits at each position. */
  logits: z.object({
    prompt: z.string(),
    first: z.array(z.array(z.number())),
    last: z.array(z.array(z.number())),
  }),
  topFeatures: z.array(
    z.object({ prompt: z.string(), layer: z.number(), values: z.array(ranked) }),
  ),
  featureValues: z.array(
    z.object({
      ...place,
      prompt: z.string(),
      bos: z.boolean(),
      position: z.number(),
      value: z.number(),
      replaced,
    }),
  ),
  deembeddings: z.array(z.object({ ...place, top: z.array(token), bottom: z.array(token) })),
  pullbacks: z.array(
    z.object({ ...place, by: z.number(), top: z.array(ranked), bottom: z.array(ranked) }),
  ),
  circuits: z.array(
    z.object({
      prompt: z.string(),
      root: z.union([
        z.object(place),
        z.object({ layer: z.number(), more: z.string(), less: z.string() }),
      ]),
      iterations: z.number(),
      branches: z.number(),
      only: z.literal('transcoders').optional(),
      /** Lines as printed, without their numbers. */
      paths: z.array(z.string()),
      edges: z.array(z.tuple([z.string(), z.string(), z.number()])),
      /** With error nodes. */
      nodes: z.array(z.tuple([z.string(), z.number()])),
      /** Tokens that the last direction of a path reads. */
      deembeddedPath: z
        .object({
          level: z.number(),
          index: z.number(),
          top: z.array(token),
          bottom: z.array(token),
        })
        .optional(),
      /** Earlier features that the root reads; times their codes at the last token of the prompt without BOS if so told. */
      pullbacks: z
        .array(
          z.object({
            by: z.number(),
            withoutBos: z.literal(true).optional(),
            top: z.array(ranked),
            bottom: z.array(ranked),
          }),
        )
        .optional(),
    }),
  ),
  greaterThan: z
    .object({
      prompt: z.string(),
      original: z.number(),
      replaced10: z.number(),
      /** With one feature of that transcoder silent. */
      without: z.object({ feature: z.number(), value: z.number() }).optional(),
    })
    .optional(),
});
/** Published numbers; prompts begin with BOS unless they say otherwise. */
export type Published = z.output<typeof Published>;

const FILE = fileURLToPath(new URL('../../../assets/published-gpt2.json', import.meta.url));

/**
 * Read the published numbers.
 *
 * @throws {UserError} for a file that is something else.
 */
export async function readPublished(path: string = FILE): Promise<Published> {
  const parsed = Published.safeParse(await readJson(path, 'published numbers'));
  if (parsed.success) return parsed.data;
  throw new UserError(`invalid published numbers: '${path}'`);
}
