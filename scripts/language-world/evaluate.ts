// What the model knows of texts that it was not trained on.
import { LOGITS, LOSS } from '../../src/backbones/language/types.ts';
import { openSession } from '../../src/compute/onnx/session.ts';
import { sampleDocument } from '../../src/data/worlds/language/document.ts';
import { accuracies, type Scores, scoreDecisions } from '../../src/data/worlds/language/score.ts';
import type { Feeds } from '../training/fed-weights.ts';
import { evaluationRows, feedsOfRows, idOf } from './batches.ts';
import { CONFIG, evaluationModel } from './model.ts';

/** Texts that training never sees have another seed. */
export const HELD_OUT_SEED = 1_000_003;
const TEXTS_PER_RUN = 50;

export interface Evaluation {
  readonly texts: number;
  /** Nats a token, of the model and of the world itself: no model can have less. */
  readonly loss: number;
  readonly entropy: number;
  /** Share of right decisions by behaviour. */
  readonly accuracy: ReturnType<typeof accuracies>;
}

/** Measure weights on `texts` held-out texts; `fed` is what the weights' inputs are given. */
export async function evaluate(fed: Feeds, texts: number, threads: number): Promise<Evaluation> {
  const session = await openSession(evaluationModel(), { threads });
  const scores: Scores = new Map();
  let [loss, nats, tokens] = [0, 0, 0];
  for (let first = 0; first < texts; first += TEXTS_PER_RUN) {
    const documents = Array.from({ length: Math.min(TEXTS_PER_RUN, texts - first) }, (_, i) =>
      sampleDocument(HELD_OUT_SEED, first + i),
    );
    const found = await session.run(new Map([...fed, ...feedsOfRows(evaluationRows(documents))]));
    const logits = found.get(LOGITS)!.data as Float32Array;
    const perToken = found.get(LOSS)!.data as Float32Array;
    documents.forEach((document, row) => {
      const start = row * CONFIG.nCtx;
      // Every word, and the token that ends the text.
      const length = document.words.length + 1;
      for (let p = 0; p < length; p++) loss += perToken[start + p]!;
      nats += document.nats;
      tokens += length;
      const logitOf = (p: number, word: string): number =>
        logits[(start + p) * CONFIG.dVocab + idOf(word)]!;
      scoreDecisions(document, logitOf, scores);
    });
  }
  await session.close();
  const digits = (x: number): number => Math.round(1e4 * x) / 1e4;
  return {
    texts,
    loss: digits(loss / tokens),
    entropy: digits(nats / tokens),
    accuracy: accuracies(scores),
  };
}
