import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'vitest';

const bin = path.join(import.meta.dirname, '..', '..', '.venv', 'bin');

/** A command that test/cloud/requirements.txt installs. */
export const pythonTool = (name: string): string => path.join(bin, name);

/** Defines suites where the command is there; elsewhere says why they are skipped. */
export function withPythonTool(name: string, suites: (command: string) => void): void {
  const command = pythonTool(name);
  if (existsSync(command)) {
    suites(command);
  } else {
    describe.skip(`skipped, because there is no ${name} in .venv: see test/cloud/requirements.txt`, () => {
      it(name, () => {});
    });
  }
}
