import { http } from './http/http.ts';
import { lambdaLog } from './http/request-log.ts';
import type { HttpFunction, Log } from './http/types.ts';

// Lambda's init phase loads the modules, the AWS SDK among them. What needs the environment is made at the first call, so
// that a module can be loaded without one, and a variable that is missing is reported like any other failure.

/** Returns a handler that `build` makes at the first call. While `build` throws, calls fail, and the next one tries again. */
export function atFirstCall<Args extends unknown[], Result>(
  build: (log: Log) => (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  const log = lambdaLog();
  let handler: ReturnType<typeof build> | undefined;
  return async (...args) => {
    handler ??= build(log);
    return handler(...args);
  };
}

/** Returns a route's handler, likewise. While `build` throws, that is logged, and callers get 500. */
export function routeAtFirstCall(build: (log: Log) => HttpFunction): HttpFunction {
  const log = lambdaLog();
  let handler: HttpFunction | undefined;
  return async (event, context) => {
    try {
      handler ??= build(log);
    } catch (error) {
      return failing(error, log)(event, context);
    }
    return handler(event, context);
  };
}

function failing(error: unknown, log: Log): HttpFunction {
  return http('any', log, () => {
    throw error;
  });
}
