// A figure of an attribution graph, as SVG: positions of the prompt from left to right, layers from bottom to top.

import { percent } from '../../base/text.ts';
import type { CircuitGraph, GraphEdge, GraphNode } from '../graph/graph.ts';
import { headLabel } from '../graph/names.ts';

/** How a figure is drawn. */
export interface FigureOptions {
  /** Most nodes besides roots and tokens, by influence. @default 60 */
  readonly mostNodes?: number;
  /** Head of the figure. */
  readonly title?: string;
}

const COLOURS = {
  ink: '#22313a',
  quiet: '#66757f',
  line: '#e3e8eb',
  band: '#f7f9fa',
  positive: '#2a7f9e',
  negative: '#c4572d',
};

/** Fill and outline of each kind, in the order of the legend. */
const KINDS: readonly [GraphNode['kind'], name: string, fill: string, outline: string][] = [
  ['feature', 'feature', '#dceef4', '#2a7f9e'],
  ['head', 'attention head', '#efe6f6', '#7d57a5'],
  ['error', 'error', '#f3f3f3', '#9aa5ab'],
  ['bias', 'bias', '#fff4d9', '#c79a2b'],
  ['position', 'position', '#eef1e4', '#829a43'],
  ['token', 'token', '#ffffff', '#22313a'],
  ['logit', 'output', '#22313a', '#22313a'],
  ['vector', 'vector', '#22313a', '#22313a'],
];

const BOX = { width: 74, height: 22, gapX: 10, gapY: 8 };
const MARGIN = { left: 64, right: 24, top: 74, bottom: 74 };

/** A node in its place: the middle of its box. */
interface Placed {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
}

/** Draw a graph. Nodes beyond `mostNodes` are left out, and their edges with them. */
export function graphFigure(graph: CircuitGraph, options: FigureOptions = {}): string {
  const { mostNodes = 60, title = JSON.stringify(graph.prompt) } = options;
  const shown = shownNodes(graph, mostNodes);
  const { placed, columns, bands, width, height } = layOut(graph, shown);
  const total = new Map<number, number>();
  for (const { source, target, weight } of graph.edges) {
    if (graph.nodes[source]!.overlaps) continue;
    total.set(target, (total.get(target) ?? 0) + Math.abs(weight));
  }
  const edges = graph.edges
    .filter(({ source, target }) => placed.has(source) && placed.has(target))
    .map((edge) => ({ ...edge, share: shareOf(edge, total) }))
    .sort((a, b) => a.share - b.share)
    .map(({ source, target, weight, share }) =>
      edgePath(placed.get(source)!, placed.get(target)!, weight, share),
    );
  const subtitle = [`${shown.length} of ${graph.nodes.length} nodes`, ...claims(graph)].join(' · ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="DejaVu Sans, Liberation Sans, Arial, sans-serif" font-size="10" fill="${COLOURS.ink}">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${MARGIN.left}" y="28" font-size="15" font-weight="600">${escaped(clipped(title, Math.floor((width - 100) / 8)))}</text>`,
    `<text x="${MARGIN.left}" y="46" fill="${COLOURS.quiet}" font-size="11">${subtitle}</text>`,
    ...bands.map(
      ({ y, height: h, name }, i) =>
        `<rect x="${MARGIN.left - 8}" y="${y}" width="${width - MARGIN.left - MARGIN.right + 16}" height="${h}" fill="${i % 2 === 0 ? COLOURS.band : '#fff'}"/><text x="${MARGIN.left - 14}" y="${y + h / 2 + 3.5}" text-anchor="end" fill="${COLOURS.quiet}">${name}</text>`,
    ),
    ...columns.map(
      ({ x, text }) =>
        `<text x="${x}" y="${height - MARGIN.bottom + 18}" text-anchor="middle" font-size="11">${escaped(text)}</text>`,
    ),
    ...edges,
    ...[...placed.values()].map(nodeShape),
    ...legend(height - 22),
    '</svg>',
  ].join('\n');
}

/** What an edge has of the inputs of its target, at most 1. */
function shareOf({ target, weight }: GraphEdge, total: ReadonlyMap<number, number>): number {
  return Math.min(1, Math.abs(weight) / (total.get(target) || Math.abs(weight) || 1));
}

/** What can be said of a graph as a whole. */
function claims({ scores, contributions }: CircuitGraph): string[] {
  if (scores !== undefined) {
    const { replacement, completeness } = scores;
    return [`replacement ${shareText(replacement)}`, `completeness ${shareText(completeness)}`];
  }
  if (contributions === undefined) return [];
  return [contributions === 'raw' ? 'raw contributions' : 'contributions cut at activations'];
}

/** Indices of roots, tokens that have edges, and the most influential others. */
function shownNodes({ nodes, edges }: CircuitGraph, mostNodes: number): number[] {
  const others = [...nodes.keys()]
    .filter((i) => !nodes[i]!.isRoot && nodes[i]!.kind !== 'token')
    .sort((a, b) => nodes[b]!.influence - nodes[a]!.influence)
    .slice(0, mostNodes);
  const giving = new Set(edges.map(({ source }) => source));
  const always = [...nodes.keys()].filter(
    (i) => nodes[i]!.isRoot || (nodes[i]!.kind === 'token' && giving.has(i)),
  );
  return [...always, ...others].sort((a, b) => a - b);
}

interface Layout {
  readonly placed: ReadonlyMap<number, Placed>;
  readonly columns: readonly { readonly x: number; readonly text: string }[];
  readonly bands: readonly { readonly y: number; readonly height: number; readonly name: string }[];
  readonly width: number;
  readonly height: number;
}

/** Stack the nodes of one position and layer in rows of at most two, and make room for the fullest of each. */
function layOut({ nodes, tokenStrings, nLayers }: CircuitGraph, shown: readonly number[]): Layout {
  const bandOf = ({ kind, layer, isRoot }: GraphNode): number =>
    kind === 'logit' || (kind === 'vector' && isRoot) ? nLayers : layer;
  // Biases have a column of their own, before the prompt.
  const columnOf = ({ position = -1 }: GraphNode): number => position;
  const cells = new Map<string, number[]>();
  for (const i of shown) {
    const key = `${columnOf(nodes[i]!)},${bandOf(nodes[i]!)}`;
    cells.set(key, [...(cells.get(key) ?? []), i]);
  }
  const hasBias = shown.some((i) => columnOf(nodes[i]!) < 0);
  const columnNumbers = [...Array(tokenStrings.length + (hasBias ? 1 : 0)).keys()].map((i) =>
    hasBias ? i - 1 : i,
  );
  const cellOf = (column: number, band: number): number[] => cells.get(`${column},${band}`) ?? [];
  const bandNumbers = [...Array(nLayers + 2).keys()].map((i) => nLayers - i);
  const used = bandNumbers.filter((band) => columnNumbers.some((c) => cellOf(c, band).length > 0));

  let x = MARGIN.left;
  const columns = columnNumbers.map((column) => {
    const most = Math.max(0, ...used.map((band) => cellOf(column, band).length));
    const size = most === 0 ? 44 : (BOX.width + BOX.gapX) * Math.min(2, most) + BOX.gapX;
    const text =
      column < 0 ? 'biases' : clipped(visible(tokenStrings[column]!), most === 0 ? 6 : 16);
    x += size;
    return { column, x: x - size / 2, text };
  });
  let y = MARGIN.top;
  const bands = used.map((band) => {
    const most = Math.max(...columnNumbers.map((column) => cellOf(column, band).length));
    const height = Math.ceil(most / 2) * (BOX.height + BOX.gapY) + 2 * BOX.gapY;
    y += height;
    const name = band === nLayers ? 'output' : band < 0 ? 'embed' : `layer ${band}`;
    return { band, y: y - height, height, name };
  });
  const placed = new Map<number, Placed>();
  for (const { column, x: middle } of columns) {
    for (const { band, y: top } of bands) {
      const cell = cellOf(column, band);
      cell.forEach((i, n) => {
        const inRow = Math.min(2, cell.length - (n - (n % 2)));
        const offset = ((n % 2) - (inRow - 1) / 2) * (BOX.width + BOX.gapX);
        const row = Math.floor(n / 2);
        const boxY = top + BOX.gapY * 1.5 + BOX.height / 2 + row * (BOX.height + BOX.gapY);
        placed.set(i, { node: nodes[i]!, x: middle + offset, y: boxY });
      });
    }
  }
  const width = Math.max(720, x + MARGIN.right);
  return { placed, columns, bands, width, height: y + MARGIN.bottom };
}

/** A curve from the top of the source to the bottom of the target; wider and darker with its share. */
function edgePath(from: Placed, to: Placed, weight: number, share: number): string {
  const [y0, y1] = [from.y - BOX.height / 2, to.y + BOX.height / 2];
  const bend = Math.max(16, Math.abs(y0 - y1) / 2);
  const colour = weight < 0 ? COLOURS.negative : COLOURS.positive;
  const [width, opacity] = [0.5 + 5 * share, Math.min(0.9, 0.15 + 2 * share)];
  const curve = `M${fixed(from.x)} ${fixed(y0)}C${fixed(from.x)} ${fixed(y0 - bend)} ${fixed(to.x)} ${fixed(y1 + bend)} ${fixed(to.x)} ${fixed(y1)}`;
  return `<path d="${curve}" fill="none" stroke="${colour}" stroke-width="${fixed(width)}" stroke-opacity="${fixed(opacity)}"><title>${escaped(`${from.node.label} → ${to.node.label}: ${weight.toPrecision(3)}`)}</title></path>`;
}

function nodeShape({ node, x, y }: Placed): string {
  const [, , fill, outline] = KINDS.find(([kind]) => kind === node.kind)!;
  const { width, height } = BOX;
  const isDark = node.kind === 'logit' || node.kind === 'vector';
  const stroke = `stroke="${outline}" stroke-width="${node.isRoot && !isDark ? 2.5 : 1}"`;
  const value = node.value === undefined ? '' : `, value ${node.value.toPrecision(4)}`;
  const amount =
    node.contribution === undefined ? '' : `, contribution ${node.contribution.toPrecision(3)}`;
  const about = `${node.name ?? node.id}: ${node.label}${value}${amount}, influence ${shareText(node.influence)}`;
  return `<g><title>${escaped(about)}</title><rect x="${fixed(x - width / 2)}" y="${fixed(y - height / 2)}" width="${width}" height="${height}" rx="${node.kind === 'head' ? 11 : 4}" fill="${fill}" ${stroke}${node.kind === 'error' ? ' stroke-dasharray="3 2"' : ''}/><text x="${fixed(x)}" y="${fixed(y + 3.5)}" text-anchor="middle"${isDark ? ' fill="#fff"' : ''}>${escaped(clipped(shortLabel(node), 12))}</text></g>`;
}

function shortLabel({ kind, label, head, bias }: GraphNode): string {
  if (kind === 'head')
    return headLabel(head!)
      .replace(/^head /, '')
      .replace(' → ', '→');
  if (kind === 'error') return label.startsWith('error') ? 'error' : label;
  if (kind === 'bias') return bias!;
  return visible(label.replace(/^"|"$/g, ''));
}

function legend(y: number): string[] {
  let x = MARGIN.left;
  const items = KINDS.filter(([kind]) => kind !== 'vector').map(([, name, fill, outline]) => {
    const at = x;
    x += 30 + 6.2 * name.length;
    return `<rect x="${at}" y="${y - 9}" width="12" height="12" rx="3" fill="${fill}" stroke="${outline}"/><text x="${at + 17}" y="${y + 1}" fill="${COLOURS.quiet}">${name}</text>`;
  });
  for (const [name, colour] of [
    ['adds', COLOURS.positive],
    ['takes away', COLOURS.negative],
  ] as const) {
    items.push(
      `<path d="M${x} ${y - 3}h18" stroke="${colour}" stroke-width="3"/><text x="${x + 23}" y="${y + 1}" fill="${COLOURS.quiet}">${name}</text>`,
    );
    x += 34 + 6.2 * name.length;
  }
  return items;
}

/** White space as signs, so that it can be seen. */
function visible(text: string): string {
  return text.replaceAll('\n', '↵').replaceAll('\t', '⇥').replace(/^ /, '␣');
}

function clipped(text: string, most: number): string {
  const letters = [...text];
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join('')}…`;
}

function escaped(text: string): string {
  // Control characters are not allowed in XML.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const clean = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
  return clean
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** A share with as many digits as it takes to see it. */
function shareText(share: number): string {
  return percent(share, share < 0.1 ? 1 : 0);
}

function fixed(value: number): string {
  return String(Math.round(value * 100) / 100);
}
