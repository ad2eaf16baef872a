// Texts without the paths of the machine that they were written on.
import { homedir } from 'node:os';
import { basename, sep } from 'node:path';
import type {
  ImageFeature,
  OtherLatents,
  PackedFeatures,
  TextChunk,
} from '../../pages/feature-page.ts';

/** A whole text that is an absolute path of at least two parts. */
const ABSOLUTE = /^(?:\/|[A-Za-z]:[\\/])[^/\\\n]+(?:[/\\][^/\\\n]+)+[/\\]?$/;

/** Makes values portable. */
export type Portable = <T>(value: T) => T;

/** Keys of numbers packed as base64, which may well begin with a `/` and have another: `/wAA/wAA`. */
const PACKED = {
  ...{ latent: true, logFrequency: true, logValue: true, max: true, percentile: true },
  ...{ labelShare: true, index: true, start: true, x: true, y: true, maps: true, texts: true },
} satisfies Record<PackedName, true>;

/** All keys of columns: a new one must be named above. */
type PackedName =
  | KeysOfTexts<PackedFeatures>
  | KeysOfTexts<PackedFeatures['label']>
  | KeysOfTexts<NonNullable<PackedFeatures['words']>>
  | keyof OtherLatents
  | 'x'
  | 'y'
  | (keyof ImageFeature & 'maps')
  | (keyof TextChunk & 'texts');
type KeysOfTexts<T> = { [Name in keyof T]-?: T[Name] extends string ? Name : never }[keyof T];

/** Keys whose values have no paths: pieces of texts, and what is packed. */
const WITHOUT_PATHS = new Set([
  ...['vocabulary', 'tokens', 'prompt_tokens', 'words', 'special'],
  ...Object.keys(PACKED),
]);

/**
 * Make what takes the machine's paths out of values: those in opened folders begin at the folder, others keep their last
 * two parts; inside sentences the opened folders, the working folder and the home folder are shortened.
 */
export function portable(folders: readonly string[]): Portable {
  const known = [
    ...folders.map((folder) => [folder, basename(folder)] as const),
    [process.cwd(), '.'] as const,
    [homedir(), '~'] as const,
  ]
    .filter(([folder]) => folder.split(/[\\/]/).filter((part) => part !== '').length > 0)
    .sort(([a], [b]) => b.length - a.length);
  const patterns = known.map(
    ([folder, name]) =>
      [new RegExp(`(?<![\\w.~/-])${quoted(folder)}(?=[/\\\\"'\\s:;,)]|$)`, 'g'), name] as const,
  );
  const cleanText = (text: string): string => {
    if (!text.includes(sep)) return text;
    const shorter = patterns.reduce((done, [pattern, name]) => done.replace(pattern, name), text);
    if (!ABSOLUTE.test(shorter)) return shorter;
    return `…/${shorter
      .split(/[/\\]/)
      .filter((part) => part !== '')
      .slice(-2)
      .join('/')}`;
  };
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string') return cleanText(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      return value.some((each) => typeof each === 'string' || typeof each === 'object')
        ? value.map(clean)
        : value;
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        WITHOUT_PATHS.has(key) ? inner : clean(inner),
      ]),
    );
  };
  return <T>(value: T): T => clean(value) as T;
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
