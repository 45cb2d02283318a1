/** Lists of the daemon come in pages of some 100 kB; the rest is smaller. */
const maxAnswerBytes = 8 * 1024 * 1024;

/**
 * A `fetch` that does not read answers of more than so many bytes: the daemon's answers hold what providers say, such as the
 * output of commands, and the SDK reads them whole. Such an answer breaks off with an error.
 */
export function boundedFetch(inner: typeof fetch, most = maxAnswerBytes): typeof fetch {
  return async (...request) => {
    const response = await inner(...request);
    if (!response.body) return response;
    let left = most;
    const counting = new TransformStream<Uint8Array, Uint8Array>({
      transform(bytes, controller) {
        left -= bytes.length;
        if (left >= 0) controller.enqueue(bytes);
        else controller.error(new Error(`An answer of more than ${most} bytes is not read.`));
      },
    });
    return new Response(response.body.pipeThrough(counting), response);
  };
}
