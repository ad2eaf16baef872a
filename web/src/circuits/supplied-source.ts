// A circuit that a workbench supplies: from a server, which also keeps what is marked, or from files beside the page.
import {
  CIRCUIT_ROUTES,
  type CircuitData,
  SAVE_MARKS,
} from '../../../src/pages/circuits/routes.ts';
import type { PageSource } from '../../../src/pages/source.ts';
import type { CircuitSource, Saved } from './circuit-source.ts';

/** Make the source of a circuit that was read. `addressOf` gives the address of a feature on its page. */
export function suppliedSource(
  source: PageSource,
  id: string,
  data: CircuitData,
  addressOf: (page: string, feature: string) => string,
): CircuitSource {
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
  if (act === undefined) return supplied;
  return {
    ...supplied,
    async save(marks): Promise<Saved> {
      const answer = await act(SAVE_MARKS, { circuit: id, marks, version });
      if ('changed' in answer)
        return { changed: suppliedSource(source, id, answer.changed, addressOf) };
      ({ version } = answer);
      return 'saved';
    },
  };
}
