import * as v from 'valibot';
import type { Template } from './template.ts';

/** Whether one more request may pass now. */
export type Throttle = () => boolean;

const stage = v.object({
  DefaultRouteSettings: v.optional(
    v.object({ ThrottlingRateLimit: v.exactOptional(v.number()), ThrottlingBurstLimit: v.exactOptional(v.number()) }),
    {},
  ),
});

/** The stage's throttle: a bucket of `burst` tokens that fills at `rate` a second; each request takes one. */
export function stageThrottle(template: Template, clock: () => number): Throttle {
  const settings = template.resources('AWS::ApiGatewayV2::Stage', stage)[0]?.properties.DefaultRouteSettings;
  const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } = settings ?? {};
  if (rate === undefined || burst === undefined) return () => true;
  let tokens = burst;
  let filledAt = clock();
  return () => {
    const now = clock();
    tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * rate);
    filledAt = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
