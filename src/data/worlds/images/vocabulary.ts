// The words of the embedded image world: everything an object or a background can be.

export const SHAPES = ['circle', 'square', 'triangle', 'star', 'ring', 'cross'] as const;
export const COLOURS = ['red', 'orange', 'yellow', 'green', 'blue', 'purple', 'white'] as const;
export const TEXTURES = ['plain', 'striped', 'dotted', 'checked'] as const;
export const SIZES = ['small', 'large'] as const;
export const BACKGROUNDS = [
  'sky',
  'grass',
  'brick',
  'sand',
  'night',
  'sea',
  'wood',
  'paper',
] as const;

export type Shape = (typeof SHAPES)[number];
export type Colour = (typeof COLOURS)[number];
export type Texture = (typeof TEXTURES)[number];
export type Size = (typeof SIZES)[number];
export type Background = (typeof BACKGROUNDS)[number];

/** Pixels a side of every image of the world. */
export const WORLD_SIZE = 64;
