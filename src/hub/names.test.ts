import { expect, test } from 'vitest';
import { hubPlacesOf, hubRepoNamed } from './names.ts';

const placesOf = (text: string): string[] =>
  hubPlacesOf(text, 'model').map(({ repo, path }) =>
    [repo.name, repo.revision ?? 'main', path].join(' | '),
  );

test.each([
  ['hf-hub:org/net', ['org/net | main | ']],
  ['org/net', ['org/net | main | ']],
  ['hf-hub:gpt2', ['gpt2 | main | ']],
  ['hf-hub:org/net/layer 8/', ['org/net | main | layer 8']],
  ['hf-hub:org/net:a/b.pt', ['org/net | main | a/b.pt']],
  ['hf-hub:org/net@v1', ['org/net | v1 | ']],
  ['hf-hub:org/net@v1/x', ['org/net | v1 | x', 'org/net | v1/x | ']],
  ['hf-hub:org/net@a/b:x/y', ['org/net | a/b | x/y']],
  [
    'hf-hub:org/net@refs/pr/3/x',
    [
      'org/net | refs/pr/3 | x',
      'org/net | refs | pr/3/x',
      'org/net | refs/pr | 3/x',
      'org/net | refs/pr/3/x | ',
    ],
  ],
  ['hf-hub:org/net@refs%2Fpr%2F3/x', ['org/net | refs/pr/3 | x', 'org/net | refs/pr/3/x | ']],
])('%s may mean %j', (text, places) => {
  expect(placesOf(text)).toEqual(places);
});

test('where a whole repository is meant, what follows @ is its revision', () => {
  expect(hubRepoNamed('hf-hub:org/net@refs/pr/3', 'dataset')).toEqual({
    type: 'dataset',
    name: 'org/net',
    revision: 'refs/pr/3',
  });
  expect(() => hubRepoNamed('hf-hub:org/net/part', 'model')).toThrow('is a part of a hub repo');
});

test.each(['hf-hub:', 'hf-hub:/x', 'hf-hub:a--b/c', 'hf-hub:org/net@', 'hf-hub:org/net@a..b'])(
  '%s means nothing',
  (text) => {
    expect(() => hubPlacesOf(text, 'model')).toThrow(/^invalid /);
  },
);
