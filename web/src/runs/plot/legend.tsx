import { DOT, type Encoding } from '../encoding.ts';
import './legend.css';

/** More values than this, and the rest is counted. */
const MOST = 12;

/** What the colours, the shapes and the open dots of the plot say. */
export function Legend(props: {
  colour: Encoding<string> | undefined;
  shape: Encoding<string> | undefined;
  hasOpen: boolean;
}) {
  const { colour, shape, hasOpen } = props;
  return (
    <div className="run-legend">
      {colour !== undefined && (
        <dl>
          <dt>{colour.setting}</dt>
          {colour.isRamp ? (
            <dd className="run-ramp">
              {colour.legend[0]?.text}
              <i aria-hidden="true" />
              {colour.legend.at(-1)?.text}
            </dd>
          ) : (
            colour.legend.slice(0, MOST).map(({ text, sign }) => (
              <dd key={text}>
                <Sign path={DOT} colour={sign} />
                {text}
              </dd>
            ))
          )}
          {!colour.isRamp && colour.legend.length > MOST && (
            <dd>and {colour.legend.length - MOST} more</dd>
          )}
        </dl>
      )}
      {shape !== undefined && (
        <dl>
          <dt>{shape.setting}</dt>
          {shape.legend.slice(0, MOST).map(({ text, sign }) => (
            <dd key={text}>
              <Sign path={sign} colour="var(--ink-soft)" />
              {text}
            </dd>
          ))}
          {shape.legend.length > MOST && <dd>and {shape.legend.length - MOST} more</dd>}
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
