import { useEffect, useRef } from 'react';
import type { PageGraph } from '../../../../src/pages/circuit-page.ts';
import type { ChangeCircuit, CircuitState } from '../circuit-state.ts';
import type { CircuitNode } from '../graph.ts';
import type { NodeLinks } from '../parts/node-button.tsx';
import { NodePanel } from './node-panel.tsx';
import { OverviewPanel } from './overview-panel.tsx';
import { dashboardAddress } from './tabs/feature-dashboard.tsx';
import './panel.css';

/** Beside the figure: the node looked at, or where to begin. */
export function Panel(
  props: NodeLinks & {
    state: CircuitState;
    change: ChangeCircuit;
    selected: CircuitNode | undefined;
    pins: ReadonlySet<string>;
    /** What the search found; undefined when nothing is searched. */
    found: readonly CircuitNode[] | undefined;
    /** Keys of the features whose dashboard is in the page. */
    features: ReadonlySet<string>;
    /** Template of the addresses of features' own pages. */
    dashboards: PageGraph['dashboards'];
    onPin: () => void;
  },
) {
  const { state, change, selected, pins, found, features, dashboards, onPin, ...links } = props;
  const panel = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another node begins at its head
  useEffect(() => {
    // Newer browsers return a promise from this, which is no clean-up.
    panel.current?.scrollTo({ top: 0 });
  }, [selected]);
  return (
    <aside ref={panel} className="node-panel" aria-label="Node">
      {selected === undefined ? (
        <OverviewPanel
          pinned={links.graph.nodes.filter(({ id }) => pins.has(id))}
          found={found}
          unknown={state.node}
          {...links}
        />
      ) : (
        <NodePanel
          node={selected}
          state={state}
          change={change}
          features={features}
          dashboard={dashboardAddress(dashboards, selected.featureKey)}
          onPin={onPin}
          {...links}
        />
      )}
    </aside>
  );
}
