import { useMemo } from 'react';
import type { RunEntry } from '../../../../src/pages/run-page.ts';
import { DOT, type Encoding, legendOf } from '../encoding.ts';
import './legend.css';

/** More values than this, and the rest is counted. */
const MOST = 12;

/** What the colours, the shapes and the open dots of the plot say. */
export function Legend(props: {
  colour: Encoding<string> | undefined;
  shape: Encoding<string> | undefined;
  /** Runs of the plot: what none of them has is left out. */
  runs: readonly RunEntry[];
  hasOpen: boolean;
}) {
  const { colour, shape, runs, hasOpen } = props;
  const colours = useMemo(() => legendOf(colour, runs), [colour, runs]);
  const shapes = useMemo(() => legendOf(shape, runs), [shape, runs]);
  return (
    <div className="run-legend">
      {colour !== undefined && colours.length > 0 && (
        <dl>
          <dt>{colour.setting}</dt>
          {colour.isRamp ? (
            <dd className="run-ramp">
              {colour.legend[0]?.text}
              <i aria-hidden="true" />
              {colour.legend.at(-1)?.text}
            </dd>
          ) : (
            colours.slice(0, MOST).map(({ text, sign }) => (
              <dd key={text}>
                <Sign path={DOT} colour={sign} />
                {text}
              </dd>
            ))
          )}
          {!colour.isRamp && colours.length > MOST && <dd>and {colours.length - MOST} more</dd>}
        </dl>
      )}
      {shape !== undefined && shapes.length > 0 && (
        <dl>
          <dt>{shape.setting}</dt>
          {shapes.slice(0, MOST).map(({ text, sign }) => (
            <dd key={text}>
              <Sign path={sign} colour="var(--ink-soft)" />
              {text}
            </dd>
          ))}
          {shapes.length > MOST && <dd>and {shapes.length - MOST} more</dd>}
        </dl>
      )}
      {hasOpen && (
        <p>
          <Sign path={DOT} colour="var(--ink-soft)" isOpen />
          not evaluated yet: the last line of training
        </p>
      )}
    </div>
  );
}

function Sign({ path, colour, isOpen }: { path: string; colour: string; isOpen?: boolean }) {
  return (
    <svg viewBox="-8 -8 16 16" width="14" height="14" aria-hidden="true">
      <path d={path} fill={isOpen ? 'none' : colour} stroke={colour} strokeWidth="1.5" />
    </svg>
  );
}
