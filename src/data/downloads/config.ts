// Settings of a download.
import { z } from 'zod';
import { seedField } from '../../base/config/common.ts';
import { LABELLED_SET_NAMES } from './sets/registry.ts';

const files = { group: 'Files' };

/** Downloading a set of labelled images. */
export const DownloadConfig = z
  .strictObject({
    set: z
      .enum(LABELLED_SET_NAMES)
      .describe('Which set: caltech101, cub200, flowers102 or ade20k.')
      .meta({ positional: true }),
    dir: z
      .string()
      .min(1)
      .default('.')
      .describe('Folder that the set is written to; each needs one of its own.'),
    seed: seedField.describe(
      "Seed of Caltech-101's split; the other sets have a split of their own.",
    ),
    overwrite: z.boolean().default(false).describe('Make parts anew that were made before.'),
    download: z
      .boolean()
      .default(true)
      .describe('Download what is not in the folder; --no-download uses the files that are there.')
      .meta(files),
    extract: z
      .boolean()
      .default(true)
      .describe('Unpack the files; --no-extract only downloads them.')
      .meta(files),
    keep: z
      .boolean()
      .default(false)
      .describe('Keep the downloaded files when they are unpacked.')
      .meta(files),
    url: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Another place of the files: the address of a folder, with a last slash, or of the archive; what is not the published file is warned of.',
      )
      .meta({ ...files, env: 'SAEV_DOWNLOAD_URL' }),
    hash: z
      .string()
      .regex(/^([0-9a-fA-F]{32}|[0-9a-fA-F]{64})$/, 'give an md5 or sha256 in hexadecimal digits')
      .optional()
      .describe('Hash that the archive must have, md5 or sha256; unset: the published one.')
      .meta(files),
    chunkSizeKb: z
      .number()
      .positive()
      .default(1)
      .describe('Accepted for scripts of Python; bytes are written as they come.')
      .meta(files),
  })
  .describe('Download a set of images with labels, and arrange it by classes.');

/** Resolved settings of a download. */
export type DownloadConfig = z.output<typeof DownloadConfig>;
