// How much may be asked at once: bounds on what a stranger's picture or text may cost.
import { UserError } from '../../base/errors.ts';
import { bytes, number } from '../../base/text.ts';
import type { ImageSize } from '../../data/images/transform.ts';
import { ASK_LIMITS } from '../../pages/ask.ts';

/** Bounds on an example. */
export interface ExampleLimits {
  /** Bytes of an image's file. @default 20 MiB */
  readonly bytes?: number | undefined;
  /** Pixels of an image. @default 50 million */
  readonly pixels?: number | undefined;
  /** Characters of a text. @default 20,000 */
  readonly characters?: number | undefined;
  /** Tokens of a text; never more than the model's context. @default 1024 */
  readonly tokens?: number | undefined;
}

/**
 * Check the size of an image file before it is read.
 * @throws {UserError} when it is too large
 */
export function checkBytes(count: number, name: string, limits: ExampleLimits = {}): void {
  const { bytes: most = ASK_LIMITS.bytes } = limits;
  if (count <= most) return;
  throw new UserError(`image too large: '${name}' has ${bytes(count)}`, {
    hint: `at most ${bytes(most)} are read`,
  });
}

/**
 * Check the pixels of an image.
 * @throws {UserError} when there are too many
 */
export function checkPixels(
  { width, height }: ImageSize,
  name: string,
  { pixels: most = ASK_LIMITS.pixels }: ExampleLimits = {},
): void {
  if (width * height <= most) return;
  throw new UserError(
    `image too large: '${name}' has ${number(width)} × ${number(height)} pixels`,
    { hint: `at most ${number(most)} are read: make it smaller` },
  );
}

/**
 * Check a text before it becomes tokens.
 * @throws {UserError} when it is empty or too long
 */
export function checkText(text: string, { characters }: ExampleLimits = {}): void {
  const most = characters ?? ASK_LIMITS.characters;
  if (text.trim() === '') throw new UserError('empty text: there is nothing to ask about');
  if (text.length <= most) return;
  throw new UserError(`text too long: ${number(text.length)} characters`, {
    hint: `at most ${number(most)} are read: ask about a part of it`,
  });
}
