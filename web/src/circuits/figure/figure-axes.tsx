// Names of rows and columns, which stay in sight.
import { memo } from 'react';
import { shortToken, showToken } from '../../shared/tokens.ts';
import type { CircuitNode } from '../graph.ts';
import type { Column, Row } from './layout.ts';
import './figure-axes.css';

/** Layers, at the left of the figure. */
export const RowNames = memo(function RowNames(props: { rows: readonly Row[]; zoom: number }) {
  return (
    <div className="row-names" aria-hidden="true">
      {props.rows.map(({ name, top, height }) => (
        <span key={name} style={{ top: top * props.zoom, height: height * props.zoom }}>
          {name}
        </span>
      ))}
    </div>
  );
});

/** The prompt, below the figure, and the corner where both axes meet. Marks the tokens of `node`, and of a head where it reads and where it writes. */
export const ColumnNames = memo(function ColumnNames(props: {
  columns: readonly Column[];
  tokens: readonly string[];
  zoom: number;
  node: CircuitNode | undefined;
}) {
  const { columns, tokens, zoom, node } = props;
  const markOf = (position: number | undefined): string | undefined => {
    if (node === undefined || position === undefined) return undefined;
    if (node.head?.destination === position) return 'destination';
    if (node.head?.source === position) return 'source';
    return node.position === position ? 'here' : undefined;
  };
  return (
    <>
      <div className="corner" />
      <div className="column-names" aria-hidden="true">
        {columns.map(({ position, left, width }) => (
          <span
            key={position ?? -1}
            data-mark={markOf(position)}
            style={{ left: left * zoom, width: width * zoom }}
            title={
              position === undefined
                ? 'Biases: they are added at every position, and stand for all of them'
                : `${position}: ${showToken(tokens[position]!)}`
            }
          >
            {position === undefined ? (
              nameOf('bias', fitting(width * zoom))
            ) : (
              <>
                {nameOf(tokens[position]!, fitting(width * zoom))}
                <small>{position}</small>
              </>
            )}
          </span>
        ))}
      </div>
    </>
  );
});

/** Pixels of a letter. */
const LETTER = 7.2;
/** Fewer letters than this say nothing of a word. */
const LEAST = 3;

/** Letters that fit into a width. */
function fitting(width: number): number {
  return Math.max(0, Math.floor((width - 6) / LETTER));
}

/** As much of a token as fits; only its number stands where that says nothing. */
function nameOf(token: string, letters: number): string {
  const fits = [...showToken(token)].length <= letters;
  return fits || letters >= LEAST ? shortToken(token, letters) : '\u00A0';
}
