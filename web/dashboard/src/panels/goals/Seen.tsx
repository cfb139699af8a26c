// Pages and events that the site has seen: what fields complete from.
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { useServices } from '../../context';
import { useLoad } from '../../load';
import { keyOf } from '../../query';
import type { Site } from '../../types';

const SUGGESTED = 100;

/** The most frequent values of 30 days; empty while they are on their way. */
export function useSeen(site: Site, property: 'page' | 'event' | 'source'): string[] {
  const { api } = useServices();
  const seen = useLoad(`seen ${site.id} ${property}`, async () => {
    const query = { id: 'seen', property, metrics: ['visitors'], period: '30d', limit: SUGGESTED };
    const answer = (await api.query(site.id, [query]))['seen'];
    return (answer?.results ?? []).map((row) => keyOf(row, property)).filter((value) => value !== '(other)');
  });
  return seen.kind === 'done' ? seen.data : [];
}

/** A field with values to complete from. */
export function SeenList({ values, children }: { values: string[]; children: (list: string) => ComponentChildren }) {
  const id = useId();
  return (
    <>
      {children(id)}
      <datalist id={id}>
        {values.map((value) => (
          <option key={value} value={value} />
        ))}
      </datalist>
    </>
  );
}
