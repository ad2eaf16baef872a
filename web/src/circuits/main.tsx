import { createRoot } from 'react-dom/client';
import { CIRCUIT_NAMES, type CircuitIsland } from '../../../src/pages/circuit-page.ts';
import '../styles/base.css';
import '../styles/sidebar.css';
import '../styles/feature.css';
import '../styles/concepts.css';
import '../styles/dialogs.css';
import '../styles/circuit-page.css';
import '../styles/circuit-figure.css';
import '../styles/circuit-panel.css';
import '../styles/texts.css';
import { takeIsland } from '../shared/islands.ts';
import { App } from './app.tsx';
import { DEFAULT_STATE, formatCircuitState } from './circuit-state.ts';

const root = createRoot(document.getElementById('root')!);
const island = takeIsland<CircuitIsland>(CIRCUIT_NAMES.graph);
if (island === undefined) {
  root.render(<p className="page-error">This page holds no circuit.</p>);
} else {
  const { title, graph } = island;
  document.title = `${title} – circuit`;
  // Without an address of its own, the page opens as the graph was saved.
  const { clickedId, pinnedIds } = graph.qParams ?? {};
  const saved = { ...DEFAULT_STATE, node: clickedId || undefined, pins: pinnedIds ?? [] };
  if (location.hash === '') history.replaceState(null, '', `#${formatCircuitState(saved)}`);
  const features = new Set(takeIsland<string[]>(CIRCUIT_NAMES.features));
  root.render(<App island={island} features={features} />);
}
