// Data that arrives later.
import { useEffect, useState } from 'react';

/** What has become of data that was asked for. */
export type Loaded<T> =
  | { readonly value: T; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: string }
  | undefined;

/** Load once for each `key`; undefined while it is under way. What belongs to an earlier key is never given. */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ key: string; loaded: Loaded<T> }>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says what is loaded
  useEffect(() => {
    let isCurrent = true;
    load().then(
      (value) => isCurrent && setState({ key, loaded: { value } }),
      (error: Error) => isCurrent && setState({ key, loaded: { error: error.message } }),
    );
    return () => {
      isCurrent = false;
    };
  }, [key]);
  return state?.key === key ? state.loaded : undefined;
}
