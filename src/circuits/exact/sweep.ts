// Linear attribution: many targets at once are followed down the residual stream to everything that was written into it.
//
// A target reads the stream at one position along a vector. Below, its gradient is `g [positions, dModel]`: MLPs and norms
// pass nothing (features, errors and biases are sources, scales are fixed), and attention moves it from destinations to
// sources, `g[s] += Σ_d pattern[d, s] / scale[s] · W_V W_O g[d]`. A head is contracted with the gradient before anything
// else, so that no tensor of `[heads, destination, source, dModel]` is ever made.
//
// Chosen head instances are cut out: what would flow through one goes to a row of its own, whose gradient starts at the
// instance's source. So the row of a target, together with the rows of its heads, is a network in which the inputs of
// every node sum to its value, whichever heads are chosen.
import type { ArrayGemm } from '../../compute/array-gemm.ts';
import type { FrozenAttention } from './frozen-model.ts';
import type { HeadInstance } from './graph.ts';
import type { PromptState } from './prompt-state.ts';
import type { SourceBlock, Sources } from './sources.ts';

/** All that stays fixed during attribution. */
export interface FrozenPrompt {
  readonly dModel: number;
  readonly nHeads: number;
  readonly dHead: number;
  readonly state: PromptState;
  readonly attention: readonly FrozenAttention[];
  readonly sources: Sources;
  readonly gemm: ArrayGemm;
  /** Products that may run at the same time. */
  readonly threads: number;
}

/** A place and a direction in which the residual stream is read. */
export interface SweepTarget {
  /** Sublayers below it; see `readPoint`. */
  readonly depth: number;
  readonly position: number;
  /** `[dModel]` */
  readonly vector: Float32Array;
  /** Head instances that become nodes. */
  readonly heads: readonly HeadInstance[];
}

/** What flows into a target, or into one of its heads. */
export interface Inflow {
  /** Contribution of each source. */
  readonly sources: Float32Array;
  /** Contributions of heads of the same target, by their number. */
  readonly heads: { readonly head: number; readonly weight: number }[];
  /** What the node has by itself: the part of a head's values that is bias. */
  constant: number;
}

/** A head instance, and all that flows through it. */
export interface HeadFlow extends HeadInstance {
  readonly flow: number;
}

export interface SweepResult {
  readonly target: Inflow;
  /** One for each of the target's heads: its inputs; its value is the sum of what it gives. */
  readonly heads: readonly Inflow[];
  /** The head instances through which most flows, by size. Only those that were not cut out. */
  readonly strongest: readonly HeadFlow[];
}

/** A target or a head as a row of the sweep. */
interface Row {
  readonly group: number;
  readonly inflow: Inflow;
}

/** Head instance of a group, and what it collects until its row starts. */
interface Cut extends HeadInstance {
  readonly group: number;
  /** Number of it among the heads of its target, and its row. */
  readonly number: number;
  readonly row: number;
  /** `Σ pattern / scale · W_O g` over what was cut out, `[dHead]` */
  readonly collected: Float64Array;
}

/**
 * Follow targets down to all sources. `strongest` says how many head instances to report for each target. Takes memory
 * for about four times `rows × positions × dModel` numbers, where each target and each of its heads is a row.
 */
export async function sweep(
  prompt: FrozenPrompt,
  targets: readonly SweepTarget[],
  { strongest = 0 }: { strongest?: number } = {},
): Promise<SweepResult[]> {
  const { dModel, nHeads, dHead, sources, gemm } = prompt;
  const rows: Row[] = [];
  const cuts: Cut[] = [];
  const nRows = targets.reduce((sum, { heads }) => sum + 1 + heads.length, 0);
  const contributions = new Float32Array(nRows * sources.count);
  const addRow = (group: number): number => {
    const start = rows.length * sources.count;
    const inflow = {
      sources: contributions.subarray(start, start + sources.count),
      heads: [],
      constant: 0,
    };
    return rows.push({ group, inflow }) - 1;
  };
  const targetRows = targets.map(({ heads }, group) => {
    const row = addRow(group);
    heads.forEach((head, i) => {
      const collected = new Float64Array(dHead);
      cuts.push({ ...head, group, number: i, row: addRow(group), collected });
    });
    return row;
  });

  const positions = Math.max(...targets.map(({ position }) => position)) + 1;
  const top = Math.max(...targets.map(({ depth }) => depth));
  const places = positions * nRows;
  const gradient = new Float32Array(places * dModel);
  const work: AttentionWork = {
    positions,
    nRows,
    gradient,
    read: new Float32Array(nHeads * places * dHead),
    moved: new Float32Array(nHeads * places * dHead),
    along: new Float32Array(strongest > 0 ? places * positions : 0),
  };
  const found = targets.map((): HeadFlow[] => []);

  const enter = (depth: number): void => {
    targets.forEach((target, group) => {
      if (target.depth !== depth) return;
      const at = (target.position * nRows + targetRows[group]!) * dModel;
      for (let i = 0; i < dModel; i++) gradient[at + i]! += target.vector[i]!;
    });
  };
  const readSources = async (blocks: readonly SourceBlock[]): Promise<void> => {
    const reached = blocks.filter(({ position }) => position < positions);
    await Promise.all(
      reached.map(({ position, start, count, rows: written }) =>
        gemm(
          [nRows, count, dModel],
          { data: gradient.subarray(position * nRows * dModel), stride: dModel },
          { data: written, stride: dModel, transposed: true },
          { data: contributions.subarray(start), stride: sources.count },
        ),
      ),
    );
  };
  const atPlaces = new Float32Array(places);
  const readBias = async (source: number, vector: Float32Array): Promise<void> => {
    await gemm(
      [places, 1, dModel],
      { data: gradient, stride: dModel },
      { data: vector, stride: 1 },
      { data: atPlaces, stride: 1 },
    );
    for (let row = 0; row < nRows; row++) {
      let sum = 0;
      for (let place = row; place < places; place += nRows) sum += atPlaces[place]!;
      contributions[row * sources.count + source] = sum;
    }
  };

  for (let layer = Math.floor((top - 1) / 2); layer >= 0; layer--) {
    if (2 * layer + 2 <= top) {
      enter(2 * layer + 2);
      await readSources(sources.mlp[layer]!);
      const bias = sources.decoderBias[layer];
      if (bias !== undefined) await readBias(bias.source, bias.vector);
    }
    enter(2 * layer + 1);
    const { source, vector } = sources.attentionBias[layer]!;
    await readBias(source, vector);
    await readHeads(prompt, layer, work);
    if (strongest > 0) await noteStrongest(prompt, layer, work, { found, targetRows, strongest });
    for (const cut of cuts) if (cut.layer === layer) cutOut(prompt, cut, rows, work);
    await writeBack(prompt, layer, work);
    for (const cut of cuts) if (cut.layer === layer) startRow(prompt, cut, work);
  }
  enter(0);
  await readSources(sources.embedding);

  return targetRows.map((row, group) => ({
    target: rows[row]!.inflow,
    heads: cuts.filter((cut) => cut.group === group).map((cut) => rows[cut.row]!.inflow),
    strongest: found[group]!,
  }));
}

/** Arrays of a sweep, positions first. */
interface AttentionWork {
  readonly positions: number;
  readonly nRows: number;
  /** `[positions, rows, dModel]` */
  readonly gradient: Float32Array;
  /** `W_O g` for each head, `[heads, destinations, rows, dHead]` */
  readonly read: Float32Array;
  /** The same moved to the sources of attention and divided by the norm's scale, `[heads, sources, rows, dHead]` */
  readonly moved: Float32Array;
  /** Room for one head's values along the gradient, `[destinations, rows, sources]`. */
  readonly along: Float32Array;
}

/** Contract all heads of a layer with the gradient, and move the results from destinations to sources. */
async function readHeads(
  { dModel, nHeads, dHead, state, attention, gemm }: FrozenPrompt,
  layer: number,
  { positions, nRows, gradient, read, moved }: AttentionWork,
): Promise<void> {
  const places = positions * nRows;
  const size = places * dHead;
  const all = state.tokens.length;
  const scale = state.scales.get(`blocks.${layer}.ln1`);
  const { pattern } = state.blocks[layer]!;
  const oneHead = async (head: number): Promise<void> => {
    const [from, to] = [read.subarray(head * size), moved.subarray(head * size)];
    await gemm(
      [places, dHead, dModel],
      { data: gradient, stride: dModel },
      { data: attention[layer]!.wO[head]!, stride: dModel, transposed: true },
      { data: from, stride: dHead },
    );
    const weights = new Float32Array(positions * positions);
    for (let d = 0; d < positions; d++) {
      for (let s = 0; s <= d; s++) {
        weights[d * positions + s] = pattern[(head * all + d) * all + s]! / (scale?.[s] ?? 1);
      }
    }
    await gemm(
      [positions, nRows * dHead, positions],
      { data: weights, stride: positions, transposed: true },
      { data: from, stride: nRows * dHead },
      { data: to, stride: nRows * dHead },
    );
  };
  await Promise.all(Array.from({ length: nHeads }, (_, head) => oneHead(head)));
}

/** Note the head instances through which most of a target flows: `pattern[d, s] · v[s] W_O g[d]`. */
async function noteStrongest(
  { nHeads, dHead, state, gemm }: FrozenPrompt,
  layer: number,
  { positions, nRows, read, along }: AttentionWork,
  {
    found,
    targetRows,
    strongest,
  }: { found: HeadFlow[][]; targetRows: readonly number[]; strongest: number },
): Promise<void> {
  const size = positions * nRows * dHead;
  const all = state.tokens.length;
  const { pattern, values } = state.blocks[layer]!;
  for (let head = 0; head < nHeads; head++) {
    await gemm(
      [positions * nRows, positions, dHead],
      { data: read.subarray(head * size), stride: dHead },
      { data: values.subarray(head * dHead), stride: nHeads * dHead, transposed: true },
      { data: along, stride: positions },
    );
    for (const [group, row] of targetRows.entries()) {
      const best = found[group]!;
      for (let d = 0; d < positions; d++) {
        for (let s = 0; s <= d; s++) {
          const weight = pattern[(head * all + d) * all + s]!;
          const flow = weight * along[(d * nRows + row) * positions + s]!;
          const least = best.length < strongest ? 0 : Math.abs(best.at(-1)!.flow);
          if (Math.abs(flow) <= least) continue;
          const at = best.findIndex((other) => Math.abs(other.flow) < Math.abs(flow));
          best.splice(at < 0 ? best.length : at, 0, {
            layer,
            head,
            source: s,
            destination: d,
            flow,
          });
          if (best.length > strongest) best.pop();
        }
      }
    }
  }
}

/** Take a head instance out of the flow of its target and of the target's later heads. */
function cutOut(
  { nHeads, dHead, state, attention, sources }: FrozenPrompt,
  { layer, head, source, destination, group, number, row: own, collected }: Cut,
  rows: readonly Row[],
  { positions, nRows, read, moved }: AttentionWork,
): void {
  const size = positions * nRows * dHead;
  const all = state.tokens.length;
  const { pattern, values } = state.blocks[layer]!;
  const weight = pattern[(head * all + destination) * all + source]!;
  const scaled = weight / (state.scales.get(`blocks.${layer}.ln1`)?.[source] ?? 1);
  const value = values.subarray((source * nHeads + head) * dHead);
  const bias = attention[layer]!.valueBias[head]!;
  const biasSource = sources.attentionBias[layer]!.source;
  for (const [r, row] of rows.entries()) {
    if (row.group !== group) continue;
    const from = head * size + (destination * nRows + r) * dHead;
    const to = head * size + (source * nRows + r) * dHead;
    let [given, ofBias] = [0, 0];
    for (let i = 0; i < dHead; i++) {
      const u = read[from + i]!;
      given += u * value[i]!;
      ofBias += u * bias[i]!;
      moved[to + i]! -= scaled * u;
      collected[i]! += scaled * u;
    }
    if (given === 0 && ofBias === 0) continue;
    row.inflow.heads.push({ head: number, weight: weight * given });
    row.inflow.sources[biasSource]! -= weight * ofBias;
    rows[own]!.inflow.constant += weight * ofBias;
  }
}

/** Begin the row of a head with what was cut out for it. */
function startRow(
  { dModel, dHead, attention }: FrozenPrompt,
  { layer, head, source, row, collected }: Cut,
  { nRows, gradient }: AttentionWork,
): void {
  const wV = attention[layer]!.wV[head]!;
  const at = (source * nRows + row) * dModel;
  for (let i = 0; i < dModel; i++) {
    let sum = 0;
    for (let j = 0; j < dHead; j++) sum += wV[i * dHead + j]! * collected[j]!;
    gradient[at + i]! += sum;
  }
}

/** Add what all heads of a layer pass on to the gradient below them, in shares of the rows. */
async function writeBack(
  { dModel, nHeads, dHead, attention, gemm, threads }: FrozenPrompt,
  layer: number,
  { positions, nRows, gradient, moved }: AttentionWork,
): Promise<void> {
  const places = positions * nRows;
  const size = places * dHead;
  const share = Math.ceil(places / threads);
  const oneShare = async (first: number): Promise<void> => {
    for (let head = 0; head < nHeads; head++) {
      await gemm(
        [Math.min(share, places - first), dModel, dHead],
        { data: moved.subarray(head * size + first * dHead), stride: dHead },
        { data: attention[layer]!.wV[head]!, stride: dHead, transposed: true },
        { data: gradient.subarray(first * dModel), stride: dModel, add: true },
      );
    }
  };
  const shares = Array.from({ length: Math.ceil(places / share) }, (_, i) => oneShare(i * share));
  await Promise.all(shares);
}
