import {
  SCORE_ISLAND,
  SCORE_PAGE_VERSION,
  type ScoreIsland,
} from '../../../src/pages/score-page.ts';
import { takeIsland } from '../shared/islands.ts';
import { mountPage } from '../shared/page.tsx';
import { App } from './app.tsx';

mountPage(() => {
  const island = takeIsland<ScoreIsland>(SCORE_ISLAND);
  if (island === undefined) throw new Error('This page holds no scores.');
  if (island.version !== SCORE_PAGE_VERSION) {
    throw new Error(
      `This page reads scores of version ${SCORE_PAGE_VERSION}, not ${island.version}.`,
    );
  }
  return { title: `${island.title} – scores`, page: <App island={island} /> };
});
