import { afterEach } from 'vitest';
import { type Golem, type GolemOptions, startGolem } from '../../local/golem/index.ts';
import { HandRequestor } from './hand-requestor.ts';
import { ManualClock } from './manual-clock.ts';

const started: Golem[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((golem) => golem.close()));
});

/** A stand-in for one test, closed when the test ends, however it ends. */
export async function golemFor(options: Partial<GolemOptions> = {}): Promise<Golem> {
  const golem = await startGolem({ providers: 1, anyImage: true, ...options });
  started.push(golem);
  return golem;
}

/** The same with a clock that stands still, and a requestor that lives by it. */
export async function golemAtRest(options: Partial<GolemOptions> = {}) {
  const clock = new ManualClock();
  const golem = await golemFor({ clock, ...options });
  return { clock, golem, requestor: new HandRequestor(golem, clock.now()) };
}
