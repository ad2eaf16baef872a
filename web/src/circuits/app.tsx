import {
  type RefObject,
  useDeferredValue,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { CircuitIsland } from '../../../src/pages/circuit-page.ts';
import { useKeys } from '../shared/shortcuts.ts';
import { CircuitHelp } from './circuit-help.tsx';
import { useCircuitState, ZOOM } from './circuit-state.ts';
import { Controls } from './controls.tsx';
import { Figure } from './figure/figure.tsx';
import { AXES, layOut, neighbourOf } from './figure/layout.ts';
import { Legend } from './figure/legend.tsx';
import { buildGraph, type CircuitNode } from './graph.ts';
import { Header } from './header.tsx';
import { dashboardAddress } from './panel/feature-dashboard.tsx';
import { NodePanel } from './panel/node-panel.tsx';
import { OverviewPanel } from './panel/overview-panel.tsx';
import { readableInfluence, searchNodes, shownEdges, shownNodes } from './shown.ts';

/** The whole page: what was traced, the figure with its thresholds, and the node looked at. */
export function App(props: { island: CircuitIsland; features: ReadonlySet<string> }) {
  const { title, graph: json } = props.island;
  const graph = useMemo(() => buildGraph(json), [json]);
  const [state, change] = useCircuitState();
  const [hovered, setHovered] = useState<CircuitNode>();
  const [helpOpen, setHelpOpen] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const room = useRoom(scroller);

  const readable = useMemo(() => readableInfluence(graph), [graph]);
  const influence = state.influence ?? readable;
  const drawnInfluence = useDeferredValue(influence);
  const drawnEdge = useDeferredValue(state.edge);
  const selected = state.node === undefined ? undefined : graph.byId.get(state.node);
  const pins = useMemo(() => new Set(state.pins), [state.pins]);
  const isHidden = ({ influence: at }: CircuitNode): boolean => (at ?? 0) > drawnInfluence;
  const keptIds = [...pins, ...(selected !== undefined && isHidden(selected) ? [selected.id] : [])];
  const keptKey = JSON.stringify(keptIds);
  const nodes = useMemo(
    () => shownNodes(graph, drawnInfluence, new Set(JSON.parse(keptKey) as string[])),
    [graph, drawnInfluence, keptKey],
  );
  const edges = useMemo(
    () => shownEdges(graph, drawnEdge, new Set(nodes)),
    [graph, drawnEdge, nodes],
  );
  const layout = useMemo(() => layOut(nodes, graph.tokens.length, room), [nodes, graph, room]);
  const matches = useMemo(() => searchNodes(graph, state.query), [graph, state.query]);
  const found = useMemo(() => (matches === undefined ? undefined : new Set(matches)), [matches]);
  const kinds = useMemo(() => new Set(nodes.map(({ kind }) => kind)), [nodes]);

  const select = (node: CircuitNode | undefined): void => {
    if (node !== undefined || state.node !== undefined) change({ node: node?.id });
  };
  const move = (direction: 'left' | 'right' | 'up' | 'down') => (): void => {
    const start = selected ?? layout.placed[0]?.node;
    const next = selected === undefined ? start : start && neighbourOf(layout, start, direction);
    if (next !== undefined) select(next);
  };
  const follow = (node: CircuitNode | undefined): void => {
    if (node !== undefined) select(node);
  };
  const pin = (): void => {
    if (selected === undefined) return;
    const { id } = selected;
    change({
      pins: pins.has(id) ? state.pins.filter((other) => other !== id) : [...state.pins, id],
    });
  };
  const zoomBy = (factor: number): void => {
    const zoom = Math.min(ZOOM.max, Math.max(ZOOM.min, state.zoom * factor));
    change({ zoom: Number(zoom.toFixed(2)) });
  };
  const fit = (): void => {
    const zoom = Math.min(1, room.width / layout.width, room.height / layout.height);
    change({ zoom: Number(Math.max(ZOOM.min, zoom || 1).toFixed(2)) });
  };
  const close = (): void => select(undefined);
  const nextFound = (): void => {
    if (matches === undefined || matches.length === 0) return;
    const at = selected === undefined ? -1 : matches.indexOf(selected);
    select(matches[(at + 1) % matches.length]);
  };

  useKeys({
    '/': () => {
      search.current?.focus();
      search.current?.select();
    },
    '?': () => setHelpOpen(true),
    ArrowLeft: move('left'),
    ArrowRight: move('right'),
    ArrowUp: move('up'),
    ArrowDown: move('down'),
    i: () => follow(selected?.inputs[0]?.source),
    o: () => follow(selected?.outputs[0]?.target),
    p: pin,
    '+': () => zoomBy(1.25),
    '=': () => zoomBy(1.25),
    '-': () => zoomBy(1 / 1.25),
    '0': fit,
    Escape: close,
  });
  const panel = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another node begins at its head
  useEffect(() => {
    // Newer browsers return a promise from this, which is no clean-up.
    panel.current?.scrollTo({ top: 0 });
  }, [selected]);

  return (
    <div className="circuit-page" data-node={selected !== undefined || undefined}>
      <Header title={title} graph={json} onHelp={() => setHelpOpen(true)} />
      <main className="circuit-main">
        <Controls
          state={state}
          change={change}
          influence={influence}
          counts={{
            nodes: nodes.length,
            allNodes: graph.nodes.length,
            edges: edges.length,
            allEdges: graph.edges.length,
          }}
          found={matches?.length}
          searchRef={search}
          onSearch={nextFound}
          onZoom={zoomBy}
          onFit={fit}
        />
        <Figure
          graph={graph}
          layout={layout}
          edges={edges}
          scroller={scroller}
          zoom={state.zoom}
          selected={selected}
          hovered={hovered}
          pins={pins}
          found={found}
          onSelect={select}
          onHover={setHovered}
          onZoom={zoomBy}
        />
        <Legend kinds={kinds} />
      </main>
      <aside ref={panel} className="node-panel" aria-label="Node">
        {selected === undefined ? (
          <OverviewPanel
            graph={graph}
            pinned={graph.nodes.filter(({ id }) => pins.has(id))}
            found={matches}
            unknown={state.node}
            onOpen={select}
            onHover={setHovered}
          />
        ) : (
          <NodePanel
            graph={graph}
            node={selected}
            state={state}
            change={change}
            features={props.features}
            dashboard={dashboardAddress(json.dashboards, selected.featureKey)}
            onHover={setHovered}
            onPin={pin}
          />
        )}
      </aside>
      {helpOpen && <CircuitHelp onClose={() => setHelpOpen(false)} />}
    </div>
  );
}

/** Kept free at the right and below, so that a scrollbar does not make the other one appear. */
const SCROLLBAR = 16;

/** The room for the figure inside its scroller, beside the names of rows and columns. */
function useRoom(scroller: RefObject<HTMLDivElement | null>): {
  width: number;
  height: number;
} {
  const [room, setRoom] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const view = scroller.current!;
    const measure = (): void => {
      const width = Math.max(0, view.offsetWidth - AXES.width - SCROLLBAR);
      const height = Math.max(0, view.offsetHeight - AXES.height - SCROLLBAR);
      setRoom((room) =>
        room.width === width && room.height === height ? room : { width, height },
      );
    };
    measure();
    const resizes = new ResizeObserver(measure);
    resizes.observe(view);
    return () => resizes.disconnect();
  }, [scroller]);
  return room;
}
