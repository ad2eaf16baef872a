// The JSON of a request, read with a limit before anything is parsed.
import { UserError } from '../../base/errors.ts';
import { number } from '../../base/text.ts';
import { Refusal } from './refusal.ts';

/** Bytes of all bodies that may be on their way at a time. */
const MOST_TOGETHER = 2 ** 28;

/** Reads bodies. */
export interface BodyReader {
  /**
   * Read the JSON of a request.
   * @throws {Refusal} for another type, a body above `maxBytes`, or too many at a time; {UserError} when it is not JSON
   */
  json(request: Request, maxBytes: number): Promise<unknown>;
}

/** Make a reader; its requests share the memory that bodies may take. */
export function bodyReader(mostTogether: number = MOST_TOGETHER): BodyReader {
  let together = 0;
  return {
    async json(request, maxBytes) {
      const type = (request.headers.get('content-type') ?? '').split(';', 1)[0]!.trim();
      if (type.toLowerCase() !== 'application/json') {
        throw new Refusal(415, 'invalid request: it takes JSON, with the type application/json');
      }
      const encoding = request.headers.get('content-encoding') ?? 'identity';
      if (encoding !== 'identity')
        throw new Refusal(415, 'invalid request: its body must not be compressed');
      const said = Number(request.headers.get('content-length') ?? 0);
      if (said > maxBytes) throw tooLarge(maxBytes);
      let held = 0;
      const parts: Uint8Array[] = [];
      try {
        for await (const part of request.body ?? []) {
          held += part.byteLength;
          together += part.byteLength;
          if (held > maxBytes) throw tooLarge(maxBytes);
          if (together > mostTogether)
            throw new Refusal(503, 'too much is being sent at once: try again in a moment');
          parts.push(part);
        }
        return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts)));
      } catch (error) {
        if (error instanceof UserError) throw error;
        throw new UserError('invalid request: its body is not JSON, or was cut short');
      } finally {
        together -= held;
      }
    },
  };
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(413, `too large: at most ${number(maxBytes)} bytes may be sent here`, {
    hint: 'send less, or start saev serve with a higher --max-upload',
  });
}
