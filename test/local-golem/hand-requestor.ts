import type { Golem } from '../../local/golem/index.ts';

type Json = Record<string, unknown>;

interface ProposalEvent {
  readonly eventType: string;
  readonly reason?: { readonly message: string };
  readonly proposal?: { readonly proposalId: string; readonly state: string; readonly properties: Json };
}

export interface Result {
  readonly result: string;
  readonly stdout: string | null;
  readonly stderr: string | null;
  readonly message: string | null;
  readonly isBatchFinished: boolean;
}

const PLATFORM = 'erc20-hoodi-tglm';
const MARKET = '/market-api/v1';
const ACTIVITY = '/activity-api/v1/activity';

/** A requestor made by hand, one HTTP call at a time, for what the SDK would not do or would be slow to do. */
export class HandRequestor {
  readonly #golem: Pick<Golem, 'url' | 'appKey'>;
  readonly session = 'session-1';
  /** Where the demand's life ends, by the stand-in's clock. */
  expiration: number;
  image = `hash:sha3:${'a'.repeat(56)}:http://images.invalid/a.gvmi`;
  constraints = '(&(golem.runtime.name=vm))';
  /** Of its demands, beside those that all have. */
  properties: Json = {};

  constructor(golem: Pick<Golem, 'url' | 'appKey'>, now = Date.now()) {
    this.#golem = golem;
    this.expiration = now + 3_600_000;
  }

  async call(method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
    const response = await fetch(this.#golem.url + path, {
      method,
      headers: { Authorization: `Bearer ${this.#golem.appKey}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, json: text === '' ? undefined : JSON.parse(text) };
  }

  /** The same, for calls that must go well. */
  async get<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, json } = await this.call(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json)}`);
    return json as T;
  }

  terms(more: Json = {}) {
    const properties = {
      'golem.node.debug.subnet': 'public',
      'golem.srv.comp.expiration': this.expiration,
      'golem.srv.comp.task_package': this.image,
      'golem.com.payment.debit-notes.accept-timeout?': 120,
      ...this.properties,
      ...more,
    };
    return { properties, constraints: this.constraints };
  }

  demand(): Promise<string> {
    return this.get('POST', `${MARKET}/demands`, this.terms());
  }

  events(demand: string, timeout = 0): Promise<ProposalEvent[]> {
    return this.get('GET', `${MARKET}/demands/${demand}/events?timeout=${timeout}&maxEvents=100`);
  }

  counter(demand: string, proposal: string, more: Json = { 'golem.com.payment.chosen-platform': PLATFORM }) {
    return this.get<string>('POST', `${MARKET}/demands/${demand}/proposals/${proposal}`, this.terms(more));
  }

  /** Counters every initial proposal there is and gives the drafts that come back. */
  async drafts(demand: string): Promise<string[]> {
    for (const { proposal } of await this.events(demand)) {
      if (proposal?.state === 'Initial') await this.counter(demand, proposal.proposalId);
    }
    return (await this.events(demand)).flatMap(({ proposal }) =>
      proposal?.state === 'Draft' ? [proposal.proposalId] : [],
    );
  }

  createAgreement(draft: string, validTo = new Date(this.expiration).toISOString()): Promise<string> {
    return this.get('POST', `${MARKET}/agreements`, { proposalId: draft, validTo });
  }

  /** Confirms and waits; gives the status of the wait. */
  async sign(draft: string): Promise<{ agreement: string; status: number }> {
    const agreement = await this.createAgreement(draft);
    await this.get('POST', `${MARKET}/agreements/${agreement}/confirm?appSessionId=${this.session}`);
    return { agreement, status: (await this.call('POST', `${MARKET}/agreements/${agreement}/wait?timeout=5`)).status };
  }

  /** From nothing to an approved agreement with the first provider that answers. */
  async agreement(): Promise<string> {
    const [draft = ''] = await this.drafts(await this.demand());
    const { agreement, status } = await this.sign(draft);
    if (status !== 204) throw new Error(`the agreement was not approved: ${status}`);
    return agreement;
  }

  async agreementState(agreement: string): Promise<string> {
    return (await this.get<{ state: string }>('GET', `${MARKET}/agreements/${agreement}`)).state;
  }

  terminate(agreement: string) {
    return this.call('POST', `${MARKET}/agreements/${agreement}/terminate`, { message: 'Finished' });
  }

  async activity(agreement: string): Promise<string> {
    return (await this.get<{ activityId: string }>('POST', `${ACTIVITY}?timeout=5`, { agreementId: agreement }))
      .activityId;
  }

  /** A deployed and started activity under an agreement of its own. */
  async ready(): Promise<{ agreement: string; activity: string }> {
    const agreement = await this.agreement();
    const activity = await this.activity(agreement);
    await this.exec(activity, [{ deploy: {} }, { start: {} }]);
    return { agreement, activity };
  }

  begin(activity: string, commands: readonly Json[]): Promise<string> {
    return this.get('POST', `${ACTIVITY}/${activity}/exec`, { text: JSON.stringify(commands) });
  }

  results(activity: string, batch: string, timeout = 20): Promise<Result[]> {
    return this.get('GET', `${ACTIVITY}/${activity}/exec/${batch}?timeout=${timeout}`);
  }

  async exec(activity: string, commands: readonly Json[]): Promise<Result[]> {
    return this.results(activity, await this.begin(activity, commands));
  }

  shell(activity: string, line: string): Promise<Result[]> {
    return this.exec(activity, [sh(line)]);
  }
}

/** The command that the SDK makes of a shell line. */
export function sh(line: string): Json {
  return { run: { entry_point: '/bin/sh', args: ['-c', line], env: { IGNORED: 'yes' }, capture: {} } };
}
