// A list in its states: on its way, failed, empty, there.
import type { ComponentChildren } from 'preact';
import { Empty, Failure, SkeletonRows } from '../States';
import type { Latest } from './use-latest';

interface Props<T> {
  list: Latest<T[]>;
  /** Why there is nothing, and what to do next. */
  empty: ComponentChildren;
  children: (rows: T[]) => ComponentChildren;
}

export function Listed<T>({ list, empty, children }: Props<T>) {
  if (list.error) return <Failure error={list.error} retry={list.reload} />;
  if (list.data === null) return <SkeletonRows count={3} />;
  return <>{list.data.length === 0 ? <Empty>{empty}</Empty> : children(list.data)}</>;
}
