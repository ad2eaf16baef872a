// Whether a value is a graph, a feature or marks that the circuit page can show.
import { UserError } from '../base/errors.ts';
import type { FeatureDetails, PageGraph } from './circuit-page.ts';
import type { CircuitMarks } from './circuits/marks.ts';
import { faultOf, faultOfGraph, faultOfMarks, featureSchema } from './circuits/schema.ts';

/**
 * Check that `value` is a graph that the page can show.
 *
 * @throws {UserError} that names the first fault.
 */
export function checkPageGraph(value: unknown): PageGraph {
  refuse(faultOfGraph(value), 'circuit graph');
  return value as PageGraph;
}

/** Check one feature's record; `key` names it in errors. */
export function checkFeatureDetails(value: unknown, key: string): FeatureDetails {
  refuse(faultOf(featureSchema, value), `details of feature ${key}`);
  return value as FeatureDetails;
}

/**
 * Check that `value` is what can be marked in a graph.
 *
 * @throws {UserError} that names the first fault: an id that the graph does not have, a node in two supernodes.
 */
export function checkMarks(value: unknown, graph: PageGraph): CircuitMarks {
  refuse(faultOfMarks(value, graph), 'marks of a circuit');
  return value as CircuitMarks;
}

function refuse(fault: string | undefined, what: string): void {
  if (fault !== undefined) throw new UserError(`invalid ${what}: ${fault}`);
}
