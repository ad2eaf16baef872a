import { expect, test } from 'vitest';
import { z } from 'zod';
import { circuitsSchema } from './config.ts';
import type { CircuitGraph } from './graph/graph.ts';
import { type CircuitWorld, circuitMethod } from './method.ts';
import { CIRCUIT_METHODS, methodNamed } from './methods.ts';

const nearest = circuitMethod({
  name: 'nearest',
  gives: 'the features that are nearest',
  fields: { nNearest: z.int().min(1).default(3).describe('Features that are named.') },
  trace: async ({ names }, { nNearest }) => ({
    graph: { prompt: names.prompt, nLayers: nNearest } as CircuitGraph,
  }),
});
const methods = [...CIRCUIT_METHODS, nearest] as const;

test('a method of a list is a value of mode, and brings its settings', async () => {
  const schema = circuitsSchema(methods);
  const config = schema.parse({ prompt: 'a', transcoders: ['t'], mode: 'nearest', nNearest: 7 });
  expect(config).toMatchObject({ mode: 'nearest', nNearest: 7, maxNodes: 512, iterations: 2 });
  expect(schema.shape.mode.description).toBe(
    'The whole graph, or the strongest paths as transcoder-circuits finds them, or the features that are nearest.',
  );
  const world = { names: { prompt: 'a' } } as CircuitWorld;
  const found = await methodNamed(methods, config.mode).trace(world, config);
  expect(found.graph).toMatchObject({ prompt: 'a', nLayers: 7 });
});

test('the usual method is the first of the list', () => {
  const usual = { prompt: 'a', transcoders: ['t'] };
  expect(circuitsSchema(CIRCUIT_METHODS).parse(usual).mode).toBe('exact');
  expect(circuitsSchema([nearest, ...CIRCUIT_METHODS]).parse(usual).mode).toBe('nearest');
});

test('a name that no method has is a mistake of the program', () => {
  expect(() => methodNamed(CIRCUIT_METHODS, 'other')).toThrow(RangeError);
});
