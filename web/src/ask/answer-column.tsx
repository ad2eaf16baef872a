// What one model answers: the example as it saw it, its strongest latents, and one of them beside its own examples.
import { useEffect, useState } from 'react';
import type { LatentAnswer, LatentsAnswer } from '../../../src/pages/ask.ts';
import type { ModelEntry } from '../../../src/pages/catalogue.ts';
import type { PageSource } from '../../../src/pages/source.ts';
import { formatCount, formatValue } from '../shared/format.ts';
import { showToken } from '../shared/tokens.ts';
import { LatentExamples } from './latent-examples.tsx';
import { LatentList } from './latent-list.tsx';
import { type LatentPage, labelOf, largestOf, useLatentPage } from './latent-page.ts';
import { SeenImage } from './seen-image.tsx';
import { SeenText } from './seen-text.tsx';
import { type KeyedExample, mapOf, useAnswer } from './use-answer.ts';
import './answer-column.css';

/** A column of the view. */
export interface ColumnProps {
  readonly source: PageSource;
  readonly model: ModelEntry;
  readonly example: KeyedExample;
  /** The latent that is looked at; the strongest one when undefined. */
  readonly latent: number | undefined;
  readonly held: number | undefined;
  readonly opacity: number | undefined;
  /** Whether tokens that are signs and no text count for what is strongest. */
  readonly countsSigns: boolean;
  readonly onChoose: (latent: number) => void;
  readonly onHold: (token: number | undefined) => void;
}

/** One model with its answer. */
export function AnswerColumn(props: ColumnProps) {
  const { source, model, example, latent, countsSigns } = props;
  const answered = useAnswer(source, model.id, example, { latent, signs: countsSigns });
  const opened = useLatentPage(source, model.features);
  return (
    <article className="answer" aria-label={model.title} aria-busy={answered === undefined}>
      <header className="answer-head">
        <h2>{model.title}</h2>
        <p>{[model.model, model.place].filter((part) => part !== '').join(', ')}</p>
      </header>
      {answered === undefined ? (
        <p className="answer-waiting" role="status">
          Asking… The first question opens the model, which may take a while.
        </p>
      ) : answered.error !== undefined ? (
        <p className="answer-error" role="alert">
          {answered.error}
        </p>
      ) : (
        <Answer
          {...props}
          answer={answered.answer}
          page={opened?.value}
          pageFault={opened?.error}
        />
      )}
    </article>
  );
}

function Answer(
  props: ColumnProps & {
    answer: LatentsAnswer;
    page: LatentPage | undefined;
    /** Why the page of features cannot be read. */
    pageFault: string | undefined;
  },
) {
  const { source, model, answer, page, held, opacity, onChoose, onHold } = props;
  const [looked, look] = useState<number>();
  const { seen, nTokens, strongest } = answer;
  const chosen = props.latent ?? strongest[0]?.latent;
  const map = chosen === undefined ? undefined : mapOf(answer, chosen);
  const upper = (chosen === undefined ? 0 : largestOf(page, chosen)) || map?.max || 1;
  const token = looked ?? (held !== undefined && held < nTokens ? held : undefined);
  const shown = { latent: map, upper, opacity, at: looked, held, onLook: look, onHold };
  return (
    <div className="answer-body" data-kind={seen.kind}>
      <div className="answer-example">
        {seen.kind === 'image' ? (
          <SeenImage seen={seen} {...shown} />
        ) : (
          <SeenText seen={seen} {...shown} />
        )}
        {chosen !== undefined && (
          <Chosen latent={chosen} map={map} page={page} seen={seen} upper={upper} />
        )}
        <p className="answer-facts">
          {formatCount(nTokens)}{' '}
          {seen.kind === 'text' ? 'tokens' : nTokens === 1 ? 'row' : 'patches'},{' '}
          {formatValue(answer.l0)} latents fire on one, {formatCount(answer.nFiring)} of{' '}
          {formatCount(answer.dSae)} on any
        </p>
        {answer.notes.map((note) => (
          <p key={note} className="answer-note">
            {note}
          </p>
        ))}
      </div>
      <div className="answer-parts">
        <Latents
          answer={answer}
          strongest={strongest}
          token={token}
          page={page}
          chosen={chosen}
          onChoose={onChoose}
          onAll={held === undefined ? undefined : () => onHold(undefined)}
        />
        {chosen !== undefined && (
          <LatentExamples
            source={source}
            page={page}
            hasPage={model.features !== undefined}
            fault={props.pageFault}
            latent={chosen}
            opacity={opacity}
          />
        )}
      </div>
    </div>
  );
}

/** The latent whose heat map is shown, in words. */
function Chosen(props: {
  latent: number;
  map: LatentAnswer | undefined;
  page: LatentPage | undefined;
  seen: LatentsAnswer['seen'];
  upper: number;
}) {
  const { latent, map, page, seen, upper } = props;
  const label = labelOf(page, latent);
  const fires = map !== undefined && map.max > 0;
  return (
    <p className="answer-chosen">
      <b>
        Latent {latent}
        {label !== '' && <span> · {label}</span>}
      </b>{' '}
      {map === undefined
        ? 'is being asked for…'
        : fires
          ? `fires on ${formatCount(map.positions.length)} of them, up to ${formatValue(map.max)} on ${placeOf(map.at, seen)}; full colour is ${formatValue(upper)}`
          : map.positions.length > 0
            ? 'fires on signs alone, such as the beginning'
            : 'does not fire here'}
    </p>
  );
}

/** The latents of the example, or of the token that is pointed at or held. */
function Latents(props: {
  answer: LatentsAnswer;
  /** The strongest latents of all tokens. */
  strongest: readonly LatentAnswer[];
  token: number | undefined;
  page: LatentPage | undefined;
  chosen: number | undefined;
  onChoose: (latent: number) => void;
  onAll: (() => void) | undefined;
}) {
  const { answer, strongest, token, page, chosen, onChoose, onAll } = props;
  const { byToken, seen } = answer;
  const said = useSaid(token === undefined ? '' : spoken(answer, token));
  const here = token === undefined ? undefined : byToken[token];
  const latents =
    here === undefined
      ? strongest.map(({ latent, max }) => ({ latent, value: max }))
      : here.latents.map((latent, i) => ({ latent, value: here.values[i]! }));
  return (
    <div>
      <LatentList
        title={
          token === undefined ? (
            'Strongest latents'
          ) : (
            <>
              On {placeOf(token, seen)}{' '}
              {onAll && (
                <button type="button" className="quiet" onClick={onAll}>
                  show all
                </button>
              )}
            </>
          )
        }
        latents={latents}
        upper={strongest[0]?.max ?? 1}
        page={page}
        chosen={chosen}
        onChoose={onChoose}
      />
      <p className="answer-said" role="status">
        {said}
      </p>
    </div>
  );
}

/** What a screen reader is told of a token, once the pointer rests. */
function useSaid(text: string): string {
  const [said, say] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => say(text), 300);
    return () => clearTimeout(timer);
  }, [text]);
  return said;
}

function spoken({ byToken, seen }: LatentsAnswer, token: number): string {
  const { latents = [], values = [] } = byToken[token] ?? {};
  const told = latents
    .slice(0, 3)
    .map((latent, i) => `latent ${latent}, ${formatValue(values[i]!)}`);
  return `${placeOf(token, seen)}: ${told.length === 0 ? 'no latent' : told.join('; ')}`;
}

/** A token in words. */
function placeOf(token: number, seen: LatentsAnswer['seen']): string {
  if (seen.kind === 'text') return `token ${token}, ${showToken(seen.tokens[token] ?? '')}`;
  const patch = token - seen.lead;
  if (seen.side === 0) return 'the image';
  if (patch < 0) return 'CLS';
  return `row ${Math.floor(patch / seen.side) + 1}, column ${(patch % seen.side) + 1}`;
}
