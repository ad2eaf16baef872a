// What flows into targets when the head instances that carry most of each become nodes between the target and the rest.
//
// Attribution is linear. So the inputs of a head node are those of a target of its own, which reads the stream at the
// head's source along the target's gradient, brought through the head; and what is left for the target are its inputs
// without those of its heads. All are followed without the target's other heads, which are inputs themselves. In this
// small network the inputs of every node sum to its value, whichever heads are chosen.
import { dot } from '../../base/arrays.ts';
import type { HeadInstance } from '../graph/graph.ts';
import type { FrozenPrompt, HeadFlow, Inflow, SweepTarget } from './flow.ts';
import type { PromptState } from './prompt-state.ts';
import { sweep } from './sweep.ts';

/** Which head instances become nodes. */
export interface HeadChoice {
  /** Most for a target. */
  readonly most: number;
  /** Least part of a target's inputs, summed without their signs, that must flow through one. */
  readonly share: number;
}

/** The inputs of a node. */
export interface NodeInflow {
  /** Contribution of each source. */
  readonly sources: Float32Array;
  /** Contribution of each head of the target. */
  readonly heads: Float64Array;
}

/** A head as a node: what it gives is `value = Σ inputs + constant`. */
interface HeadInflow extends NodeInflow {
  readonly head: HeadInstance;
  readonly value: number;
  /** The part of the head's values that is bias. */
  readonly constant: number;
}

/** The inputs of a target, and of its heads. */
interface TargetInflow extends NodeInflow {
  readonly ofHeads: readonly HeadInflow[];
}

/** Follow targets, choose their heads, and follow these. */
export async function inflowsOf(
  prompt: FrozenPrompt,
  targets: readonly SweepTarget[],
  choice: HeadChoice,
): Promise<TargetInflow[]> {
  const whole = await sweep(prompt, targets, { strongest: choice.most });
  const chosen = whole.map((inflow) => chosenHeads(inflow, choice));
  const starts = chosen.flatMap((heads) => heads.map((head) => headTarget(prompt, head, heads)));
  const followed = starts.length === 0 ? [] : await sweep(prompt, starts);
  return whole.map((inflow, t) => {
    const heads = chosen[t]!;
    return between(prompt, inflow, heads, followed.splice(0, heads.length));
  });
}

function chosenHeads({ sources, strongest }: Inflow, { share }: HeadChoice): HeadFlow[] {
  const total = sources.reduce((sum, x) => sum + Math.abs(x), 0);
  return strongest.filter(({ flow }) => Math.abs(flow) >= share * total);
}

/** What a head reads at its source on behalf of its target. */
function headTarget(
  { dModel, dHead, state, attention }: FrozenPrompt,
  own: HeadFlow,
  heads: readonly HeadFlow[],
): SweepTarget {
  const { layer, head, source, read } = own;
  const { wV } = attention[layer]!;
  const scale = state.scales.get(`blocks.${layer}.ln1`)?.[source] ?? 1;
  const weight = patternAt(state, own) / scale;
  const vector = new Float64Array(dModel);
  for (let j = 0; j < dHead; j++) {
    const [row, factor] = [(head * dHead + j) * dModel, weight * read[j]!];
    for (let i = 0; i < dModel; i++) vector[i]! += factor * wV[row + i]!;
  }
  const without = heads.filter((other) => other !== own);
  return { depth: 2 * layer, position: source, vector: Float32Array.from(vector), without };
}

/** Put heads between a target and the rest. */
function between(
  prompt: FrozenPrompt,
  whole: Inflow,
  heads: readonly HeadFlow[],
  followed: readonly Inflow[],
): TargetInflow {
  const { dHead, attention, sources } = prompt;
  const rest = whole.sources.slice();
  const ofHeads = heads.map((head, h): HeadInflow => {
    const inflow = followed[h]!;
    const bias = attention[head.layer]!.valueBias.subarray(head.head * dHead);
    const ofBias = dot(head.read, bias);
    const constant = patternAt(prompt.state, head) * ofBias;
    rest[sources.attentionBias[head.layer]!.source]! -= constant;
    for (let i = 0; i < rest.length; i++) rest[i]! -= inflow.sources[i]!;
    // Its list is without the head itself.
    const inputs = [...inflow.without];
    inputs.splice(h, 0, 0);
    const { layer, head: number, source, destination, flow } = head;
    const instance = { layer, head: number, source, destination };
    const own = { sources: inflow.sources, heads: Float64Array.from(inputs) };
    return { head: instance, value: flow, constant, ...own };
  });
  const left = Float64Array.from(heads, ({ flow }, h) => {
    const given = ofHeads.reduce((sum, other) => sum + other.heads[h]!, 0);
    // What is left of rounding is no input.
    return Math.abs(flow - given) < 1e-6 * Math.abs(flow) ? 0 : flow - given;
  });
  return { sources: rest, heads: left, ofHeads };
}

function patternAt(
  { tokens, blocks }: PromptState,
  { layer, head, source, destination }: HeadInstance,
): number {
  const all = tokens.length;
  return blocks[layer]!.pattern[(head * all + destination) * all + source]!;
}
