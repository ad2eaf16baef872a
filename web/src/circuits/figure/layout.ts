// Where nodes stand: columns are tokens, rows are layers from the embeddings up to the logits.
import type { CircuitNode } from '../graph.ts';
import { KIND_ORDER } from '../kinds.ts';
import { boxText, boxWidth } from './box-text.ts';

export interface Row {
  /** `Logits`, `MLP 3`, `Attn 3`, `Embed`. */
  readonly name: string;
  readonly top: number;
  readonly height: number;
}

export interface Column {
  /** Place in the prompt; undefined for nodes that belong to no token. */
  readonly position: number | undefined;
  readonly left: number;
  readonly width: number;
}

export interface PlacedNode {
  readonly node: CircuitNode;
  readonly row: number;
  readonly x: number;
  readonly y: number;
}

/** In pixels. */
export interface Room {
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  /** From the top. */
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
  /** By row from the top, then from left to right. */
  readonly placed: readonly PlacedNode[];
  readonly width: number;
  readonly height: number;
}

/** Width of the names of rows and height of the names of columns, in pixels. */
export const AXES = { width: 62, height: 44 } as const;

/** Room of one node along either side, in pixels: as much as a finger wants where there is no mouse (WCAG 2.5.8). */
export const NODE_SIZE: number = globalThis.matchMedia?.('(pointer: coarse)').matches ? 24 : 18;

/** Room of one node, and nodes side by side before a cell takes another line. */
const FEATURE = { width: NODE_SIZE, height: NODE_SIZE, across: 6 };
/** Outputs have their tokens written on them. */
const BOX = { gap: 6, height: 28, across: 3 };
const COLUMN = { min: 44, padding: 14 };
const ROW = { padding: 18 };

/** The largest zoom, at most 1, at which all nodes are in `room`. */
function fittingZoom(nodes: readonly CircuitNode[], nTokens: number, room: Room): number {
  const { width, height } = layOut(nodes, nTokens, { width: 0, height: 0 });
  if (room.width === 0 || width === 0) return 1;
  return Math.min(1, room.width / width, room.height / height);
}

/** Tell whether nodes can be read and are all in `room`, or would not be with fewer of them, for the length of the prompt. */
export function fits(nodes: readonly CircuitNode[], nTokens: number, room: Room): boolean {
  const isLong = READABLE * nTokens * COLUMN.min > room.width;
  return isLong || fittingZoom(nodes, nTokens, room) >= READABLE;
}

/** The smallest that a whole figure is shown before it scrolls, and before fewer nodes are shown. */
const SMALLEST = 0.45;
const READABLE = 0.6;

/**
 * Place `nodes` on a prompt of `nTokens` so that with the zoom `fit` they fill `room`: at most 1, and not too small to be
 * read; what does not fit then can be scrolled to.
 */
export function fitted(
  nodes: readonly CircuitNode[],
  nTokens: number,
  room: Room,
): { layout: Layout; fit: number } {
  const fit = Math.max(SMALLEST, fittingZoom(nodes, nTokens, room));
  const whole = { width: room.width / fit, height: room.height / fit };
  return { layout: layOut(nodes, nTokens, whole), fit };
}

/** Place `nodes` on a prompt of `nTokens`, filling at least `room`, in pixels. Cells as wide as their nodes need. */
export function layOut(nodes: readonly CircuitNode[], nTokens: number, room: Room): Layout {
  const cells = groupCells(nodes);
  const orders = [...new Set(nodes.map(rowOrder))].sort((a, b) => b - a);
  const positions: (number | undefined)[] = Array.from({ length: nTokens }, (_, i) => i);
  if (nodes.some(({ position }) => position === undefined)) positions.unshift(undefined);

  const widths = positions.map(() => COLUMN.min);
  const heights = orders.map(() => 0);
  orders.forEach((order, r) => {
    positions.forEach((position, c) => {
      const size = cellSize(cells.get(cellKey(order, position)) ?? []);
      widths[c] = Math.max(widths[c]!, size.width + COLUMN.padding);
      heights[r] = Math.max(heights[r]!, size.height + ROW.padding);
    });
  });
  const columns = spread(widths, room.width).map(({ start, size }, c) => ({
    position: positions[c],
    left: start,
    width: size,
  }));
  const rows = spread(heights, room.height).map(({ start, size }, r) => ({
    name: rowName(orders[r]!),
    top: start,
    height: size,
  }));
  const placed = rows.flatMap((row, r) =>
    columns
      .flatMap((column) => {
        const inCell = cells.get(cellKey(orders[r]!, column.position)) ?? [];
        return placeCell(inCell, row, column).map((place) => ({ ...place, row: r }));
      })
      .sort((a, b) => a.x - b.x || a.y - b.y),
  );
  const lastColumn = columns.at(-1);
  const lastRow = rows.at(-1);
  return {
    rows,
    columns,
    placed,
    width: lastColumn === undefined ? 0 : lastColumn.left + lastColumn.width,
    height: lastRow === undefined ? 0 : lastRow.top + lastRow.height,
  };
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/** The nearest node one row up or down, or beside in the same row; undefined at the border. */
export function neighbourOf(
  layout: Layout,
  node: CircuitNode,
  direction: Direction,
): CircuitNode | undefined {
  const at = layout.placed.findIndex((place) => place.node === node);
  const here = layout.placed[at];
  if (here === undefined) return undefined;
  if (direction === 'left' || direction === 'right') {
    const beside = layout.placed[at + (direction === 'left' ? -1 : 1)];
    return beside?.row === here.row ? beside.node : undefined;
  }
  const row = here.row + (direction === 'up' ? -1 : 1);
  let best: PlacedNode | undefined;
  for (const place of layout.placed) {
    if (place.row !== row) continue;
    if (best === undefined || Math.abs(place.x - here.x) < Math.abs(best.x - here.x)) best = place;
  }
  return best?.node;
}

/** The place of a node's row, from the bottom: embeddings, then attention below the MLP of each layer, then logits. */
export function rowOrder({ row, layer }: Pick<CircuitNode, 'row' | 'layer'>): number {
  if (row === 'above') return Number.POSITIVE_INFINITY;
  if (layer === undefined) return -1;
  return 2 * layer + (row === 'attention' ? 0 : 1);
}

function rowName(order: number): string {
  if (order === Number.POSITIVE_INFINITY) return 'Output';
  if (order < 0) return 'Embed';
  return `${order % 2 === 0 ? 'Attn' : 'MLP'} ${Math.floor(order / 2)}`;
}

const cellKey = (order: number, position: number | undefined): string => `${order} ${position}`;

function groupCells(nodes: readonly CircuitNode[]): Map<string, CircuitNode[]> {
  const cells = new Map<string, CircuitNode[]>();
  for (const node of nodes) {
    const key = cellKey(rowOrder(node), node.position);
    const cell = cells.get(key);
    if (cell === undefined) cells.set(key, [node]);
    else cell.push(node);
  }
  for (const cell of cells.values()) {
    cell.sort(
      (a, b) =>
        KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind) ||
        (a.influence ?? 0) - (b.influence ?? 0) ||
        a.n - b.n,
    );
  }
  return cells;
}

/** Nodes of one size side by side. */
interface Line {
  readonly nodes: readonly CircuitNode[];
  readonly width: number;
  readonly height: number;
}

/** The lines of a cell from the top: boxes, which have words on them, then all else. */
function linesOf(cell: readonly CircuitNode[]): Line[] {
  const boxes = cell.filter((node) => boxText(node) !== undefined);
  const signs = cell.filter((node) => boxText(node) === undefined);
  const widths = boxes.map((node) => boxWidth(boxText(node)!));
  const box = { width: Math.max(0, ...widths) + BOX.gap, height: BOX.height };
  // Names are long: supernodes stand below one another, outputs beside.
  const across = boxes.some(({ members }) => members !== undefined) ? 1 : BOX.across;
  return [...inLines(boxes, across, box), ...inLines(signs, FEATURE.across, FEATURE)];
}

function inLines(
  nodes: readonly CircuitNode[],
  across: number,
  { width, height }: { width: number; height: number },
): Line[] {
  return Array.from({ length: Math.ceil(nodes.length / across) }, (_, line) => ({
    nodes: nodes.slice(line * across, (line + 1) * across),
    width,
    height,
  }));
}

function cellSize(cell: readonly CircuitNode[]): { width: number; height: number } {
  const lines = linesOf(cell);
  return {
    width: Math.max(0, ...lines.map(({ nodes, width }) => nodes.length * width)),
    height: Math.max(
      FEATURE.height,
      lines.reduce((sum, { height }) => sum + height, 0),
    ),
  };
}

function placeCell(
  cell: readonly CircuitNode[],
  row: Row,
  column: Column,
): { node: CircuitNode; x: number; y: number }[] {
  const lines = linesOf(cell);
  let y = row.top + (row.height - lines.reduce((sum, { height }) => sum + height, 0)) / 2;
  return lines.flatMap(({ nodes, width, height }) => {
    y += height;
    return nodes.map((node, i) => ({
      node,
      x: column.left + column.width / 2 + (i - (nodes.length - 1) / 2) * width,
      y: y - height / 2,
    }));
  });
}

/** Put sizes one after the other, each grown by the same amount when they do not fill the room. */
function spread(sizes: readonly number[], room: number): { start: number; size: number }[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const extra = sizes.length === 0 ? 0 : Math.max(0, room - total) / sizes.length;
  let start = 0;
  return sizes.map((size) => {
    const place = { start, size: size + extra };
    start += place.size;
    return place;
  });
}
