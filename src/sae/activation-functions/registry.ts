// Every activation function, one line each.
import type { z } from 'zod';
import { batchtopk } from './batchtopk.ts';
import { gated } from './gated.ts';
import { jumprelu } from './jumprelu.ts';
import { relu } from './relu.ts';
import { topk } from './topk.ts';

/** Activation functions that coders may have; those with a training half can be trained, in this order of choice. */
export const ACTIVATION_FUNCTIONS = [relu, jumprelu, topk, batchtopk, gated] as const;

type One = (typeof ACTIVATION_FUNCTIONS)[number];
type Trainable = Extract<One, { schema: unknown }>;

/** How pre-activations become codes, as the config of a coder says it. */
export type Activation = Readonly<z.output<One['saved']>>;

/** An activation function to train with: its `kind` and its settings. */
export type ActivationChoice = Readonly<z.output<Trainable['schema']>>;
