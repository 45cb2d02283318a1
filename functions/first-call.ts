// Lambda's init phase loads the modules, the AWS SDK among them. What needs the environment is made at the first call, so
// that a module can be loaded without one, and a variable that is missing is reported like any other failure.

/** Returns a handler that `build` makes at the first call. While `build` throws, calls fail, and the next one tries again. */
export function atFirstCall<Args extends unknown[], Result>(
  build: () => (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  let handler: ReturnType<typeof build> | undefined;
  return async (...args) => {
    handler ??= build();
    return handler(...args);
  };
}
