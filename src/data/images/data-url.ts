// Pictures inside an address.

/** Bytes that become characters at a time: arguments of one call are few. */
const PIECE = 2 ** 15;

/** Write bytes of a media type as a data URL; in browsers, too. */
export function dataUrl(type: string, bytes: Uint8Array): string {
  let characters = '';
  for (let at = 0; at < bytes.length; at += PIECE)
    characters += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return `data:${type};base64,${btoa(characters)}`;
}
