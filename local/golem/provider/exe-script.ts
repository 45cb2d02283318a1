import * as v from 'valibot';
import { BadScript } from './errors.ts';

/**
 * One command of a script. yagna knows `sign` and `terminate` too, which the SDK never sends. `env` of a run is missing because
 * yagna ignores it.
 */
export type Command =
  | { readonly kind: 'deploy' | 'start' }
  | { readonly kind: 'run'; readonly entryPoint: string; readonly args: readonly string[] }
  | { readonly kind: 'transfer'; readonly from: string; readonly to: string };

const Run = v.object({ entry_point: v.string(), args: v.optional(v.array(v.string()), []) });
const Transfer = v.object({ from: v.string(), to: v.string() });
const Script = v.pipe(
  v.array(
    v.union([
      v.strictObject({ deploy: v.looseObject({}) }),
      v.strictObject({ start: v.looseObject({}) }),
      v.strictObject({ run: Run }),
      v.strictObject({ transfer: Transfer }),
    ]),
  ),
  v.minLength(1),
);

/**
 * Reads the JSON text of an exec call.
 * @throws BadScript
 */
export function parseScript(text: string): Command[] {
  const script = v.safeParse(Script, tryJson(text));
  if (!script.success) throw new BadScript('text must be a JSON array of commands: deploy, start, run, transfer');
  return script.output.map((command): Command => {
    if ('run' in command) return { kind: 'run', entryPoint: command.run.entry_point, args: command.run.args };
    if ('transfer' in command) return { kind: 'transfer', ...command.transfer };
    return { kind: 'deploy' in command ? 'deploy' : 'start' };
  });
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
