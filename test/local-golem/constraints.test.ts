import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConstraints, satisfies } from '../../local/golem/stand-in/daemon/constraints.ts';
import { DaemonError } from '../../local/golem/stand-in/daemon/errors.ts';

const offer = {
  'golem.runtime.name': 'vm',
  'golem.runtime.capabilities': ['inet', 'vpn'],
  'golem.inf.mem.gib': 16,
  'golem.node.net.is-public': false,
  'golem.com.scheme.payu.payment-timeout-sec?': 120,
  'golem.com.payment.protocol.version': '3',
};

const meets = (constraints: string) => satisfies(offer, parseConstraints(constraints));

describe('constraints', () => {
  it.each([
    '(golem.runtime.name=vm)',
    '(&(golem.runtime.name=vm)\n\t(golem.inf.mem.gib>=2))',
    '(golem.inf.mem.gib>=16)',
    '(golem.inf.mem.gib<=16.0)',
    '(golem.inf.mem.gib=16.000)',
    '(golem.inf.mem.gib>9)',
    '(golem.runtime.capabilities=vpn)',
    '(golem.runtime.name=*)',
    '(golem.node.net.is-public=false)',
    '(golem.com.scheme.payu.payment-timeout-sec?<121)',
    '(golem.com.payment.protocol.version>1)',
    '( golem.runtime.name = vm )',
    '(&)',
    '()',
  ])('are met: %s', (constraints) => expect(meets(constraints)).toBe(true));

  it.each([
    '(golem.runtime.name=wasmtime)',
    '(golem.inf.mem.gib>16)',
    '(golem.inf.mem.gib<9)',
    '(golem.inf.mem.gib>=lots)',
    '(golem.runtime.capabilities=gpu)',
    '(golem.runtime.capabilities>=a)',
    '(golem.missing=*)',
    '(golem.missing<=1)',
    '(constructor=*)',
    '(__proto__=*)',
    '(&(golem.runtime.name=vm)(golem.inf.mem.gib>=17))',
  ])('are not met: %s', (constraints) => expect(meets(constraints)).toBe(false));

  it.each(['(|(a=b)(c=d))', '(&(a=b)(|(c=d)(e=f)))', '(!(a=b))', 'a=b', '(a)', '(=b)', '(&(a=b)c)', '(&(a=b)'])(
    'are refused, not misread: %s',
    (constraints) => expect(() => parseConstraints(constraints)).toThrow(DaemonError),
  );

  it('compare numbers by size whatever their digits', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    const sides = { '=': (a: number, b: number) => a === b, '>=': (a: number, b: number) => a >= b } as const;
    fc.assert(
      fc.property(number, number, (have, want) => {
        for (const [operator, holds] of Object.entries(sides)) {
          const constraints = parseConstraints(`(&(key${operator}${want}))`);
          expect(satisfies({ key: have }, constraints)).toBe(holds(have, want));
        }
        // Of below, equal and above, exactly one.
        const one = ['<', '=', '>'].filter((op) => satisfies({ key: have }, parseConstraints(`(key${op}${want})`)));
        expect(one).toHaveLength(1);
      }),
    );
  });

  it('hold together exactly when each holds alone', () => {
    const one = fc.tuple(
      fc.constantFrom('a', 'b', 'c'),
      fc.constantFrom('=', '>=', '<=', '<', '>'),
      fc.integer({ min: 0, max: 4 }),
    );
    const properties = fc.record({ a: fc.integer({ min: 0, max: 4 }), b: fc.integer({ min: 0, max: 4 }) });
    fc.assert(
      fc.property(fc.array(one), properties, (list, have) => {
        const texts = list.map((parts) => `(${parts.join('')})`);
        const each = texts.every((text) => satisfies(have, parseConstraints(text)));
        expect(satisfies(have, parseConstraints(`(&${texts.join('\n\t')})`))).toBe(each);
      }),
    );
  });

  it('of any text are read or refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'(&|!)=<>*a1 \n') })), (text) => {
        try {
          expect(satisfies(offer, parseConstraints(text))).toBeTypeOf('boolean');
        } catch (error) {
          expect(error).toBeInstanceOf(DaemonError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
