/** A line that a function (its source file) or a container (its name) wrote, or that the local cloud says about it. */
export type OnLine = (source: string, line: string) => void;
