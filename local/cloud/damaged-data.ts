/** Data of an earlier run that cannot be read. The message says where they are and what can be done. */
export class DamagedData extends Error {
  override readonly name = 'DamagedData';

  /** @param what such as `The tables`, which are kept at `path` */
  constructor(what: string, path: string, cause: unknown) {
    super(
      `${what} in ${path} cannot be read (${reasonOf(cause)}). If they are damaged, put back a copy, or move them away to ` +
        `start without them:\n  mv '${path}' '${path}.damaged'`,
      { cause },
    );
  }
}

/** What the last cause says, on one line: those before it say only that something could not be opened. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [line = ''] = error.message.split('\n');
  return error.cause instanceof Error ? reasonOf(error.cause) : line;
}
