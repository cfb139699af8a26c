// All rows of a question, however many: the Query API gives a thousand of them at a time.
import type { Answer, Answers, Query } from './query';

/** Rows of a query. */
export const MOST_ROWS = 1_000;
/** Queries of a call: they are answered on one state of the site. */
const QUERIES = 20;

/** The answer with every row. Up to 20,000 of them are of one moment. Throws what the server said against the question. */
export async function everyRow(ask: (queries: Query[]) => Promise<Answers>, query: Query): Promise<Answer> {
  const part = (i: number) => ({ ...query, id: `part-${i}`, limit: MOST_ROWS, offset: i * MOST_ROWS });
  const get = async (from: number, to: number): Promise<Answer[]> => {
    const asked = Array.from({ length: to - from }, (_, i) => part(from + i));
    const answers = await ask(asked);
    return asked.map(({ id }) => {
      const answer = answers[id];
      if (!answer || answer.error) throw new Error(answer?.error ?? 'No answer');
      return answer;
    });
  };
  const [first] = (await get(0, 1)) as [Answer];
  const pages = Math.ceil(first.rows / MOST_ROWS);
  if (pages <= 1) return first;
  const all: Answer[] = [];
  for (let from = 0; from < pages; from += QUERIES) all.push(...(await get(from, Math.min(pages, from + QUERIES))));
  return { ...first, results: all.flatMap(({ results }) => results) };
}
