// Files of one's own: read in the page, and sent with the question.
import { ASK_LIMITS } from '../../../../src/pages/ask.ts';

/** A file that was read. */
export interface Upload {
  readonly name: string;
  /** Base64 of its bytes. */
  readonly upload: string;
  /** Tells it from files that were read before. */
  readonly key: string;
}

let count = 0;

/**
 * Read a file.
 *
 * @throws {Error} with a sentence, when it is too large, empty, or cannot be read.
 */
export async function readUpload(file: File): Promise<Upload> {
  if (file.size === 0) throw new Error(`'${file.name}' is empty.`);
  if (file.size > ASK_LIMITS.bytes) {
    const most = Math.round(ASK_LIMITS.bytes / 2 ** 20);
    throw new Error(`'${file.name}' is too large: no more than ${most} MiB are read.`);
  }
  const address = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(new Error(`'${file.name}' cannot be read.`));
    reader.readAsDataURL(file);
  });
  return {
    name: file.name,
    upload: address.slice(address.indexOf(',') + 1),
    key: `upload ${count++}`,
  };
}

/** The first image among what was dropped or pasted. */
export function imageIn(data: DataTransfer | null): File | undefined {
  const files = [...(data?.files ?? [])];
  return files.find(({ type }) => type.startsWith('image/')) ?? files[0];
}
