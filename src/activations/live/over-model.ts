// Sources over a model, which is closed with the last of them.
import { closingWith, type OpenedSource, whenLast } from '../open-options.ts';

/** Open sources over a model; from then on they close it. */
export async function overModel(
  model: { close(): Promise<void> },
  open: () => Promise<OpenedSource[]>,
): Promise<OpenedSource[]> {
  try {
    const opened = await open();
    const close = whenLast(opened.length, () => model.close());
    return opened.map((each) => ({ ...each, source: closingWith(each.source, close) }));
  } catch (error) {
    await model.close();
    throw error;
  }
}
