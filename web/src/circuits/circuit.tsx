import { useDeferredValue, useMemo, useRef, useState } from 'react';
import { usePage } from '../shared/page.tsx';
import type { CircuitSource, Open } from './circuit-source.ts';
import { useCircuitState, ZOOM } from './circuit-state.ts';
import { Controls } from './controls.tsx';
import { Figure } from './figure/figure.tsx';
import { type Direction, fits, fitted, neighbourOf } from './figure/layout.ts';
import { Legend } from './figure/legend.tsx';
import { useRoom } from './figure/scrolling.ts';
import { buildGraph, type CircuitNode } from './graph.ts';
import { Header } from './header.tsx';
import { ChoiceBar } from './marks/choice-bar.tsx';
import { MarksBar } from './marks/marks-bar.tsx';
import { nodeIds, withSupernodes } from './marks/supernodes.ts';
import { useMarking } from './marks/use-marking.ts';
import { openMarks, useMarks } from './marks/use-marks.ts';
import { Panel } from './panel/panel.tsx';
import { ABOUT, shortcutsOf } from './shortcuts.tsx';
import {
  FEWER,
  onlyNodes,
  readableInfluence,
  searchNodes,
  shownEdges,
  shownNodes,
} from './shown.ts';

/** One circuit: what was traced, the figure with its thresholds, the node looked at, and what is marked. */
export function Circuit(props: {
  source: CircuitSource;
  isPart: boolean;
  /** Whether it comes from a file that was opened here. */
  isFile: boolean;
  /** What to say of how it was opened. */
  notice: string | undefined;
  fault: string | undefined;
  /** Show another source in its place. */
  onOpen: Open;
  onFile: ((file: File) => void) | undefined;
}) {
  const { source, isPart } = props;
  const { title } = source.island;
  const [opening] = useState(() => openMarks(source, { isFile: props.isFile }));
  const { graph: json } = opening;
  const [state, change] = useCircuitState(source.island.graph, opening.marks.pins);
  const store = useMarks(source, opening, state.pins, props.onOpen);
  const { labels, groups } = store.marks;
  const whole = useMemo(() => buildGraph(json, new Map(labels)), [json, labels]);
  const graph = useMemo(
    () => withSupernodes(whole, groups, new Set(state.open)),
    [whole, groups, state.open],
  );
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
  const drawn = (ids: readonly string[]): ReadonlySet<string> =>
    new Set(ids.flatMap((id) => graph.byId.get(id)?.id ?? []));
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn follows from the graph
  const pins = useMemo(() => drawn(state.pins), [state.pins, graph]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: likewise
  const chosen = useMemo(() => drawn(state.chosen), [state.chosen, graph]);
  // Only a node that the threshold would hide is kept, so that nothing moves when another is selected.
  const isHidden = (selected?.influence ?? 0) > drawnInfluence;
  const hiddenId = isHidden ? selected?.id : undefined;
  const isOnlyPins = state.isOnlyPins && pins.size > 0;
  const extra =
    isOnlyPins && selected !== undefined && !pins.has(selected.id) ? selected : undefined;
  const nodes = useMemo(() => {
    if (isOnlyPins) return onlyNodes(graph, pins, extra);
    const kept = new Set([...pins, ...chosen]);
    if (hiddenId !== undefined) kept.add(hiddenId);
    return shownNodes(graph, drawnInfluence, kept);
  }, [graph, drawnInfluence, pins, chosen, hiddenId, isOnlyPins, extra]);
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
  const naming = useRef<HTMLInputElement>(null);
  const marking = useMarking({ graph, whole, json, state, change, store, influence, naming });
  const move = (direction: Direction): void => {
    const start = selected ?? layout.placed[0]?.node;
    const next = selected === undefined ? start : start && neighbourOf(layout, start, direction);
    if (next !== undefined) select(next);
  };
  const pin = (): void => {
    if (selected === undefined) return;
    const ids = nodeIds(selected);
    const others = state.pins.filter((id) => !ids.includes(id));
    change({ pins: pins.has(selected.id) ? others : [...others, ...ids] });
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
    shortcuts: shortcutsOf({
      selected,
      select,
      move,
      pin,
      zoomBy,
      fit: showAll,
      marking,
      save: store.save,
    }),
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
          nPins={pins.size}
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
          chosen={chosen}
          found={found}
          onSelect={select}
          onChoose={marking.choose}
          onHover={setHovered}
          onZoom={zoomBy}
        />
        {chosen.size > 0 && <ChoiceBar count={chosen.size} fieldRef={naming} marking={marking} />}
        <Legend kinds={kinds} />
        <MarksBar
          store={store}
          opening={opening}
          source={source}
          notice={props.notice}
          fault={props.fault}
          onOpen={props.onOpen}
          onFile={props.onFile}
        />
      </main>
      <Panel
        graph={graph}
        state={state}
        change={change}
        selected={selected}
        pins={pins}
        chosen={chosen}
        found={matches}
        source={source}
        marking={marking}
        onOpen={select}
        onHover={setHovered}
        onPin={pin}
      />
      {help}
    </div>
  );
}
