// From what is to be left out to the rows that count.
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import type { Tokenizer } from '../../data/texts/tokenizer.ts';
import { filterRows, type IgnoreTest, type RowFilter } from '../reading/row-filter.ts';
import type { PatchChoice, RowSelection } from '../reading/selection.ts';
import type { TextContexts } from '../types.ts';
import type { IgnoreConfig } from './config.ts';
import type { LabelsOfPatches } from './labels.ts';

const log = logger('activations');

/** A set of examples, as far as rows of it can be told apart. */
export interface ExamplesToChooseFrom {
  readonly nExamples: number;
  /** Examples without rows. */
  readonly absent: Iterable<number>;
  readonly nPatches: number;
  readonly hasCls: boolean;
  /** Rows that are read of an example. */
  readonly patches: PatchChoice;
  /** Of images. */
  labels?(): Promise<LabelsOfPatches>;
  /** Of texts. */
  contexts?(): Promise<Pick<TextContexts, 'tokens'> & { close?(): Promise<void> }>;
  tokenizer?(): Promise<Pick<Tokenizer, 'isSpecial' | 'vocabularySize' | 'name'>>;
  readonly signal?: AbortSignal | undefined;
}

/** How a source leaves rows out. */
export interface RowChoice {
  readonly chooseRows?: (selection: RowSelection) => Promise<RowFilter>;
  readonly notInMean?: readonly number[];
}

/**
 * Make the choice of rows of a set. Its examples are looked at once, when the first source asks.
 * @throws {UserError} for patches, labels and tokens that the set does not have.
 */
export function rowChoice(
  ignore: IgnoreConfig | undefined,
  examples: ExamplesToChooseFrom,
): RowChoice {
  if (ignore === undefined) return {};
  const isMean = examples.patches === 'meanpool';
  const places = ignoredPlaces(ignore, examples);
  if ((ignore.labels ?? ignore.tokens) !== undefined && (isMean || examples.patches === 'cls')) {
    const what = ignore.labels === undefined ? 'tokens' : 'labels';
    throw new UserError(`unsupported ignore.${what} with data.patches '${examples.patches}'`, {
      hint: `${what} are of single rows: use data.patches 'patches' or 'all'`,
    });
  }
  let filter: Promise<RowFilter> | undefined;
  const choose = async (selection: RowSelection): Promise<RowFilter> => {
    const tests: IgnoreTest[] = [async () => (token) => !isMean && places.has(token)];
    const labels = ignore.labels && (await labelTest(ignore.labels, examples));
    const tokens = ignore.tokens && (await tokenTest(ignore.tokens, examples));
    const opened = [labels, tokens].filter((each) => each !== undefined);
    tests.push(...opened.map(({ test }) => test));
    const isIgnored: IgnoreTest = async (example) => {
      const own = await Promise.all(tests.map((test) => test(example)));
      return (token) => own.some((test) => test(token));
    };
    try {
      return await filterRows(examples, selection, isIgnored, examples.signal);
    } finally {
      for (const { close } of opened) await close();
    }
  };
  return {
    chooseRows: (selection) => (filter ??= choose(selection)),
    notInMean: isMean ? [...places].filter((place) => place >= 0) : [],
  };
}

/** Patches or positions by number, −1 for CLS. */
function ignoredPlaces(
  { patches = [] }: IgnoreConfig,
  { nPatches, hasCls, contexts }: ExamplesToChooseFrom,
): Set<number> {
  const [example, token] =
    contexts === undefined ? ['an image', 'patches'] : ['a context', 'positions'];
  for (const place of patches) {
    if (place === 'cls' && !hasCls) {
      throw new UserError('missing CLS: ignore.patches names it, and there is no such token');
    }
    if (place !== 'cls' && place >= nPatches) {
      throw new UserError(
        `invalid ignore.patches: ${place}, but ${example} has ${nPatches} ${token}`,
        {
          hint: `${token} are counted from 0`,
        },
      );
    }
  }
  return new Set(patches.map((place) => (place === 'cls' ? -1 : place)));
}

/** What is asked of every example, and lets go of what it needs for that. */
interface OpenedTest {
  readonly test: IgnoreTest;
  readonly close: () => Promise<void>;
}

async function labelTest(
  wanted: NonNullable<IgnoreConfig['labels']>,
  { labels: open }: ExamplesToChooseFrom,
): Promise<OpenedTest> {
  if (open === undefined) {
    throw new UserError('missing labels: ignore.labels is for patches of images', {
      hint: 'leave tokens of texts out with --ignore.tokens',
    });
  }
  const labels = await open();
  try {
    const numbers = new Set(wanted.map((label) => numberOf(label, labels.classes)));
    const unseen = new Set(numbers);
    return {
      async test(example) {
        const own = await labels.of(example);
        for (let i = 0; unseen.size > 0 && i < own.length; i++) unseen.delete(own[i]!);
        return (token) => token >= 0 && numbers.has(own[token]!);
      },
      async close() {
        for (const number of unseen) log.warn(`no patch has label ${number}, which is ignored`);
        await labels.close();
      },
    };
  } catch (error) {
    await labels.close();
    throw error;
  }
}

/** @throws {UserError} for a label that the set does not have. */
function numberOf(label: number | string, classes: readonly string[] | undefined): number {
  if (typeof label === 'number') {
    if (classes === undefined || label < classes.length) return label;
    throw new UserError(`unknown label ${label}: labels go from 0 to ${classes.length - 1}`);
  }
  if (classes === undefined) {
    throw new UserError(`unknown label '${label}': labels.bin has numbers, and no names`, {
      hint: 'name labels by number',
    });
  }
  // A class may have several names: building, edifice.
  const found = classes.findIndex(
    (name) => name === label || name.split(',').some((each) => each.trim() === label),
  );
  if (found >= 0) return found;
  throw new UserError(`unknown label '${label}'`, {
    hint: `labels are ${classes.slice(0, 8).join('; ')}${classes.length > 8 ? ` … (${classes.length})` : ''}`,
  });
}

async function tokenTest(
  wanted: NonNullable<IgnoreConfig['tokens']>,
  { contexts: openTokens, tokenizer: open }: ExamplesToChooseFrom,
): Promise<OpenedTest> {
  if (openTokens === undefined || open === undefined) {
    throw new UserError('missing tokens: ignore.tokens is for texts', {
      hint: 'leave patches of images out with --ignore.patches or --ignore.labels',
    });
  }
  const tokenizer = await open();
  const ids = new Set(wanted.filter((token) => token !== 'special'));
  const unknown = [...ids].find((id) => id >= tokenizer.vocabularySize);
  if (unknown !== undefined) {
    throw new UserError(
      `unknown token ${unknown}: '${tokenizer.name}' has ${tokenizer.vocabularySize}`,
    );
  }
  const special = wanted.includes('special');
  const contexts = await openTokens();
  return {
    async test(example) {
      const tokens = await contexts.tokens(example);
      return (position) =>
        position >= 0 &&
        (ids.has(tokens[position]!) || (special && tokenizer.isSpecial(tokens[position]!)));
    },
    close: async () => contexts.close?.(),
  };
}
