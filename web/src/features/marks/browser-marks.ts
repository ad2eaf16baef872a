// Where the marks of a page are kept: where its source says, or by this browser.
import {
  changeMarks,
  checkCoder,
  checkMarks,
  type Marks,
  NO_MARKS,
} from '../../../../src/pages/marks.ts';
import type { MarksKeeper } from '../feature-source.ts';

/**
 * Keep marks of an autoencoder in this browser, under a name; `initial` gives those that came with the page, until something
 * is changed here. Where marks of another autoencoder have the name, they keep it.
 */
export function browserMarks(
  name: string,
  coder: string | undefined,
  initial: () => Promise<Marks> = async () => NO_MARKS,
): MarksKeeper {
  const read = (key: string): Marks | undefined => {
    const kept = localStorage.getItem(key);
    return kept === null ? undefined : checkMarks(JSON.parse(kept));
  };
  const keyNow = (): string => {
    const key = `saev-marks ${name}`;
    const isOther = coder !== undefined && (read(key)?.coder ?? coder) !== coder;
    return isOther ? `${key} ${coder}` : key;
  };
  const load = async (): Promise<Marks> =>
    read(keyNow()) ??
    initial()
      .then((marks) => checkCoder(marks, coder))
      .catch(() => NO_MARKS);
  return {
    where: 'in this browser',
    load: () => load().catch(() => NO_MARKS),
    async change(changes) {
      const answer = changeMarks(await load(), changes, coder);
      try {
        localStorage.setItem(keyNow(), JSON.stringify(answer.marks));
      } catch (cause) {
        throw new Error('this browser keeps nothing for this page: export the marks instead', {
          cause,
        });
      }
      return answer;
    },
  };
}
