import { type ExitCode, exitCodes } from './errors.ts';
import { type Io, printLine } from './io.ts';
import type { CommonOptions } from './options.ts';
import { type ListedModel, Service } from './service.ts';

/** `mlg models`: lists the networks, and which are available. */
export async function models({ url, json }: CommonOptions, io: Io): Promise<ExitCode> {
  const listed = await new Service(url, io).models();
  const lines = json ? listed.map((model) => JSON.stringify(model)) : table(listed);
  for (const line of lines) printLine(io.out, line);
  return exitCodes.done;
}

const header = ['model', 'parameters', 'input', 'top 1', 'top 5', ''];

function table(listed: readonly ListedModel[]): string[] {
  const rows = listed.map((model) => [
    model.id,
    `${(model.parameters / 1e6).toFixed(1)} M`,
    `${model.input_size}`,
    `${model.top1.toFixed(1)} %`,
    `${model.top5.toFixed(1)} %`,
    model.available ? 'available' : 'not installed',
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)));
  const aligned = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 || i === 5 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)));
  return [header, ...rows].map((row) => aligned(row).join('  ').trimEnd());
}
