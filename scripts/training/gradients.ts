// Reverse-mode differentiation: gradients of a graph are more graph, so onnxruntime computes a loss and all of its
// gradients in one run (Griewank and Walther, "Evaluating Derivatives", 2008, chapter 3).

import {
  type Node,
  type Operation,
  operation,
  scalar,
  type Value,
} from '../../src/compute/onnx/graph.ts';
import { add } from '../../src/compute/onnx/ops.ts';
import { RULES } from './gradient-rules.ts';

/** The outputs of a training graph: `loss`, and `d:<name>`, its gradient, for each of the weights. */
export function trainingOutputs(
  loss: Value,
  weights: ReadonlyMap<string, Value>,
): Map<string, Value> {
  const found = gradients(loss, [...weights.values()]);
  return new Map([
    ['loss', loss],
    ...[...weights.keys()].map((name, i) => [`d:${name}`, found[i]!] as const),
  ]);
}

/**
 * Gradients of `loss` (one number) with respect to each value in `wrt`, of the same shapes.
 *
 * @throws {RangeError} when the loss does not depend on one of them, or runs through an operator without a rule.
 */
export function gradients(loss: Value, wrt: readonly Value[]): Value[] {
  if (loss.shape.some((dim) => dim !== 1)) {
    throw new RangeError('gradients: the loss must be one number');
  }
  const order = operationsBehind(loss);
  const onPath = nodesTowards(order, wrt);
  const adjoints = new Map<Node, (Value | undefined)[]>();
  const accumulate = ({ node, index }: Value, gradient: Value): void => {
    const slots = adjoints.get(node) ?? [];
    slots[index] = slots[index] === undefined ? gradient : add(slots[index], gradient);
    adjoints.set(node, slots);
  };
  accumulate(loss, onesLike(loss));
  for (const { node, outputs } of order.reverse()) {
    const received = adjoints.get(node);
    if (received === undefined || !onPath.has(node)) continue;
    const rule = RULES[node.op];
    if (rule === undefined) throw new RangeError(`gradients: no rule for operator ${node.op}`);
    const wanted = node.inputs.map((value) => onPath.has(value.node));
    const sent = rule({ node, outputs, gradients: received, wanted });
    for (const [i, gradient] of sent.entries()) {
      if (gradient !== undefined && wanted[i] === true) accumulate(node.inputs[i]!, gradient);
    }
  }
  return wrt.map((value) => {
    const gradient = adjoints.get(value.node)?.[value.index];
    if (gradient === undefined)
      throw new RangeError('gradients: the loss does not depend on a value');
    return gradient;
  });
}

/** An operation and the values of it that were met. */
interface Step {
  readonly node: Operation;
  readonly outputs: (Value | undefined)[];
}

/** Operations that `value` depends on, each after those that it needs itself. */
function operationsBehind(value: Value): Step[] {
  const steps = new Map<Node, Step>();
  const order: Step[] = [];
  const stack: { value: Value; leaving: boolean }[] = [{ value, leaving: false }];
  while (stack.length > 0) {
    const { value: at, leaving } = stack.pop()!;
    const { node } = at;
    if (node.kind !== 'operation') continue;
    const known = steps.get(node);
    if (leaving) {
      order.push(known!);
      continue;
    }
    if (known !== undefined) {
      known.outputs[at.index] = at;
      continue;
    }
    const step: Step = { node, outputs: [] };
    step.outputs[at.index] = at;
    steps.set(node, step);
    stack.push({ value: at, leaving: true });
    for (const input of node.inputs) stack.push({ value: input, leaving: false });
  }
  return order;
}

/** The nodes of `wrt` and every operation that depends on one of them. */
function nodesTowards(order: readonly Step[], wrt: readonly Value[]): Set<Node> {
  const found = new Set<Node>(wrt.map(({ node }) => node));
  for (const { node } of order) {
    if (node.inputs.some((input) => found.has(input.node))) found.add(node);
  }
  return found;
}

function onesLike(loss: Value): Value {
  return loss.shape.length === 0 ? scalar(1) : operation('Identity', [scalar(1)], loss.shape);
}
