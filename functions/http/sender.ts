import type { Event } from './types.ts';

/** Returns the id of the caller's API key, which the authorizer has checked; undefined where no key is wanted. */
export function senderOf({ requestContext }: Event): string | undefined {
  const { authorizer } = requestContext as {
    readonly authorizer?: { readonly lambda?: { readonly sender?: unknown } };
  };
  const sender = authorizer?.lambda?.sender;
  return typeof sender === 'string' ? sender : undefined;
}
