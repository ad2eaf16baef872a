// saev semprobe texts: which latents tell texts that have a property from texts that have it not.
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { writeFileAtomic, writeJsonAtomic } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import { logger } from '../../base/log.ts';
import { readableTokens } from '../../data/texts/readable-tokens.ts';
import type { Tokenizer } from '../../data/texts/tokenizer.ts';
import { csvText } from '../../formats/csv.ts';
import { readCoder } from '../../sae/checkpoints/read-coder.ts';
import { chooseCoder } from '../../training/runs/choose-coder.ts';
import { openCoderInModel } from './coder-in-model.ts';
import type { SemprobeTextsConfig } from './config.ts';
import { type PooledText, poolTexts } from './pooled-texts.ts';
import {
  areaUnderRoc,
  bestRule,
  meanOf,
  measureRule,
  type Rule,
  type TwoGroups,
} from './separation.ts';

const log = logger('semprobe');

/** AUC of what tells nothing. */
const NOTHING = 0.5;

/** Fewer texts than this on a side say little. */
const FEW = 20;

/** How well one latent tells the texts of one side, `value > threshold`. */
export interface TextScore extends Rule {
  readonly latent: number;
  /** The texts that it fires for: those with the property, or those without. */
  readonly side: 'with' | 'without';
  readonly auc: number;
  /** Mean value on the texts of that side, less that on the others. */
  readonly meanDifference: number;
  /** F1 on the texts that the latent and its threshold were chosen on. */
  readonly chosenF1: number;
  readonly chosenAuc: number;
}

/** A token on which a latent is strong, and the words around it. */
export interface StrongToken {
  readonly source: string;
  readonly value: number;
  readonly before: string;
  readonly token: string;
  readonly after: string;
}

/** A latent that tells texts apart. */
export interface TextFinding extends TextScore {
  readonly tokens: readonly StrongToken[];
}

/** What a probe of texts found and wrote. */
export interface TextProbe {
  readonly sae: string;
  readonly model: string;
  readonly point: string;
  readonly nWith: number;
  readonly nWithout: number;
  readonly csv: string;
  /** The best latents of either side, best first. */
  readonly with: readonly TextFinding[];
  readonly without: readonly TextFinding[];
}

/**
 * Run the model over both sets of texts, each text once, and score every latent: latents and thresholds are chosen by F1
 * on the texts of even number (of equal ones by AUC, then by the difference of means) and measured on the others. Writes `texts.csv`, a line for each latent that fires and each side, and
 * `texts.json` into `dumpTo`.
 * @throws {UserError} when a side has fewer than four texts, and for models and coders that do not fit.
 */
export async function tellTexts(
  config: SemprobeTextsConfig,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<TextProbe> {
  const sae = await chooseCoder(config.sae);
  const read = await readCoder(sae, { ...(signal && { signal }) });
  const place = await openCoderInModel(sae, read, config, signal);
  try {
    const options = { ...config, signal };
    const sides = {
      with: await poolTexts(config.with, place, options),
      without: await poolTexts(config.without, place, options),
    };
    checkSides(config, sides);
    const both = textsOnBothSides(sides.with, sides.without);
    if (both !== undefined) log.warn(`a text stands on both sides: '${both.source}'`);
    const scores = {
      with: scoreSide('with', sides.with, sides.without),
      without: scoreSide('without', sides.without, sides.with),
    };
    const { backbone, point } = place;
    const found = (side: 'with' | 'without'): TextFinding[] =>
      scores[side]
        .filter(({ chosenAuc }) => chosenAuc > NOTHING)
        .slice(0, config.topK)
        .map((score) => ({
          ...score,
          tokens: strongTokens(score.latent, sides[side], backbone.tokenizer, config.tokens),
        }));
    await makeFolder(config.dumpTo);
    const csv = join(config.dumpTo, 'texts.csv');
    await writeFileAtomic(csv, csvOf([...scores.with, ...scores.without]));
    const probe = {
      sae,
      model: backbone.checkpoint,
      point,
      nWith: sides.with.length,
      nWithout: sides.without.length,
      csv,
      with: found('with'),
      without: found('without'),
    };
    await writeJsonAtomic(join(config.dumpTo, 'texts.json'), probe);
    return probe;
  } finally {
    await place.close();
  }
}

/** Score every latent on telling texts of one side from the others, best first. */
export function scoreSide(
  side: TextScore['side'],
  own: readonly PooledText[],
  others: readonly PooledText[],
): TextScore[] {
  const halves = [0, 1].map((half) => ({
    own: valuesByLatent(own.filter((_, i) => i % 2 === half)),
    others: valuesByLatent(others.filter((_, i) => i % 2 === half)),
  }));
  const [choose, measure] = halves as [(typeof halves)[0], (typeof halves)[0]];
  const groups = ({ own: a, others: b }: typeof choose, latent: number): TwoGroups => ({
    positive: a.values.get(latent) ?? [],
    nPositive: a.n,
    negative: b.values.get(latent) ?? [],
    nNegative: b.n,
  });
  const latents = new Set(halves.flatMap((half) => [...half.own.values.keys()]));
  return [...latents]
    .map((latent) => {
      const chosenOn = groups(choose, latent);
      const measured = groups(measure, latent);
      const rule = bestRule(chosenOn);
      return {
        difference: differenceOf(chosenOn),
        score: {
          latent,
          side,
          chosenF1: rule.f1,
          chosenAuc: areaUnderRoc(chosenOn),
          ...measureRule(measured, rule.threshold),
          auc: areaUnderRoc(measured),
          meanDifference: differenceOf(measured),
        },
      };
    })
    .sort(
      (a, b) =>
        b.score.chosenF1 - a.score.chosenF1 ||
        b.score.chosenAuc - a.score.chosenAuc ||
        b.difference - a.difference ||
        a.score.latent - b.score.latent,
    )
    .map(({ score }) => score);
}

function differenceOf({ positive, nPositive, negative, nNegative }: TwoGroups): number {
  return meanOf(positive, nPositive) - meanOf(negative, nNegative);
}

interface Half {
  readonly n: number;
  readonly values: ReadonlyMap<number, number[]>;
}

function valuesByLatent(texts: readonly PooledText[]): Half {
  const values = new Map<number, number[]>();
  for (const { latents, values: own } of texts) {
    for (const [i, latent] of latents.entries()) {
      const list = values.get(latent);
      if (list === undefined) values.set(latent, [own[i]!]);
      else list.push(own[i]!);
    }
  }
  return { n: texts.length, values };
}

function checkSides(
  config: SemprobeTextsConfig,
  sides: Readonly<Record<'with' | 'without', readonly PooledText[]>>,
): void {
  for (const side of ['with', 'without'] as const) {
    const n = sides[side].length;
    const name = config[side];
    if (n < 4) {
      throw new UserError(`too few texts: '${name}' has ${n} (--${side})`, {
        hint: 'half of them choose latents and the others measure them: give four at least, better a hundred',
      });
    }
    if (n < FEW) log.warn(`'${name}' has ${n} texts only: scores are rough`);
  }
}

/** A text that has the property and has it not. */
function textsOnBothSides(
  some: readonly PooledText[],
  others: readonly PooledText[],
): PooledText | undefined {
  const known = new Set(some.map(({ tokens }) => tokens.join()));
  return others.find(({ tokens }) => known.has(tokens.join()));
}

/** Tokens before and behind a strong one that are shown. */
const AROUND = 8;

/** The strongest token of each of the texts in which a latent is strongest. */
function strongTokens(
  latent: number,
  texts: readonly PooledText[],
  tokenizer: Tokenizer,
  count: number,
): StrongToken[] {
  const found = texts.flatMap((text) => {
    const at = text.latents.indexOf(latent);
    return at < 0 ? [] : [{ text, value: text.values[at]!, token: text.strongest[at]! }];
  });
  const strongest = found.sort((a, b) => b.value - a.value).slice(0, count);
  return strongest.map(({ text: { source, tokens }, value, token }) => {
    const strings = readableTokens(tokenizer, tokens);
    const isWord = (i: number): boolean => !tokenizer.isSpecial(tokens[i]!);
    const words = (from: number, to: number): string =>
      strings
        .slice(from, to)
        .filter((_, i) => isWord(from + i))
        .join('');
    return {
      source,
      value,
      before: words(Math.max(0, token - AROUND), token),
      token: strings[token]!,
      after: words(token + 1, token + 1 + AROUND),
    };
  });
}

function csvOf(scores: readonly TextScore[]): string {
  const columns = [
    'side',
    'latent',
    'threshold',
    'chosenF1',
    'chosenAuc',
    'f1',
    'precision',
    'recall',
    'auc',
    'meanDifference',
  ] as const;
  const head = 'side,latent,threshold,chosen_f1,chosen_auc,f1,precision,recall,auc,mean_difference';
  return csvText(
    head.split(','),
    scores.map((score) => columns.map((name) => score[name])),
  );
}
