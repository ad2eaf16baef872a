import type { SeenClasses, SegmentationSection } from '../../../../src/pages/edit.ts';
import { formatShare } from '../../shared/format.ts';
import type { SectionProps } from './section.ts';

/** Truth, and what a head sees before and after, patch by patch and pixel by pixel. */
export function Segmentation({ section, headName }: SectionProps<'segmentation'>) {
  const { head, truth, before, after, grid, legend, changedPatches, changedPixels, moves } =
    section;
  const named = new Map(legend.map((each) => [each.class, each.name]));
  return (
    <section className="edit-section">
      <h2>Segmentation</h2>
      <p className="edit-note">by {headName(head)}</p>
      <p>
        <b>{formatShare(changedPatches)}</b> of patches and <b>{formatShare(changedPixels)}</b> of
        pixels are seen as another class.
      </p>
      <div className="map-row">
        {truth !== undefined && <MapPicture caption="Truth" picture={truth} />}
        <MapPicture caption="Predicted" picture={before.pixels} />
        <MapPicture caption="Predicted after the edit" picture={after.pixels} />
        <PatchMap caption="Predicted, by patch" {...{ seen: before, grid, legend }} />
        <PatchMap caption="By patch, after" {...{ seen: after, grid, legend }} />
      </div>
      <ul className="map-legend">
        {legend.map(({ class: number, name, colour }) => (
          <li key={number}>
            <span className="swatch" style={{ backgroundColor: colour }} />
            {name}
          </li>
        ))}
      </ul>
      {moves.length > 0 && (
        <table className="edit-table">
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col" className="number">
                Patches
              </th>
            </tr>
          </thead>
          <tbody>
            {moves.slice(0, 8).map(({ from, to, patches }) => (
              <tr key={`${from} ${to}`}>
                <td>{named.get(from)}</td>
                <td>{named.get(to)}</td>
                <td className="number">{patches}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function MapPicture({ caption, picture }: { caption: string; picture: string }) {
  return (
    <figure>
      <img className="map-picture" src={picture} alt={`${caption}: classes as colours`} />
      <figcaption>{caption}</figcaption>
    </figure>
  );
}

function PatchMap(props: {
  caption: string;
  seen: SeenClasses;
  grid: number;
  legend: SegmentationSection['legend'];
}) {
  const { caption, seen, grid, legend } = props;
  const of = new Map(legend.map((each) => [each.class, each]));
  return (
    <figure>
      <svg
        className="map-picture"
        viewBox={`0 0 ${grid} ${grid}`}
        role="img"
        aria-label={`${caption}: classes as colours`}
        shapeRendering="crispEdges"
      >
        {seen.patches.map((number, patch) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a patch is its place
            key={patch}
            x={patch % grid}
            y={Math.floor(patch / grid)}
            width={1}
            height={1}
            fill={of.get(number)?.colour}
          >
            <title>{of.get(number)?.name}</title>
          </rect>
        ))}
      </svg>
      <figcaption>{caption}</figcaption>
    </figure>
  );
}
