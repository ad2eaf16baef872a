import type { PageGraph } from '../../../src/pages/circuit-page.ts';
import { ThemeButton } from '../shared/controls/theme-button.tsx';
import { formatShare } from '../shared/format.ts';
import { PromptTokens } from './prompt-tokens.tsx';

/** What was traced: the prompt, the model, and how much of it the graph explains. */
export function Header({
  title,
  graph,
  onHelp,
}: {
  title: string;
  graph: PageGraph;
  onHelp: () => void;
}) {
  const { metadata } = graph;
  const facts: [name: string, text: string | undefined, meaning?: string][] = [
    ['Model', metadata.scan],
    ['Root', metadata.root],
    ['Mode', metadata.mode],
    [
      'Replacement',
      share(metadata.replacement_score),
      'Influence of the tokens as a share of that of tokens and errors',
    ],
    [
      'Completeness',
      share(metadata.completeness_score),
      'Share of the inputs that are no errors, weighted by influence',
    ],
  ];
  return (
    <header className="circuit-head">
      <div className="circuit-title">
        <h1>{title}</h1>
        <ThemeButton />
        <button type="button" aria-label="Keys and help" title="Keys and help (?)" onClick={onHelp}>
          ?
        </button>
      </div>
      <PromptTokens tokens={metadata.prompt_tokens} />
      <dl className="circuit-facts">
        {facts
          .filter(([, text]) => text !== undefined)
          .map(([name, text, meaning]) => (
            <div key={name} title={meaning}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ))}
      </dl>
    </header>
  );
}

function share(value: number | undefined): string | undefined {
  return value === undefined ? undefined : formatShare(value);
}
