// The stages of the demo of texts: a transcoder for each MLP of the embedded model, what they cost it, which known
// structure their features show, their dashboards, and the circuit of one behaviour.
import { join } from 'node:path';
import { openLanguageModel } from '../../backbones/language/open.ts';
import { writeJsonAtomic } from '../../base/files.ts';
import { measureReplacement } from '../../circuits/replacement/measure.ts';
import type { ReplacementSummary } from '../../circuits/replacement/replace.ts';
import { withReplacement } from '../../circuits/replacement/replacement.ts';
import { openTranscoders, type TranscoderSet } from '../../circuits/transcoders.ts';
import { type CircuitReport, traceBrackets } from './circuit.ts';
import { detailsOf, type LayerDashboards, pagesFrom, writeDashboards } from './dashboards.ts';
import { type KnowledgeOptions, type LanguageKnowledge, measureKnowledge } from './knowledge.ts';
import { firstRows, HELD_OUT_SEED, ROW_TOKENS, TRAINING_SEED, writeWorldRows } from './texts.ts';
import { type DemoTranscoder, trainTranscoders, WORLD_LAYERS, WORLD_MODEL } from './training.ts';

interface LanguageDemoOptions {
  readonly out: string;
  /** Tokens that each transcoder is trained on. */
  readonly tokens: number;
  /** Held-out texts that accuracies and concepts are measured on. */
  readonly texts: number;
  /** Tokens that the dashboards show features on. */
  readonly dashboardTokens: number;
  readonly seed: number;
  readonly threads?: number | undefined;
}

/** What the demo found, and where it is. */
export interface LanguageDemoReport extends LanguageKnowledge {
  readonly transcoders: readonly DemoTranscoder[];
  /** Loss of the model as it is, with MLPs replaced, and with MLPs silenced: all of them, then each alone. */
  readonly replacement: ReplacementSummary;
  /** Concepts whose best feature has F1 ≥ 0.8. */
  readonly found: number;
  readonly circuit: CircuitReport;
  /** The page of each layer's features. */
  readonly dashboards: readonly LayerDashboards[];
  /** The folder that everything was written to. */
  readonly out: string;
}

/** F1 from which a concept counts as found. */
export const FOUND = 0.8;

/** Folder of the pages of features. */
const FEATURES = 'features';

/** Rows that the losses are measured on, and how many of them run at once. */
const LOSS_ROWS = 100;
const ROWS_PER_RUN = 20;

/** Layers whose MLPs are replaced together. */
const LAYER_SETS = [WORLD_LAYERS, ...WORLD_LAYERS.map((layer) => [layer])];

/** Run the demo. Texts, transcoders and features of an earlier one in the same folder are used again. */
export async function runLanguageDemo(
  options: LanguageDemoOptions,
  { signal }: { signal?: AbortSignal } = {},
): Promise<LanguageDemoReport> {
  const { out, threads, seed } = options;
  const backbone = await openLanguageModel(WORLD_MODEL, {
    threads,
    signal,
    // The model as it is, and two changed ones for each set of layers, all ready at once.
    maxSessions: 1 + 2 * LAYER_SETS.length,
  });
  const { tokenizer } = backbone;
  let transcoders: TranscoderSet | undefined;
  try {
    const rowsOf = (tokens: number, textSeed: number): Promise<string> =>
      writeWorldRows(join(out, 'texts'), {
        nRows: Math.ceil(tokens / ROW_TOKENS),
        seed: textSeed,
        tokenizer,
        signal,
      });
    const trained = await trainTranscoders({
      texts: await rowsOf(options.tokens, TRAINING_SEED + seed),
      runRoot: join(out, 'runs'),
      tokens: options.tokens,
      seed,
      threads,
      signal,
    });
    const paths = trained.map(({ transcoder }) => transcoder.path);
    transcoders = await openTranscoders(paths, { backbone, threads, signal });
    const work = { backbone, transcoders, tokenizer, seed: HELD_OUT_SEED + seed, signal };
    const replacement = await measureLosses(work);
    const knowledge = await measureKnowledge({ ...work, nTexts: options.texts });
    const dashboards = await writeDashboards(trained, {
      folder: join(out, FEATURES),
      texts: await rowsOf(options.dashboardTokens, HELD_OUT_SEED + seed),
      concepts: knowledge.concepts,
      seed,
      threads,
      signal,
    });
    const circuit = await traceBrackets({
      ...work,
      replaced: withReplacement(backbone, { transcoders }),
      folder: join(out, 'circuit'),
      dashboards: pagesFrom(FEATURES),
      details: (graph) => detailsOf(graph, dashboards),
      threads,
    });
    const report = {
      transcoders: trained.map(({ transcoder }) => transcoder),
      replacement,
      ...knowledge,
      found: knowledge.concepts.filter(({ f1 }) => f1 >= FOUND).length,
      circuit,
      dashboards,
      out,
    };
    await writeJsonAtomic(join(out, 'demo.json'), report);
    return report;
  } finally {
    await transcoders?.close();
    await backbone.close();
  }
}

/** Measure losses on texts that nothing was trained on. */
async function measureLosses({
  backbone,
  transcoders,
  tokenizer,
  seed,
  signal,
}: Omit<KnowledgeOptions, 'nTexts'>): Promise<ReplacementSummary> {
  const rows = firstRows(LOSS_ROWS, { seed, tokenizer });
  const batches: Int32Array[][] = [];
  for (let at = 0; at < rows.length; at += ROWS_PER_RUN)
    batches.push(rows.slice(at, at + ROWS_PER_RUN));
  const table = await measureReplacement(batches, {
    backbone,
    transcoders,
    layers: LAYER_SETS,
    ...(signal && { signal }),
  });
  return {
    model: WORLD_MODEL,
    texts: 'the embedded language',
    contextSize: ROW_TOKENS,
    ...table,
  };
}
