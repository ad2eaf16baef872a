// The form of edits and of wishes for proposals that come from outside.
import { z } from 'zod';
import { ExampleSchema } from '../asking/request.ts';
import { EDIT_LIMITS, EditOptions } from './options.ts';

const id = z.string().min(1).max(4096);

/** An edit of one example by one model. */
export const EditRequestSchema = z.strictObject({
  model: id,
  example: ExampleSchema,
  ...EditOptions.shape,
  heads: z.array(id).max(EDIT_LIMITS.heads).optional(),
});

/** A wish for latents to try. */
export const ProposalRequestSchema = z.strictObject({
  model: id,
  classes: z.array(z.int().min(1)).max(3),
  k: z.int().min(1).max(20).optional(),
  random: z.int().min(0).max(20).optional(),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
});
