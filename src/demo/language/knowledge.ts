// What the embedded model knows of texts that nothing was trained on, with and without its MLPs, and which of the
// language's concepts single features tell.
import { type LanguageBackbone, LOGITS } from '../../backbones/language/types.ts';
import type { Tensor } from '../../backbones/types.ts';
import { startProgress } from '../../base/progress.ts';
import { withReplacement } from '../../circuits/replacement/replacement.ts';
import type { TranscoderSet } from '../../circuits/transcoders.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import type { Tokenizer } from '../../data/texts/tokenizer.ts';
import {
  TEXT_POSITIONS,
  WORD_CONCEPTS,
  wordConcepts,
} from '../../data/worlds/language/concepts.ts';
import { sampleDocument, type WorldDocument } from '../../data/worlds/language/document.ts';
import { type Scores, scoreDecisions } from '../../data/worlds/language/score.ts';
import { BEHAVIOURS, type Behaviour } from '../../data/worlds/language/words.ts';
import { type ConceptScore, scoreConcepts } from '../../studies/scoring/concepts.ts';
import type { CodedTokens } from '../../studies/scoring/counts.ts';
import { idsOfWords } from './texts.ts';

/** How often the model is right about the decisions of a behaviour, 0 … 1. */
interface BehaviourAccuracy {
  readonly behaviour: Behaviour;
  readonly decisions: number;
  readonly clean: number;
  /** With all transcoders in place of their MLPs. */
  readonly replaced: number;
  /** With zeros there. */
  readonly zeroed: number;
}

/** A concept, and the feature of all layers that tells it best. `latent` is its index in the layer's transcoder. */
export interface FoundConcept extends ConceptScore {
  readonly layer: number;
}

/** What texts show of a model and its transcoders. */
export interface LanguageKnowledge {
  readonly nTexts: number;
  readonly behaviours: readonly BehaviourAccuracy[];
  /** In the order of `WORD_CONCEPTS`. */
  readonly concepts: readonly FoundConcept[];
}

export interface KnowledgeOptions {
  readonly backbone: LanguageBackbone;
  readonly transcoders: TranscoderSet;
  readonly tokenizer: Tokenizer;
  readonly nTexts: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

type IdOf = (word: string) => number;

const TEXTS_PER_RUN = 25;
const MODELS = ['clean', 'replaced', 'zeroed'] as const;

/**
 * Run the model over texts as it is, with its transcoders and without its MLPs. For each concept a feature is chosen on
 * every second text, among those of all layers, and measured on the others.
 */
export async function measureKnowledge(options: KnowledgeOptions): Promise<LanguageKnowledge> {
  const { backbone, transcoders, tokenizer, nTexts, seed, signal } = options;
  const { layers } = transcoders;
  const idOf = idsOfWords(tokenizer);
  const models = {
    clean: backbone,
    replaced: withReplacement(backbone, { transcoders }),
    zeroed: withReplacement(backbone, { zeroed: layers }),
  };
  const scores: Record<(typeof MODELS)[number], Scores> = {
    clean: new Map(),
    replaced: new Map(),
    zeroed: new Map(),
  };
  const documents = Array.from({ length: nTexts }, (_, i) => sampleDocument(seed, i));
  const coded: CodedTokens[] = [];
  const progress = startProgress('score', { total: nTexts, unit: 'texts' });
  try {
    for (let first = 0; first < nTexts; first += TEXTS_PER_RUN) {
      signal?.throwIfAborted();
      const some = documents.slice(first, first + TEXTS_PER_RUN);
      const tokens = some.map(({ words }) => padded(words, idOf, tokenizer.eosId));
      for (const name of MODELS) {
        const inputs = layers.map((layer) => transcoders.places.get(layer)!.input);
        const record = name === 'clean' ? [LOGITS, ...inputs] : [LOGITS];
        const found = await models[name].run(tokens, { record, signal });
        addScores(some, found.get(LOGITS)!, scores[name], idOf);
        if (name !== 'clean') continue;
        const codes: SparseRows[] = [];
        for (const layer of layers) {
          const transcoder = await transcoders.at(layer);
          const { data } = found.get(transcoder.input)!;
          codes.push(await transcoder.encode(rowsOfTexts(data, some)));
        }
        coded.push({ codes: besideEachOther(codes), ...placesOf(some, first) });
      }
      progress.tick(some.length);
    }
  } finally {
    progress.end();
  }
  const sizes: number[] = [];
  for (const layer of layers) sizes.push((await transcoders.at(layer)).config.dSae);
  const concepts = await scoreConcepts(() => inTurn(coded), {
    dSae: sizes.reduce((sum, size) => sum + size, 0),
    concepts: WORD_CONCEPTS,
    nTokens: TEXT_POSITIONS,
    truth: (text) => wordConcepts(documents[text]!),
  });
  return {
    nTexts,
    behaviours: BEHAVIOURS.flatMap((behaviour) => accuracyOf(behaviour, scores)),
    concepts: concepts.map((score) => inItsLayer(score, layers, sizes)),
  };
}

/** The token before a text, the text, and more of that token up to the longest text, which changes nothing before it. */
function padded(words: WorldDocument['words'], idOf: IdOf, end: number): Int32Array {
  const row = new Int32Array(TEXT_POSITIONS).fill(end);
  words.forEach(({ text }, i) => {
    row[i + 1] = idOf(text);
  });
  return row;
}

/** Add the decisions of texts to the scores; `logits` are `[texts, TEXT_POSITIONS, dVocab]`. */
function addScores(
  documents: readonly WorldDocument[],
  { data, shape }: Tensor,
  scores: Scores,
  idOf: IdOf,
): void {
  const dVocab = shape.at(-1)!;
  documents.forEach((document, row) => {
    // Position p of a row predicts word p of its text.
    const start = row * TEXT_POSITIONS;
    scoreDecisions(document, (word, text) => data[(start + word) * dVocab + idOf(text)]!, scores);
  });
}

/** Rows of `[texts, TEXT_POSITIONS, d]` that belong to texts, and not to what fills them up. */
function rowsOfTexts(data: Float32Array, documents: readonly WorldDocument[]): Float32Array {
  const d = data.length / (documents.length * TEXT_POSITIONS);
  const nRows = documents.reduce((sum, { words }) => sum + words.length + 1, 0);
  const rows = new Float32Array(nRows * d);
  let at = 0;
  documents.forEach(({ words }, text) => {
    const start = text * TEXT_POSITIONS * d;
    rows.set(data.subarray(start, start + (words.length + 1) * d), at);
    at += (words.length + 1) * d;
  });
  return rows;
}

/** Text and position of the same rows. */
function placesOf(
  documents: readonly WorldDocument[],
  first: number,
): Pick<CodedTokens, 'exampleIndex' | 'tokenIndex'> {
  const lengths = documents.map(({ words }) => words.length + 1);
  return {
    exampleIndex: lengths.flatMap((length, i) => Array<number>(length).fill(first + i)),
    tokenIndex: lengths.flatMap((length) => [...Array(length).keys()]),
  };
}

/** Join matrices of as many rows: `[rows, Σ columns]`. */
function besideEachOther(parts: readonly SparseRows[]): SparseRows {
  const nRows = parts[0]!.rowStart.length - 1;
  const nonzeros = parts.reduce((sum, { index }) => sum + index.length, 0);
  const rowStart = new Uint32Array(nRows + 1);
  const index = new Uint32Array(nonzeros);
  const value = new Float32Array(nonzeros);
  let at = 0;
  for (let row = 0; row < nRows; row++) {
    let column = 0;
    for (const part of parts) {
      for (let p = part.rowStart[row]!; p < part.rowStart[row + 1]!; p++) {
        index[at] = column + part.index[p]!;
        value[at++] = part.value[p]!;
      }
      column += part.columns;
    }
    rowStart[row + 1] = at;
  }
  return { columns: parts.reduce((sum, { columns }) => sum + columns, 0), rowStart, index, value };
}

async function* inTurn<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

function accuracyOf(
  behaviour: Behaviour,
  scores: Record<(typeof MODELS)[number], Scores>,
): BehaviourAccuracy[] {
  const decisions = scores.clean.get(behaviour)?.total ?? 0;
  if (decisions === 0) return [];
  const share = (of: Scores): number => of.get(behaviour)!.right / decisions;
  const { clean, replaced, zeroed } = scores;
  return [
    {
      behaviour,
      decisions,
      clean: share(clean),
      replaced: share(replaced),
      zeroed: share(zeroed),
    },
  ];
}

/** From a feature of all layers to its layer and its index there. */
function inItsLayer(
  score: ConceptScore,
  layers: readonly number[],
  sizes: readonly number[],
): FoundConcept {
  let latent = score.latent;
  let i = 0;
  while (latent >= sizes[i]!) latent -= sizes[i++]!;
  return { ...score, latent, layer: layers[i]! };
}
