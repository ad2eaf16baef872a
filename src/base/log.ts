// Library code logs here and stays silent until a program configures a sink (the command line does).
import { configure, getLogger, type Logger, type LogLevel } from '@logtape/logtape';

export type { Logger, LogLevel };

/** Logger of one part of the product; `logger('train')` has the category `saev·train`. */
export function logger(part: string): Logger {
  return getLogger(['saev', part]);
}

/** Send log records at or above `level` to `write`, one line each: `12:03:44 train  message`. */
export async function configureLogging(
  level: LogLevel,
  write: (line: string) => void,
): Promise<void> {
  await configure({
    reset: true,
    sinks: {
      lines: (record) => {
        const time = new Date(record.timestamp).toTimeString().slice(0, 8);
        const text = record.message
          .map((part) => (typeof part === 'string' ? part : String(part)))
          .join('');
        const mark = record.level === 'info' || record.level === 'debug' ? '' : `${record.level}: `;
        write(`${time} ${(record.category[1] ?? 'saev').padEnd(11)} ${mark}${text}`);
      },
    },
    loggers: [
      { category: ['saev'], lowestLevel: level, sinks: ['lines'] },
      { category: ['logtape', 'meta'], lowestLevel: 'error', sinks: ['lines'] },
    ],
  });
}
