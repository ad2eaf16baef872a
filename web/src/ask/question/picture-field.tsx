// The picture that is asked about: a file of one's own, or an example of a page of features.
import { useRef, useState } from 'react';
import type { FeaturesEntry } from '../../../../src/pages/catalogue.ts';
import type { PageSource } from '../../../../src/pages/source.ts';
import { randomPicture } from './random-example.ts';
import type { Upload } from './uploads.ts';

/** Choose a picture. */
export function PictureField(props: {
  source: PageSource;
  /** Pages of image features. */
  pages: readonly FeaturesEntry[];
  page: string | undefined;
  example: number | undefined;
  upload: Upload | undefined;
  /** What is wrong with the file that was given last. */
  fault: string | undefined;
  onFile: (file: File) => void;
  onExample: (page: string, example: number) => void;
}) {
  const { source, pages, page, example, upload, fault, onFile, onExample } = props;
  const file = useRef<HTMLInputElement>(null);
  const [chosenPage, choosePage] = useState(page ?? pages[0]?.id);
  const [trouble, setTrouble] = useState<string>();
  const from = page ?? chosenPage;
  const draw = async (): Promise<void> => {
    if (from === undefined) return;
    try {
      setTrouble(undefined);
      onExample(from, await randomPicture(source, from, example));
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  return (
    <fieldset className="picture-field">
      <legend>Picture</legend>
      <div className="drop-zone">
        <button type="button" onClick={() => file.current?.click()}>
          Choose a file…
        </button>
        <p className="ask-hint">or drop one anywhere here, or paste it</p>
        <input
          ref={file}
          type="file"
          aria-label="Picture file"
          accept="image/*,.ppm,.pgm,.pbm"
          hidden
          onChange={(event) => {
            const [chosen] = event.target.files ?? [];
            if (chosen !== undefined) onFile(chosen);
            event.target.value = '';
          }}
        />
        {upload !== undefined && (
          <p className="ask-hint">
            <b>{upload.name}</b> Files of your own are not in the address: a shared link asks for
            one.
          </p>
        )}
        {fault !== undefined && (
          <p className="answer-error" role="alert">
            {fault}
          </p>
        )}
      </div>
      {pages.length > 0 && (
        <div className="page-examples">
          <label>
            From a page of features
            <select
              value={from}
              onChange={(event) => {
                choosePage(event.target.value);
                if (page !== undefined && example !== undefined)
                  onExample(event.target.value, example);
              }}
            >
              {pages.map(({ id, title, folder }) => (
                <option key={id} value={id}>
                  {title} ({folder})
                </option>
              ))}
            </select>
          </label>
          <div className="example-steps">
            <button type="button" onClick={draw}>
              Random
            </button>
            <button
              type="button"
              aria-label="Previous example"
              disabled={example === undefined || example === 0}
              onClick={() => from !== undefined && onExample(from, (example ?? 1) - 1)}
            >
              ‹
            </button>
            <input
              type="number"
              aria-label="Number of the example"
              min={0}
              value={example ?? ''}
              placeholder="number"
              onChange={(event) => {
                const number = event.target.valueAsNumber;
                if (from !== undefined && Number.isInteger(number) && number >= 0)
                  onExample(from, number);
              }}
            />
            <button
              type="button"
              aria-label="Next example"
              disabled={from === undefined}
              onClick={() => from !== undefined && onExample(from, (example ?? -1) + 1)}
            >
              ›
            </button>
          </div>
          {trouble !== undefined && (
            <p className="answer-error" role="alert">
              {trouble}
            </p>
          )}
        </div>
      )}
    </fieldset>
  );
}
