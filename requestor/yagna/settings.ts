/** What the daemon's container needs from its environment; the daemon itself reads the same one. */
export interface DaemonSettings {
  readonly network: string;
  /** Of the daemon's API. */
  readonly apiUrl: string;
  readonly appKey: string;
  readonly datadir: string;
}

/** @throws Error that names the variable */
export function daemonSettings(env: NodeJS.ProcessEnv): DaemonSettings {
  return {
    network: required(env, 'PAYMENT_NETWORK'),
    apiUrl: required(env, 'YAGNA_API_URL'),
    appKey: required(env, 'YAGNA_AUTOCONF_APPKEY'),
    datadir: required(env, 'YAGNA_DATADIR'),
  };
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`The environment variable ${name} is not set.`);
  return value;
}
