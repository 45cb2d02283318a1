/** What a shell reports of a program that SIGPIPE ended, which Node ignores. */
const closedPipe = 128 + 13;

/** Ends this program without a word once whoever reads its output has gone, as `head` does: other tools end so, too. */
export function endOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(closedPipe);
    });
  }
}
