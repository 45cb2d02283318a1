import type { RunSummary } from '../requestor/summary.ts';

/** The summary in a line that the requestor printed, if it is one. */
export function runSummary(line: string): RunSummary | undefined {
  return line.includes('"message":"run ended"') ? (JSON.parse(line) as RunSummary) : undefined;
}
