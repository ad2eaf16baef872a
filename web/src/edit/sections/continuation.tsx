import { showControls } from '../../shared/tokens.ts';
import type { SectionProps } from './section.ts';

/** How the text goes on, before and after. */
export function Continuation({ section, seen }: SectionProps<'continuation'>) {
  const { before, after, seed, temperature } = section;
  const prompt =
    seen.kind === 'text' ? seen.tokens.filter((_, i) => !seen.special[i]).join('') : '';
  const first = before.findIndex((token, i) => token !== after[i]);
  return (
    <section className="edit-section">
      <h2>Continuation</h2>
      <p className="edit-note">
        {temperature === 0
          ? 'The most likely token each time.'
          : `Drawn at temperature ${temperature} from seed ${seed}, the same for both.`}
      </p>
      <div className="continuations">
        <Told title="Before" prompt={prompt} tokens={before} />
        <Told title="After" prompt={prompt} tokens={after} from={first < 0 ? undefined : first} />
      </div>
    </section>
  );
}

function Told(props: {
  title: string;
  prompt: string;
  tokens: readonly string[];
  from?: number | undefined;
}) {
  const { title, prompt, tokens, from = tokens.length } = props;
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <blockquote>
        <span className="told-prompt">{showControls(prompt)}</span>
        {showControls(tokens.slice(0, from).join(''))}
        {from < tokens.length && <mark>{showControls(tokens.slice(from).join(''))}</mark>}
      </blockquote>
    </figure>
  );
}
