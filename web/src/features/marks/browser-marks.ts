// Where the marks of a page are kept: where its source says, or by this browser.
import { changeMarks, checkMarks, type Marks, NO_MARKS } from '../../../../src/pages/marks.ts';
import type { MarksKeeper } from '../feature-source.ts';

/**
 * Keep marks in this browser, under a name; `initial` gives those that came with the page, until something is changed here.
 */
export function browserMarks(
  name: string,
  initial: () => Promise<Marks> = async () => NO_MARKS,
): MarksKeeper {
  const key = `saev-marks ${name}`;
  const load = async (): Promise<Marks> => {
    const kept = localStorage.getItem(key);
    return kept === null ? initial() : checkMarks(JSON.parse(kept));
  };
  return {
    where: 'in this browser',
    load: () => load().catch(() => NO_MARKS),
    async change(changes) {
      const before = await load();
      const answer = changeMarks(before, changes);
      try {
        localStorage.setItem(key, JSON.stringify(answer.marks));
      } catch (cause) {
        throw new Error('this browser keeps nothing for this page: export the marks instead', {
          cause,
        });
      }
      return answer;
    },
  };
}
