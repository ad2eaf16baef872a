// How gradients pass the attention of a layer whose pattern is frozen, from destinations to sources:
// `g[s] += Σ_d pattern[d, s] / scale[s] · W_V W_O g[d]`. Heads are contracted with the gradient before anything else, so
// that no tensor of `[heads, destination, source, dModel]` is ever made.
import type { HeadInstance } from '../graph/graph.ts';
import type { FrozenPrompt, HeadFlow, Inflow, SweepTarget } from './flow.ts';
import { countAt, type Placed, type Places, positionsOf } from './places.ts';

/** Gradients on their way down. */
interface AttentionPass {
  /** `[places, dModel]`; what attention reads is added to it. */
  readonly gradient: Placed;
  readonly targets: readonly SweepTarget[];
  readonly inflows: readonly Inflow[];
  /** How many head instances to report for each target. */
  readonly strongest: number;
  /** Two arrays for at least `[places, nHeads · dHead]` numbers. */
  readonly room: { readonly read: Float32Array; readonly moved: Float32Array };
}

/** Let gradients through the attention of a layer, and note what flows through single heads. */
export async function throughAttention(
  prompt: FrozenPrompt,
  layer: number,
  pass: AttentionPass,
): Promise<void> {
  const { dModel, nHeads, dHead, gemm, threads } = prompt;
  const { gradient, room } = pass;
  const { wO, wV } = prompt.attention[layer]!;
  const nPlaces = gradient.places.start.at(-1)!;
  if (nPlaces === 0) return;
  const width = nHeads * dHead;
  const share = Math.ceil(nPlaces / threads);
  const inShares = async (work: (first: number, n: number) => Promise<void>): Promise<void> => {
    const firsts = Array.from({ length: Math.ceil(nPlaces / share) }, (_, i) => i * share);
    await Promise.all(firsts.map((first) => work(first, Math.min(share, nPlaces - first))));
  };
  await inShares((first, n) =>
    gemm(
      [n, width, dModel],
      { data: gradient.data.subarray(first * dModel), stride: dModel },
      { data: wO, stride: dModel, transposed: true },
      { data: room.read.subarray(first * width), stride: width },
    ),
  );
  // While one head is multiplied on another thread, this one is at work on the next.
  const lanes = Math.min(nHeads, threads + 1);
  const oneLane = async (lane: number): Promise<void> => {
    const own = headRoom(prompt, pass);
    for (let head = lane; head < nHeads; head += lanes)
      await throughHead(prompt, { layer, head }, pass, own);
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => oneLane(lane)));
  await inShares((first, n) =>
    gemm(
      [n, dModel, width],
      { data: room.moved.subarray(first * width), stride: width },
      { data: wV, stride: dModel },
      { data: gradient.data.subarray(first * dModel), stride: dModel, add: true },
    ),
  );
}

/** Where a head stands. */
type Head = Pick<HeadInstance, 'layer' | 'head'>;

/** Arrays for one head; targets have all positions here, those that they do not reach with zeros. */
interface HeadRoom {
  /** `W_O g`, `[destinations, targets, dHead]` */
  readonly read: Float32Array;
  /** The same moved to sources and divided by the norm's scale, `[sources, targets, dHead]` */
  readonly moved: Float32Array;
  /** `[destinations, sources]` */
  readonly weights: Float32Array;
  /** The head's values along the gradient, `[destinations, targets, sources]`; empty when nothing is reported. */
  readonly along: Float32Array;
}

function headRoom({ dHead }: FrozenPrompt, { gradient, strongest }: AttentionPass): HeadRoom {
  const positions = positionsOf(gradient.places);
  const size = positions * gradient.places.targets.length;
  return {
    read: new Float32Array(size * dHead),
    moved: new Float32Array(size * dHead),
    weights: new Float32Array(positions ** 2),
    along: new Float32Array(strongest > 0 ? size * positions : 0),
  };
}

async function throughHead(
  prompt: FrozenPrompt,
  place: Head,
  pass: AttentionPass,
  own: HeadRoom,
): Promise<void> {
  const { nHeads, dHead, state, gemm } = prompt;
  const { places } = pass.gradient;
  const positions = positionsOf(places);
  const n = places.targets.length;
  const { layer, head } = place;
  const columns = { offset: head * dHead, width: nHeads * dHead, dHead };
  unpack(pass.room.read, own.read, places, columns);
  const all = state.tokens.length;
  const scale = state.scales.get(`blocks.${layer}.ln1`);
  const { pattern } = state.blocks[layer]!;
  for (let d = 0; d < positions; d++) {
    for (let s = 0; s <= d; s++)
      own.weights[d * positions + s] = pattern[(head * all + d) * all + s]! / (scale?.[s] ?? 1);
  }
  await gemm(
    [positions, n * dHead, positions],
    { data: own.weights, stride: positions, transposed: true },
    { data: own.read, stride: n * dHead },
    { data: own.moved, stride: n * dHead },
  );
  if (pass.strongest > 0) await noteStrongest(prompt, place, pass, own);
  places.targets.forEach((target, i) => {
    pass.targets[target]!.without?.forEach((cut, number) => {
      if (cut.layer !== layer || cut.head !== head || cut.destination >= positions) return;
      const flow = cutOut(prompt, cut, pass.inflows[target]!, { n, i, ...own });
      pass.inflows[target]!.without[number] = flow;
    });
  });
  pack(own.moved, pass.room.moved, places, columns);
}

/** Columns of one head in a matrix that holds all of them. */
interface Columns {
  readonly offset: number;
  readonly width: number;
  readonly dHead: number;
}

function unpack(
  from: Float32Array,
  to: Float32Array,
  places: Places,
  { offset, width, dHead }: Columns,
): void {
  const n = places.targets.length;
  for (let position = 0; position < positionsOf(places); position++) {
    const count = countAt(places, position);
    let at = position * n * dHead;
    for (let i = 0; i < count; i++) {
      const row = (places.start[position]! + i) * width + offset;
      for (let j = 0; j < dHead; j++) to[at++] = from[row + j]!;
    }
    to.fill(0, at, (position + 1) * n * dHead);
  }
}

function pack(
  from: Float32Array,
  to: Float32Array,
  places: Places,
  { offset, width, dHead }: Columns,
): void {
  const n = places.targets.length;
  for (let position = 0; position < positionsOf(places); position++) {
    let at = position * n * dHead;
    for (let i = 0; i < countAt(places, position); i++) {
      const row = (places.start[position]! + i) * width + offset;
      for (let j = 0; j < dHead; j++) to[row + j] = from[at++]!;
    }
  }
}

/** Note the instances of a head through which most of a target flows: `pattern[d, s] · v[s] W_O g[d]`. */
async function noteStrongest(
  { nHeads, dHead, state, gemm }: FrozenPrompt,
  { layer, head }: Head,
  { gradient: { places }, targets, inflows, strongest }: AttentionPass,
  { read, along }: HeadRoom,
): Promise<void> {
  const positions = positionsOf(places);
  const n = places.targets.length;
  const all = state.tokens.length;
  const { pattern, values } = state.blocks[layer]!;
  await gemm(
    [positions * n, positions, dHead],
    { data: read, stride: dHead },
    { data: values.subarray(head * dHead), stride: nHeads * dHead, transposed: true },
    { data: along, stride: positions },
  );
  places.targets.forEach((target, i) => {
    const best = inflows[target]!.strongest;
    let least = best.length < strongest ? 0 : Math.abs(best.at(-1)!.flow);
    for (let d = 0; d <= targets[target]!.position; d++) {
      const [from, at] = [(head * all + d) * all, (d * n + i) * positions];
      for (let s = 0; s <= d; s++) {
        const flow = pattern[from + s]! * along[at + s]!;
        if (Math.abs(flow) <= least) continue;
        const u = read.slice((d * n + i) * dHead, (d * n + i + 1) * dHead);
        insert(best, { layer, head, source: s, destination: d, flow, read: u }, strongest);
        if (best.length === strongest) least = Math.abs(best.at(-1)!.flow);
      }
    }
  });
}

/** Put a flow into its place, the largest first, and keep `most`. */
function insert(best: HeadFlow[], flow: HeadFlow, most: number): void {
  const at = best.findIndex((other) => Math.abs(other.flow) < Math.abs(flow.flow));
  best.splice(at < 0 ? best.length : at, 0, flow);
  if (best.length > most) best.pop();
}

/** Take a head instance out of what flows into a target; gives how much that is. */
function cutOut(
  { nHeads, dHead, state, attention, sources }: FrozenPrompt,
  { layer, head, source, destination }: HeadInstance,
  inflow: Inflow,
  { read, moved, n, i }: { read: Float32Array; moved: Float32Array; n: number; i: number },
): number {
  const all = state.tokens.length;
  const { pattern, values } = state.blocks[layer]!;
  const weight = pattern[(head * all + destination) * all + source]!;
  const scaled = weight / (state.scales.get(`blocks.${layer}.ln1`)?.[source] ?? 1);
  const value = values.subarray((source * nHeads + head) * dHead);
  const bias = attention[layer]!.valueBias.subarray(head * dHead);
  const [from, to] = [(destination * n + i) * dHead, (source * n + i) * dHead];
  let [given, ofBias] = [0, 0];
  for (let j = 0; j < dHead; j++) {
    const u = read[from + j]!;
    given += u * value[j]!;
    ofBias += u * bias[j]!;
    moved[to + j]! -= scaled * u;
  }
  inflow.sources[sources.attentionBias[layer]!.source]! -= weight * ofBias;
  return weight * given;
}
