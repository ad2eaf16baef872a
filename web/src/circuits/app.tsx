import { useDeferredValue, useMemo, useRef, useState } from 'react';
import { usePage } from '../shared/page.tsx';
import type { CircuitSource } from './circuit-source.ts';
import { useCircuitState, ZOOM } from './circuit-state.ts';
import { Controls } from './controls.tsx';
import { Figure } from './figure/figure.tsx';
import { type Direction, fits, fitted, neighbourOf } from './figure/layout.ts';
import { Legend } from './figure/legend.tsx';
import { useRoom } from './figure/scrolling.ts';
import { buildGraph, type CircuitNode } from './graph.ts';
import { Header } from './header.tsx';
import { Panel } from './panel/panel.tsx';
import { ABOUT, shortcutsOf } from './shortcuts.tsx';
import { FEWER, readableInfluence, searchNodes, shownEdges, shownNodes } from './shown.ts';
import './app.css';

/**
 * The whole page: what was traced, the figure with its thresholds, and the node looked at. `isPart` where it is a part of
 * a larger page, which has a head of its own.
 */
export function App({ source, isPart = false }: { source: CircuitSource; isPart?: boolean }) {
  const { title, graph: json } = source.island;
  const graph = useMemo(() => buildGraph(json), [json]);
  const [state, change] = useCircuitState(json);
  const [hovered, setHovered] = useState<CircuitNode>();
  const scroller = useRef<HTMLDivElement>(null);
  const room = useRoom(scroller);

  const readable = useMemo(() => {
    const shares = FEWER.map((most) => readableInfluence(graph, most));
    const inSight = (share: number): boolean =>
      fits(shownNodes(graph, share, new Set()), graph.tokens.length, room);
    return shares.find(inSight) ?? shares.at(-1)!;
  }, [graph, room]);
  const influence = state.influence ?? readable;
  const drawnInfluence = useDeferredValue(influence);
  const drawnEdge = useDeferredValue(state.edge);
  const selected = state.node === undefined ? undefined : graph.byId.get(state.node);
  const pins = useMemo(() => new Set(state.pins), [state.pins]);
  // Only a node that the threshold would hide is kept, so that nothing moves when another is selected.
  const isHidden = (selected?.influence ?? 0) > drawnInfluence;
  const hiddenId = isHidden ? selected?.id : undefined;
  const nodes = useMemo(() => {
    const kept = new Set(pins);
    if (hiddenId !== undefined) kept.add(hiddenId);
    return shownNodes(graph, drawnInfluence, kept);
  }, [graph, drawnInfluence, pins, hiddenId]);
  const edges = useMemo(
    () => shownEdges(graph, drawnEdge, new Set(nodes)),
    [graph, drawnEdge, nodes],
  );
  const { layout, fit } = useMemo(
    () => fitted(nodes, graph.tokens.length, room),
    [nodes, graph, room],
  );
  const zoom = state.zoom ?? fit;
  const matches = useMemo(() => searchNodes(graph, state.query), [graph, state.query]);
  const found = useMemo(() => (matches === undefined ? undefined : new Set(matches)), [matches]);
  const kinds = useMemo(() => new Set(nodes.map(({ kind }) => kind)), [nodes]);

  const select = (node: CircuitNode | undefined): void => {
    if (node !== undefined || state.node !== undefined) change({ node: node?.id });
  };
  const move = (direction: Direction): void => {
    const start = selected ?? layout.placed[0]?.node;
    const next = selected === undefined ? start : start && neighbourOf(layout, start, direction);
    if (next !== undefined) select(next);
  };
  const pin = (): void => {
    if (selected === undefined) return;
    const { id } = selected;
    change({
      pins: pins.has(id) ? state.pins.filter((other) => other !== id) : [...state.pins, id],
    });
  };
  const zoomBy = (factor: number): void => {
    const next = Math.min(ZOOM.max, Math.max(ZOOM.min, zoom * factor));
    change({ zoom: Number(next.toFixed(2)) });
  };
  const showAll = (): void => change({ zoom: undefined });
  const nextFound = (): void => {
    if (matches === undefined || matches.length === 0) return;
    const at = selected === undefined ? -1 : matches.indexOf(selected);
    select(matches[(at + 1) % matches.length]);
  };

  const { search, openHelp, help } = usePage({
    shortcuts: shortcutsOf({ selected, select, move, pin, zoomBy, fit: showAll }),
    searching: 'search; Enter goes to the next node found',
    about: ABOUT,
  });

  return (
    <div className="circuit-page" data-node={selected !== undefined || undefined}>
      <Header title={title} graph={json} isPart={isPart} onHelp={openHelp} />
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
          onFit={showAll}
          zoom={zoom}
        />
        <Figure
          graph={graph}
          layout={layout}
          edges={edges}
          scroller={scroller}
          zoom={zoom}
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
      <Panel
        graph={graph}
        state={state}
        change={change}
        selected={selected}
        pins={pins}
        found={matches}
        source={source}
        onOpen={select}
        onHover={setHovered}
        onPin={pin}
      />
      {help}
    </div>
  );
}
