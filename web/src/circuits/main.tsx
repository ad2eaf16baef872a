import { CIRCUIT_NAMES, type CircuitIsland } from '../../../src/pages/circuit-page.ts';
import { takeIsland } from '../shared/islands.ts';
import { mountPage } from '../shared/page.tsx';
import { App } from './app.tsx';
import { DEFAULT_STATE, formatCircuitState } from './circuit-state.ts';

mountPage(() => {
  const island = takeIsland<CircuitIsland>(CIRCUIT_NAMES.graph);
  if (island === undefined) throw new Error('This page holds no circuit.');
  const { title, graph } = island;
  // Without an address of its own, the page opens as the graph was saved.
  const { clickedId, pinnedIds } = graph.qParams ?? {};
  const saved = { ...DEFAULT_STATE, node: clickedId || undefined, pins: pinnedIds ?? [] };
  if (location.hash === '') history.replaceState(null, '', `#${formatCircuitState(saved)}`);
  const features = new Set(takeIsland<string[]>(CIRCUIT_NAMES.features));
  return { title: `${title} – circuit`, page: <App island={island} features={features} /> };
});
