/** A running service of the local cloud. */
export interface Service {
  readonly url: string;
  close(): Promise<void>;
}
