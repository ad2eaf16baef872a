// A graph cut into stages, so that JavaScript can change values between them: each stage is a model of its own, and
// what a later one needs of an earlier one is carried over instead of being computed again.
import type { Value } from './graph.ts';
import { buildModel, type Model } from './model.ts';

/** Where a value is known: before every run, or in the stage that computes it. */
type Place = 'constant' | number;

/**
 * Cut the computation of `outputs` (name to value) at `cuts` (name to value), of which none may depend on a later one.
 *
 * Gives one model more than there are cuts. Run them in order, feeding each by the names of its inputs from what came
 * out before. When model `i` has run, the value of cut `i` stands under its name and may be changed; the models behind
 * it read it back. A model may have no outputs: then it need not run. Values in `replace` are inputs from the start; a
 * cut that is in it too is an input from its place on, and not computed.
 *
 * @throws {RangeError} when the cuts are out of order.
 */
export function cutIntoStages(
  outputs: ReadonlyMap<string, Value>,
  cuts: ReadonlyMap<string, Value>,
  replace: ReadonlyMap<string, Value> = new Map(),
): Model[] {
  const cutAt = new Map([...cuts.values()].map((value, i) => [value, i]));
  const given = new Set(replace.values());
  const order = valuesBehind([...cuts.values(), ...outputs.values()], given);
  const places = placesOf(order, cutAt, given);
  const stageOf = (value: Value): number => {
    const place = places.get(value)!;
    return place === 'constant' ? 0 : place;
  };

  const made: Map<string, Value>[] = Array.from({ length: cuts.size + 1 }, () => new Map());
  for (const [name, value] of [...cuts, ...outputs]) {
    if (cutAt.has(value) && given.has(value)) continue;
    const limit = cutAt.get(value) ?? cuts.size;
    if (stageOf(value) > limit) throw new RangeError(`cut '${name}' depends on a later one`);
    made[stageOf(value)]!.set(name, value);
  }
  const nameOf = new Map([...cuts, ...outputs].map(([name, value]) => [value, name]));
  const carried = new Map<string, Value>();
  for (const value of order) {
    for (const need of given.has(value) ? [] : inputsOf(value)) {
      const isComputed = places.get(need) !== 'constant' && need.node.kind === 'operation';
      if (!isComputed || given.has(need) || cutAt.has(need) || stageOf(need) === stageOf(value))
        continue;
      const name = nameOf.get(need) ?? `carried.${carried.size}`;
      nameOf.set(need, name);
      carried.set(name, need);
      made[stageOf(need)]!.set(name, need);
    }
  }
  return made.map((wanted, stage) => {
    const before = [...cuts].filter(([, value]) => cutAt.get(value)! < stage);
    const known = [...carried].filter(([, value]) => stageOf(value) < stage);
    return buildModel(wanted, new Map([...replace, ...before, ...known]));
  });
}

/** Every value that `values` are computed from, each behind what it needs; nothing behind a given one. */
function valuesBehind(values: readonly Value[], given: ReadonlySet<Value>): Value[] {
  const order: Value[] = [];
  const done = new Set<Value>();
  const stack = [...values].reverse();
  while (stack.length > 0) {
    const top = stack.at(-1)!;
    const needs =
      done.has(top) || given.has(top) ? [] : inputsOf(top).filter((need) => !done.has(need));
    if (needs.length > 0) {
      stack.push(...needs.reverse());
      continue;
    }
    stack.pop();
    if (!done.has(top)) order.push(top);
    done.add(top);
  }
  return order;
}

/** The earliest stage in which each value can be computed; what only weights and constants make has none. */
function placesOf(
  order: readonly Value[],
  cutAt: ReadonlyMap<Value, number>,
  given: ReadonlySet<Value>,
): Map<Value, Place> {
  const places = new Map<Value, Place>();
  for (const value of order) {
    const { kind } = value.node;
    if (given.has(value) || kind === 'input') {
      places.set(value, 0);
      continue;
    }
    let place: Place = 'constant';
    for (const need of inputsOf(value)) {
      const at = cutAt.has(need) ? cutAt.get(need)! + 1 : places.get(need)!;
      if (at !== 'constant') place = Math.max(place === 'constant' ? 0 : place, at);
    }
    places.set(value, place);
  }
  return places;
}

function inputsOf({ node }: Value): readonly Value[] {
  return node.kind === 'operation' ? node.inputs : [];
}
