import { expect, it } from 'vitest';
import { buildModel } from '../compute/onnx/model.ts';
import { cutIntoStages } from '../compute/onnx/stages.ts';
import { languageGraph } from './language/graph/language.ts';
import { readLanguageModel } from './language/read-model.ts';
import { resolveLanguageModel } from './language/resolve.ts';
import { packLanguage, packVision, unpackLanguage, unpackVision } from './portable.ts';
import { readVisionModel } from './vision/open.ts';
import { visionGraph } from './vision/vision-graph.ts';

const overJson = <T>(value: T): T => JSON.parse(JSON.stringify(value));

it('builds the same graph of a vision transformer', async () => {
  const { parts } = await readVisionModel('world-vit');
  const back = unpackVision(overJson(packVision(parts, (range) => range)));
  const model = (of: typeof parts): Uint8Array => {
    const graph = visionGraph(of);
    const [hook, output] = ['blocks.2.hook_resid_post', 'output'];
    const { bytes } = buildModel(new Map([hook, output].map((name) => [name, graph.get(name)!])));
    return bytes;
  };
  expect(Buffer.compare(model(back), model(parts))).toBe(0);
});

it.each([true, false])(
  'builds the same stages of a language model (processed: %s)',
  async (processing) => {
    const { parts, onClose } = await readLanguageModel(await resolveLanguageModel('world-gpt2'), {
      processing,
    });
    await onClose();
    const back = unpackLanguage(overJson(packLanguage(parts, (range) => range)));
    const stages = (of: typeof parts): Uint8Array[] => {
      const graph = languageGraph(of);
      const pick = (...names: string[]) => new Map(names.map((name) => [name, graph.get(name)!]));
      const models = cutIntoStages(pick('logits', 'loss'), pick('blocks.1.hook_mlp_out'));
      return models.map(({ bytes }) => bytes);
    };
    const [ours, theirs] = [stages(back), stages(parts)];
    expect(ours).toHaveLength(2);
    expect(ours.map((bytes, i) => Buffer.compare(bytes, theirs[i]!))).toEqual([0, 0]);
  },
);
