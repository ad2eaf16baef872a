// The content security policy of the page: its own scripts and styles by their hashes, nothing from elsewhere.
import { createHash } from 'node:crypto';

/** Make the policy of a page; `html` is the page with its data. */
export function contentPolicy(html: string): string {
  const hashes = (pattern: RegExp): string =>
    [...html.matchAll(pattern)].map(([, text]) => `'sha256-${hash(text!)}'`).join(' ');
  const scripts = hashes(/<script type="module"[^>]*>([\s\S]*?)<\/script>/g);
  const styles = hashes(/<style[^>]*>([\s\S]*?)<\/style>/g);
  return [
    "default-src 'none'",
    `script-src 'self' 'wasm-unsafe-eval' ${scripts}`,
    `style-src 'self' ${styles}`,
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
