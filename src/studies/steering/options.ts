// What an edit can be told, with its bounds: the same for the command, the server and the library.
import { z } from 'zod';
import { MOST_LATENTS } from '../asking/request.ts';

/** Bounds of one edit. How many codes strangers may change is a setting of the server. */
export const EDIT_LIMITS = {
  changes: MOST_LATENTS,
  prompts: 32,
  promptCharacters: 400,
  templates: 16,
  newTokens: 256,
  where: 4096,
  heads: 16,
} as const;

/** One code that changes. */
export const CodeChangeField = z.strictObject({
  latent: z.int().min(0).describe('Number of the latent.'),
  value: z.number().describe('What its code becomes.'),
});

/** Fields of an edit that name nothing on disk. */
export const editFields = {
  where: z
    .array(z.int().min(0))
    .max(EDIT_LIMITS.where)
    .optional()
    .describe(
      'Patches of an image, from 0, or positions of a text that are edited; unset: all patches, or all positions but those of signs such as the one that begins a text.',
    ),
  prompts: z
    .array(
      z
        .string()
        .max(EDIT_LIMITS.promptCharacters, {
          error: `a prompt has at most ${EDIT_LIMITS.promptCharacters} characters`,
        })
        .refine((text) => text.trim() !== '', { error: 'a prompt has something in it' }),
    )
    .max(EDIT_LIMITS.prompts, {
      error: `at most ${EDIT_LIMITS.prompts} prompts are compared at a time`,
    })
    .default([])
    .describe('Texts that an image is compared with, where the model reads both.'),
  templates: z
    .array(
      z
        .string()
        .max(EDIT_LIMITS.promptCharacters, {
          error: `a template has at most ${EDIT_LIMITS.promptCharacters} characters`,
        })
        .refine((text) => text.includes('{}'), {
          error: 'a template has {} where the prompt goes',
        }),
    )
    .max(EDIT_LIMITS.templates, {
      error: `at most ${EDIT_LIMITS.templates} templates are averaged`,
    })
    .default([])
    .describe(
      "Sentences around each prompt, {} in its place, as 'a photo of a {}'; of several the mean is taken.",
    ),
  newTokens: z
    .int()
    .min(0)
    .max(EDIT_LIMITS.newTokens)
    .default(20)
    .describe('Tokens that a text goes on with; 0 for none.'),
  seed: z.int().min(0).default(0).describe('Seed of the tokens that are drawn.'),
  temperature: z
    .number()
    .min(0)
    .max(100)
    .default(0)
    .describe('Divides the logits of new tokens; 0 takes the most likely one.'),
};

/** What to change, where, and what to look at. */
export const EditOptions = z.strictObject({
  changes: z
    .array(CodeChangeField)
    .max(EDIT_LIMITS.changes)
    .default([])
    .describe('Codes that change, each latent once.'),
  ...editFields,
});
/** A resolved edit. */
export type EditOptions = z.output<typeof EditOptions>;
/** The same as a person writes it, defaults left out. */
export type EditOptionsInput = z.input<typeof EditOptions>;
