/** Something outside of mlg is not as it should be; the message says what in one line, and is all a user needs. */
export class ZooError extends Error {
  override readonly name: string = 'ZooError';
}

/** The command line was wrong. */
export class UsageError extends ZooError {
  override readonly name = 'UsageError';
}

/** The file could not be fetched. What has arrived stays, and the next try goes on from there. */
export class DownloadError extends ZooError {
  override readonly name = 'DownloadError';
}

/** The weight file is not what it should be; nothing is made of it. The message names the place. */
export class WeightFileError extends ZooError {
  override readonly name = 'WeightFileError';
}
