import type { PageGraph } from '../../../src/pages/circuit-page.ts';
import { HelpButton } from '../shared/controls/help-dialog.tsx';
import { ThemeButton } from '../shared/controls/theme-button.tsx';
import { formatShare } from '../shared/format.ts';
import { PromptTokens } from './parts/prompt-tokens.tsx';
import './header.css';

/** What was traced: the prompt, the model, and how much of it the graph explains. */
export function Header(props: {
  title: string;
  graph: PageGraph;
  isPart: boolean;
  onHelp: () => void;
}) {
  const { title, graph, isPart, onHelp } = props;
  // A page has one head; that of a larger page is above.
  const Head = isPart ? 'section' : 'header';
  const { metadata } = graph;
  // The prompt stands there token by token.
  const isPrompt = title === metadata.prompt;
  const facts: [name: string, text: string | undefined, meaning?: string][] = [
    ['Model', metadata.scan],
    ['Root', metadata.root],
    ['Mode', metadata.mode],
    [
      'Contributions',
      metadata.contributions,
      'Of paths: as they are (raw), or cut at the activations that they pass through (cut)',
    ],
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
    <Head className="circuit-head" aria-label="What was traced">
      <div className="circuit-title">
        <h1 className={isPrompt ? 'hidden-text' : undefined}>{title}</h1>
        {!isPart && <ThemeButton />}
        <HelpButton onClick={onHelp} />
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
    </Head>
  );
}

function share(value: number | undefined): string | undefined {
  return value === undefined ? undefined : formatShare(value);
}
