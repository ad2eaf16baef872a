// Texts without the paths of the machine that they were written on.
import { homedir } from 'node:os';
import { basename, sep } from 'node:path';

/** A whole text that is an absolute path of at least two parts. */
const ABSOLUTE = /^(?:\/|[A-Za-z]:[\\/])[^/\\\n]+(?:[/\\][^/\\\n]+)+[/\\]?$/;

/** Makes values portable. */
export type Portable = <T>(value: T) => T;

/** Key whose texts are pieces of texts, never paths. */
const WORDS = new Set(['vocabulary', 'tokens', 'prompt_tokens', 'words', 'special']);

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
      Object.entries(value).map(([key, inner]) => [key, WORDS.has(key) ? inner : clean(inner)]),
    );
  };
  return <T>(value: T): T => clean(value) as T;
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
