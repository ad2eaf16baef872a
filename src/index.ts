// saev: find and explore the features inside vision and language transformers.

export * from './activations/index.ts';
export * from './analysis/index.ts';
export * from './backbones/index.ts';
export * from './base/index.ts';
export * from './circuits/index.ts';
export * from './compute/kernels/index.ts';
export * from './data/index.ts';
export * from './formats/index.ts';
export * from './hub/index.ts';
export * from './sae/index.ts';
export * from './training/index.ts';
export * from './visuals/index.ts';
