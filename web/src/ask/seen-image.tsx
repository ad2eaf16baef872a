// The picture as the model saw it, under the heat map of a latent, its patches to be pointed at.
import type { ImageSeen, LatentAnswer } from '../../../src/pages/ask.ts';
import { ImageExample } from '../examples/image-example.tsx';
import { Pad, type PadItem } from './pad.tsx';

/** What a picture is shown with. */
export interface SeenProps {
  readonly latent: LatentAnswer | undefined;
  /** Value of the strongest colour. */
  readonly upper: number;
  readonly opacity: number | undefined;
  readonly at: number | undefined;
  readonly held: number | undefined;
  readonly onLook: (token: number | undefined) => void;
  readonly onHold: (token: number | undefined) => void;
}

/** Show a picture with its patches. */
export function SeenImage({ seen, ...props }: SeenProps & { seen: ImageSeen }) {
  const { side, lead, picture } = seen;
  const { latent, upper, opacity, at, held, onLook, onHold } = props;
  const heat = side > 0 && latent !== undefined ? heatOf(latent, seen, upper) : undefined;
  const patchOf = (token: number | undefined): number | undefined =>
    token !== undefined && token >= lead ? token - lead : undefined;
  const tokenOf = (patch: number | undefined): number | undefined =>
    patch === undefined ? undefined : patch + lead;
  return (
    <div className="seen-image">
      <ImageExample
        picture={picture}
        side={Math.max(1, side)}
        image="of the example"
        alt={`The example as the model saw it${latent === undefined ? '' : `, with the heat map of latent ${latent.latent}`}`}
        heat={heat}
        opacity={opacity}
      />
      {side > 0 && (
        <Pad
          name={`Patches, ${side} rows of ${side}`}
          className="patch-pad"
          items={patchesOf(side)}
          columns={side}
          isGrid
          at={patchOf(at)}
          held={patchOf(held)}
          onLook={(patch) => onLook(tokenOf(patch))}
          onHold={(patch) => onHold(tokenOf(patch))}
        />
      )}
    </div>
  );
}

const patches = new Map<number, readonly PadItem[]>();

function patchesOf(side: number): readonly PadItem[] {
  let items = patches.get(side);
  if (items === undefined) {
    items = Array.from({ length: side * side }, (_, i) => ({
      label: `row ${Math.floor(i / side) + 1}, column ${(i % side) + 1}`,
    }));
    patches.set(side, items);
  }
  return items;
}

/** Values on patches as bytes, 255 for `upper`. */
function heatOf(
  { positions, values }: LatentAnswer,
  { side, lead }: ImageSeen,
  upper: number,
): Uint8Array {
  const heat = new Uint8Array(side * side);
  positions.forEach((position, i) => {
    if (position >= lead)
      heat[position - lead] = Math.round(255 * Math.min(1, values[i]! / Math.max(upper, 1e-12)));
  });
  return heat;
}
