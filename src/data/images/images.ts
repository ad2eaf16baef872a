// What an image is on every floor above, and what a dataset of images offers.
import type { DataOrigin } from '../files/data-origin.ts';

/** A decoded image: 8-bit RGB, row-major `[height, width, 3]`. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** One entry of a dataset, known before its pixels are read. */
export interface ImageEntry {
  /** Position in the dataset, from 0. It never changes, whatever is skipped. */
  readonly index: number;
  /** Where the image stands, for people: a path, or `shard.parquet#row`. */
  readonly source: string;
  /** Class number, and its name; −1 and '' where there is none, or a remote dataset has not read that image yet. */
  readonly target: number;
  readonly label: string;
}

/** Random access to a set of labelled images. */
export interface ImageDataset {
  /** Number of images. */
  readonly length: number;
  /** Class names by class number. */
  readonly classes: readonly string[];
  entry(index: number): ImageEntry;
  /** Find out what `entry` does not know yet, where a remote dataset must read something for it. */
  lookUp?(index: number): Promise<ImageEntry>;
  /**
   * Decode image `index`.
   *
   * @throws {UserError} that names the source when it is broken.
   */
  image(index: number): Promise<RgbImage>;
  /** Segmentation map of image `index` as 8-bit class numbers `[height, width]`; only where the dataset has one. */
  segmentation?(index: number): Promise<{ width: number; height: number; data: Uint8Array }>;
  /** Read the names of the classes of these maps by their numbers; class 0 is nothing that was labelled. */
  segmentationClasses?(): Promise<readonly string[]>;
  /** Look at the files now: what tells this set of images from another, and from itself before it changed. */
  origin?(): Promise<DataOrigin>;
  /** What a walk through its folder met: how many files, and the paths of those that are no images of the set. */
  readonly walked?: { readonly nFiles: number; readonly others: readonly string[] };
  close(): Promise<void>;
}
