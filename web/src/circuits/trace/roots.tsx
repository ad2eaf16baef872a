import './roots.css';

/** What of the prompt is to be explained. */
export type RootChoice =
  | { readonly kind: 'salient' }
  | { readonly kind: 'logit'; readonly token: string }
  | { readonly kind: 'difference'; readonly token: string; readonly less: string }
  | { readonly kind: 'feature'; readonly feature: string };

/** The same as settings of a trace. */
export function rootSettings(root: RootChoice): Readonly<Record<string, unknown>> {
  if (root.kind === 'logit') return { logit: [root.token] };
  if (root.kind === 'difference') return { logitDifference: [root.token, root.less] };
  return root.kind === 'feature' ? { feature: [root.feature.trim()] } : {};
}

const KINDS: readonly (readonly [RootChoice, string])[] = [
  [{ kind: 'salient' }, 'The most likely tokens'],
  [{ kind: 'logit', token: '' }, 'A token'],
  [{ kind: 'difference', token: '', less: '' }, 'One token over another'],
  [{ kind: 'feature', feature: '' }, 'A feature'],
];

/** Choose what is to be explained. */
export function Roots(props: { root: RootChoice; onChange: (root: RootChoice) => void }) {
  const { root, onChange } = props;
  return (
    <fieldset className="trace-roots">
      <legend>What to explain</legend>
      {KINDS.map(([choice, label]) => (
        <label key={choice.kind}>
          <input
            type="radio"
            name="root"
            checked={root.kind === choice.kind}
            onChange={() => onChange(choice)}
          />{' '}
          {label}
        </label>
      ))}
      {root.kind === 'logit' && (
        <Text
          name="Token"
          hint="within a text, tokens begin with a space"
          text={root.token}
          onChange={(token) => onChange({ ...root, token })}
        />
      )}
      {root.kind === 'difference' && (
        <>
          <Text
            name="More of the token"
            hint="within a text, tokens begin with a space"
            text={root.token}
            onChange={(token) => onChange({ ...root, token })}
          />
          <Text
            name="than of"
            hint=""
            text={root.less}
            onChange={(less) => onChange({ ...root, less })}
          />
        </>
      )}
      {root.kind === 'feature' && (
        <Text
          name="Feature"
          hint="LAYER/INDEX, as 2/31, or LAYER/INDEX@POSITION"
          text={root.feature}
          onChange={(feature) => onChange({ ...root, feature })}
        />
      )}
    </fieldset>
  );
}

function Text(props: {
  name: string;
  hint: string;
  text: string;
  onChange: (text: string) => void;
}) {
  const { name, hint, text, onChange } = props;
  return (
    <label className="trace-root-text">
      <span>
        {name}
        {hint !== '' && <small> {hint}</small>}
      </span>
      <input
        type="text"
        required
        maxLength={200}
        value={text}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}
