import { formatValue } from '../../shared/format.ts';
import { showToken } from '../../shared/tokens.ts';
import { ChangeBar } from './change-bar.tsx';
import type { SectionProps } from './section.ts';

/** The loss of the text, and of each of its tokens. */
export function Loss({ section, seen }: SectionProps<'loss'>) {
  const { before, after, perToken } = section;
  const tokens = seen.kind === 'text' ? seen.tokens : [];
  const most = Math.max(1e-6, ...perToken.before, ...perToken.after);
  return (
    <section className="edit-section">
      <h2>Loss</h2>
      <p>
        <b>{formatValue(before)}</b> → <b>{formatValue(after)}</b> nats a token
      </p>
      <details>
        <summary>Token by token</summary>
        <div className="wide-table">
          <table className="edit-table">
            <thead>
              <tr>
                <th scope="col">Token</th>
                <th scope="col">Before</th>
                <th scope="col">After</th>
              </tr>
            </thead>
            <tbody>
              {perToken.before.map((was, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a token is its position
                <tr key={i}>
                  <td className="probability-name">{showToken(tokens[i + 1] ?? '')}</td>
                  <ChangeBar share={was / most} text={was.toFixed(2)} />
                  <ChangeBar
                    share={perToken.after[i]! / most}
                    text={perToken.after[i]!.toFixed(2)}
                    isAfter
                  />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}
