import { EDIT } from '../../../src/pages/edit.ts';
import { App } from '../edit/app.tsx';
import { hashOf } from './address.ts';
import { Choice } from './lists/choice.tsx';
import type { ViewProps } from './view.ts';

/** Edits of the model that the address names; without one, the models to choose from. */
export function EditView({ source, catalogue, id }: ViewProps) {
  const { models, abilities } = catalogue;
  const whole = models.filter(({ fault }) => fault === undefined);
  const chosen = whole.find((each) => each.id === (id ?? whole[0]?.id));
  if (chosen === undefined || (id === undefined && whole.length > 1)) {
    return (
      <Choice
        view="edit"
        title="Edit"
        entries={models}
        about={({ model, place, dSae }) => `${model}, ${place}, ${dSae} latents`}
        empty={
          <>
            There are no models to edit yet. Train an autoencoder with <code>saev train</code>: its
            run is one.
          </>
        }
      />
    );
  }
  const { title } = chosen;
  const shown = catalogue.features.find(
    ({ id: page, run, fault }) =>
      fault === undefined && (page === chosen.features || run === chosen.id),
  );
  const features = shown?.id;
  return (
    <App
      key={chosen.id}
      source={source}
      model={chosen.id}
      title={title}
      features={features}
      ability={abilities[EDIT]}
      latentAddress={(latent) =>
        features === undefined ? undefined : hashOf('features', features, `f=${latent}`)
      }
    />
  );
}
