// A circuit that a workbench supplies: from a server, which also keeps what is marked, or from files beside the page.
import {
  CIRCUIT_ROUTES,
  type CircuitData,
  SAVE_MARKS,
} from '../../../src/pages/circuits/routes.ts';
import type { PageSource } from '../../../src/pages/source.ts';
import type { CircuitSource, Saved } from './circuit-source.ts';

/** A circuit that was read, and what can be done with it. */
export interface SuppliedCircuit {
  readonly id: string;
  readonly data: CircuitData;
  /** Whether marks can be saved into its file. */
  readonly canSave: boolean;
  /** The address of a feature on its page. */
  addressOf(page: string, feature: string): string;
}

/** Make the source of a circuit that was read. */
export function suppliedSource(source: PageSource, circuit: SuppliedCircuit): CircuitSource {
  const { id, data, canSave, addressOf } = circuit;
  const { title, graph, features, pages } = data;
  let { version } = data;
  const supplied: CircuitSource = {
    island: { title, graph },
    features: new Set(features),
    feature: async (key) => (await source.get(CIRCUIT_ROUTES.features(id)))[key],
    pageOf(key) {
      const [layer, index] = key.split('/') as [string, string];
      const page = pages[layer];
      return page === undefined ? undefined : addressOf(page, index);
    },
  };
  const { act } = source;
  if (act === undefined || !canSave) return supplied;
  return {
    ...supplied,
    async save(marks): Promise<Saved> {
      const answer = await act(SAVE_MARKS, { circuit: id, marks, version });
      if ('changed' in answer)
        return { changed: suppliedSource(source, { ...circuit, data: answer.changed }) };
      ({ version } = answer);
      return 'saved';
    },
  };
}
