import { ThemeButton } from '../shared/controls/theme-button.tsx';
import { mountPage } from '../shared/page.tsx';
import { openSource } from '../shared/page-source.ts';
import { RunsView } from './runs-view.tsx';

mountPage(() => ({
  title: 'saev – runs',
  page: (
    <RunsView source={openSource()}>
      <ThemeButton />
    </RunsView>
  ),
}));
