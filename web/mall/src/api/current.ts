export interface Current {
  /** Something this device shows has been changed by it. */
  changed: () => void;
  /** Ask, and ask again if something changed meanwhile: an answer may have been on its way before the change was made. */
  of: <T>(ask: () => Promise<T>) => Promise<T>;
}

/** Keeps readings of what this device also changes from undoing on the page what was done while they were on their way. */
export function current(): Current {
  let changes = 0;
  const of = async <T>(ask: () => Promise<T>): Promise<T> => {
    const before = changes;
    const answer = await ask();
    return before === changes ? answer : of(ask);
  };
  return { changed: () => void (changes += 1), of };
}
