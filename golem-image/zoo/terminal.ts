/** Where the program writes: results as lines, progress on a line of its own that is drawn over and over. */
export interface Terminal {
  line(text: string): void;
  /** Why it did not work. */
  complaint(text: string): void;
  /** @param share between 0 and 1; undefined while the size is unknown. */
  progress(label: string, share: number | undefined, detail: string): void;
}

const barWidth = 30;

/** Lines go to `out`. Progress goes to `err`, and only if that is a terminal. */
export function terminalOn(out: NodeJS.WriteStream, err: NodeJS.WriteStream): Terminal {
  let drawn = false;
  const clear = () => {
    if (drawn) err.write('\r\x1b[K');
    drawn = false;
  };
  return {
    line(text) {
      clear();
      out.write(`${text}\n`);
    },
    complaint(text) {
      clear();
      err.write(`${text}\n`);
    },
    progress(label, share, detail) {
      if (!err.isTTY) return;
      drawn = true;
      err.write(`\r\x1b[K${label} ${share === undefined ? '' : bar(share)} ${detail}`);
    },
  };
}

/** `[######------]  50 %` */
export function bar(share: number): string {
  const full = Math.round(barWidth * share);
  return `[${'#'.repeat(full)}${'-'.repeat(barWidth - full)}] ${String(Math.floor(100 * share)).padStart(3)} %`;
}
