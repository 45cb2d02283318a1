import type { Prediction } from '../core/predictions.ts';
import { printable } from '../core/printable.ts';
import { type Output, printLine } from './io.ts';

const barWidth = 32;
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Formats classes with their probabilities as bars; the longest label sets the column. */
export function bars(predictions: readonly Prediction[]): string[] {
  const width = Math.max(...predictions.map(([, label]) => label.length));
  return predictions.map(([, label, score]) => {
    const percent = `${(score * 100).toFixed(1)} %`;
    return `${label.replaceAll('_', ' ').padEnd(width)}  ${percent.padStart(7)}  ${bar(score)}`;
  });
}

function bar(score: number): string {
  const length = Math.round(Math.min(Math.max(score, 0), 1) * barWidth * 8);
  return '█'.repeat(Math.floor(length / 8)) + (eighths[length % 8] ?? '');
}

/** Progress: one line that is rewritten in a terminal, one line per change in a log. */
export class LiveLine {
  readonly #out: Output;
  #shown = '';

  constructor(out: Output) {
    this.#out = out;
  }

  /** @param detail what changes often; shown only in a terminal */
  show(text: string, detail = ''): void {
    if (this.#out.isTTY) {
      this.#out.write(`\r\x1b[2K${printable(text + detail)}`.slice(0, (this.#out.columns ?? 80) + 5));
    } else if (text !== this.#shown) {
      printLine(this.#out, text);
    }
    this.#shown = text;
  }

  /** Removes the line, so that other output can follow. */
  end(): void {
    if (this.#out.isTTY && this.#shown) this.#out.write('\r\x1b[2K');
    this.#shown = '';
  }
}
