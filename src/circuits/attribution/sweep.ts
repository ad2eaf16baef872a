// Linear attribution: many targets at once are followed down the residual stream to everything that was written into it.
//
// A target reads the stream at one position along a vector. Below, its gradient is `g [positions, dModel]`: MLPs and norms
// pass nothing but by skip connections of transcoders (skip-pass.ts; features, errors and biases are sources, scales are
// fixed), and attention moves it from destinations to sources; see attention-pass.ts.
import { throughAttention } from './attention-pass.ts';
import type { FrozenPrompt, Inflow, SweepTarget } from './flow.ts';
import { countAt, type Placed, placesOf, positionsOf, widened } from './places.ts';
import { throughSkip } from './skip-pass.ts';
import type { BiasSource, SourceBlock } from './sources.ts';

/**
 * Follow targets down to all sources. `strongest` says how many head instances to report for each target. Takes memory
 * for about three times `targets × positions × dModel` numbers.
 */
export async function sweep(
  prompt: FrozenPrompt,
  targets: readonly SweepTarget[],
  { strongest = 0 }: { strongest?: number } = {},
): Promise<Inflow[]> {
  const { dModel, nHeads, dHead, sources, gemm } = prompt;
  const inflows = targets.map(
    ({ without = [] }): Inflow => ({
      sources: new Float32Array(sources.count),
      without: new Float64Array(without.length),
      strongest: [],
    }),
  );
  const positionOf = (target: number): number => targets[target]!.position;
  const most = targets.reduce((sum, { position }) => sum + position + 1, 0);
  const room = {
    read: new Float32Array(most * nHeads * dHead),
    moved: new Float32Array(most * nHeads * dHead),
  };
  let gradient: Placed = { places: placesOf([], positionOf), data: new Float32Array(0) };

  const enter = (depth: number): void => {
    const begins = [...targets.keys()].filter((target) => targets[target]!.depth === depth);
    if (begins.length === 0) return;
    const places = placesOf([...gradient.places.targets, ...begins], positionOf);
    gradient = widened(gradient, places, dModel);
    places.targets.forEach((target, i) => {
      const { depth: own, position, vector } = targets[target]!;
      if (own === depth) gradient.data.set(vector, (places.start[position]! + i) * dModel);
    });
  };
  const readBlock = async ({ position, start, count, rows }: SourceBlock): Promise<void> => {
    const { places, data } = gradient;
    const n = position < positionsOf(places) ? countAt(places, position) : 0;
    const read = new Float32Array(n * count);
    await gemm(
      [n, count, dModel],
      { data: data.subarray(places.start[position]! * dModel), stride: dModel },
      { data: rows, stride: dModel, transposed: true },
      { data: read, stride: count },
    );
    for (let i = 0; i < n; i++)
      inflows[places.targets[i]!]!.sources.set(read.subarray(i * count, (i + 1) * count), start);
  };
  const readBias = async ({ source, vector }: BiasSource): Promise<void> => {
    const { places, data } = gradient;
    const atPlaces = new Float32Array(places.start.at(-1)!);
    await gemm(
      [atPlaces.length, 1, dModel],
      { data, stride: dModel },
      { data: vector, stride: 1 },
      { data: atPlaces, stride: 1 },
    );
    for (let position = 0; position < positionsOf(places); position++) {
      const first = places.start[position]!;
      for (let i = 0; i < countAt(places, position); i++)
        inflows[places.targets[i]!]!.sources[source]! += atPlaces[first + i]!;
    }
  };

  const top = Math.max(0, ...targets.map(({ depth }) => depth));
  for (let layer = Math.floor((top - 1) / 2); layer >= 0; layer--) {
    enter(2 * layer + 2);
    await Promise.all(sources.mlp[layer]!.map(readBlock));
    const decoderBias = sources.decoderBias[layer];
    if (decoderBias !== undefined) await readBias(decoderBias);
    const skipped = await throughSkip(prompt, layer, gradient);
    // Where both read the same stream, attention must not see what the MLP passes on.
    if (skipped !== undefined && !prompt.parallel) addTo(gradient.data, skipped);
    enter(2 * layer + 1);
    await readBias(sources.attentionBias[layer]!);
    await throughAttention(prompt, layer, { gradient, targets, inflows, strongest, room });
    if (skipped !== undefined && prompt.parallel) addTo(gradient.data, skipped);
  }
  enter(0);
  await Promise.all(sources.embedding.map(readBlock));
  return inflows;
}

/** `a += b` */
function addTo(a: Float32Array, b: Float32Array): void {
  for (let i = 0; i < b.length; i++) a[i]! += b[i]!;
}
