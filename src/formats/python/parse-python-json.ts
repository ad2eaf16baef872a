// Reading JSON as Python writes it, which may hold NaN, Infinity and -Infinity.

/** A text of JSON, or one of the three numbers that only Python writes. */
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/**
 * Parse JSON. The numbers that JSON does not have come as their names: `'NaN'`, `'Infinity'`, `'-Infinity'`, so that a
 * schema that asks for a number refuses them.
 * @throws {SyntaxError} for what is not JSON otherwise either
 */
export function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const named = text.replace(TEXT_OR_NUMBER, (part) =>
      part.startsWith('"') ? part : `"${part}"`,
    );
    if (named === text) throw error;
    return JSON.parse(named);
  }
}
