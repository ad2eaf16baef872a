import { type ReactNode, useState } from 'react';
import { formatValue } from '../../../shared/format.ts';
import type { CircuitEdge } from '../../graph.ts';
import { NodeButton, type NodeLinks } from '../../parts/node-button.tsx';
import { shareText } from './balance.ts';
import { SignedBar, signedShare } from './signed-bar.tsx';
import './edge-table.css';

/** Rows before the rest is folded into one. */
const ROWS = 15;

/** A part of a whole that is no edge. */
export interface Part {
  readonly name: string;
  readonly weight: number;
  readonly meaning: string;
}

/** What edges sum to. */
export interface Whole {
  /** 0 where there is none to have a share of. */
  readonly size: number;
  readonly parts: readonly Part[];
  readonly foot: ReactNode;
}

/**
 * Show edges by weight, each with the node at its other end and its share of its target's whole. Where they are the parts
 * of one whole, what is folded is summed.
 */
export function EdgeTable(
  props: NodeLinks & {
    caption: string;
    edges: readonly CircuitEdge[];
    /** The other end. */
    end: 'source' | 'target';
    whole?: Whole;
  },
) {
  const { caption, edges, end, whole, ...links } = props;
  const [isOpen, setOpen] = useState(false);
  const rows = isOpen ? edges : edges.slice(0, ROWS);
  const folded = edges.slice(rows.length);
  const rest = whole === undefined ? 0 : folded.reduce((sum, { weight }) => sum + weight, 0);
  const parts = whole?.parts ?? [];
  const sizes = [edges[0]?.weight ?? 0, rest, ...parts.map(({ weight }) => weight)];
  const largest = Math.max(...sizes.map(Math.abs));
  const shareOf = (weight: number): string => signedShare(weight, whole?.size ?? 0);
  const more = (
    <button type="button" className="quiet" onClick={() => setOpen(true)}>
      {folded.length} more
    </button>
  );
  return (
    <table className="edge-table">
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{end === 'source' ? 'From' : 'To'}</th>
          <th scope="col">
            <span className="hidden-text">Sign and size</span>
          </th>
          <th scope="col" className="number">
            Weight
          </th>
          <th scope="col" className="number">
            Share
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((edge, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two edges may have the same ends
          <tr key={i}>
            <Cells
              name={<NodeButton node={edge[end]} {...links} />}
              weight={edge.weight}
              largest={largest}
              share={shareText(edge)}
            />
          </tr>
        ))}
        {folded.length > 0 && (
          <tr className="extra">
            {whole === undefined ? (
              <th scope="row" colSpan={4}>
                {more}
              </th>
            ) : (
              <Cells name={more} weight={rest} largest={largest} share={shareOf(rest)} />
            )}
          </tr>
        )}
        {parts.map(({ name, weight, meaning }) => (
          <tr key={name} className="extra" title={meaning}>
            <Cells name={name} weight={weight} largest={largest} share={shareOf(weight)} />
          </tr>
        ))}
      </tbody>
      {whole !== undefined && <tfoot>{whole.foot}</tfoot>}
    </table>
  );
}

function Cells(props: { name: ReactNode; weight: number; largest: number; share: string }) {
  const { name, weight, largest, share } = props;
  return (
    <>
      <th scope="row">{name}</th>
      <td>
        <SignedBar weight={weight} largest={largest} />
      </td>
      <td className="number">{formatValue(weight)}</td>
      <td className="number">{share}</td>
    </>
  );
}
