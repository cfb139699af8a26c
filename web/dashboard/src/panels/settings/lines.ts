// Lists in a text field, one entry a line. Pure.

/** The entries of a text field: trimmed, without empty ones and repetitions. */
export function entries(text: string): string[] {
  return [...new Set(text.split('\n').map((line) => line.trim()))].filter((line) => line !== '');
}

/** "3 of 100" beside a list that has a limit. */
export function used(list: readonly unknown[], limit: number): string {
  return `One a line; ${list.length} of ${limit}.`;
}
