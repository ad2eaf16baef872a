import { useRef, useState } from 'react';
import type { ExampleImage } from '../../../../src/pages/ask.ts';

/** Bytes of an image that a server takes. */
const MOST_BYTES = 20 * 2 ** 20;

/** An upload, which no address can hold. */
export type Upload = Extract<ExampleImage, { upload: string }>;

/** Choose an image: by its number, the next one, a random one, or one of one's own. */
export function ImageChoice(props: {
  /** Images to choose from, where they are at hand. */
  nExamples: number | undefined;
  /** Those that there are pictures of, ascending; undefined for all. */
  pictures: readonly number[] | undefined;
  example: number | undefined;
  upload: Upload | undefined;
  onExample: (example: number) => void;
  onUpload: (upload: Upload) => void;
}) {
  const { nExamples = 0, pictures, example, upload, onExample, onUpload } = props;
  const count = pictures?.length ?? nExamples;
  const numberAt = (place: number): number => pictures?.[place] ?? place;
  const file = useRef<HTMLInputElement>(null);
  const [error, setError] = useState<string>();
  const take = async (chosen: File | undefined): Promise<void> => {
    if (chosen === undefined) return;
    if (chosen.size > MOST_BYTES) return setError(`'${chosen.name}' is larger than 20 MiB.`);
    setError(undefined);
    onUpload({ upload: await base64Of(chosen), name: chosen.name });
  };
  const step = (by: number): void => {
    const place = example === undefined ? -1 : (pictures?.indexOf(example) ?? example);
    const from = place < 0 ? (by > 0 ? -1 : 0) : place;
    onExample(numberAt((from + by + count) % count));
  };
  return (
    <section
      className="example-choice"
      aria-label="Image"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void take(event.dataTransfer.files[0]);
      }}
      onPaste={(event) => void take(event.clipboardData.files[0])}
    >
      <h2>Image</h2>
      {count > 0 && nExamples > 0 && (
        <div className="edit-buttons">
          <label>
            Example
            <input
              type="number"
              min={0}
              max={nExamples - 1}
              value={example ?? ''}
              placeholder="–"
              onChange={({ target }) => {
                const number = Number(target.value);
                if (
                  target.value !== '' &&
                  Number.isInteger(number) &&
                  number >= 0 &&
                  number < nExamples
                )
                  onExample(number);
              }}
            />
          </label>
          <button type="button" aria-label="Previous example" onClick={() => step(-1)}>
            ←
          </button>
          <button type="button" aria-label="Next example" onClick={() => step(1)}>
            →
          </button>
          <button
            type="button"
            onClick={() => onExample(numberAt(Math.floor(Math.random() * count)))}
          >
            Random
          </button>
        </div>
      )}
      <div className="edit-buttons">
        <button type="button" onClick={() => file.current?.click()}>
          Upload…
        </button>
        <span className="edit-note">or drop or paste one here</span>
        <input
          ref={file}
          type="file"
          hidden
          accept="image/*,.tif,.tiff,.ppm,.pgm,.bmp"
          aria-label="Image file"
          onChange={({ target }) => {
            void take(target.files?.[0]);
            target.value = '';
          }}
        />
      </div>
      {upload && (
        <p className="edit-note">
          {upload.name}: your image is not part of the address, whoever opens it chooses one of
          their own.
        </p>
      )}
      {error !== undefined && (
        <p className="edit-error" role="alert">
          {error}
        </p>
      )}
    </section>
  );
}

async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = '';
  for (let at = 0; at < bytes.length; at += 0x8000)
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}
