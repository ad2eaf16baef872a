import { useEffect, useRef } from 'react';
import type { CircuitSource } from '../circuit-source.ts';
import type { ChangeCircuit, CircuitState } from '../circuit-state.ts';
import type { CircuitNode } from '../graph.ts';
import type { Marking } from '../marks/use-marking.ts';
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
    chosen: ReadonlySet<string>;
    marking: Marking;
    /** What the search found; undefined when nothing is searched. */
    found: readonly CircuitNode[] | undefined;
    source: CircuitSource;
    onPin: () => void;
  },
) {
  const { state, change, selected, pins, chosen, found, source, marking, onPin, ...links } = props;
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
          marking={marking}
          {...links}
        />
      ) : (
        <NodePanel
          key={selected.id}
          node={selected}
          isPinned={pins.has(selected.id)}
          isChosen={chosen.has(selected.id)}
          marking={marking}
          state={state}
          change={change}
          source={source}
          dashboard={pageOf(source, selected)}
          onPin={onPin}
          {...links}
        />
      )}
    </aside>
  );
}

function pageOf(source: CircuitSource, { featureKey }: CircuitNode): string | undefined {
  if (source.pageOf === undefined || featureKey === undefined)
    return dashboardAddress(source.island.graph.dashboards, featureKey);
  return source.pageOf(featureKey);
}
