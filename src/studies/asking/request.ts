// The form of a question that comes from outside.
import { z } from 'zod';
import { ASK_LIMITS } from '../../pages/ask.ts';

/** Bounds of any question. What somebody may ask is less, as settings say: see {@link ASK_LIMITS} for the usual. */
export const LONGEST_TEXT = 2_000_000;
export const MOST_LATENTS = 10_000;

/** Characters of base64 that a text can hold. */
const MOST_BASE64 = 2 ** 29 - 1024;

const id = z.string().min(1).max(4096);

/** An image or a text that somebody sends. */
export const ExampleSchema = z.union(
  [
    z.strictObject({
      image: z.union(
        [
          z.strictObject({
            upload: z
              .string()
              .min(1, 'the image is empty')
              .max(MOST_BASE64, 'the image has too many bytes')
              .regex(/^[A-Za-z0-9+/]+={0,2}$/, 'the image is not base64'),
            name: z.string().max(1024).optional(),
          }),
          z.strictObject({ features: id, example: z.int().min(0) }),
        ],
        'an image is {upload} or {features, example}',
      ),
    }),
    z.strictObject({ text: z.string().max(LONGEST_TEXT, 'the text is too long') }),
  ],
  { error: (issue) => firstReason(issue) },
);

/** A question to several models. */
export const AskRequestSchema = z.strictObject({
  models: z.array(id).min(1).max(ASK_LIMITS.models),
  example: ExampleSchema,
  top: z.int().min(1).max(ASK_LIMITS.top).optional(),
  latents: z.array(z.int().min(0)).max(MOST_LATENTS).optional(),
  signs: z.boolean().optional(),
});

/** The most telling reason of a union: that of the branch whose field is there. */
function firstReason({
  input,
  errors,
}: {
  readonly input?: unknown;
  readonly errors?: unknown;
}): string {
  const isObject = typeof input === 'object' && input !== null;
  const branches = (errors ?? []) as readonly (readonly { readonly message: string }[])[];
  if (isObject && 'image' in input) return branches[0]?.[0]?.message ?? 'invalid image';
  if (isObject && 'text' in input) return branches[1]?.[0]?.message ?? 'invalid text';
  return 'an example is {image} or {text}';
}
