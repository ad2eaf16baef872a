// What a set of labelled images that can be downloaded says about itself.

/** A file as its authors publish it. */
export interface PublishedFile {
  readonly url: string;
  readonly format: 'zip' | 'tgz' | 'mat';
  /** Bytes; undefined where no size is published: then it is the server's word. */
  readonly size: number | undefined;
  /** Published hash, in hexadecimal digits; undefined: the hash of the first download is kept and compared later. */
  readonly md5: string | undefined;
}

/** What arranging a set needs beside its files. */
export interface Arranging {
  /** Local path of each published file, by its name. */
  readonly files: ReadonlyMap<string, string>;
  /** Existing empty folder to write into; what it holds beside the parts of the set is thrown away. */
  readonly into: string;
  /** Seed of the split, where the set has none of its own. */
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** A set of labelled images. */
export interface LabelledSet {
  /** Its word on the command line. */
  readonly name: string;
  readonly title: string;
  readonly files: readonly PublishedFile[];
  /** About how many bytes it has when unpacked. */
  readonly unpackedSize: number;
  /** Files and folders that it is made of, those of images first. */
  readonly parts: readonly string[];
  /** Parts that are folders of classes. */
  readonly splits: readonly string[];
  /** Whether the split depends on the seed. */
  readonly seeded?: boolean;
  /** Unpack the files and bring them into their place. */
  readonly arrange: (arranging: Arranging) => Promise<void>;
}

/** The name of a published file. */
export function fileName({ url }: Pick<PublishedFile, 'url'>): string {
  return decodeURIComponent(new URL(url).pathname.split('/').at(-1)!);
}

/** The local path of a published file, among those of {@link Arranging}. */
export function localFile({ files }: Arranging, name: string): string {
  const path = files.get(name);
  if (path === undefined) throw new RangeError(`no file '${name}'`);
  return path;
}
