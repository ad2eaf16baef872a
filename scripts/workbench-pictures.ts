// The pictures of docs/workbench.md, taken in a browser without a window.
//
//   npx saev demo && npx saev demo language && npx saev semseg train --imgs.root demo-out/world/ade20k --vit-family world --learning-rate 1e-2 --ckpt-path heads
//   npx tsx scripts/workbench-pictures.ts demo-out heads --image 77 --latent 114
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { writeFileAtomic } from '../src/base/files.ts';
import type { Catalogue } from '../src/pages/catalogue.ts';
import { ServeConfig } from '../src/server/config.ts';
import { serve } from '../src/server/serve.ts';
import { startBrowser } from '../test/helpers/browser.ts';

const { values: options, positionals: folders } = parseArgs({
  allowPositionals: true,
  options: {
    /** Number of the image that is asked and edited, and of the latent that is shown and turned. */
    image: { type: 'string', default: '77' },
    latent: { type: 'string', default: '114' },
    /** How far it is turned, in times its largest value. */
    times: { type: 'string', default: '-0.5' },
    /** The patches in which it is turned: those of the circle. */
    where: {
      type: 'string',
      default: '27,28,29,34,35,36,37,42,43,44,45,46,50,51,52,53,54,58,59,60,61',
    },
    to: { type: 'string', default: 'docs/images' },
    only: { type: 'string' },
  },
});
if (folders.length === 0) {
  console.error(
    'usage: workbench-pictures.ts FOLDERS… [--image N] [--latent N] [--times N] [--to FOLDER] [--only NAME]',
  );
  process.exit(2);
}

/** What is taken: where it is, and what tells that it is all there. */
function pictures({ features, circuits, models }: Catalogue) {
  const page = features.find(({ modality, fault }) => modality === 'image' && fault === undefined);
  const circuit = circuits.find(({ fault }) => fault === undefined);
  if (page === undefined || circuit === undefined)
    throw new Error('the folders hold no page of features of images, or no circuit');
  const { image, latent, times, where } = options;
  // The run of the page first, then another of the same model.
  const { model } = models.find(({ id }) => id === page.run)!;
  const alike = models.filter((each) => each.model === model).map(({ id }) => id);
  const asked = [page.run!, ...alike.filter((id) => id !== page.run)].slice(0, 2);
  const question = asked.map((id) => `model=${id}`).join('&');
  return [
    {
      name: 'runs',
      hash: `#/runs?model=${model}&sel=${alike.join()}`,
      until: 'svg circle, svg path',
    },
    {
      name: 'features',
      hash: `#/features/${page.id}?view=map&freq=-2,0`,
      until: 'canvas',
    },
    {
      name: 'ask',
      hash: `#/ask?kind=image&${question}&from=${page.id}:${image}&latents=${latent}`,
      until: 'section img',
    },
    {
      name: 'edit',
      hash: `#/edit/${page.run}?example=${image}&set=${latent}:${times}&where=${where}`,
      until: 'section img, section canvas',
    },
    { name: 'circuits', hash: `#/circuits/${circuit.id}`, until: 'svg' },
  ];
}

const serving = await serve(ServeConfig.parse({ folders, port: 0 }));
const browser = await startBrowser();
try {
  const catalogue = await fetch(new URL('data/catalogue.json', serving.url));
  for (const { name, hash, until } of pictures((await catalogue.json()) as Catalogue)) {
    if (options.only !== undefined && options.only !== name) continue;
    const tab = await browser.newPage({
      viewport: { width: 1440, height: 900 },
      colorScheme: 'light',
    });
    await tab.goto(serving.url + hash);
    await tab.waitForSelector(until);
    await tab.waitForTimeout(3000);
    const picture = await tab.screenshot();
    const file = join(options.to, `workbench-${name}.png`);
    await writeFileAtomic(
      file,
      await sharp(picture).png({ palette: true, quality: 90 }).toBuffer(),
    );
    await tab.close();
  }
} finally {
  await browser.close();
  await serving.close();
}
