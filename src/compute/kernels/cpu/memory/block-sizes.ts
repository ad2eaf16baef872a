// How large the pieces are that threads work on.

/** Rows that one thread encodes at a time: enough for a product to run at full speed. */
export const ENCODE_ROWS = 512;
/** Latents of one product; its result stays in the second-level cache until it is compacted. */
export const ENCODE_LATENTS = 1024;
/** Latents of an 8-bit product: their rows in float32 stay in the second-level cache, too. */
export const SCREEN_LATENTS = 256;
/** Rows reconstructed, and latents updated, between two looks at the work queue. */
export const RECONSTRUCT_ROWS = 32;
export const UPDATE_LATENTS = 256;
/** Rows of a chunk while codes are dense. */
export const DENSE_ROWS = 1024;
/** Rows of a dense chunk that one thread takes, and latents in the backward half. */
export const DENSE_BLOCK_ROWS = 256;
export const DENSE_BLOCK_LATENTS = 512;
/** Rows of a skip connection that one thread takes. */
export const SKIP_ROWS = 64;
/** Ghosts whose weights are gathered at a time: they fit where a dense block keeps its rows. */
export const GHOST_LATENTS = DENSE_BLOCK_ROWS;
/** Directions that the decoder rows of an update block are compared with at a time. */
export const CONNECTION_ROWS = 512;
/** Bins in which the entries of a batch are counted, to find its largest. */
export const HISTOGRAM_BINS = 65_536;
