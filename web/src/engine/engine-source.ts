// A published page whose questions are answered in the visitor's browser.
import { CATALOGUE, type Catalogue } from '../../../src/pages/catalogue.ts';
import { EDIT_ROUTES } from '../../../src/pages/edit.ts';
import type { Action, ActOptions, PageSource, Path } from '../../../src/pages/source.ts';
import { type Engine, isEngineAction, openEngine, whyNoEngine } from './open-engine.ts';

/** Where the engine lies, in the folder of the page's data. */
const FOLDER = 'engine/';

/**
 * Let a source of files answer what is asked of models, by the engine among its data. The engine is
 * loaded when the first question comes. A page with a policy must allow it `script-src 'self' 'wasm-unsafe-eval'`,
 * `worker-src 'self'` and `connect-src 'self'`.
 */
export function withEngine(source: PageSource): PageSource {
  let engine: Engine | undefined;
  const act = async <In, Out>(
    action: Action<In, Out>,
    input: In,
    { signal }: ActOptions = {},
  ): Promise<Out> => {
    if (!isEngineAction(action)) throw new Error(`this page cannot ${action}: it has no server`);
    const reason = whyNoEngine();
    if (reason !== undefined) throw new Error(reason);
    engine ??= openEngine(source.url(FOLDER), {
      pictureOf: async (features, example) => {
        const response = await fetch(source.url(`features/${features}/pictures/${example}.jpg`));
        if (response.ok) return new Uint8Array(await response.arrayBuffer());
        throw new Error(`the picture of example ${example} was not published`);
      },
      largestOf: (model) => source.get(EDIT_ROUTES.largest(model)),
    });
    return (await engine.work(action, input as never, { signal })) as Out;
  };
  const get = async <T>(path: Path<T>): Promise<T> => {
    const value = await source.get(path);
    const reason = path === CATALOGUE ? whyNoEngine() : undefined;
    return reason === undefined ? value : (without(value as Catalogue, reason) as T);
  };
  return { ...source, get, act };
}

/** A catalogue whose engine cannot run, and why. */
function without(catalogue: Catalogue, reason: string): Catalogue {
  const abilities = Object.entries(catalogue.abilities).map(([name, can]) => [
    name,
    can === true ? reason : can,
  ]);
  return { ...catalogue, abilities: Object.fromEntries(abilities) };
}
