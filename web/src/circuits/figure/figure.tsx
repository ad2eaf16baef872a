import { type RefObject, useMemo } from 'react';
import type { CircuitEdge, CircuitGraph, CircuitNode } from '../graph.ts';
import { boxText } from './box-text.ts';
import { EdgeCanvas } from './edge-canvas.tsx';
import { drawEdges, EdgePaths } from './edge-paths.tsx';
import { ColumnNames, RowNames } from './figure-axes.tsx';
import { AXES, type Layout } from './layout.ts';
import { NodeMarks, type Relation } from './node-marks.tsx';
import { NodeTip } from './node-tip.tsx';
import { useInSight, useZoomWheel } from './scrolling.ts';
import './figure.css';

/** Faint edges drawn at most, the largest shares first. */
const FAINT_EDGES = 2000;

/** The circuit: tokens from left to right, layers from the bottom up. */
export function Figure(props: {
  graph: CircuitGraph;
  layout: Layout;
  /** Shown edges, largest share first. */
  edges: readonly CircuitEdge[];
  scroller: RefObject<HTMLDivElement | null>;
  zoom: number;
  selected: CircuitNode | undefined;
  hovered: CircuitNode | undefined;
  pins: ReadonlySet<string>;
  chosen: ReadonlySet<string>;
  found: ReadonlySet<CircuitNode> | undefined;
  onSelect: (node: CircuitNode | undefined) => void;
  onChoose: (node: CircuitNode) => void;
  onHover: (node: CircuitNode | undefined) => void;
  onZoom: (factor: number) => void;
}) {
  const { graph, layout, edges, scroller, zoom, selected, hovered, pins, found } = props;
  const faint = useMemo(() => drawEdges(edges.slice(0, FAINT_EDGES), layout), [edges, layout]);
  const bold = useMemo(
    () =>
      drawEdges(
        edges.filter(
          ({ source, target }) =>
            source === selected ||
            target === selected ||
            (pins.has(source.id) && pins.has(target.id)),
        ),
        layout,
      ),
    [edges, layout, selected, pins],
  );
  const underPointer = useMemo(
    () =>
      hovered === undefined || hovered === selected
        ? []
        : drawEdges(
            edges.filter(({ source, target }) => source === hovered || target === hovered),
            layout,
          ),
    [edges, layout, hovered, selected],
  );
  const relations = useMemo(
    () => (selected === undefined ? undefined : relationsOf(selected)),
    [selected],
  );
  const tip = layout.placed.find(({ node }) => node === hovered);
  useZoomWheel(scroller, props.onZoom);
  useInSight(scroller, layout, selected, zoom);

  const nodeAt = (target: EventTarget): CircuitNode | undefined => {
    const mark = (target as Element).closest('[data-n]');
    return mark === null ? undefined : graph.nodes[Number((mark as SVGGElement).dataset.n)];
  };
  return (
    <section className="figure" aria-label="Attribution graph">
      <div
        ref={scroller}
        className="figure-scroller"
        tabIndex={0}
        role="listbox"
        aria-label="Nodes of the circuit"
        aria-activedescendant={selected === undefined ? undefined : `node-${selected.n}`}
      >
        <div
          className="plane"
          role="presentation"
          data-selected={selected !== undefined || undefined}
          style={{
            gridTemplateColumns: `${AXES.width}px ${layout.width * zoom}px`,
            gridTemplateRows: `${layout.height * zoom}px ${AXES.height}px`,
          }}
        >
          <EdgeCanvas scroller={scroller} edges={faint} zoom={zoom} left={AXES.width} />
          <RowNames rows={layout.rows} zoom={zoom} />
          {/* biome-ignore lint/a11y: the keys of the page do what the pointer does here */}
          <svg
            className="figure-plot"
            viewBox={`0 0 ${layout.width || 1} ${layout.height || 1}`}
            width={layout.width * zoom}
            height={layout.height * zoom}
            onClick={(event) => {
              const node = nodeAt(event.target);
              const isChoice = event.ctrlKey || event.metaKey || event.shiftKey;
              if (!isChoice) props.onSelect(node);
              else if (node !== undefined) props.onChoose(node);
            }}
            onPointerOver={(event) =>
              event.pointerType !== 'touch' && props.onHover(nodeAt(event.target))
            }
            onPointerLeave={() => props.onHover(undefined)}
          >
            <g className="grid-lines">
              {layout.rows.map(({ name, top }) => (
                <line key={name} x2={layout.width} y1={top} y2={top} />
              ))}
              {layout.columns.map(({ position, left }) => (
                <line key={position ?? -1} x1={left} x2={left} y2={layout.height} />
              ))}
            </g>
            <EdgePaths className="edges bold" edges={bold} />
            <EdgePaths className="edges hovered" edges={underPointer} />
            <NodeMarks
              placed={layout.placed}
              tokens={graph.tokens}
              selected={selected}
              pins={pins}
              chosen={props.chosen}
              relations={relations}
              found={found}
            />
            {tip !== undefined && boxText(tip.node) === undefined && (
              <circle className="halo" cx={tip.x} cy={tip.y} r={12} pointerEvents="none" />
            )}
          </svg>
          <ColumnNames
            columns={layout.columns}
            tokens={graph.tokens}
            zoom={zoom}
            node={hovered ?? selected}
          />
          {tip !== undefined && (
            <NodeTip place={tip} graph={graph} zoom={zoom} view={scroller} selected={selected} />
          )}
        </div>
      </div>
    </section>
  );
}

/** How the nodes that are linked with `node` stand to it. */
function relationsOf(node: CircuitNode): ReadonlyMap<CircuitNode, Relation> {
  const relations = new Map<CircuitNode, Relation>();
  for (const { source, weight, share } of node.inputs) {
    relations.set(source, { sign: weight > 0 ? 1 : -1, share });
  }
  for (const { target, weight, share } of node.outputs) {
    relations.set(target, { sign: weight > 0 ? 1 : -1, share });
  }
  return relations;
}
