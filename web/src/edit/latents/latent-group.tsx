import { formatShare } from '../../shared/format.ts';
import './latent-group.css';

/** Latents that can be taken into the list, one by one or all. */
export function LatentGroup(props: {
  title: string;
  latents: readonly { readonly latent: number; readonly f1?: number }[];
  isChosen: (latent: number) => boolean;
  onAdd: (latents: readonly number[]) => void;
}) {
  const { title, latents, isChosen, onAdd } = props;
  return (
    <fieldset className="latent-group">
      <legend>{title}</legend>
      {latents.map(({ latent, f1 }) => (
        <button
          key={latent}
          type="button"
          disabled={isChosen(latent)}
          title={f1 === undefined ? undefined : `F1 ${f1.toFixed(3)}`}
          onClick={() => onAdd([latent])}
        >
          {latent}
          {f1 !== undefined && <span className="proposal-score"> F1 {formatShare(f1)}</span>}
        </button>
      ))}
      <button
        type="button"
        className="quiet"
        disabled={latents.every(({ latent }) => isChosen(latent))}
        onClick={() => onAdd(latents.map(({ latent }) => latent))}
      >
        Add all
      </button>
    </fieldset>
  );
}
