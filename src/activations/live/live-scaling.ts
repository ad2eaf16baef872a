// How the rows of live views are scaled: by samples from one run of the model for all views that need them.
import {
  checkScaling,
  checkTargetScaling,
  type SampledRows,
  type Scaling,
  scalesByDefault,
} from '../reading/scaling.ts';
import type { ReadOptions } from '../reading/shard-source.ts';
import { resolveScaling } from '../resolve-scaling.ts';
import { type BrokenExamples, type ReadExamples, rowsThatCount } from './live-examples.ts';
import { BUFFER_BYTES, type LiveFeed, type LiveView } from './live-feed.ts';

/** What can be said of the scaling of a view. */
export type ScalingChoice = Pick<
  ReadOptions,
  'clamp' | 'scaleMean' | 'scaleNorm' | 'scaling' | 'nRandomSamples'
>;

/** A view whose scaling is wanted. */
export interface ViewToScale {
  readonly view: LiveView;
  readonly read: ReadExamples;
  readonly choice: ScalingChoice;
}

/** Views whose samples are in memory together, half a gigabyte each at most. */
const AT_ONCE = 4;

/**
 * Find the scaling of each view.
 * @throws {UserError} when it cannot be computed or loaded, or does not fit a target.
 */
export async function scalingsOf(
  feed: LiveFeed,
  views: readonly ViewToScale[],
  {
    broken,
    signal,
  }: { readonly broken: BrokenExamples; readonly signal?: AbortSignal | undefined },
): Promise<Scaling[]> {
  const scalings: Scaling[] = [];
  for (let first = 0; first < views.length; first += AT_ONCE) {
    const some = views.slice(first, first + AT_ONCE);
    let sampled: Promise<Float32Array[][]> | undefined;
    for (const [i, { view, choice }] of some.entries()) {
      const samples: SampledRows = async function* () {
        sampled ??= sample(feed, some, { broken, signal });
        yield* (await sampled)[i]!;
      };
      scalings.push(await scalingOf(feed, { view, choice }, samples));
    }
  }
  return scalings;
}

async function scalingOf(
  { contexts }: LiveFeed,
  { view, choice }: Pick<ViewToScale, 'view' | 'choice'>,
  samples: SampledRows,
): Promise<Scaling> {
  const { dModel, dTarget } = view;
  const { nRandomSamples = 2 ** 16 } = choice;
  const given = choice.scaling && checkScaling(choice.scaling, dModel);
  const isScaled = isScaledByDefault({ contexts }, view);
  const options = { ...choice, nRandomSamples, isScaled };
  const chosen = given ?? (await resolveScaling(samples, dModel, options));
  if (dTarget !== undefined) checkTargetScaling(chosen);
  return chosen;
}

function isScaledByDefault(
  { contexts }: Pick<LiveFeed, 'contexts'>,
  { dTarget }: Pick<LiveView, 'dTarget'>,
): boolean {
  return scalesByDefault({ contexts, dTarget });
}

/** Whether the scaling of a view is computed from samples. */
function needsSamples({ contexts }: LiveFeed, { view, choice }: ViewToScale): boolean {
  const isScaled = isScaledByDefault({ contexts }, view);
  const { scaling, scaleMean = isScaled, scaleNorm = isScaled } = choice;
  return scaling === undefined && (scaleMean === true || scaleNorm === true);
}

/** Rows of random examples for each view that needs them, clamped only. */
async function sample(
  feed: LiveFeed,
  views: readonly ViewToScale[],
  {
    broken,
    signal,
  }: { readonly broken: BrokenExamples; readonly signal?: AbortSignal | undefined },
): Promise<Float32Array[][]> {
  const sampled: Float32Array[][] = views.map(() => []);
  const wanted = [...views.entries()].filter(([, view]) => needsSamples(feed, view));
  const examples = wanted.map(([, { view, read, choice }]) => {
    const { nRandomSamples = 2 ** 16 } = choice;
    const rows = Math.min(nRandomSamples, BUFFER_BYTES / (view.dModel * 4));
    const n = Math.ceil(rows / view.selection.rowsPerExample);
    return new Set(feed.sample(read.present(), n));
  });
  const clamped = wanted.map(
    ([
      ,
      {
        view,
        choice: { clamp = 1e5 },
      },
    ]) => ({
      ...view,
      scaling: checkScaling({ clamp, mean: undefined, scalar: 1 }, view.dModel),
    }),
  );
  const all = Uint32Array.from(new Set(examples.flatMap((own) => [...own]))).sort();
  for await (const item of feed.run(all, clamped, signal)) {
    if (!broken.isThere(item)) continue;
    for (const [w, [v, { view }]] of wanted.entries()) {
      if (!examples[w]!.has(item.example)) continue;
      sampled[v]!.push(rowsThatCount(view, item.example, item.views[w]!.rows));
    }
  }
  return sampled;
}
