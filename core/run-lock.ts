/** A hold on the Golem daemon's data, which one run at a time may have. It ends by itself unless it is renewed. */
export interface RunLock {
  /**
   * Takes the lock, or renews it, until `until` (ms since 1970). False, and no change, while another owner's hold lasts.
   * @param owner a token that only this run knows
   */
  hold(owner: string, now: number, until: number): Promise<boolean>;
  /** Lets the next one have it at once. No error when it is not this owner's. */
  release(owner: string): Promise<void>;
}
