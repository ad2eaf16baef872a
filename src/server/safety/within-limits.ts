// Whether a question about an example stays within what visitors may ask for.
import { UserError } from '../../base/errors.ts';
import { number } from '../../base/text.ts';
import type { Example } from '../../pages/ask.ts';
import type { ExampleLimits } from '../../studies/asking/limits.ts';
import type { Limits } from './limits.ts';

/** The limits in the words of those who decode images and texts. */
export function exampleLimits(limits: Limits): ExampleLimits {
  return { bytes: limits.maxUpload, pixels: limits.maxPixels, characters: limits.maxText };
}

/**
 * Check what can be told before anything is decoded.
 * @throws {UserError} when a text is too long, a file too large, or too many latents are named
 */
export function checkWithin(
  { example, latents = [] }: { readonly example: Example; readonly latents?: readonly unknown[] },
  { maxText, maxUpload, maxLatents }: Limits,
): void {
  if ('text' in example) {
    check('the text is too long', example.text.length, maxText, 'characters', '--max-text');
  } else if ('upload' in example.image) {
    const bytes = Math.floor((example.image.upload.length / 4) * 3);
    check('the image is too large', bytes, maxUpload, 'bytes', '--max-upload');
  }
  check('too many latents', latents.length, maxLatents, 'latents', '--max-latents');
}

function check(what: string, count: number, most: number, unit: string, flag: string): void {
  if (count <= most) return;
  throw new UserError(
    `invalid request: ${what}: ${number(count)} ${unit}, ${number(most)} are taken`,
    { hint: `send less, or start saev serve with a higher ${flag}` },
  );
}
