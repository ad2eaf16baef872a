import { showToken } from '../../shared/tokens.ts';
import { PatchHeat } from '../example/seen-image.tsx';
import type { SectionProps } from './section.ts';

const SHOWN = 5;

/** How far tokens turned behind the edit. */
export function Change({ section, seen }: SectionProps<'change'>) {
  const { degrees, cls } = section;
  const most = Math.max(0, ...degrees);
  const mean = degrees.reduce((sum, each) => sum + each, 0) / Math.max(1, degrees.length);
  const isImage = seen.kind === 'image';
  const what = isImage ? 'patch' : 'token';
  const strongest = [...degrees.entries()].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
  const nameOf = (at: number): string =>
    seen.kind === 'text' ? showToken(seen.tokens[at] ?? '') : `patch ${at}`;
  return (
    <section className="edit-section">
      <h2>How far it turned</h2>
      <p>
        {cls !== undefined && (
          <>
            CLS by <b>{cls.toFixed(2)}°</b>,{' '}
          </>
        )}
        a {what} by <b>{mean.toFixed(2)}°</b> on average
        {most > 0 && ', most:'}
      </p>
      <div className="change-row">
        {isImage && seen.side > 0 && <PatchHeat seen={seen} values={degrees} most={most} />}
        {most > 0 && (
          <ol className="change-list">
            {strongest.map(([at, angle]) => (
              <li key={at}>
                {nameOf(at)} <span className="edit-note">{angle.toFixed(1)}°</span>
              </li>
            ))}
          </ol>
        )}
      </div>
    </section>
  );
}
