// The methods of finding a circuit, the usual one first: one line each.
import { attributionMethod } from './attribution/method.ts';
import { pathsMethod } from './paths/method.ts';

/** The methods, the usual one first. */
export const CIRCUIT_METHODS = [attributionMethod, pathsMethod] as const;

/** Values of `mode`. */
export type CircuitMode = (typeof CIRCUIT_METHODS)[number]['name'];

/** Find a method of a list by its name. */
export function methodNamed<Method extends { readonly name: string }>(
  methods: readonly Method[],
  name: string,
): Method {
  const found = methods.find((method) => method.name === name);
  if (found === undefined) throw new RangeError(`no method of finding a circuit: '${name}'`);
  return found;
}
