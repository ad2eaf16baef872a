// Numbers, shares, sizes, durations and paragraphs as people read them.

/** Write a count for people: `12`, `3.4`, `1,234,567`. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) < 10 && !Number.isInteger(value)) return value.toFixed(1);
  return Math.round(value).toLocaleString('en-US');
}

/** Write a count with its noun: `1 coder`, `2,000 coders`. */
export function counted(count: number, noun: string, plural: string = `${noun}s`): string {
  return `${number(count)} ${count === 1 ? noun : plural}`;
}

/** Write milliseconds for people: `0.4s`, `42s`, `3m10s`, `2h05m`. */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)}s`;
  if (seconds < 100) return `${Math.round(seconds)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 100) return `${minutes}m${pad(Math.floor(seconds % 60))}s`;
  return `${Math.floor(minutes / 60)}h${pad(minutes % 60)}m`;
}

/** Write a size for people: `3.2 GB`. */
export function bytes(count: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** Write a number with four digits that count. */
export function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Write a measured number with three digits that count; above 999 all that stand before the point: `0.0123`, `1,020`. */
export function significant(value: number): string {
  const size = Math.abs(value);
  return size >= 999.5 && size < 1e9 ? number(value) : value.toPrecision(3);
}

/** Write a share of one in percent: `12.3%`. */
export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)}%`;
}

/** Write a number with its sign, `+0.123` or `−4.56`; `write` writes its size. */
export function signed(
  value: number,
  write: (size: number) => string = (size) => size.toPrecision(3),
): string {
  return `${value < 0 ? '−' : '+'}${write(Math.abs(value))}`;
}

/** Break a text into lines of at most `columns`, each indented. */
export function wrap(text: string, columns: number, indent: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((each) => ' '.repeat(indent) + each);
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
